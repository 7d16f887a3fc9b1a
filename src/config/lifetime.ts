/**
 * How long a session lasts. `sessions` in sallyport.yaml says what the expiry of its token means; the moments at which
 * something changes follow from that and from the token.
 */

/**
 * What the end of a session's time means. `end`: everything stops. `finish_transaction`: what is under way may end, and
 * nothing new begins. `login`: the same, and the time is counted from the login, whatever the token says.
 */
export type Expiry = 'end' | 'finish_transaction' | 'login';

/** What one place of the configuration says. */
export interface SessionRules {
  readonly expiry?: Expiry | undefined;
  readonly maxSeconds?: number | undefined;
  readonly graceSeconds?: number | undefined;
  readonly noticeSeconds?: number | undefined;
}

/** What holds for one session. */
export interface SettledRules {
  readonly expiry: Expiry;
  /** Of a session, from its login. `Infinity`: the token alone counts. */
  readonly maxSeconds: number;
  /** How long something under way may go on when the time is over. 0 for `end`. */
  readonly graceSeconds: number;
  /** So long before its end the client is told. 0: never. */
  readonly noticeSeconds: number;
}

/** Moments are milliseconds since 1970, as `Date.now()` gives them: a token may expire later than a `Date` can say. */
export interface Lifetime {
  /** From here on nothing new begins. */
  readonly endsAt: number;
  /** From here on nothing goes on. */
  readonly stopsAt: number;
  /** Infinity: the client is not told. */
  readonly noticeAt: number;
  /** What it is that ends at `endsAt`. */
  readonly cause: 'token' | 'age';
}

/** From the strictest on. */
const BY_STRICTNESS: readonly Expiry[] = ['end', 'finish_transaction', 'login'];

const GRACE_SECONDS = 900;
const NOTICE_SECONDS = 60;
/** A token that counts at the login alone says nothing of how long its session may last. */
const LOGIN_SECONDS = 6 * 3600;

/**
 * What the issuer and the target say goes before what holds for all, key by key. Where both say something the stricter
 * counts, so that neither can open what the other has closed.
 */
export function settleRules(general: SessionRules, issuer: SessionRules, target: SessionRules): SettledRules {
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

export function lifetimeOf(rules: SettledRules, tokenExpires: Date, opened: Date): Lifetime {
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

/** What the client hears as the last word. */
export function expiredMessage({ cause }: Pick<Lifetime, 'cause'>): string {
  return cause === 'token'
    ? 'the token of this session has expired; connect again with a new one'
    : 'this session has lasted as long as a session may; connect again';
}

/** What the client hears some time before. */
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
