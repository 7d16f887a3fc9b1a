/**
 * Sessions of protocols that authenticate each request: HTTP and what is built on it. A session there is one token on
 * one target from one address, over all of its connections, until nobody has used it for a while or its time is over.
 */
import { createHash } from 'node:crypto';
import type { AccessRequest, Admission, Session } from './session.js';

/** One use of a session: by a request, or by a connection that keeps asking for it. */
export type Entrance<Access> =
  | (Admission<Access> & { readonly kind: 'admitted'; readonly leave: () => void })
  | Exclude<Admission<Access>, { readonly kind: 'admitted' }>;

interface Shared<Access> {
  readonly admission: Promise<Admission<Access>>;
  users: number;
  idle: NodeJS.Timeout | null;
}

export class SharedSessions<Access> {
  readonly #idleMs: number;
  readonly #byKey = new Map<string, Shared<Access>>();
  /** Keys of sessions that are open, to forget them when they end. */
  readonly #keys = new WeakMap<Session, string>();
  /** Closed sessions: one may end before the request that opened it hears of it. */
  readonly #ended = new WeakSet<Session>();

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** `admit` opens a session; it is called if there is none. The token of `request` has just been verified. */
  async enter(request: AccessRequest, admit: () => Promise<Admission<Access>>): Promise<Entrance<Access>> {
    const key = keyOf(request);
    let shared = this.#byKey.get(key);
    if (shared === undefined) {
      shared = { admission: admit(), users: 0, idle: null };
      this.#byKey.set(key, shared);
    }
    shared.users++;
    if (shared.idle !== null) clearTimeout(shared.idle);
    shared.idle = null;
    let admission: Admission<Access>;
    try {
      admission = await shared.admission;
    } catch (error) {
      this.#forget(key, shared);
      throw error;
    }
    if (admission.kind !== 'admitted') {
      this.#forget(key, shared);
      return admission;
    }
    const { session } = admission;
    if (this.#ended.has(session)) {
      this.#forget(key, shared);
      return this.enter(request, admit);
    }
    this.#keys.set(session, key);
    return { ...admission, leave: once(() => this.#leave(shared, session)) };
  }

  /** The session is closed: the next request gets another. */
  ended(session: Session): void {
    this.#ended.add(session);
    const key = this.#keys.get(session);
    const shared = key === undefined ? undefined : this.#byKey.get(key);
    if (shared === undefined) return;
    if (shared.idle !== null) clearTimeout(shared.idle);
    this.#byKey.delete(key!);
  }

  #leave(shared: Shared<Access>, session: Session): void {
    if (--shared.users > 0) return;
    shared.idle = setTimeout(() => session.close('idle'), this.#idleMs);
    shared.idle.unref();
  }

  #forget(key: string, shared: Shared<Access>): void {
    if (this.#byKey.get(key) === shared) this.#byKey.delete(key);
  }
}

/** The token itself is not stored. */
function keyOf({ protocol, target, token, client }: AccessRequest): string {
  const hash = createHash('sha256');
  for (const part of [protocol, target, token, client.address, client.application])
    hash.update(`${part.length}:${part}`);
  return hash.digest('base64');
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
