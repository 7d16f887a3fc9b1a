/** The shapes of compiled code: closures over a frame of slots. */
import type { Core, CoreBody, CorePattern, DecisionGroup, DocumentNode, HelperGroup } from '../core.js';
import type { Context, Frame, Outcome } from '../context.js';
import type { Truth } from '../../values/kleene.js';
import type { FactSchema } from '../../values/schema.js';
import type { Maybe, Unknown, Value } from '../../values/value.js';

/** The value of an expression: present, absent, or unknown. */
export type Evaluate = (frame: Frame) => Maybe;

/**
 * Continues with a solution found so far; `doubt` is why it is uncertain, null if it is certain. Returning true ends
 * the search: the last continuation of a body returns true if one certain solution is enough.
 */
export type Continue = (frame: Frame, doubt: Unknown | null) => boolean;

/** Destructures a value and binds variables, even if it is unknown whether the value matches. */
export type Match = (frame: Frame, value: Value) => Truth;

export interface Compiler {
  readonly schema: FactSchema;
  /** Steps to fields that the schema promises. */
  readonly promised: ReadonlySet<Core>;
  /** Expressions that the rules expect to be absent. */
  readonly tolerated: ReadonlySet<Core>;
  expression(core: Core): Evaluate;
  body(body: CoreBody, next: Continue): Continue;
  pattern(pattern: CorePattern): Match;
  /** The value of a helper rule, computed once per context. */
  readHelper(group: HelperGroup, context: Context): Maybe;
  callFunction(group: HelperGroup, args: readonly Value[], context: Context): Maybe;
  readDecision(group: DecisionGroup, context: Context): Outcome;
  readDocument(document: DocumentNode, context: Context): Maybe;
}
