/**
 * What the gateway asks the target for itself in the client's session, one question at a time: what the settings make of a text
 * (questions.ts), or what the session has changed of the schema (schema-questions.ts).
 *
 *     none ── asks ──▶ path ──── answered, skipped ──▶ none
 *     none ── asks ──▶ schema ── answered ───────────▶ none, and who has asked is told
 */
import type { PathQuery } from './session-path.js';

/** A question about the schema. */
export interface Reading {
  readonly kind: 'schema';
  /** The one value that was answered. */
  value: string | null;
  failed: boolean;
  /** Told when the target is ready for more. */
  readonly ended: (reading: Reading) => void;
}

export class OwnQuestion {
  #asked: PathQuery | Reading | null = null;
  #unanswered = 0;

  /** The question under way. */
  get asked(): PathQuery | Reading | null {
    return this.#asked;
  }

  /** How often in a row the question of the path came back without an answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  asks(question: PathQuery | Reading): void {
    this.#asked = question;
  }

  /** The target skips messages of it after an error. About the schema it answers all the same, by the ReadyForQuery. */
  skipped(): void {
    if (this.#asked?.kind !== 'schema') this.#asked = null;
  }

  /** The error was one of its own. */
  failed(): void {
    if (this.#asked?.kind === 'schema') this.#asked.failed = true;
    else this.#unanswered++;
  }

  /** The ReadyForQuery behind it. */
  answered(): void {
    const question = this.#asked;
    this.#asked = null;
    if (question?.kind === 'schema') question.ended(question);
  }

  /** A ReadyForQuery of the client's: what comes next may be asked for anew. */
  clientAnswered(): void {
    this.#unanswered = 0;
  }
}
