/** The context of one evaluation: the facts, the values computed so far, and the remaining budget. */
import type { Builtin } from './builtins/define/builtin.js';
import type { Core, CoreLiteral, DecisionGroup, DocumentNode, HelperGroup } from './core.js';
import type { Maybe, Unknown, Value, ValueObject } from '../values/value.js';

/** Evaluation ran out of steps, or nested too deeply. The value being evaluated is unknown. */
export class EvaluationLimit extends Error {}

/** How deeply rules may read rules, so that the call stack is never the limit. */
const depthMax = 256;

/** Counts steps; shared by everything that is evaluated for one decision. */
export class Budget {
  #left: number;
  #depth = 0;

  constructor(steps: number) {
    this.#left = steps;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationLimit('the step budget is spent');
  }

  enter(): void {
    this.spend(1);
    if (this.#depth >= depthMax) throw new EvaluationLimit('rules are nested too deeply');
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
  }
}

/** `with data.x as v`. */
export interface Override {
  readonly path: readonly string[];
  readonly value: Value;
}
/** The replacement of a function: another one, or the value of every call. */
export type Mock = { readonly function: Builtin | HelperGroup } | { readonly value: Value };

/** The outcome of a decision rule. */
export interface Outcome {
  readonly fired: boolean;
  /** Why it is unknown whether the rule fires or what it requires; null if that is certain. */
  readonly unknown: Unknown | null;
  /** An error of ours, not of the rules: the decision is deny, whatever else fired. */
  readonly failed: boolean;
  readonly reasons: readonly string[];
  /** For a review: who must agree, and why. */
  readonly demands: readonly { readonly groups: readonly string[]; readonly reasons: readonly string[] }[];
}

/** The outcome of a rule that certainly does not fire. */
export const noOutcome: Outcome = { fired: false, unknown: null, failed: false, reasons: [], demands: [] };

/** Receives each value while a rule set compiled for tracing is evaluated. */
export interface Tracer {
  value(core: Core, value: Maybe): void;
  literal(literal: CoreLiteral, value: Maybe): void;
  outcome(group: DecisionGroup, outcome: Outcome): void;
}

/** Computed values by their source. Most decisions need few or none, so the map is created on first use. */
export class Memo<K, V> {
  #values: Map<K, V> | null = null;

  has(key: K): boolean {
    return this.#values?.has(key) ?? false;
  }

  get(key: K): V | undefined {
    return this.#values?.get(key);
  }

  set(key: K, value: V): void {
    this.#values ??= new Map();
    this.#values.set(key, value);
  }
}

export interface Context {
  readonly facts: ValueObject;
  readonly budget: Budget;
  readonly helpers: Memo<HelperGroup, Maybe>;
  readonly documents: Memo<DocumentNode, Maybe>;
  readonly outcomes: Memo<DecisionGroup, Outcome>;
  readonly overrides: readonly Override[];
  readonly mocks: ReadonlyMap<Builtin | HelperGroup, Mock>;
  readonly tracer: Tracer | null;
}

const noMocks: Context['mocks'] = new Map();
const noOverrides: Context['overrides'] = [];

export function createContext(facts: ValueObject, budget: Budget, tracer: Tracer | null = null): Context {
  return {
    facts,
    budget,
    helpers: new Memo(),
    documents: new Memo(),
    outcomes: new Memo(),
    overrides: noOverrides,
    mocks: noMocks,
    tracer,
  };
}

/** The same decision under other facts, data or functions: computed values are not reused. */
export function deriveContext(
  context: Context,
  changes: Partial<Pick<Context, 'facts' | 'overrides' | 'mocks'>>,
): Context {
  return { ...context, helpers: new Memo(), documents: new Memo(), outcomes: new Memo(), ...changes };
}

/** The variables of one clause while it is evaluated. */
export interface Frame {
  readonly slots: unknown[];
  readonly context: Context;
}

export function createFrame(slots: number, context: Context): Frame {
  return { slots: new Array<unknown>(slots), context };
}
