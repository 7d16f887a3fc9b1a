/**
 * The current transaction: its status as the server reported it, its expected status once everything forwarded has succeeded, and what is remembered until its end.
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

  /** As the last ReadyForQuery reported. */
  get status(): TransactionStatus {
    return this.#status;
  }

  /** Its status once everything forwarded so far has succeeded. */
  get expected(): TransactionStatus {
    return this.#expected;
  }

  /** A forwarded message ended a transaction, and nothing was forwarded since: what comes next begins another. */
  get between(): boolean {
    return this.#between;
  }

  /** Something in it has changed the session: its end may revert that. */
  get touched(): boolean {
    return this.#touched;
  }

  /** One of its statements has taken a snapshot, so another one of the gateway's own changes nothing. */
  get snapshot(): boolean {
    return this.#snapshot;
  }

  /** Masks applied in it: an error at its end (a deferred constraint) may quote values. */
  get withholds(): boolean {
    return this.#withholds;
  }

  /** A statement is forwarded. */
  goesOn(): void {
    this.#between = false;
  }

  /** BEGIN, or ROLLBACK TO, is forwarded. */
  opens(): void {
    this.#expected = 'open';
  }

  /** COMMIT, ROLLBACK or PREPARE TRANSACTION is forwarded. */
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
    // COMMIT AND CHAIN has begun a transaction in which nothing was done yet.
    this.#between &&= status === 'open';
    if (status !== 'idle') return;
    this.#touched = false;
    this.#snapshot = false;
    this.#withholds = false;
  }
}
