/** Tokens for many logins: a fresh one for each, and not one request for each of a hundred connections at once. */
import { inspectToken, type InspectedToken } from './inspect.js';
import type { TokenSource } from './source.js';

/** A session should have most of its token's time before it. */
const SHARE_USED_MAX = 1 / 4;
const AGE_MS_MAX = 60_000;
/** A token that needs a person's action is used almost to its end. */
const RESERVE_MS = 30_000;

export class FreshTokens {
  readonly #source: TokenSource;
  readonly #audience: string | null;
  #last: (InspectedToken & { readonly servesUntil: number }) | null = null;
  #asking: Promise<string> | null = null;

  constructor(source: TokenSource, audience: string | null) {
    this.#source = source;
    this.#audience = audience;
  }

  /** Throws UsageError if no token is available. */
  get(): Promise<string> {
    if (this.#last !== null && Date.now() < this.#last.servesUntil) return Promise.resolve(this.#last.token);
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask(): Promise<string> {
    const { name, interactive = false } = this.#source;
    const inspected = inspectToken(await this.#source.read(), name, this.#audience);
    const now = Date.now();
    const left = (inspected.expiresAt ?? now) - now;
    const serves = interactive ? left - RESERVE_MS : Math.min(left * SHARE_USED_MAX, AGE_MS_MAX);
    this.#last = { ...inspected, servesUntil: now + serves };
    return inspected.token;
  }
}
