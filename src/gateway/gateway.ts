/** The gateway without its protocols: who may come in, and everything a session stands on. */
import { randomBytes } from 'node:crypto';
import { OpenSessions } from '../audit/open-sessions.js';
import { causeOf, GatewayError, never } from '../errors.js';
import { loadSqlParser } from '../facts/sql/parse/parser.js';
import type { SchemaChange } from '../facts/sql/catalogue/schema-change.js';
import type { Identity } from '../identity/identity.js';
import { createTokenVerifier, type IssuerOptions, type TokenVerifier } from '../identity/oidc.js';
import { AnalysisCache } from '../facts/sql/cache/analysis-cache.js';
import type { GatewayConfig } from './config/config.js';
import { createDatabases, type Database, type Databases } from './databases.js';
import { settleRules } from './config/lifetime.js';
import { logAt, type Log } from '../log.js';
import { openSession } from './open-session.js';
import { RefusedLogins } from './refused-logins.js';
import { createRoom, type Room } from './room.js';
import { watchRules, type RuleSource } from './rules/source.js';
import { followBundle } from './rules/bundle-source.js';
import { secretReader } from './config/secrets.js';
import type { Admission, Knock, Session, TargetStream, Unavailable, UpstreamLogin } from './session.js';

export type { Log } from '../log.js';

export interface Gateway {
  /** Every refusal is recorded before it is given. Throws GatewayError where it cannot be: nobody comes in then. */
  admit(knock: Knock): Promise<Admission>;
  readonly sessions: ReadonlySet<Session>;
  /** The key of `hash` masks. */
  readonly maskingKey: Buffer;
  /** A session elsewhere has changed the schema of a database: its catalogue is read again, where it is used here. */
  schemaChanged(target: string, database: string, change: SchemaChange): void;
  /** A login has failed in another process behind the same port. */
  loginFailed(address: string): void;
  /** Takes over the targets, the issuers, the limits and the levels of the log. Sessions that are open stay as they are. */
  reload(config: GatewayConfig): void;
  /** Lets nobody in any more and closes every session; called when their last commands have ended. */
  close(): void;
}

type Refusal = Omit<Admission & { kind: 'refused' }, 'kind'>;

/** All that is told to somebody whose token proves nothing, whatever was wrong: who guesses learns nothing. */
const UNPROVEN: Refusal = {
  why: 'unproven',
  message: 'authentication failed',
  hint: 'the password must be a token that the gateway trusts; its record of this attempt says what was wrong',
};
/** The same, to an address from which too many have failed. */
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
/** What a client says of itself goes into the record; no name is longer than this. */
const NAME_LENGTH_MAX = 256;

/** What a gateway has in common with others that serve the same port. */
export interface GatewayPeers {
  /** Of `hash` masks, where the configuration names none. */
  readonly generatedKey: Buffer;
  /** Told of each change of a schema that goes through this gateway. */
  readonly schemaChanged: (target: string, database: string, change: SchemaChange) => void;
  /** Told of each failed login that counts against its address. */
  readonly loginFailed: (address: string) => void;
  readonly seats: Seats;
}

/** The sessions that there may be at once, in all processes together. */
export interface Seats {
  /** False if all are taken. */
  take(): boolean | Promise<boolean>;
  free(): void;
}

/** Throws GatewayError where the rules do not compile or a secret cannot be read. */
export async function createGateway(
  config: GatewayConfig,
  log: Log,
  stream: TargetStream,
  clock: () => Date = () => new Date(),
  peers: GatewayPeers | null = null,
): Promise<Gateway> {
  await loadSqlParser();
  const maskingKey = config.maskingKey && Buffer.from(await secretReader(config.maskingKey, clock)());
  const rules =
    config.rules.kind === 'folder'
      ? watchRules(config.rules.path, log)
      : await followBundle(config.rules, log, clock);
  return new RunningGateway(
    config,
    log,
    stream,
    clock,
    rules,
    maskingKey ?? peers?.generatedKey ?? randomBytes(32),
    peers,
  );
}

/** Of a gateway that is alone behind its port. */
function alone(connections: () => number): Omit<GatewayPeers, 'generatedKey'> {
  let taken = 0;
  const take = (): boolean => {
    const granted = taken < connections();
    if (granted) taken++;
    return granted;
  };
  return {
    schemaChanged: () => undefined,
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
  readonly #databases: Databases;
  readonly #analyses = new AnalysisCache();
  readonly #peers: Omit<GatewayPeers, 'generatedKey'>;
  readonly #room: Room;
  readonly #refused: RefusedLogins;
  readonly #open: OpenSessions;
  #closed = false;

  constructor(
    config: GatewayConfig,
    log: Log,
    stream: TargetStream,
    clock: () => Date,
    rules: RuleSource,
    maskingKey: Buffer,
    peers: GatewayPeers | null,
  ) {
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
    this.#databases = createDatabases(config.targets, log, stream, clock);
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

  async admit(unbounded: Knock): Promise<Admission> {
    const knock = boundedKnock(unbounded);
    const verified = await this.#verifier.verify(knock.token);
    if (verified.kind === 'refused') {
      const { reason, telling } = verified;
      if (telling) return this.#refuse(knock, { why: 'token', message: reason, hint: null });
      const locked = await this.#refused.refuseUnproven(knock, reason);
      return { kind: 'refused', ...(locked ? LOCKED_OUT : UNPROVEN) };
    }
    const database = this.#databases.find(knock.target);
    if ('kind' in database) return this.#refuse(knock, notFound(knock.target, database));
    let upstream: UpstreamLogin;
    try {
      upstream = await database.login();
    } catch (error) {
      return this.#unavailable(knock, 'credential', causeOf(error));
    }
    if (!this.#room.isThere()) return this.#unavailable(knock, 'no-room', 'the disk is nearly full');
    const seated = await this.#peers.seats.take();
    if (!seated) return this.#unavailable(knock, 'crowded', 'there are too many sessions');
    try {
      if (!this.#closed)
        return { kind: 'admitted', session: this.#begin(knock, verified.identity, database, upstream) };
    } catch (error) {
      this.#peers.seats.free();
      throw error;
    }
    this.#peers.seats.free();
    return this.#unavailable(knock, 'closing', 'the gateway is closing');
  }

  #begin(knock: Knock, identity: Identity, database: Database, upstream: UpstreamLogin): Session {
    const { recordings, limits, sessions } = this.#config;
    const { seats } = this.#peers;
    const who = { subject: identity.subject, target: database.target.name };
    const ofIssuer = sessions.byIssuer.get(identity.issuer) ?? {};
    const session = openSession({
      knock,
      identity,
      target: database.target,
      upstream,
      rules: settleRules(sessions.all, ofIssuer, database.target.sessions),
      catalogues: database.catalogues,
      confirmDatabase: (path) => database.confirm(path),
      analyses: this.#analyses,
      log: recordings,
      open: this.#open,
      sample: { rows: limits.sampleRows, bytes: limits.sampleBytes },
      commandBytesMax: limits.commandBytes,
      clock: this.#clock,
      policy: () => this.#rules.current(),
      ended: (one) => {
        this.sessions.delete(one);
        database.left();
        seats.free();
      },
      renewLogin: (refused) => database.renew(refused),
      schemaChanged: (change) => {
        this.#databases.schemaChanged(database.target.name, upstream.database, change, database);
        this.#peers.schemaChanged(database.target.name, upstream.database, change);
      },
      tell: (what, fields) => this.#tell(what, { ...who, ...fields }),
      failed: (id, error) =>
        this.#log.error(
          { code: 'session-failed', session: id, fault: describeFault(error) },
          'a session failed',
        ),
    });
    this.sessions.add(session);
    database.entered();
    this.#tell('session-opened', { session: session.id, ...who, address: knock.client.address });
    return session;
  }

  #tell(code: Told, fields: Readonly<Record<string, unknown>>): void {
    const { denials, sessions } = this.#config.log;
    logAt(this.#log, code === 'command-denied' ? denials : sessions, { code, ...fields }, TOLD[code]);
  }

  #unavailable(knock: Knock, why: Unavailable, reason: string): Admission {
    this.#refused.refuse(knock, reason);
    return { kind: 'unavailable', why };
  }

  #refuse(knock: Knock, refusal: Refusal): Admission {
    this.#refused.refuse(knock, refusal.message);
    return { kind: 'refused', ...refusal };
  }

  schemaChanged(target: string, database: string, change: SchemaChange): void {
    this.#databases.schemaChanged(target, database, change);
  }

  loginFailed(address: string): void {
    this.#refused.failedElsewhere(address);
  }

  reload(config: GatewayConfig): void {
    const { rules, recordings, maskingKey } = this.#config;
    this.#config = { ...config, rules, recordings, maskingKey };
    this.#verifier.replace(issuersOf(config, this.#clock));
    this.#databases.replace(config.targets);
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

function notFound(requested: string, meaning: Exclude<ReturnType<Databases['find']>, Database>): Refusal {
  switch (meaning.kind) {
    case 'unknown': {
      const message = `database "${requested}" does not exist: it is no target, and no target opens one of this name`;
      return { why: 'unknown-database', message, hint: null };
    }
    case 'closed': {
      const message = `the database "${meaning.database}" of the target "${meaning.target}" is not open`;
      return { why: 'closed-database', message, hint: 'open it with `databases` of the target' };
    }
    case 'ambiguous': {
      const message = `several targets open a database "${requested}"`;
      const hint = `write the target before it: \`target.${requested}\` or \`target/${requested}\``;
      return { why: 'ambiguous-database', message, hint };
    }
    default:
      return never(meaning);
  }
}

function boundedKnock(knock: Knock): Knock {
  const bounded = (text: string): string => text.slice(0, NAME_LENGTH_MAX);
  const { target, user, client } = knock;
  const described = { ...client, application: bounded(client.application) };
  return { ...knock, target: bounded(target), user: bounded(user), client: described };
}

/** A fault of ours without its message, which may quote a statement; of a GatewayError its code and what caused it. */
function describeFault(error: unknown): string {
  if (error instanceof GatewayError)
    return `${error.code}: ${error.cause instanceof Error ? error.cause.message : ''}`;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return [error instanceof Error ? error.name : typeof error, ...places.slice(0, 8)].join('\n');
}
