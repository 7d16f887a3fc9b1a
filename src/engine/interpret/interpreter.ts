/** The interfaces between the parts of the tree walk. */
import type { Context, Outcome } from '../context.js';
import type { Core, CoreBody, CorePattern, DecisionGroup, DocumentNode, HelperGroup } from '../core.js';
import type { FactSchema } from '../../values/schema.js';
import type { Truth } from '../../values/kleene.js';
import type { Maybe, Unknown, Value } from '../../values/value.js';

/** The environment of an expression: the variables bound so far, and the context. Immutable. */
export interface Environment {
  readonly variables: ReadonlyMap<number, Value>;
  readonly context: Context;
}

/** One way in which a body holds; `doubt` is why that is uncertain, null if it is certain. */
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
  /** Expressions that the rules expect to be absent. */
  readonly tolerated: ReadonlySet<Core>;
  evaluate(core: Core, environment: Environment): Maybe;
  /** Every solution in the order in which the rules are read. */
  solve(body: CoreBody, environment: Environment, doubt?: Unknown | null): Iterable<Solution>;
  /** Whether a value matches a pattern; binds its variables, even if that is unknown. */
  match(pattern: CorePattern, value: Value, bound: Map<number, Value>, context: Context): Truth;
  readHelper(group: HelperGroup, context: Context): Maybe;
  /** The value of a helper rule or function, or of its replacement. */
  callRule(group: HelperGroup, args: readonly Value[], context: Context): Maybe;
  readDecision(group: DecisionGroup, context: Context): Outcome;
  readDocument(document: DocumentNode, context: Context): Maybe;
}

export function emptyEnvironment(context: Context): Environment {
  return { variables: new Map(), context };
}
