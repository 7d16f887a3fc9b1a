/**
 * What a command means, in one form for every protocol. The guard, the verdict cache, the digest, the record and replay
 * know nothing else of a protocol.
 */
import type { Decision, MaskInstruction } from '../engine/decision.js';
import type { FixedRule } from '../engine/fixed-rule.js';
import type { Facts, Policy } from '../engine/policy.js';
import type { ResultColumn } from '../engine/testing/expectation.js';
import type { Phase } from '../facts/command.js';
import type { Maybe, ValueObject } from '../values/value.js';
import type { Varying } from '../values/varying.js';

/** `Plan` is what the proxy carries out when the command is forwarded: masks by result column, by JSON path. */
export interface Meaning<Plan = unknown> {
  /** The facts that the protocol adds, by root: `{sql}`, `{http}`, `{kubernetes, shell}`. */
  readonly roots: ValueObject;
  /** The same object for commands that mean the same. */
  readonly key: object;
  /** Whether a decision on this meaning may be reused for another command with the same `key`. */
  readonly reusable: boolean;
  /** The state of the target that it was read with. Null if it depends on nothing that changes. */
  readonly reading: Reading | null;
  /** The paths in the roots at which commands with the same `key` may differ. */
  readonly varying: Varying;
  /** Values given separately from the text: bound parameters. They are part of the digest. */
  readonly values: Maybe;
  /**
   * Completes the rules' decision: masks become a plan, and one that cannot be carried out turns the decision into a
   * denial.
   */
  plan(decided: Decision, circumstances: Circumstances): Planned<Plan>;
  /** The parts of the command that are not understood or do not exist, for a refusal whose cause is unknown. */
  unknowns(): readonly string[];
  /** The masks without the selectors that match nothing in what the command returns to its client. */
  reaching(masks: readonly MaskInstruction[], facts: Facts, policy: Asked): readonly MaskInstruction[];
}

/** A version of what is known of a target. Decisions are reused within a family, and for a bounded number of readings. */
export interface Reading {
  readonly family: object;
  /** Counts up within the family. */
  readonly reading: number;
}

/** What completing a decision may ask of the rules. */
export type Asked = Pick<Policy, 'decide' | 'query'>;

export interface Circumstances {
  readonly facts: Facts;
  readonly policy: Asked;
  readonly phase: Phase;
  /** What the protocol itself refuses, whatever the rules say. */
  readonly fixed?: FixedRule | undefined;
}

export interface Planned<Plan> {
  readonly decision: Decision;
  /** Null if the command is denied. */
  readonly plan: Plan | null;
  /** What the client can do about a refusal. */
  readonly hint?: string | undefined;
  /** How the columns of the result are masked, for tests; null if the protocol has no columns. Computed on demand. */
  readonly columns: () => readonly ResultColumn[] | null;
}
