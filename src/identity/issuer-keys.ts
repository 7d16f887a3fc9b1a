/**
 * The keys that an issuer publishes (OpenID Connect Discovery 1.0, RFC 7517). They are fetched when first needed, when
 * too old, and for an unknown key id, but no more often than the pause allows, so that made-up key ids cannot make the
 * gateway flood the provider. While the provider is down, known keys stay valid for a day.
 */
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  type LocalJWKSet,
} from 'jose';
import * as oidc from 'openid-client';
import { causeOf } from '../errors.js';
import { fetchTrusting } from './fetch-trusting.js';

const SERVES_MAX_MS = 24 * 60 * 60_000;
const PAUSE_MS = 5000;
const FETCH_TIMEOUT_MS = 5000;
/** The largest discovery document or key set. */
const ANSWER_BYTES_MAX = 512 * 1024;

export type KeyFor = (header: JWSHeaderParameters) => Promise<CryptoKey>;
type CryptoKey = Awaited<ReturnType<LocalJWKSet>>;

/** The issuer could not be asked; the message contains nothing of its answer. */
export class KeysUnavailable extends Error {}

export interface IssuerKeysOptions {
  readonly issuer: string;
  /** The age after which keys are fetched again. */
  readonly ageMaxMs: number;
  readonly clock: () => Date;
  readonly fetch: (issuer: string) => Promise<JSONWebKeySet>;
  /** Called when the issuer becomes unreachable, and with null when it is reachable again; not for each attempt. */
  readonly failed: (problem: string | null) => void;
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: LocalJWKSet | null = null;
  #fetchedAt = -Infinity;
  #askedAt = -Infinity;
  #asking: Promise<boolean> | null = null;
  /** Why the last attempt failed; null if it did not. */
  #failing: string | null = null;
  #published = '';
  #generation = 0;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /**
   * Stays the same as long as the issuer publishes the same keys. Asks the issuer first if the last time is too long
   * ago. Null while there are no usable keys.
   */
  async generation(): Promise<number | null> {
    if (this.#age() > this.#options.ageMaxMs) await this.#refresh();
    return this.#keys === null || this.#age() > SERVES_MAX_MS ? null : this.#generation;
  }

  /** The next token is verified with keys fetched after this call. */
  expire(): void {
    this.#fetchedAt = Math.min(this.#fetchedAt, this.#options.clock().getTime() - this.#options.ageMaxMs - 1);
    this.#askedAt = -Infinity;
  }

  /** Throws KeysUnavailable if the issuer cannot be asked, or jose's JWKSNoMatchingKey if it publishes no such key. */
  readonly keyFor: KeyFor = async (header) => {
    if ((await this.generation()) === null)
      throw new KeysUnavailable('the keys of the issuer cannot be fetched');
    try {
      return await this.#keys!(header);
    } catch (error) {
      // Rotation: the provider signs with a key published after the last fetch.
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (await this.#ask()) return this.#keys!(header);
      if (this.#failing === null) throw error;
      throw new KeysUnavailable('the key of the token is not known, and the issuer cannot be asked for it');
    }
  };

  #age(): number {
    return this.#options.clock().getTime() - this.#fetchedAt;
  }

  /** While the provider is known to be down, tokens of known keys do not wait for it. */
  async #refresh(): Promise<void> {
    const asked = this.#ask();
    if (this.#keys === null || this.#failing === null) await asked;
  }

  /** Whether fresh keys are in place. One request at a time, shared by all callers. */
  async #ask(): Promise<boolean> {
    if (this.#asking === null) {
      const now = this.#options.clock().getTime();
      if (now - this.#askedAt < PAUSE_MS) return false;
      this.#askedAt = now;
      this.#asking = this.#load(now).finally(() => (this.#asking = null));
    }
    return this.#asking;
  }

  async #load(now: number): Promise<boolean> {
    const { fetch, issuer, failed } = this.#options;
    const before = this.#failing;
    try {
      const set = await fetch(issuer);
      this.#keys = createLocalJWKSet(set);
      const published = JSON.stringify(set);
      if (published !== this.#published) this.#generation++;
      this.#published = published;
      this.#fetchedAt = now;
      this.#failing = null;
    } catch (error) {
      this.#failing = causeOf(error);
    }
    if (this.#failing !== before) failed(this.#failing);
    return this.#failing === null;
  }
}

/** Discovery and the key set, both bounded in time and size, over HTTPS (plain HTTP from loopback to loopback). */
export async function fetchKeySet(
  issuer: string,
  ca: (() => Promise<string>) | null,
): Promise<JSONWebKeySet> {
  const ask = bounded(ca === null ? fetch : fetchTrusting(await ca()));
  const url = new URL(issuer);
  const options: oidc.DiscoveryRequestOptions = { timeout: FETCH_TIMEOUT_MS / 1000 };
  // Plain HTTP only reaches here for loopback: the configuration refuses it elsewhere.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- It is marked so only to stand out.
  if (url.protocol === 'http:') options.execute = [oidc.allowInsecureRequests];
  options[oidc.customFetch] = ask as oidc.CustomFetch;
  const configuration = await oidc.discovery(url, 'sallyport', undefined, undefined, options);
  const metadata = configuration.serverMetadata();
  if (metadata.issuer !== issuer || metadata.jwks_uri === undefined)
    throw new KeysUnavailable('the discovery document is not of this issuer');
  const location = new URL(metadata.jwks_uri);
  const local = url.protocol === 'http:' && location.hostname === url.hostname;
  if (location.protocol !== 'https:' && !local) throw new KeysUnavailable('the keys are not on HTTPS');
  const response = await ask(location, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (response.status !== 200)
    throw new KeysUnavailable(`the key set was answered with HTTP status ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}

/** Bounds the response bodies: reading one that is too long ends with an error. */
function bounded(ask: typeof fetch): typeof fetch {
  return async (input, init) => {
    const { body, status, statusText, headers } = await ask(input, init);
    let length = 0;
    const counted = body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          length += chunk.length;
          if (length <= ANSWER_BYTES_MAX) controller.enqueue(chunk);
          else controller.error(new KeysUnavailable('the answer of the issuer is too large'));
        },
      }),
    );
    return new Response(counted ?? null, { status, statusText, headers });
  };
}
