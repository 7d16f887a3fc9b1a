/**
 * The settings that give a text its meaning: the search path, how strings and other texts are written, and who the session is.
 *
 *     stale ── said ──▶ known ── forget ──▶ stale, and all of it uncertain
 */
import type { SessionUser } from '../../../src/facts/sql/scope/analysis.js';
import type { SqlSession } from './sql-session.js';

/** What the server has reported. */
export interface TextMeaning {
  /** Null if the answer leaves it open. */
  readonly path: readonly string[] | null;
  /** Backslashes in plain literals are escapes, or may be. */
  readonly escapes: boolean;
  /** The client uses another encoding than UTF-8, or may. */
  readonly foreign: boolean;
  /** The session's role, if it cannot change. */
  readonly user: SessionUser | null;
}

export class TextSettings {
  /** Session state is tracked: strings and encoding may change meaning, and are uncertain until the server reports them. */
  readonly followed: boolean;
  #stale = true;
  #searchPath: readonly string[] | null = null;
  #escapes: boolean;
  #foreign: boolean;
  #beganForeign: boolean | null = null;
  #user: SessionUser | null = null;

  constructor(state: SqlSession['sessionState']) {
    this.followed = state === 'followed';
    this.#escapes = this.followed;
    this.#foreign = this.followed;
  }

  /** They must be queried before the next command is decided. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Null: not known. */
  get searchPath(): readonly string[] | null {
    return this.#searchPath;
  }

  get foreign(): boolean {
    return this.#foreign;
  }

  /** It began with another encoding, or with an unknown one: RESET ALL restores that. */
  get beganForeign(): boolean {
    return this.#beganForeign ?? true;
  }

  /** As SqlContext has it: backslashes in plain literals are escapes, or may be, or the encoding is another. */
  get plainOnly(): boolean {
    return this.#escapes || this.#foreign;
  }

  /** The session's role as the server reported it; null if it has not, and if the role may change. */
  get user(): SessionUser | null {
    return this.#user;
  }

  /** As the server reports them, at the start and after each query. */
  said({ path, escapes, foreign, user }: TextMeaning): void {
    this.#stale = false;
    this.#searchPath = path;
    this.#escapes = escapes;
    this.#foreign = foreign;
    this.#beganForeign ??= foreign;
    this.#user = user;
  }

  /** Too many queries had no answer: they stay stale, and the session's role is unknown. */
  unsaid(): void {
    this.#user = null;
  }

  /** Something may have changed them. */
  forget(): void {
    this.#stale = true;
    this.#searchPath = null;
    if (!this.followed) return;
    this.#escapes = true;
    this.#foreign = true;
  }
}
