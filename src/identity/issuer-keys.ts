/**
 * The keys that an issuer publishes (OpenID Connect Discovery 1.0, RFC 7517). Fetched at first need, again by age, and
 * for a key id that is not among them; never more often than the pause allows, so that whoever sends made-up key ids
 * cannot make the gateway flood the provider. While the provider is down the keys that are known keep serving for a day.
 */
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWSHeaderParameters,
  type LocalJWKSet,
} from 'jose';
import * as oidc from 'openid-client';

const AGE_MAX_MS = 10 * 60_000;
const SERVES_MAX_MS = 24 * 60 * 60_000;
const PAUSE_MS = 5000;
const FETCH_TIMEOUT_MS = 5000;
const KEY_SET_BYTES_MAX = 512 * 1024;

export type KeyFor = (header: JWSHeaderParameters) => Promise<CryptoKey>;
type CryptoKey = Awaited<ReturnType<LocalJWKSet>>;

/** The issuer could not be asked; nothing of its answer is in the message. */
export class KeysUnavailable extends Error {}

export class IssuerKeys {
  readonly #issuer: string;
  readonly #clock: () => Date;
  readonly #fetch: (issuer: string) => Promise<JSONWebKeySet>;
  #keys: LocalJWKSet | null = null;
  #fetchedAt = -Infinity;
  #askedAt = -Infinity;
  #asking: Promise<boolean> | null = null;
  #failing = false;

  constructor(issuer: string, clock: () => Date, fetch = fetchKeySet) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /** Throws KeysUnavailable where the issuer cannot be asked, or jose's JWKSNoMatchingKey where the issuer publishes no such key. */
  readonly keyFor: KeyFor = async (header) => {
    if (this.#age() > AGE_MAX_MS) await this.#refresh();
    if (this.#keys === null || this.#age() > SERVES_MAX_MS)
      throw new KeysUnavailable('the keys of the issuer cannot be fetched');
    try {
      return await this.#keys(header);
    } catch (error) {
      // Rotation: the provider signs with a key that was published after the last look.
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (await this.#ask()) return this.#keys(header);
      if (!this.#failing) throw error;
      throw new KeysUnavailable('the key of the token is not known, and the issuer cannot be asked for it');
    }
  };

  #age(): number {
    return this.#clock().getTime() - this.#fetchedAt;
  }

  /** While the provider is known to be down, those who hold a token of a known key do not wait for it. */
  async #refresh(): Promise<void> {
    const asked = this.#ask();
    if (this.#keys === null || !this.#failing) await asked;
  }

  /** Whether fresh keys are in place. One request at a time, for all who wait. */
  async #ask(): Promise<boolean> {
    if (this.#asking === null) {
      const now = this.#clock().getTime();
      if (now - this.#askedAt < PAUSE_MS) return false;
      this.#askedAt = now;
      this.#asking = this.#load(now).finally(() => (this.#asking = null));
    }
    return this.#asking;
  }

  async #load(now: number): Promise<boolean> {
    try {
      this.#keys = createLocalJWKSet(await this.#fetch(this.#issuer));
      this.#fetchedAt = now;
      this.#failing = false;
    } catch {
      this.#failing = true;
    }
    return !this.#failing;
  }
}

/** Discovery and the key set, both bounded in time and size, over HTTPS (plain HTTP from loopback to loopback). */
async function fetchKeySet(issuer: string): Promise<JSONWebKeySet> {
  const url = new URL(issuer);
  const options: oidc.DiscoveryRequestOptions = { timeout: FETCH_TIMEOUT_MS / 1000 };
  // Plain HTTP only reaches here for loopback: the configuration refuses it elsewhere.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- It is marked so only to stand out.
  if (url.protocol === 'http:') options.execute = [oidc.allowInsecureRequests];
  const configuration = await oidc.discovery(url, 'sallyport', undefined, undefined, options);
  const metadata = configuration.serverMetadata();
  if (metadata.issuer !== issuer || metadata.jwks_uri === undefined)
    throw new KeysUnavailable('the discovery document is not of this issuer');
  const location = new URL(metadata.jwks_uri);
  const local = url.protocol === 'http:' && location.hostname === url.hostname;
  if (location.protocol !== 'https:' && !local) throw new KeysUnavailable('the keys are not on HTTPS');
  const response = await fetch(location, {
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (response.status !== 200) throw new KeysUnavailable('the key set was not answered');
  return JSON.parse(await boundedText(response)) as JSONWebKeySet;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).length;
    if (length > KEY_SET_BYTES_MAX) throw new KeysUnavailable('the key set is too large');
  }
  return Buffer.concat(chunks).toString('utf8');
}
