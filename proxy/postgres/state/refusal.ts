/**
 * How a refusal is said so that both ends stay in step.
 *
 * An error inside a transaction fails it, and inside a pipeline skips everything up to Sync. A refusal must do the same,
 * on the target too. The gateway therefore sends, in the place of the refused message, one that carries no SQL and is
 * certain to fail: Describe of a statement that does not exist. The target's error (26000) comes back at the right place
 * and is replaced by the refusal; transaction status and ReadyForQuery are the target's own.
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

/** Names that no client can know, so that none can make one of them exist. */
export class SecretNames {
  readonly #secret = randomBytes(8).toString('hex');

  /** For statements and portals of the gateway's own. */
  readonly own = `sallyport ${this.#secret}`;

  /** The name of a statement that does not exist. The rule's id makes the target's own log say why. */
  poison(rule: string): string {
    const readable = rule.replaceAll(/[^A-Za-z0-9_.-]/g, '_');
    return `sallyport ${this.#secret} denied by ${readable}`.slice(0, NAME_BYTES_MAX);
  }
}
