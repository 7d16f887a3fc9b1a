/** The gateway without its protocols: who is admitted, and everything a session needs. */
import { randomBytes } from 'node:crypto';
import { OpenSessions } from '../audit/open-sessions.js';
import { causeOf, GatewayError } from '../errors.js';
import type { Identity } from '../identity/identity.js';
import { createTokenVerifier, type IssuerOptions, type TokenVerifier } from '../identity/oidc.js';
import type { GatewayConfig } from './config/config.js';
import { loadProtocols } from '../protocols/list.js';
import type { NotFound, Place, TargetKind, TargetSettings } from '../targets/target-kind.js';
import { effectiveRules } from '../config/lifetime.js';
import { logAt, type Log } from '../log.js';
import { openSession } from './open-session.js';
import { RefusedLogins } from './refused-logins.js';
import { createRoom, type Room } from './room.js';
import { watchRules, type RuleSource } from './rules/source.js';
import { followBundle } from './rules/bundle-source.js';
import { secretReader } from '../config/secrets.js';
import type { AccessRequest, Admission, Session, Unavailable } from './session.js';
import { SharedSessions, type Entrance } from './shared-sessions.js';
import type { ReviewDesk } from './reviews.js';

export type { Log } from '../log.js';

export interface Gateway {
  /** Every refusal is recorded before it is sent. Throws GatewayError if it cannot be recorded; nobody is admitted then. */
  admit<Access>(request: AccessRequest, kind: TargetKind<Access>): Promise<Admission<Access>>;
  /**
   * The same for a protocol that authenticates each request: the token is verified each time, and requests with the
   * same token share a session. `leave` ends the request.
   */
  enter<Access>(request: AccessRequest, kind: TargetKind<Access>): Promise<Entrance<Access>>;
  readonly sessions: ReadonlySet<Session>;
  /** The key of `hash` masks. */
  readonly maskingKey: Buffer;
  /** A message about one kind of target from another process behind the same port. */
  told(type: string, news: unknown): void;
  /** A login failed in another process behind the same port. */
  loginFailed(address: string): void;
  /** Applies new targets, issuers, limits and log levels. Open sessions are unaffected. */
  reload(config: GatewayConfig): void;
  /** Admits nobody any more and closes every session. Called when the last commands have ended. */
  close(): void;
}

type Refused = Admission<never> & { readonly kind: 'refused' };
type Refusal = Omit<Refused, 'kind'>;

/** The only answer to an unproven token, whatever was wrong: prevents enumeration. */
const UNPROVEN: Refusal = {
  why: 'unproven',
  message: 'authentication failed',
  hint: 'the password must be a token that the gateway trusts; its record of this attempt says what was wrong',
};
/** The same for an address with too many failures. */
const LOCKED_OUT: Refusal = {
  ...UNPROVEN,
  hint: 'too many logins from this address have failed: they are answered slowly for a while, and a good token still opens',
};
const TOLD = {
  'session-opened': 'session opened',
  'session-closed': 'session closed',
  'command-denied': 'a command was refused',
};
export type Told = keyof typeof TOLD;
/** How long a session of a protocol that authenticates each request outlives its last one. */
const IDLE_MS = 60_000;
/** The longest name that is recorded of what a client says of itself. */
const NAME_LENGTH_MAX = 256;

/** What the processes behind one port share. */
export interface GatewayPeers {
  /** The key of `hash` masks if the configuration names none. */
  readonly generatedKey: Buffer;
  /** Called for each failed login that counts against its address. */
  readonly loginFailed: (address: string) => void;
  readonly seats: Seats;
}

/** Limits the number of concurrent sessions across all processes. */
export interface Seats {
  /** False if all are taken. */
  take(): boolean | Promise<boolean>;
  free(): void;
}

/** Throws GatewayError if the rules do not compile or a secret cannot be read. */
export async function createGateway(
  config: GatewayConfig,
  log: Log,
  kinds: readonly TargetKind<unknown>[],
  clock: () => Date = () => new Date(),
  peers: GatewayPeers | null = null,
  reviews: ReviewDesk | null = null,
): Promise<Gateway> {
  await loadProtocols();
  const maskingKey = config.maskingKey && Buffer.from(await secretReader(config.maskingKey, clock)());
  const rules =
    config.rules.kind === 'folder'
      ? watchRules(config.rules.path, log)
      : await followBundle(config.rules, log, clock);
  return new RunningGateway(
    config,
    log,
    kinds,
    clock,
    rules,
    maskingKey ?? peers?.generatedKey ?? randomBytes(32),
    peers,
    reviews,
  );
}

/** For a gateway that is the only process behind its port. */
function alone(connections: () => number): Omit<GatewayPeers, 'generatedKey'> {
  let taken = 0;
  const take = (): boolean => {
    const granted = taken < connections();
    if (granted) taken++;
    return granted;
  };
  return {
    loginFailed: () => undefined,
    seats: {
      take,
      free: () => {
        taken--;
      },
    },
  };
}

class RunningGateway implements Gateway {
  readonly sessions = new Set<Session>();
  readonly maskingKey: Buffer;
  #config: GatewayConfig;
  readonly #log: Log;
  readonly #clock: () => Date;
  readonly #rules: RuleSource;
  readonly #verifier: TokenVerifier;
  readonly #kinds: readonly TargetKind<unknown>[];
  readonly #peers: Omit<GatewayPeers, 'generatedKey'>;
  readonly #room: Room;
  readonly #refused: RefusedLogins;
  readonly #open: OpenSessions;
  readonly #shared = new Map<TargetKind<unknown>, SharedSessions<unknown>>();
  readonly #reviews: ReviewDesk | null;
  #closed = false;

  constructor(
    config: GatewayConfig,
    log: Log,
    kinds: readonly TargetKind<unknown>[],
    clock: () => Date,
    rules: RuleSource,
    maskingKey: Buffer,
    peers: GatewayPeers | null,
    reviews: ReviewDesk | null,
  ) {
    this.#reviews = reviews;
    this.#peers = peers ?? alone(() => this.#config.limits.connections);
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#rules = rules;
    this.#verifier = createTokenVerifier(issuersOf(config, clock), clock, (issuer, problem) => {
      const fields = { code: 'keys-unavailable', issuer } as const;
      if (problem !== null) log.warn({ ...fields, problem }, 'the keys of an issuer cannot be fetched');
      else log.info(fields, 'the keys of an issuer can be fetched again');
    });
    this.#kinds = kinds;
    this.maskingKey = maskingKey;
    this.#room = createRoom(() => this.#config, log);
    this.#refused = new RefusedLogins({
      ...{ log, clock, room: this.#room, config: () => this.#config },
      elsewhere: (address) => this.#peers.loginFailed(address),
    });
    this.#open = new OpenSessions(config.recordings, (session) =>
      log.warn(
        { code: 'session-interrupted', ...session },
        'a gateway ended without closing this session: its record says so now',
      ),
    );
    void this.#open.recover();
  }

  async admit<Access>(unbounded: AccessRequest, kind: TargetKind<Access>): Promise<Admission<Access>> {
    const request = boundedRequest(unbounded);
    const verified = await this.#verify(request);
    return verified.kind === 'refused' ? verified : this.#admitTo(request, verified.identity, kind);
  }

  async enter<Access>(unbounded: AccessRequest, kind: TargetKind<Access>): Promise<Entrance<Access>> {
    const request = boundedRequest(unbounded);
    const verified = await this.#verify(request);
    if (verified.kind === 'refused') return verified;
    return this.#sharedOf(kind).enter(request, () => this.#admitTo(request, verified.identity, kind));
  }

  #sharedOf<Access>(kind: TargetKind<Access>): SharedSessions<Access> {
    let shared = this.#shared.get(kind);
    if (shared === undefined) this.#shared.set(kind, (shared = new SharedSessions(IDLE_MS)));
    return shared as SharedSessions<Access>;
  }

  async #verify(request: AccessRequest): Promise<{ kind: 'proven'; identity: Identity } | Refused> {
    const verified = await this.#verifier.verify(request.token);
    if (verified.kind !== 'refused') return { kind: 'proven', identity: verified.identity };
    const { reason, telling } = verified;
    if (telling) return this.#refuse(request, { why: 'token', message: reason, hint: null });
    const locked = await this.#refused.refuseUnproven(request, reason);
    return { kind: 'refused', ...(locked ? LOCKED_OUT : UNPROVEN) };
  }

  async #admitTo<Access>(
    request: AccessRequest,
    identity: Identity,
    kind: TargetKind<Access>,
  ): Promise<Admission<Access>> {
    const place = kind.find(request.target);
    if (place.kind === 'not-found') return this.#refuse(request, refusalFor(place));
    let access: Access;
    try {
      access = await place.open();
    } catch (error) {
      return this.#unavailable(request, 'credential', causeOf(error));
    }
    if (!this.#room.isThere()) return this.#unavailable(request, 'no-room', 'the disk is nearly full');
    const seated = await this.#peers.seats.take();
    if (!seated) return this.#unavailable(request, 'at-capacity', 'there are too many sessions');
    try {
      if (!this.#closed) return { kind: 'admitted', session: this.#begin(request, identity, place), access };
    } catch (error) {
      this.#peers.seats.free();
      throw error;
    }
    this.#peers.seats.free();
    return this.#unavailable(request, 'closing', 'the gateway is closing');
  }

  #begin(request: AccessRequest, identity: Identity, place: Place<unknown>): Session {
    const { recordings, limits, sessions } = this.#config;
    const { seats } = this.#peers;
    const { target, database } = place;
    const who = { subject: identity.subject, target: target.name };
    const ofIssuer = sessions.byIssuer.get(identity.issuer) ?? {};
    const session = openSession({
      request,
      identity,
      target,
      database,
      rules: effectiveRules(sessions.all, ofIssuer, target.sessions),
      log: recordings,
      open: this.#open,
      sample: { rows: limits.sampleRows, bytes: limits.sampleBytes },
      commandBytesMax: limits.commandBytes,
      clock: this.#clock,
      policy: () => this.#rules.current(),
      reviews: this.#reviews,
      ended: (one) => {
        this.sessions.delete(one);
        for (const shared of this.#shared.values()) shared.ended(one);
        place.left();
        seats.free();
      },
      tell: (what, fields) => this.#tell(what, { ...who, ...fields }),
      failed: (id, error) =>
        this.#log.error(
          { code: 'session-failed', session: id, fault: describeFault(error) },
          'a session failed',
        ),
    });
    this.sessions.add(session);
    place.entered();
    this.#tell('session-opened', { session: session.id, ...who, address: request.client.address });
    return session;
  }

  #tell(code: Told, fields: Readonly<Record<string, unknown>>): void {
    const { denials, sessions } = this.#config.log;
    logAt(this.#log, code === 'command-denied' ? denials : sessions, { code, ...fields }, TOLD[code]);
  }

  #unavailable(request: AccessRequest, why: Unavailable, reason: string): Admission<never> {
    this.#refused.refuse(request, reason);
    return { kind: 'unavailable', why };
  }

  #refuse(request: AccessRequest, refusal: Refusal): Refused {
    this.#refused.refuse(request, refusal.message);
    return { kind: 'refused', ...refusal };
  }

  told(type: string, news: unknown): void {
    this.#kinds.find((kind) => kind.type === type)?.told(news);
  }

  loginFailed(address: string): void {
    this.#refused.failedElsewhere(address);
  }

  reload(config: GatewayConfig): void {
    const { rules, recordings, maskingKey } = this.#config;
    this.#config = { ...config, rules, recordings, maskingKey };
    this.#verifier.replace(issuersOf(config, this.#clock));
    for (const kind of this.#kinds) kind.replace(targetsOf(config, kind.type));
  }

  close(): void {
    this.#closed = true;
    this.#rules.close();
    for (const session of [...this.sessions]) session.close('shutdown');
    this.#refused.close();
    this.#open.close();
  }
}

function issuersOf({ issuers }: GatewayConfig, clock: () => Date): IssuerOptions[] {
  return issuers.map(({ ca, ...options }) =>
    ca === null ? options : { ...options, ca: { read: secretReader(ca, clock), place: JSON.stringify(ca) } },
  );
}

/** The targets of one kind. */
export function targetsOf({ targets }: GatewayConfig, type: string): ReadonlyMap<string, TargetSettings> {
  return new Map([...targets].filter(([, target]) => target.type === type));
}

function refusalFor({ why, message, hint }: NotFound): Refusal {
  return { why, message, hint };
}

function boundedRequest(request: AccessRequest): AccessRequest {
  const bounded = (text: string): string => text.slice(0, NAME_LENGTH_MAX);
  const { target, user, client } = request;
  const described = { ...client, application: bounded(client.application) };
  return { ...request, target: bounded(target), user: bounded(user), client: described };
}

/** A fault of ours without its message, which may quote a statement; for a GatewayError its code and cause. */
function describeFault(error: unknown): string {
  if (error instanceof GatewayError)
    return `${error.code}: ${error.cause instanceof Error ? error.cause.message : ''}`;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return [error instanceof Error ? error.name : typeof error, ...places.slice(0, 8)].join('\n');
}
