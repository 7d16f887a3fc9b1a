/** What the checker infers of a helper rule or a function, for those that read it. */
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { CallCore, HelperGroup } from '../core.js';
import { json, type Type } from '../../values/schema.js';

export interface RuleType {
  /** Whether it may have no value although its arguments have one. */
  readonly absent: boolean;
  readonly value: Type;
  /** Whether its value is `true` wherever it has one. */
  readonly onlyTrue: boolean;
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
  onlyTrue: false,
  parameters: [],
  whenTrue: new Map(),
  whenPresent: new Map(),
};

/** A function beside what it is called with. */
export interface Instance {
  readonly type: RuleType;
  readonly findings: readonly Diagnostic[];
  /** The first such call. */
  readonly call: CallCore;
}

/** By what functions are called with, in the order in which the calls were found; null while one is looked into. */
export type Instances = Map<HelperGroup, Map<string, Instance | null>>;
