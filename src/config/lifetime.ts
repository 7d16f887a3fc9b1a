/**
 * How long a session lasts. `sessions` in sallyport.yaml says what the expiry of the token means; together with the
 * token it determines the times below.
 */

/**
 * What happens when a session's time ends. `end`: everything stops. `finish_transaction`: work under way may finish,
 * and nothing new begins. `login`: the same, but the time counts from the login, whatever the token says.
 */
export type Expiry = 'end' | 'finish_transaction' | 'login';

/** The session rules of one place in the configuration. */
export interface SessionRules {
  readonly expiry?: Expiry | undefined;
  readonly maxSeconds?: number | undefined;
  readonly graceSeconds?: number | undefined;
  readonly noticeSeconds?: number | undefined;
}

/** The combined rules of one session. */
export interface EffectiveRules {
  readonly expiry: Expiry;
  /** From the login. `Infinity`: only the token limits the session. */
  readonly maxSeconds: number;
  /** How long work under way may continue when the time is over. 0 for `end`. */
  readonly graceSeconds: number;
  /** How long before the end the client is told. 0: never. */
  readonly noticeSeconds: number;
}

/** Times are in milliseconds since 1970, like `Date.now()`: a token may expire later than a `Date` can express. */
export interface Lifetime {
  /** From this time nothing new begins. */
  readonly endsAt: number;
  /** From this time nothing continues. */
  readonly stopsAt: number;
  /** `Infinity`: the client is not told. */
  readonly noticeAt: number;
  /** What ends at `endsAt`. */
  readonly cause: 'token' | 'age';
}

/** Strictest first. */
const BY_STRICTNESS: readonly Expiry[] = ['end', 'finish_transaction', 'login'];

const GRACE_SECONDS = 900;
const NOTICE_SECONDS = 60;
/** The default for `login`, where the token does not limit the session. */
const LOGIN_SECONDS = 6 * 3600;

/**
 * Key by key, the issuer's and the target's rules override the general ones. If both set a key, the stricter one
 * applies, so that neither can loosen the other.
 */
export function effectiveRules(
  general: SessionRules,
  issuer: SessionRules,
  target: SessionRules,
): EffectiveRules {
  const least = (key: 'maxSeconds' | 'graceSeconds'): number | undefined =>
    pick(issuer[key], target[key], Math.min) ?? general[key];
  const stricter = (one: Expiry, other: Expiry): Expiry =>
    BY_STRICTNESS.find((expiry) => expiry === one || expiry === other)!;
  const expiry = pick(issuer.expiry, target.expiry, stricter) ?? general.expiry ?? 'finish_transaction';
  const noticed = pick(issuer.noticeSeconds, target.noticeSeconds, Math.max) ?? general.noticeSeconds;
  return {
    expiry,
    maxSeconds: least('maxSeconds') ?? (expiry === 'login' ? LOGIN_SECONDS : Infinity),
    graceSeconds: expiry === 'end' ? 0 : (least('graceSeconds') ?? GRACE_SECONDS),
    noticeSeconds: noticed ?? NOTICE_SECONDS,
  };
}

function pick<T>(one: T | undefined, other: T | undefined, choose: (a: T, b: T) => T): T | undefined {
  return one === undefined || other === undefined ? (one ?? other) : choose(one, other);
}

export function lifetimeOf(rules: EffectiveRules, tokenExpires: Date, opened: Date): Lifetime {
  const { expiry, maxSeconds, graceSeconds, noticeSeconds } = rules;
  const token = expiry === 'login' ? Infinity : tokenExpires.getTime();
  const age = opened.getTime() + maxSeconds * 1000;
  const endsAt = Math.min(token, age);
  return {
    endsAt,
    stopsAt: endsAt + graceSeconds * 1000,
    noticeAt: noticeSeconds === 0 ? Infinity : endsAt - noticeSeconds * 1000,
    cause: token <= age ? 'token' : 'age',
  };
}

/** The last message to the client. */
export function expiredMessage({ cause }: Pick<Lifetime, 'cause'>): string {
  return cause === 'token'
    ? 'the token of this session has expired; connect again with a new one'
    : 'this session has lasted as long as a session may; connect again';
}

/** The notice that the client gets before the end. */
export function noticeMessage({ cause, endsAt, stopsAt }: Lifetime, now: number): string {
  const seconds = Math.max(0, Math.ceil((endsAt - now) / 1000));
  const what = cause === 'token' ? 'the token of this session expires' : 'the time of this session is over';
  const grace = Math.round((stopsAt - endsAt) / 1000);
  const then =
    grace === 0
      ? 'the session ends then'
      : `an open transaction may go on for ${grace} seconds more, and no new one begins`;
  return `${what} in ${seconds} seconds: ${then}`;
}
