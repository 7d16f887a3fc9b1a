/** What the checker infers about a helper rule or function, for its readers. */
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { CallCore, HelperGroup } from '../core.js';
import { json, type Type } from '../../values/schema.js';

export interface RuleType {
  /** Whether it may be absent although its arguments are present. */
  readonly absent: boolean;
  readonly value: Type;
  /** Whether its value is `true` wherever it has one. */
  readonly onlyTrue: boolean;
  /** For functions: the type that each argument must have for the function to have a value. */
  readonly parameters: readonly Type[];
  /** By place: the types of facts if the rule is neither absent nor false. */
  readonly whenTrue: ReadonlyMap<string, Type>;
  /** By place: the types of facts if the rule has a value at all, or a member. */
  readonly whenPresent: ReadonlyMap<string, Type>;
}

/** A rule that is not inferred yet, as in a recursion: nothing is known. */
export const unknownRule: RuleType = {
  absent: false,
  value: json,
  onlyTrue: false,
  parameters: [],
  whenTrue: new Map(),
  whenPresent: new Map(),
};

/** A function with the types of a call's arguments. */
export interface Instance {
  readonly type: RuleType;
  readonly findings: readonly Diagnostic[];
  /** The first such call. */
  readonly call: CallCore;
}

/** By argument types, in the order in which the calls were found; null while one is being inferred. */
export type Instances = Map<HelperGroup, Map<string, Instance | null>>;
