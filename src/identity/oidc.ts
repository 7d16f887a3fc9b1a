/**
 * Bearer tokens to identities (OpenID Connect Core 1.0, RFC 7519, RFC 8725). A token is accepted only if one of the
 * configured issuers signed it with an asymmetric algorithm for our audience, and only until it expires.
 *
 * Clock skew is allowed for tokens from the future (`nbf`, `iat`), never beyond expiry: an expired token grants
 * nothing, and everybody who reads `exp` sees the same end of the session.
 */
import { createHash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { fromJson, isObject, type ValueObject } from '../values/value.js';
import { deeperThan } from '../values/nesting.js';
import { ClaimsRefused, groupsOf, parseTemplate, type GroupTemplate } from './claims.js';
import type { Identity } from './identity.js';
import { fetchKeySet, IssuerKeys, KeysUnavailable } from './issuer-keys.js';

/** Asymmetric only: `none` proves nothing, and a shared secret would let every verifier sign as well (RFC 8725, 3.1). */
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
] as const;
/** RFC 8725, 3.11: a logout token or a DPoP proof of the same issuer does not prove identity. RFC 9068: `at+jwt`. */
const TYPES = new Set(['jwt', 'at+jwt', 'id+jwt']);
const TOKEN_LENGTH_MAX = 16 * 1024;
export const TOKEN_TOO_LONG = `the token is longer than ${TOKEN_LENGTH_MAX} bytes`;
/** What a date can hold, in milliseconds from 1970 both ways. */
const MOMENT_MAX = 8.64e15;
const CLAIMS_DEPTH_MAX = 32;
/** How long a withdrawn key may still be accepted. */
const KEY_AGE_SECONDS = 600;
const CACHE_ENTRIES_MAX = 10_000;
/** How long a verification is remembered, whatever the keys. */
const REMEMBERED_MS = 10 * 60_000;

export interface IssuerOptions {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly kind: 'service' | 'human';
  /** Group templates over the claims (claims.ts). */
  readonly groups: readonly string[];
  readonly clockSkewSeconds: number;
  /** How long its keys are used before they are fetched again. 600 if omitted. */
  readonly keyAgeSeconds?: number;
  /** PEM of the authorities trusted for its certificate. Null or omitted: the public ones. */
  readonly ca?: TrustedAuthorities | null;
  /** The greatest age (`iat`) of an accepted token, whatever its `exp`. */
  readonly tokenAgeSecondsMax?: number;
  readonly algorithms?: readonly string[];
}

export interface TrustedAuthorities {
  readonly read: () => Promise<string>;
  /** The file that they come from, to compare configurations. */
  readonly place: string;
}

export type Verification =
  | { readonly kind: 'verified'; readonly identity: Identity }
  /**
   * `reason` is for the record. `telling`: it is for the client too, because the signature is valid or was not even
   * checked.
   */
  | { readonly kind: 'refused'; readonly reason: string; readonly telling: boolean };

export interface TokenVerifier {
  /** Never throws, and keeps no token: a verified one is remembered by its SHA-256. */
  verify(token: string): Promise<Verification>;
  /** Issuers that stay as they were keep their keys; tokens of the others are verified anew. All keys are fetched again. */
  replace(issuers: readonly IssuerOptions[]): void;
}

interface Verified {
  readonly identity: Identity;
  /** The earlier of the token's expiry and its greatest age. */
  readonly until: number;
}

/** Valid as long as the issuer has the same configuration and publishes the same keys. */
interface Remembered extends Verified {
  readonly issuer: Issuer;
  readonly generation: number | null;
}

/** Called when an issuer's keys cannot be fetched, with the reason; with null when they can be again. */
export type KeysFailed = (issuer: string, problem: string | null) => void;

export function createTokenVerifier(
  issuers: readonly IssuerOptions[],
  clock: () => Date,
  failed: KeysFailed = () => undefined,
): TokenVerifier {
  let byIssuer = new Map<string, Issuer>();
  const replace = (next: readonly IssuerOptions[]): void => {
    byIssuer = new Map(
      next.map((options) => {
        const before = byIssuer.get(options.issuer);
        const kept = before?.is(options) === true ? before : new Issuer(options, clock, failed);
        kept.expireKeys();
        return [options.issuer, kept];
      }),
    );
  };
  replace(issuers);
  const remembered = new Map<string, Remembered>();
  const holds = async ({ issuer, identity, until, generation }: Remembered): Promise<boolean> =>
    clock().getTime() < until &&
    byIssuer.get(identity.issuer) === issuer &&
    generation !== null &&
    (await issuer.generation()) === generation &&
    clock().getTime() < until;
  return {
    replace,
    async verify(token) {
      if (token.length > TOKEN_LENGTH_MAX) return { kind: 'refused', reason: TOKEN_TOO_LONG, telling: true };
      const key = createHash('sha256').update(token).digest('base64');
      const known = remembered.get(key);
      if (known !== undefined && (await holds(known))) {
        // Reinserted, so that the first entry is always the least recently used.
        remembered.delete(key);
        remembered.set(key, known);
        return { kind: 'verified', identity: known.identity };
      }
      remembered.delete(key);
      const verified = await verifyFresh(token, byIssuer);
      if ('reason' in verified) return { kind: 'refused', ...verified };
      if (remembered.size >= CACHE_ENTRIES_MAX) remembered.delete(remembered.keys().next().value!);
      const until = Math.min(verified.until, clock().getTime() + REMEMBERED_MS);
      remembered.set(key, { ...verified, until });
      return { kind: 'verified', identity: verified.identity };
    },
  };
}

type Refused = Omit<Verification & { kind: 'refused' }, 'kind'>;

const unproven = (reason: string): Refused => ({ reason, telling: false });

async function verifyFresh(
  token: string,
  issuers: ReadonlyMap<string, Issuer>,
): Promise<Remembered | Refused> {
  let claimed: unknown;
  try {
    const type: unknown = decodeProtectedHeader(token).typ;
    if (type !== undefined && !isTokenType(type)) return unproven('the token is of another type');
    // The `iss` only selects among the issuers that we trust; its keys then verify the claim.
    claimed = decodeJwt(token).iss;
  } catch {
    return unproven('the password is no signed token');
  }
  const issuer = typeof claimed === 'string' ? issuers.get(claimed) : undefined;
  if (issuer === undefined) return unproven('the token is from an issuer that is not configured');
  try {
    return await issuer.verify(token);
  } catch (error) {
    const proven = provenReason(error);
    return proven === null ? unproven(unprovenReason(error)) : { reason: proven, telling: true };
  }
}

function isTokenType(type: unknown): boolean {
  return typeof type === 'string' && TYPES.has(type.toLowerCase().replace(/^application\//, ''));
}

/** The problem of a token with a valid signature: claims are checked after it. Null for any other error. */
function provenReason(error: unknown): string | null {
  if (error instanceof ClaimsRefused) return error.message;
  if (error instanceof errors.JWTExpired)
    return error.claim === 'exp'
      ? `the token has expired: it was good until ${momentOf(error.payload.exp)}`
      : 'the token is older than is allowed';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return null;
  if (error.reason === 'missing') return `the claim \`${error.claim}\` is missing`;
  return error.claim === 'nbf'
    ? `the token is not valid before ${momentOf(error.payload.nbf)}`
    : `the claim \`${error.claim}\` is not as configured`;
}

/** Converts a claim in seconds. Clamped to the range of a Date. */
function momentOf(seconds: number | undefined): string {
  const milliseconds = Math.max(-MOMENT_MAX, Math.min((seconds ?? 0) * 1000, MOMENT_MAX));
  return new Date(milliseconds).toISOString();
}

function unprovenReason(error: unknown): string {
  if (error instanceof KeysUnavailable) return error.message;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the algorithm of the token is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer publishes no key that fits the token';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature does not verify';
  return 'the token does not verify';
}

class Issuer {
  readonly #options: IssuerOptions;
  readonly #clock: () => Date;
  readonly #keys: IssuerKeys;
  readonly #templates: readonly GroupTemplate[];

  constructor(options: IssuerOptions, clock: () => Date, failed: KeysFailed) {
    const { issuer, ca = null, keyAgeSeconds = KEY_AGE_SECONDS } = options;
    this.#options = options;
    this.#clock = clock;
    this.#keys = new IssuerKeys({
      issuer,
      clock,
      ageMaxMs: keyAgeSeconds * 1000,
      fetch: () => fetchKeySet(issuer, ca?.read ?? null),
      failed: (problem) => failed(issuer, problem),
    });
    this.#templates = options.groups.map(templateOf);
  }

  /** Whether its configuration is the same. */
  is(options: IssuerOptions): boolean {
    return JSON.stringify(options) === JSON.stringify(this.#options);
  }

  generation(): Promise<number | null> {
    return this.#keys.generation();
  }

  expireKeys(): void {
    this.#keys.expire();
  }

  async verify(token: string): Promise<Remembered> {
    // The generation before verifying: a key withdrawn in between must not count as published now.
    const generation = await this.#keys.generation();
    const { issuer, audience, clockSkewSeconds, algorithms, tokenAgeSecondsMax } = this.#options;
    const { payload } = await jwtVerify(token, this.#keys.keyFor, {
      issuer,
      audience: typeof audience === 'string' ? audience : [...audience],
      algorithms: [...(algorithms ?? ALGORITHMS)],
      clockTolerance: clockSkewSeconds,
      ...(tokenAgeSecondsMax === undefined ? {} : { maxTokenAge: tokenAgeSecondsMax }),
      requiredClaims: ['sub', 'exp', 'iss', 'aud'],
      currentDate: this.#clock(),
    });
    const identity = this.#identity(payload);
    const now = this.#clock();
    if (now >= identity.expiresAt) throw new errors.JWTExpired('expired', payload, 'exp', 'check_failed');
    const oldest = tokenAgeSecondsMax === undefined ? Infinity : (payload.iat! + tokenAgeSecondsMax) * 1000;
    const until = Math.min(identity.expiresAt.getTime(), oldest);
    return { identity, until, generation, issuer: this };
  }

  #identity(payload: JWTPayload): Identity {
    const { issuer, kind } = this.#options;
    const { exp } = payload;
    // jose checks that it is present, but not its type.
    const subject: unknown = payload.sub;
    if (typeof subject !== 'string') throw new ClaimsRefused('the claim `sub` is no text');
    if (subject === '' || exp === undefined) throw new ClaimsRefused('the claim `sub` is empty');
    const claims = claimsOf(payload);
    refuseOtherUses(payload);
    return {
      subject,
      issuer,
      kind,
      name: kind === 'human' ? nameOf(payload, subject) : subject,
      groups: groupsOf(this.#templates, claims),
      claims,
      // A year beyond the range of Date is clamped to its maximum.
      expiresAt: new Date(Math.min(exp * 1000, MOMENT_MAX)),
    };
  }
}

/** Refuses tokens whose claims show that they do not prove the bearer's identity. */
function refuseOtherUses({ events, cnf }: JWTPayload): void {
  // RFC 8417 section 2.2; a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4) need not have a type in its header.
  if (events !== undefined) throw new ClaimsRefused('the token tells of events: it is no proof of identity');
  // RFC 7800 section 3.1: the bearer must prove possession of a key, which no login here requires.
  if (cnf !== undefined)
    throw new ClaimsRefused('the token is bound to a key (`cnf`): holding it proves nothing here');
}

function templateOf(text: string): GroupTemplate {
  const parsed = parseTemplate(text);
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  return parsed;
}

function claimsOf(payload: JWTPayload): ValueObject {
  if (deeperThan(payload, CLAIMS_DEPTH_MAX)) throw new ClaimsRefused('the claims are nested too deep');
  if (holdsInfinity(payload)) throw new ClaimsRefused('the claims hold a number that is too large');
  const claims = fromJson(payload);
  if (!isObject(claims)) throw new TypeError('claims are an object');
  return claims;
}

/** JSON has no infinity, but `1e400` is parsed as one. */
function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return value !== null && typeof value === 'object' && Object.values(value).some(holdsInfinity);
}

function nameOf(payload: JWTPayload, subject: string): string {
  const named = [payload['name'], payload['email']].find((one) => typeof one === 'string' && one !== '');
  return typeof named === 'string' ? named : subject;
}
