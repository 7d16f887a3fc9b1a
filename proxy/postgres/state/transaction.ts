/**
 * The transaction at hand: what the server has said of it, what is expected once everything that was forwarded has gone well,
 * and what is remembered to its end.
 *
 *     expected    idle ── BEGIN ──▶ open ── COMMIT, ROLLBACK ──▶ idle, and `between` until a statement goes out
 *                                    ▲
 *                                    └── ROLLBACK TO ── failed, as only a ReadyForQuery says
 */
import type { TransactionStatus } from '../wire/messages.js';

export class Transaction {
  #status: TransactionStatus = 'idle';
  #expected: TransactionStatus = 'idle';
  #between = false;
  #touched = false;
  #snapshot = false;
  #withholds = false;

  /** As the last ReadyForQuery said. */
  get status(): TransactionStatus {
    return this.#status;
  }

  /** What it will be once everything forwarded so far has gone well. */
  get expected(): TransactionStatus {
    return this.#expected;
  }

  /** A transaction was ended by what went out, and nothing has gone out since: what comes next begins another. */
  get between(): boolean {
    return this.#between;
  }

  /** Something in it has changed the session: its end may change it back. */
  get touched(): boolean {
    return this.#touched;
  }

  /** A statement of it has taken a snapshot, so that one more of the gateway's own changes nothing. */
  get snapshot(): boolean {
    return this.#snapshot;
  }

  /** Masks applied in it: what its end reports (a deferred constraint) may quote values. */
  get withholds(): boolean {
    return this.#withholds;
  }

  /** A statement goes out. */
  goesOn(): void {
    this.#between = false;
  }

  /** BEGIN, or ROLLBACK TO, goes out. */
  opens(): void {
    this.#expected = 'open';
  }

  /** COMMIT, ROLLBACK or PREPARE TRANSACTION goes out. */
  ends(): void {
    this.#expected = 'idle';
    this.#between = true;
  }

  touch(): void {
    this.#touched = true;
  }

  takeSnapshot(): void {
    this.#snapshot = true;
  }

  withhold(): void {
    this.#withholds = true;
  }

  /** ReadyForQuery. */
  ready(status: TransactionStatus): void {
    this.#status = status;
    this.#expected = status;
    // COMMIT AND CHAIN has begun one in which nothing was done yet.
    this.#between &&= status === 'open';
    if (status !== 'idle') return;
    this.#touched = false;
    this.#snapshot = false;
    this.#withholds = false;
  }
}
