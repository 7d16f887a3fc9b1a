/** The end of a connection: what the client is told, and what the record says. */
import type { SessionClosed } from '../../../src/audit/event.js';

export class Fatal extends Error {
  override readonly name = 'Fatal';
  readonly sqlstate: string;
  readonly reason: SessionClosed['reason'];
  readonly hint: string | null;
  /** For the record: may say more than the client may know. */
  readonly detail: string;
  /** The client does not speak version 3 of the protocol. */
  readonly old: boolean;
  /** The target refused, and it refused the gateway's credential. */
  readonly loginRefused: boolean;

  /** `message` goes to the client and names no host, user or secret of the target. */
  constructor(
    sqlstate: string,
    message: string,
    reason: SessionClosed['reason'],
    options: {
      readonly hint?: string | null;
      readonly detail?: string;
      readonly cause?: unknown;
      readonly old?: boolean;
      readonly loginRefused?: boolean;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.sqlstate = sqlstate;
    this.reason = reason;
    this.hint = options.hint ?? null;
    this.detail = options.detail ?? message;
    this.old = options.old ?? false;
    this.loginRefused = options.loginRefused ?? false;
  }
}
