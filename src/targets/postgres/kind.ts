/** PostgreSQL targets as the gateway serves them: their databases, each with its login and its catalogue. */
import { never } from '../../errors.js';
import { AnalysisCache } from '../../facts/sql/cache/analysis-cache.js';
import {
  fromMessage,
  toMessage,
  type ChangeMessage,
  type SchemaChange,
} from '../../facts/sql/catalogue/schema-change.js';
import { loadSqlParser } from '../../facts/sql/parse/parser.js';
import type { Log } from '../../log.js';
import type { NotFound, Place, TargetKind, TargetSettings } from '../target-kind.js';
import type { CatalogueSource } from './catalogues.js';
import { createDatabases, type Database, type Databases } from './databases.js';
import type { PostgresSettings } from './settings.js';
import type { TargetStream, UpstreamLogin } from './upstream-login.js';

/** The services of a target for the proxy. */
export interface PostgresAccess {
  readonly upstream: UpstreamLogin;
  /** Clients may change the role and `standard_conforming_strings`; otherwise that is refused. */
  readonly sessionState: 'fixed' | 'followed';
  readonly catalogues: CatalogueSource;
  /** Facts of a text, remembered for all sessions of all targets. */
  readonly analyses: Pick<AnalysisCache, 'analyse'>;
  /**
   * The target has refused this login. Asks for the credential again; null if it is the same. Throws GatewayError
   * `secret-unreadable`.
   */
  renewLogin(refused: UpstreamLogin): Promise<UpstreamLogin | null>;
  /**
   * The location of the database that the session is connected to, as `pg_relation_filepath` reports it for `pg_class`. Null if
   * the catalogue is of that database; otherwise another has taken its name since, and the promise resolves when the catalogue
   * was read again.
   */
  confirmDatabase(path: string): Promise<void> | null;
  /** DDL of a session has come into force: whoever else uses the database reads what it names again. */
  schemaChanged(change: SchemaChange): void;
}

export interface PostgresTargetsParts {
  readonly targets: ReadonlyMap<string, TargetSettings>;
  readonly log: Log;
  readonly stream: TargetStream;
  readonly clock: () => Date;
  /** Called with messages for the other processes that listen on the same port. They are plain JSON. */
  readonly tell: (news: unknown) => void;
}

/** A database's schema has changed. */
interface News {
  readonly target: string;
  readonly database: string;
  readonly change: ChangeMessage;
}

export async function createPostgresTargets(
  parts: PostgresTargetsParts,
): Promise<TargetKind<PostgresAccess>> {
  await loadSqlParser();
  return new PostgresTargets(parts);
}

type Settings = ReadonlyMap<string, PostgresSettings>;

class PostgresTargets implements TargetKind<PostgresAccess> {
  readonly type = 'postgres';
  readonly #tell: PostgresTargetsParts['tell'];
  readonly #databases: Databases;
  readonly #analyses = new AnalysisCache();

  constructor({ targets, log, stream, clock, tell }: PostgresTargetsParts) {
    this.#tell = tell;
    this.#databases = createDatabases(targets as Settings, log, stream, clock);
  }

  find(requested: string): Place<PostgresAccess> | NotFound {
    const found = this.#databases.find(requested);
    return 'kind' in found ? notFound(requested, found) : this.#placeOf(found);
  }

  replace(targets: ReadonlyMap<string, TargetSettings>): void {
    this.#databases.replace(targets as Settings);
  }

  told(news: unknown): void {
    const { target, database, change } = news as News;
    this.#databases.schemaChanged(target, database, fromMessage(change));
  }

  #placeOf(database: Database): Place<PostgresAccess> {
    const { target } = database;
    return {
      kind: 'found',
      target,
      database: database.name,
      open: async () => this.#access(database, await database.login()),
      entered: () => database.entered(),
      left: () => database.left(),
    };
  }

  #access(database: Database, upstream: UpstreamLogin): PostgresAccess {
    const { target, catalogues, name } = database;
    return {
      upstream,
      sessionState: target.sessionState,
      catalogues,
      analyses: this.#analyses,
      renewLogin: (refused) => database.renew(refused),
      confirmDatabase: (path) => database.confirm(path),
      schemaChanged: (change) => {
        this.#databases.schemaChanged(target.name, name, change, database);
        this.#tell({ target: target.name, database: name, change: toMessage(change) } satisfies News);
        catalogues.change(change);
      },
    };
  }
}

function notFound(requested: string, meaning: Exclude<ReturnType<Databases['find']>, Database>): NotFound {
  const kind = 'not-found' as const;
  switch (meaning.kind) {
    case 'unknown': {
      const message = `database "${requested}" does not exist: it is no target, and no target opens one of this name`;
      return { kind, why: 'unknown-database', message, hint: null };
    }
    case 'closed': {
      const message = `the database "${meaning.database}" of the target "${meaning.target}" is not open`;
      return { kind, why: 'closed-database', message, hint: 'open it with `databases` of the target' };
    }
    case 'ambiguous': {
      const message = `several targets open a database "${requested}"`;
      const hint = `write the target before it: \`target.${requested}\` or \`target/${requested}\``;
      return { kind, why: 'ambiguous-database', message, hint };
    }
    default:
      return never(meaning);
  }
}
