import type { Type } from '../../../values/schema.js';
import type { Maybe, Value } from '../../../values/value.js';

/**
 * A function that rules may call, through `callBuiltin` (call.ts) and never by `call` itself.
 *
 * `call` gets arguments that are neither absent nor unknown at the top (the engine has dealt with those: an absent
 * argument makes the call absent, an unknown one makes it unknown) and that fit `parameters` (a mismatch gives
 * unknown). It returns `undefined` if Rego would be undefined without an error, and throws `BuiltinError` if Rego has a
 * built-in error: the engine turns that into an unknown value with the message.
 */
export interface Builtin {
  /** Dotted, as rules write it: `regex.match`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly result: Type;
  /** One line for `docs/builtins.md` and hover. */
  readonly doc: string;
  /** Handles unknown members in arguments correctly. Other functions are not called then, and their result is unknown. */
  readonly seesUnknown?: boolean;
  readonly call: (args: readonly Value[], context: BuiltinContext) => Maybe;
}

export interface Parameter {
  readonly name: string;
  readonly type: Type;
  readonly optional?: boolean;
  /** The last parameter takes any number of values. */
  readonly variadic?: boolean;
}

export interface BuiltinContext {
  /** Takes `n` from the step budget of the decision; throws when it is spent. Loops over large inputs call it. */
  spend(steps: number): void;
}

/** Rego's built-in error: division by zero, a time that does not parse, a type that does not fit. */
export class BuiltinError extends Error {}
