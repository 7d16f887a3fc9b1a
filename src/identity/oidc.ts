/**
 * Bearer tokens to identities (OpenID Connect Core 1.0, RFC 7519, RFC 8725). A token is believed only where one of the
 * configured issuers signed it with an asymmetric algorithm for our audience, and only until it expires.
 */
import { createHash } from 'node:crypto';
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import * as oidc from 'openid-client';
import { fromJson, isObject } from '../engine/value.js';
import { groupsOf } from './claims.js';
import type { Identity } from './identity.js';

/** Asymmetric only: `none` proves nothing, and a shared secret would let whoever verifies also sign (RFC 8725, 3.1). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const TOKEN_LENGTH_MAX = 16 * 1024;
const CACHE_ENTRIES_MAX = 10_000;
const FETCH_TIMEOUT_MS = 5000;
/** How long a refused discovery is remembered before it is tried again. */
const DISCOVERY_RETRY_MS = 5000;

export interface IssuerOptions {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly kind: 'service' | 'human';
  readonly groups: readonly string[];
  readonly clockSkewSeconds: number;
  readonly algorithms?: readonly string[];
}

export type Verification =
  | { readonly kind: 'verified'; readonly identity: Identity }
  /** For the record only: never shown to the client. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface TokenVerifier {
  verify(token: string): Promise<Verification>;
}

interface Known {
  readonly identity: Identity;
}

export function createTokenVerifier(issuers: readonly IssuerOptions[], clock: () => Date): TokenVerifier {
  const byIssuer = new Map(issuers.map((options) => [options.issuer, new Issuer(options, clock)]));
  const known = new Map<string, Known>();
  return {
    async verify(token) {
      if (token.length > TOKEN_LENGTH_MAX) return refused('the token is too long');
      const key = createHash('sha256').update(token).digest('base64');
      const before = known.get(key);
      if (before !== undefined && before.identity.expiresAt > clock())
        return { kind: 'verified', identity: before.identity };
      known.delete(key);
      const verification = await verifyFresh(token, byIssuer);
      if (verification.kind === 'verified') {
        if (known.size >= CACHE_ENTRIES_MAX) known.delete(known.keys().next().value!);
        known.set(key, { identity: verification.identity });
      }
      return verification;
    },
  };
}

function refused(reason: string): Verification {
  return { kind: 'refused', reason };
}

async function verifyFresh(token: string, issuers: ReadonlyMap<string, Issuer>): Promise<Verification> {
  let claimed: string | undefined;
  try {
    const header = decodeProtectedHeader(token);
    // The `iss` only picks among issuers that we trust already; its keys then decide whether it told the truth.
    claimed = decodeJwt(token).iss;
    if (header.alg === undefined) return refused('the token names no algorithm');
  } catch {
    return refused('the password is no signed token');
  }
  const issuer = claimed === undefined ? undefined : issuers.get(claimed);
  if (issuer === undefined) return refused('the token is from an issuer that is not configured');
  try {
    return { kind: 'verified', identity: await issuer.verify(token) };
  } catch (error) {
    return refused(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the claim \`${error.claim}\` is not as configured (${error.reason})`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the algorithm of the token is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer publishes no key that fits the token';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature does not verify';
  if (error instanceof errors.JOSEError) return `the token does not verify (${error.code})`;
  return 'the keys of the issuer cannot be had';
}

class Issuer {
  readonly #options: IssuerOptions;
  readonly #clock: () => Date;
  #keys: JWTVerifyGetKey | null = null;
  #discovering: Promise<JWTVerifyGetKey> | null = null;
  #retryAt = 0;

  constructor(options: IssuerOptions, clock: () => Date) {
    this.#options = options;
    this.#clock = clock;
  }

  async verify(token: string): Promise<Identity> {
    const { issuer, audience, clockSkewSeconds, algorithms } = this.#options;
    const { payload } = await jwtVerify(token, await this.#keySet(), {
      issuer,
      audience: typeof audience === 'string' ? audience : [...audience],
      algorithms: [...(algorithms ?? ALGORITHMS)],
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['sub', 'exp', 'iss', 'aud'],
      currentDate: this.#clock(),
    });
    return this.#identity(payload);
  }

  #identity(payload: JWTPayload): Identity {
    const { issuer, kind, groups, clockSkewSeconds } = this.#options;
    const claims = fromJson(payload);
    if (!isObject(claims) || payload.sub === undefined || payload.exp === undefined)
      throw new TypeError('claims are an object');
    const named = [payload['name'], payload['email'], payload.sub].find(
      (one): one is string => typeof one === 'string' && one !== '',
    );
    return {
      subject: payload.sub,
      issuer,
      kind,
      name: named ?? payload.sub,
      groups: groupsOf(groups, claims),
      claims,
      expiresAt: new Date((payload.exp + clockSkewSeconds) * 1000),
    };
  }

  /** Discovery happens once; jose then keeps the keys, asks again for an unknown `kid`, and waits between two asks. */
  async #keySet(): Promise<JWTVerifyGetKey> {
    if (this.#keys !== null) return this.#keys;
    const now = this.#clock().getTime();
    if (now < this.#retryAt) throw new Error('discovery failed a moment ago');
    this.#discovering ??= this.#discover();
    try {
      this.#keys = await this.#discovering;
      return this.#keys;
    } catch (error) {
      this.#retryAt = now + DISCOVERY_RETRY_MS;
      throw error;
    } finally {
      this.#discovering = null;
    }
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    const url = new URL(this.#options.issuer);
    const options: oidc.DiscoveryRequestOptions = { timeout: FETCH_TIMEOUT_MS / 1000 };
    // Plain HTTP only reaches here for loopback: config.ts refuses it elsewhere.
    if (url.protocol === 'http:') options.execute = [oidc.allowInsecureRequests];
    const configuration = await oidc.discovery(url, 'sallyport', undefined, undefined, options);
    const { jwks_uri: keys, issuer } = configuration.serverMetadata();
    if (issuer !== this.#options.issuer || keys === undefined)
      throw new Error('the discovery document is not of this issuer');
    const location = new URL(keys);
    if (location.protocol !== 'https:' && location.hostname !== url.hostname)
      throw new Error('the keys are not on HTTPS');
    // Cached keys never grow stale by age: a provider that is down must not lock everybody out; rotation shows as an
    // unknown `kid` and is fetched then.
    const remote = createRemoteJWKSet(location, {
      timeoutDuration: FETCH_TIMEOUT_MS,
      cooldownDuration: 10_000,
      cacheMaxAge: Infinity,
    });
    await remote.reload();
    return remote;
  }
}
