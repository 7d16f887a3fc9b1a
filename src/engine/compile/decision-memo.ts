/** Decisions that were made before. The same rules with the same reasons make the same decision. */
import { decide, type Judged } from './decide.js';
import type { Decision } from '../decision.js';

/** Reasons may quote facts, and no end of them. */
const DECISIONS_MAX = 1_000;

/**
 * Whoever keeps something beside a decision (its text in a record) can keep it by the object: a decision is never
 * changed. Decisions that name unknown facts or reviewers are made anew.
 */
export class DecisionMemo {
  readonly #known = new Map<string, Decision>();
  readonly #revision: string;

  constructor(revision: string) {
    this.#revision = revision;
  }

  decide(judged: readonly Judged[], shadows: readonly Judged[]): Decision {
    const key = keyOf(judged, shadows);
    if (key === null) return decide(judged, shadows, this.#revision);
    let decision = this.#known.get(key);
    if (decision === undefined) {
      decision = decide(judged, shadows, this.#revision);
      if (this.#known.size >= DECISIONS_MAX) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, decision);
    }
    return decision;
  }
}

function keyOf(judged: readonly Judged[], shadows: readonly Judged[]): string | null {
  let key = '';
  for (const rules of [judged, shadows]) {
    for (const { rule, outcome } of rules) {
      const { failed, unknown, demands, reasons } = outcome;
      if (failed || unknown !== null || demands.length > 0) return null;
      // An allow and a deny may share an id.
      key += outcome.fired ? `${rule.place.effect} ${rule.place.id}` : '';
      // No id holds a quote or a bracket.
      if (reasons.length > 0) key += JSON.stringify(reasons);
      key += ' ';
    }
    key += '|';
  }
  return key;
}
