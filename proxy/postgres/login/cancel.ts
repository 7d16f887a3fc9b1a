/**
 * Cancel keys: the server's process id with a secret of the gateway's own. A CancelRequest comes on its own connection and
 * carries nothing but the key. Whoever has the key may cancel, so the target's own secret never leaves the gateway.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';
import { cancelUpstream } from './upstream.js';

/** What a key refers to. */
export interface Cancellable {
  readonly login: UpstreamLogin;
  readonly processId: number;
  /** The target's own secret. */
  readonly secret: Buffer;
  /** Called when the client wants to cancel. Returns whether the target is to be asked. */
  readonly interrupt: () => boolean;
}

interface Entry {
  readonly secret: Buffer;
  readonly target: Cancellable;
  /** The request to the target that is under way. */
  asking: Promise<void> | null;
  /**
   * The request after it. The one under way may have been meant for a command that has ended, so a repeated request waits here.
   */
  next: Promise<void> | null;
}

/** Length of the secret: four bytes in protocol 3.0; from 3.2 on up to 256, of which PostgreSQL uses 32. */
const SECRET_BYTES = 4;
const LONG_SECRET_BYTES = 32;

export class CancelKeys {
  /** By process id: servers of several targets may use the same one. */
  readonly #entries = new Map<number, Entry[]>();

  /** The secret to give to a client that speaks this minor version of protocol 3. */
  register(
    target: Cancellable,
    minorVersion: number,
  ): { readonly secret: Buffer; readonly release: () => void } {
    const secret = randomBytes(minorVersion >= 2 ? LONG_SECRET_BYTES : SECRET_BYTES);
    const entry = { secret, target, asking: null, next: null };
    const entries = this.#entries.get(target.processId) ?? [];
    entries.push(entry);
    this.#entries.set(target.processId, entries);
    return { secret, release: () => this.#release(target.processId, entry) };
  }

  #release(processId: number, entry: Entry): void {
    const rest = (this.#entries.get(processId) ?? []).filter((other) => other !== entry);
    if (rest.length === 0) this.#entries.delete(processId);
    else this.#entries.set(processId, rest);
  }

  /** At most one connection to a target at a time for each key. False if the key is unknown, which no client is told. */
  async cancel(processId: number, secret: Buffer, timeoutMs: number): Promise<boolean> {
    let found: Entry | null = null;
    for (const entry of this.#entries.get(processId) ?? []) {
      if (secret.length === entry.secret.length && timingSafeEqual(secret, entry.secret)) found ??= entry;
    }
    if (found !== null) await this.#ask(found, timeoutMs);
    return found !== null;
  }

  #ask(entry: Entry, timeoutMs: number): Promise<void> {
    if (entry.asking === null) return this.#send(entry, timeoutMs);
    entry.next ??= entry.asking.then(() => {
      entry.next = null;
      return this.#send(entry, timeoutMs);
    });
    return entry.next;
  }

  async #send(entry: Entry, timeoutMs: number): Promise<void> {
    const { login, processId, secret, interrupt } = entry.target;
    if (!interrupt()) return;
    entry.asking = cancelUpstream(login, processId, secret, timeoutMs);
    await entry.asking;
    entry.asking = null;
  }
}
