/** A cache of decisions: the same rules with the same reasons give the same decision object. */
import { decide, type Evaluated } from './decide.js';
import type { Decision } from '../decision.js';

/** Bounded, because reasons may quote arbitrary facts. */
const DECISIONS_MAX = 1_000;

/**
 * Decisions are immutable, so data derived from one (its JSON in a record) can be cached by the object. Decisions that
 * name unknown facts or reviewers are not cached.
 */
export class DecisionMemo {
  readonly #known = new Map<string, Decision>();
  readonly #revision: string;

  constructor(revision: string) {
    this.#revision = revision;
  }

  decide(evaluated: readonly Evaluated[], shadows: readonly Evaluated[]): Decision {
    const key = keyOf(evaluated, shadows);
    if (key === null) return decide(evaluated, shadows, this.#revision);
    let decision = this.#known.get(key);
    if (decision === undefined) {
      decision = decide(evaluated, shadows, this.#revision);
      if (this.#known.size >= DECISIONS_MAX) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, decision);
    }
    return decision;
  }
}

function keyOf(evaluated: readonly Evaluated[], shadows: readonly Evaluated[]): string | null {
  let key = '';
  for (const rules of [evaluated, shadows]) {
    for (const { rule, outcome } of rules) {
      const { failed, unknown, demands, reasons } = outcome;
      if (failed || unknown !== null || demands.length > 0) return null;
      // An allow and a deny may share an id.
      key += outcome.fired ? `${rule.place.effect} ${rule.place.id}` : '';
      // No id contains a quote or a bracket.
      if (reasons.length > 0) key += JSON.stringify(reasons);
      key += ' ';
    }
    key += '|';
  }
  return key;
}
