/** The gateway without its protocols: who may come in, and everything a session stands on. */
import { randomBytes, randomUUID } from 'node:crypto';
import { SessionLog } from '../audit/log.js';
import { loadSqlParser } from '../facts/sql/parser.js';
import { createTokenVerifier, type TokenVerifier } from '../identity/oidc.js';
import { AnalysisCache } from './analysis-cache.js';
import { createCatalogueSource, type CatalogueSource } from './catalogues.js';
import type { GatewayConfig, TargetConfig } from './config.js';
import { openSession } from './open-session.js';
import { watchRules, type RuleSource } from './rule-source.js';
import { secretReader } from './secrets.js';
import type { Admission, Knock, Session, UpstreamLogin } from './session.js';

/** The part of a logger that the gateway uses; pino's shape. Tokens and credentials are never handed to it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Gateway {
  admit(knock: Knock): Promise<Admission>;
  readonly sessions: ReadonlySet<Session>;
  /** The key of `hash` masks. */
  readonly maskingKey: Buffer;
  close(): void;
}

/** The one thing a client is told, whatever was wrong: who guesses learns nothing. */
const NOT_ADMITTED = 'authentication failed';

export async function createGateway(
  config: GatewayConfig,
  log: Log,
  clock: () => Date = () => new Date(),
): Promise<Gateway> {
  await loadSqlParser();
  const rules = watchRules(config.rules, log);
  return new RunningGateway(config, log, clock, rules);
}

interface Database {
  readonly login: () => UpstreamLogin;
  readonly catalogues: CatalogueSource;
  readonly analyses: AnalysisCache;
}

class RunningGateway implements Gateway {
  readonly sessions = new Set<Session>();
  readonly maskingKey: Buffer;
  readonly #config: GatewayConfig;
  readonly #log: Log;
  readonly #clock: () => Date;
  readonly #rules: RuleSource;
  readonly #verifier: TokenVerifier;
  readonly #databases = new Map<string, Database>();
  readonly #passwords: ReadonlyMap<string, (() => string) | null>;

  constructor(config: GatewayConfig, log: Log, clock: () => Date, rules: RuleSource) {
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
    this.#rules = rules;
    this.#verifier = createTokenVerifier(config.issuers, clock);
    this.maskingKey =
      config.maskingKey === null ? randomBytes(32) : Buffer.from(secretReader(config.maskingKey, clock)());
    const reader = (target: TargetConfig): (() => string) | null =>
      target.password === null ? null : secretReader(target.password, clock);
    this.#passwords = new Map([...config.targets].map(([name, target]) => [name, reader(target)]));
  }

  async admit(knock: Knock): Promise<Admission> {
    const verified = await this.#verifier.verify(knock.token);
    if (verified.kind === 'refused') return this.#refuse(knock, verified.reason);
    const [name, database, ...more] = knock.target.split('/');
    const target = this.#config.targets.get(name ?? '');
    if (target === undefined || more.length > 0 || database === '')
      return this.#refuse(knock, 'there is no such target');
    const found = this.#database(target, database ?? target.database);
    await found.catalogues.ready();
    const session: Session = openSession({
      knock,
      identity: verified.identity,
      target,
      upstream: found.login(),
      catalogues: found.catalogues,
      analyses: found.analyses,
      log: this.#config.recordings,
      commandBytesMax: this.#config.limits.commandBytes,
      clock: this.#clock,
      policy: () => this.#rules.current(),
      ended: (one) => this.sessions.delete(one),
    });
    this.sessions.add(session);
    this.#log.info(
      { session: session.id, subject: verified.identity.subject, target: name },
      'session opened',
    );
    return { kind: 'admitted', session };
  }

  #database(target: TargetConfig, database: string): Database {
    const key = `${target.name}/${database}`;
    const known = this.#databases.get(key);
    if (known !== undefined) return known;
    const password = this.#passwords.get(target.name) ?? null;
    const login = (): UpstreamLogin => ({
      host: target.address.host,
      port: target.address.port,
      database,
      user: target.user,
      password: password?.() ?? null,
      tls: target.tls,
    });
    const catalogues = createCatalogueSource(login, (error) => {
      const { message } = error instanceof Error ? error : { message: 'unknown' };
      this.#log.warn({ target: target.name, error: message }, 'the catalogue could not be read');
    });
    const made = { login, catalogues, analyses: new AnalysisCache() };
    this.#databases.set(key, made);
    return made;
  }

  /** A record of its own for each: an attack on the door is found where everything else is found. */
  #refuse(knock: Knock, reason: string): Admission {
    const session = randomUUID();
    const now = this.#clock();
    const record = new SessionLog(this.#config.recordings, session, now);
    const { protocol, client, target, user } = knock;
    record.append(
      { kind: 'refused', version: 1, session, protocol, client, requested: { target, user }, reason },
      now,
    );
    record.append({ kind: 'closed', reason: 'refused', commands: 0 }, now);
    record.close();
    this.#log.warn({ session, reason, address: client.address }, 'not admitted');
    return { kind: 'refused', message: NOT_ADMITTED };
  }

  close(): void {
    this.#rules.close();
    for (const session of [...this.sessions]) session.close('shutdown');
  }
}
