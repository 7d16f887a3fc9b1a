/**
 * The gateway's own queries in the client's session, one at a time: the settings that give a text its meaning (questions.ts), or the session's schema changes (schema-questions.ts).
 *
 *     none ── asks ──▶ path ──── answered, skipped ──▶ none
 *     none ── asks ──▶ schema ── answered ───────────▶ none, and who has asked is told
 */
import type { PathQuery } from './session-path.js';

/** A query about the schema. */
export interface Reading {
  readonly kind: 'schema';
  /** The single value of the answer. */
  value: string | null;
  failed: boolean;
  /** Called when the target is ready for more. */
  readonly ended: (reading: Reading) => void;
}

export class OwnQuestion {
  #asked: PathQuery | Reading | null = null;
  #unanswered = 0;

  /** The current query. */
  get asked(): PathQuery | Reading | null {
    return this.#asked;
  }

  /** How many times in a row the query for the path had no answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  asks(question: PathQuery | Reading): void {
    this.#asked = question;
  }

  /** The target skips path queries after an error. It still ends a schema query with ReadyForQuery. */
  skipped(): void {
    if (this.#asked?.kind !== 'schema') this.#asked = null;
  }

  /** The error belonged to the gateway's own query. */
  failed(): void {
    if (this.#asked?.kind === 'schema') this.#asked.failed = true;
    else this.#unanswered++;
  }

  /** The ReadyForQuery that ends it. */
  answered(): void {
    const question = this.#asked;
    this.#asked = null;
    if (question?.kind === 'schema') question.ended(question);
  }

  /** A ReadyForQuery of the client's: the next query may ask again. */
  clientAnswered(): void {
    this.#unanswered = 0;
  }
}
