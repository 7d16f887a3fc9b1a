/** What the checker infers of a helper rule or a function, for those that read it. */
import { json, type Type } from './schema.js';

export interface RuleType {
  /** Whether it may have no value although its arguments have one. */
  readonly absent: boolean;
  readonly value: Type;
  /** Of functions: what each argument must be for the function to have a value. */
  readonly parameters: readonly Type[];
  /** By place: what facts must be where the rule is neither absent nor false. */
  readonly whenTrue: ReadonlyMap<string, Type>;
  /** By place: what facts must be where the rule has a value at all, or a member. */
  readonly whenPresent: ReadonlyMap<string, Type>;
}

/** Of what is not inferred yet, as in a recursion, nothing is known. */
export const unknownRule: RuleType = {
  absent: false,
  value: json,
  parameters: [],
  whenTrue: new Map(),
  whenPresent: new Map(),
};
