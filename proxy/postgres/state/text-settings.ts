/**
 * The settings that give a text its meaning: the search path, how strings and other texts are written, and who the session is.
 *
 *     stale ── said ──▶ known ── forget ──▶ stale, and nothing of it is sure
 */
import type { SessionUser } from '../../../src/facts/sql/scope/analysis.js';
import type { SqlSession } from './sql-session.js';

/** What the server has said of them. */
export interface TextMeaning {
  /** Null where the answer leaves it open. */
  readonly path: readonly string[] | null;
  /** Backslashes in plain literals are escapes, or may be. */
  readonly escapes: boolean;
  /** The client writes another encoding than UTF-8, or may. */
  readonly foreign: boolean;
  /** Who the session is, where it stays that. */
  readonly user: SessionUser | null;
}

export class TextSettings {
  /** Session state is followed: strings and encoding may change what they mean, and are unsure until the server has told. */
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

  /** They must be asked for before the next command is decided. */
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

  /** It began with another encoding, or nobody knows yet with which: RESET ALL goes back to that. */
  get beganForeign(): boolean {
    return this.#beganForeign ?? true;
  }

  /** As SqlContext has it: backslashes in plain literals are escapes, or may be, or the encoding is another. */
  get plainOnly(): boolean {
    return this.#escapes || this.#foreign;
  }

  /** Who the session is, as the server has said; null where it has not, and where it may change. */
  get user(): SessionUser | null {
    return this.#user;
  }

  /** As the server says, at the start and whenever it is asked. */
  said({ path, escapes, foreign, user }: TextMeaning): void {
    this.#stale = false;
    this.#searchPath = path;
    this.#escapes = escapes;
    this.#foreign = foreign;
    this.#beganForeign ??= foreign;
    this.#user = user;
  }

  /** The server was asked in vain too often: they stay stale, and nobody knows who the session is. */
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
