/** The gateway without its protocols: who may come in, and everything a session stands on. */
import { randomBytes, randomUUID } from 'node:crypto';
import { SessionLog } from '../audit/log.js';
import { GatewayError, never } from '../errors.js';
import { loadSqlParser } from '../facts/sql/parser.js';
import type { SchemaChange } from '../facts/sql/schema-change.js';
import type { Identity } from '../identity/identity.js';
import { createTokenVerifier, type TokenVerifier } from '../identity/oidc.js';
import { AnalysisCache } from './analysis-cache.js';
import type { GatewayConfig } from './config.js';
import { createDatabases, type Database, type Databases } from './databases.js';
import { settleRules } from './lifetime.js';
import type { Log } from './log.js';
import { openSession } from './open-session.js';
import { watchRules, type RuleSource } from './rule-source.js';
import { followBundle } from './bundle-source.js';
import { secretReader } from './secrets.js';
import type { Admission, Knock, Session, TargetStream, Unavailable, UpstreamLogin } from './session.js';

export type { Log } from './log.js';

export interface Gateway {
  /** Every refusal is recorded before it is given. Throws GatewayError where it cannot be: nobody comes in then. */
  admit(knock: Knock): Promise<Admission>;
  readonly sessions: ReadonlySet<Session>;
  /** The key of `hash` masks. */
  readonly maskingKey: Buffer;
  /** A session elsewhere has changed the schema of a database: its catalogue is read again, where it is used here. */
  schemaChanged(target: string, database: string, change: SchemaChange): void;
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
/** What a client says of itself goes into the record; no name is longer than this. */
const NAME_LENGTH_MAX = 256;

/** What a gateway has in common with others that serve the same port. */
export interface GatewayPeers {
  /** Of `hash` masks, where the configuration names none. */
  readonly generatedKey: Buffer;
  /** Told of each change of a schema that goes through this gateway. */
  readonly schemaChanged: (target: string, database: string, change: SchemaChange) => void;
}

/** Throws GatewayError where the rules do not compile or a secret cannot be read. */
export async function createGateway(
  config: GatewayConfig,
  log: Log,
  stream: TargetStream,
  clock: () => Date = () => new Date(),
  peers: GatewayPeers = { generatedKey: randomBytes(32), schemaChanged: () => undefined },
): Promise<Gateway> {
  await loadSqlParser();
  const maskingKey = config.maskingKey && Buffer.from(await secretReader(config.maskingKey, clock)());
  const rules =
    config.rules.kind === 'folder'
      ? watchRules(config.rules.path, log)
      : await followBundle(config.rules, log, clock);
  return new RunningGateway(config, log, stream, clock, rules, maskingKey ?? peers.generatedKey, peers);
}

class RunningGateway implements Gateway {
  readonly sessions = new Set<Session>();
  readonly maskingKey: Buffer;
  readonly #config: GatewayConfig;
  readonly #log: Log;
  readonly #clock: () => Date;
  readonly #rules: RuleSource;
  readonly #verifier: TokenVerifier;
  readonly #databases: Databases;
  readonly #analyses = new AnalysisCache();
  readonly #peers: GatewayPeers;
  #closed = false;

  constructor(
    config: GatewayConfig,
    log: Log,
    stream: TargetStream,
    clock: () => Date,
    rules: RuleSource,
    maskingKey: Buffer,
    peers: GatewayPeers,
  ) {
    this.#peers = peers;
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#rules = rules;
    this.#verifier = createTokenVerifier(config.issuers, clock);
    this.#databases = createDatabases(config.targets, log, stream, clock);
    this.maskingKey = maskingKey;
  }

  async admit(unbounded: Knock): Promise<Admission> {
    const knock = boundedKnock(unbounded);
    const verified = await this.#verifier.verify(knock.token);
    if (verified.kind === 'refused') {
      const { reason, telling } = verified;
      return this.#refuse(knock, telling ? { why: 'token', message: reason, hint: null } : UNPROVEN, reason);
    }
    const database = this.#databases.find(knock.target);
    if ('kind' in database) return this.#refuse(knock, notFound(knock.target, database));
    let upstream: UpstreamLogin;
    try {
      upstream = await database.login();
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'the target has no credential';
      return this.#unavailable(knock, 'credential', reason);
    }
    if (this.#closed) return this.#unavailable(knock, 'closing', 'the gateway is closing');
    if (this.sessions.size >= this.#config.limits.connections)
      return this.#unavailable(knock, 'crowded', 'there are too many sessions');
    return { kind: 'admitted', session: this.#open(knock, verified.identity, database, upstream) };
  }

  #open(knock: Knock, identity: Identity, database: Database, upstream: UpstreamLogin): Session {
    const { recordings, limits, sessions } = this.#config;
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
      sample: { rows: limits.sampleRows, bytes: limits.sampleBytes },
      commandBytesMax: limits.commandBytes,
      clock: this.#clock,
      policy: () => this.#rules.current(),
      ended: (one) => {
        this.sessions.delete(one);
        database.left();
      },
      schemaChanged: (change) => this.#peers.schemaChanged(database.target.name, upstream.database, change),
      failed: (id, error) =>
        this.#log.error({ session: id, fault: describeFault(error) }, 'a session failed'),
    });
    this.sessions.add(session);
    database.entered();
    const fields = { session: session.id, subject: identity.subject, target: database.target.name };
    this.#log.info(fields, 'session opened');
    return session;
  }

  #unavailable(knock: Knock, why: Unavailable, reason: string): Admission {
    this.#refuse(knock, UNPROVEN, reason);
    return { kind: 'unavailable', why };
  }

  /** `reason` is for the record. */
  #refuse(knock: Knock, refusal: Refusal, reason = refusal.message): Admission {
    const session = randomUUID();
    const now = this.#clock();
    const { protocol, client, target, user } = knock;
    const record = new SessionLog(this.#config.recordings, session, now);
    try {
      const requested = { target, user };
      record.append({ kind: 'refused', version: 1, session, protocol, client, requested, reason }, now);
      record.append({ kind: 'closed', reason: 'refused', commands: 0 }, now);
    } finally {
      record.close();
    }
    this.#log.warn({ session, reason, address: client.address }, 'not admitted');
    return { kind: 'refused', ...refusal };
  }

  schemaChanged(target: string, database: string, change: SchemaChange): void {
    const catalogues = this.#databases.findKnown(target, database)?.catalogues;
    const asks = (session: Session): boolean =>
      session.target.name === target && session.upstream.database === database;
    if ([...this.sessions].some(asks)) catalogues?.change(change);
    else catalogues?.outdate(change);
  }

  close(): void {
    this.#closed = true;
    this.#rules.close();
    for (const session of [...this.sessions]) session.close('shutdown');
  }
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
