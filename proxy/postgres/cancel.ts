/**
 * Cancel keys: the server's process id with a secret of the gateway's own. A CancelRequest comes on a connection of its own
 * and carries nothing but the key; whoever has it may cancel, so the target's own secret never leaves the gateway.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { UpstreamLogin } from '../../src/gateway/session.js';
import { cancelUpstream } from './upstream.js';

/** What stands behind a key. */
export interface Cancellable {
  readonly login: UpstreamLogin;
  readonly processId: number;
  /** The target's own secret. */
  readonly secret: Buffer;
  /** Whether there is anything to cancel now. */
  readonly running: () => boolean;
}

interface Entry {
  readonly secret: Buffer;
  readonly target: Cancellable;
}

export class CancelKeys {
  /** By process id: servers of several targets may use the same. */
  readonly #entries = new Map<number, Entry[]>();

  /** The secret to give to the client: four bytes, as protocol 3.0 has it. */
  register(target: Cancellable): { readonly secret: Buffer; readonly release: () => void } {
    const entry = { secret: randomBytes(4), target };
    const entries = this.#entries.get(target.processId) ?? [];
    entries.push(entry);
    this.#entries.set(target.processId, entries);
    return { secret: entry.secret, release: () => this.#release(target.processId, entry) };
  }

  #release(processId: number, entry: Entry): void {
    const rest = (this.#entries.get(processId) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) this.#entries.delete(processId);
    else this.#entries.set(processId, rest);
  }

  /** At most one connection to a target. False for a key that is not known, which no client is told. */
  async cancel(processId: number, secret: Buffer, timeoutMs: number): Promise<boolean> {
    let found: Cancellable | null = null;
    for (const entry of this.#entries.get(processId) ?? []) {
      if (secret.length === entry.secret.length && timingSafeEqual(secret, entry.secret))
        found ??= entry.target;
    }
    if (found?.running() === true)
      await cancelUpstream(found.login, found.processId, found.secret, timeoutMs);
    return found !== null;
  }
}
