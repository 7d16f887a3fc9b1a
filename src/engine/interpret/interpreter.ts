/** The shapes of the tree walk: what its parts ask of each other. */
import type { Context, Outcome } from '../context.js';
import type { Core, CoreBody, CorePattern, DecisionGroup, DocumentNode, HelperGroup } from '../core.js';
import type { FactSchema } from '../../values/schema.js';
import type { Truth } from '../../values/kleene.js';
import type { Maybe, Unknown, Value } from '../../values/value.js';

/** Where an expression is evaluated: the variables bound so far, and everything else. Never changed, only replaced. */
export interface Environment {
  readonly variables: ReadonlyMap<number, Value>;
  readonly context: Context;
}

/** One way in which a body holds; `doubt` is why that is not certain, null where it is. */
export interface Solution {
  readonly environment: Environment;
  readonly doubt: Unknown | null;
}

/** What a solution of a rule's body gives. */
export interface Given {
  readonly value: Value;
  readonly doubt: Unknown | null;
}

export interface Interpreter {
  readonly schema: FactSchema;
  readonly documents: DocumentNode;
  /** Steps to fields that the schema promises. */
  readonly promised: ReadonlySet<Core>;
  /** What the rules are ready to find absent. */
  readonly tolerated: ReadonlySet<Core>;
  evaluate(core: Core, environment: Environment): Maybe;
  /** Every solution in the order in which the rules are read. */
  solve(body: CoreBody, environment: Environment, doubt?: Unknown | null): Iterable<Solution>;
  /** Whether a value fits a pattern; binds its variables, also where that cannot be known. */
  match(pattern: CorePattern, value: Value, bound: Map<number, Value>, context: Context): Truth;
  readHelper(group: HelperGroup, context: Context): Maybe;
  /** The value of a helper rule or function, whatever stands in its place. */
  callRule(group: HelperGroup, args: readonly Value[], context: Context): Maybe;
  readDecision(group: DecisionGroup, context: Context): Outcome;
  readDocument(document: DocumentNode, context: Context): Maybe;
}

export function emptyEnvironment(context: Context): Environment {
  return { variables: new Map(), context };
}
