/** The shapes of compiled code: closures over a frame of slots. */
import type { Core, CoreBody, CorePattern, DecisionGroup, DocumentNode, HelperGroup } from '../core.js';
import type { Context, Frame, Outcome } from '../context.js';
import type { Truth } from '../../values/kleene.js';
import type { FactSchema } from '../../values/schema.js';
import type { Maybe, Unknown, Value } from '../../values/value.js';

/** The value of an expression: there, absent, or unknown. */
export type Evaluate = (frame: Frame) => Maybe;

/**
 * Goes on with a solution found so far; `doubt` is why it is not certain, null where it is. True ends the search: the
 * last continuation of a body answers true where a certain solution is all that was asked for.
 */
export type Continue = (frame: Frame, doubt: Unknown | null) => boolean;

/** Takes a value apart and binds variables, also where it cannot be known whether the value fits. */
export type Match = (frame: Frame, value: Value) => Truth;

export interface Compiler {
  readonly schema: FactSchema;
  /** Steps to fields that the schema promises. */
  readonly promised: ReadonlySet<Core>;
  /** What the rules are ready to find absent. */
  readonly tolerated: ReadonlySet<Core>;
  expression(core: Core): Evaluate;
  body(body: CoreBody, next: Continue): Continue;
  pattern(pattern: CorePattern): Match;
  /** The value of a helper rule, computed once in a context. */
  readHelper(group: HelperGroup, context: Context): Maybe;
  callFunction(group: HelperGroup, args: readonly Value[], context: Context): Maybe;
  readDecision(group: DecisionGroup, context: Context): Outcome;
  readDocument(document: DocumentNode, context: Context): Maybe;
}
