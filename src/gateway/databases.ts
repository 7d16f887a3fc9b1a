/** What sessions of one database share: its login and its catalogue. */
import { GatewayError } from '../errors.js';
import { anyChange } from '../facts/sql/schema-change.js';
import { createCatalogueSource, type CatalogueSource } from './catalogues.js';
import type { TargetConfig } from './config.js';
import { nameReader, type Meaning } from './database-name.js';
import type { Log } from './log.js';
import { createCatalogueReader, type CatalogueReader } from './read-catalogue.js';
import type { TargetStream, UpstreamLogin } from './session.js';
import { createTarget, type Target } from './targets.js';

/** Patterns may open any number of databases: those that nobody used for longest are forgotten. */
const DATABASES_MAX = 64;

export interface Database {
  readonly target: TargetConfig;
  /** Throws GatewayError `secret-unreadable`. */
  login(): Promise<UpstreamLogin>;
  readonly catalogues: CatalogueSource;
  /** As Session.confirmDatabase. */
  confirm(path: string): Promise<void> | null;
  /** A session has begun. While there is none the gateway keeps no connection, so that the database can be dropped and copied. */
  entered(): void;
  left(): void;
  readonly inUse: boolean;
}

export interface Databases {
  /** By what the client asked for, or why that is none. */
  find(requested: string): Database | Exclude<Meaning, { readonly kind: 'database' }>;
  /** The same, but only where a session has asked for it lately. */
  findKnown(target: string, database: string): Database | null;
}

export function createDatabases(
  configs: ReadonlyMap<string, TargetConfig>,
  log: Log,
  stream: TargetStream,
  clock: () => Date,
): Databases {
  const targets = new Map([...configs].map(([name, config]) => [name, createTarget(config, clock)]));
  const read = nameReader(configs);
  const databases = new Map<string, Database>();
  return {
    findKnown: (target, database) => databases.get(`${target}/${database}`) ?? null,
    find(requested) {
      const meaning = read(requested);
      if (meaning.kind !== 'database') return meaning;
      const { target, database } = meaning;
      const key = `${target}/${database}`;
      const found = databases.get(key) ?? createDatabase(targets.get(target)!, database, log, stream, clock);
      // Set again, so that the first is always the one that was not asked for for longest.
      databases.delete(key);
      databases.set(key, found);
      if (databases.size > DATABASES_MAX) forgetOne(databases, found);
      return found;
    },
  };
}

/** A database with sessions must be found when its schema changes. */
function forgetOne(databases: Map<string, Database>, kept: Database): void {
  for (const [key, database] of databases) {
    if (database.inUse || database === kept) continue;
    databases.delete(key);
    return;
  }
}

function createDatabase(
  target: Target,
  database: string,
  log: Log,
  stream: TargetStream,
  clock: () => Date,
): Database {
  const login = (): Promise<UpstreamLogin> => target.login(database);
  const reader = new SharedReader(stream);
  const failed = (error: unknown): void => {
    if (error === GONE) return;
    const reason = error instanceof Error ? error.message : 'unknown';
    log.warn({ target: target.config.name, database, reason }, 'the catalogue could not be read');
  };
  const catalogues = createCatalogueSource({
    login,
    failed,
    clock,
    read: (one, extent) => reader.read(one, extent),
  });
  return {
    target: target.config,
    login,
    catalogues,
    confirm: (path) => {
      if (reader.path === null || folderOf(reader.path) === folderOf(path)) return null;
      catalogues.outdate(anyChange);
      return catalogues.settled();
    },
    entered: () => reader.entered(),
    left: () => reader.left(),
    get inUse() {
      return reader.sessions > 0;
    },
  };
}

/** The file may be another after VACUUM FULL; its folder is the database's own. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The database was not there any more, and nobody has asked for it since. */
const GONE = new GatewayError('target-database-missing', 'the database does not exist');

/** Keeps its connection as long as there are sessions. */
class SharedReader {
  sessions = 0;
  readonly #reader: CatalogueReader;
  #reading = false;
  #gone = false;

  constructor(stream: TargetStream) {
    this.#reader = createCatalogueReader(stream);
  }

  get path(): string | null {
    return this.#reader.path;
  }

  async read(...[login, extent]: Parameters<CatalogueReader['read']>): ReturnType<CatalogueReader['read']> {
    // A database that was dropped after its tests is not asked for again every few seconds.
    if (this.#gone && this.sessions === 0) throw GONE;
    this.#reading = true;
    try {
      return await this.#reader.read(login, extent);
    } catch (error) {
      this.#gone = error instanceof GatewayError && error.code === GONE.code;
      throw this.#gone && this.sessions === 0 ? GONE : error;
    } finally {
      this.#reading = false;
      if (this.sessions === 0) await this.#reader.close();
    }
  }

  entered(): void {
    this.sessions++;
    this.#gone = false;
  }

  left(): void {
    this.sessions--;
    if (this.sessions === 0 && !this.#reading) void this.#reader.close();
  }
}
