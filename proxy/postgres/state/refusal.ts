/**
 * How a refusal is sent so that both ends stay in step.
 *
 * An error inside a transaction fails it, and inside a pipeline skips everything up to Sync. A refusal must do the same, on the
 * target too. The gateway therefore replaces the refused message with one that carries no SQL and is certain to fail: Describe
 * of a statement that does not exist. The target's error (26000) arrives at the right place and is replaced by the refusal;
 * transaction status and ReadyForQuery come from the target.
 */
import { randomBytes } from 'node:crypto';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';
import type { Refusal } from '../../../src/gateway/session.js';
import type { PoisonAnswer } from './pipeline.js';

/** insufficient_privilege. */
export const REFUSED = '42501';

export function answerTo(refusal: Refusal, sqlstate = REFUSED): PoisonAnswer {
  return { ...refusal, sqlstate };
}

/** Names that no client can guess, so no client can create them. */
export class SecretNames {
  readonly #secret = randomBytes(8).toString('hex');

  /** For the gateway's own statements and portals. */
  readonly own = `sallyport ${this.#secret}`;

  /** The name of a nonexistent statement. It contains the rule's id, so that the target's own log gives the reason. */
  poison(rule: string): string {
    const readable = rule.replaceAll(/[^A-Za-z0-9_.-]/g, '_');
    return `sallyport ${this.#secret} denied by ${readable}`.slice(0, NAME_BYTES_MAX);
  }
}
