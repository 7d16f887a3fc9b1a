/** The state that sessions of one database share: its login and its catalogue. */
import { causeOf, GatewayError } from '../../errors.js';
import { anyChange, type SchemaChange } from '../../facts/sql/catalogue/schema-change.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { createCatalogueSource, type CatalogueSource } from './catalogues.js';
import type { PostgresSettings } from './settings.js';
import { nameReader, type Meaning } from './database-name.js';
import type { Log } from '../../log.js';
import { createCatalogueReader, type CatalogueReader, type Extent } from './read-catalogue.js';
import type { TargetStream, UpstreamLogin } from './upstream-login.js';
import { createTarget, type Target } from './login.js';

/** Patterns may open any number of databases: the least recently used are forgotten. */
const DATABASES_MAX = 64;

export interface Database {
  readonly target: PostgresSettings;
  readonly name: string;
  /** Throws GatewayError `secret-unreadable`. */
  login(): Promise<UpstreamLogin>;
  /** As Target.renew. */
  renew(refused: UpstreamLogin): Promise<UpstreamLogin | null>;
  readonly catalogues: CatalogueSource;
  /** As Session.confirmDatabase. */
  confirm(path: string): Promise<void> | null;
  /** A session has begun. Without sessions the gateway keeps no connection, so that the database can be dropped and copied. */
  entered(): void;
  left(): void;
  readonly inUse: boolean;
}

export interface Databases {
  /** By the name that the client asked for, or why it is not valid. */
  find(requested: string): Database | Exclude<Meaning, { readonly kind: 'database' }>;
  /**
   * A session has changed the schema of a database. Other sessions of it read it again, and so does the next one; `by` has the
   * change already.
   */
  schemaChanged(target: string, database: string, change: SchemaChange, by?: Database): void;
  /** Sessions keep the target that they began with; those to come find the new ones. */
  replace(configs: ReadonlyMap<string, PostgresSettings>): void;
}

export function createDatabases(
  configs: ReadonlyMap<string, PostgresSettings>,
  log: Log,
  stream: TargetStream,
  clock: () => Date,
): Databases {
  let targets = new Map([...configs].map(([name, config]) => [name, createTarget(config, clock)]));
  let read = nameReader(configs);
  const databases = new Map<string, Database>();
  /** For targets whose configuration has changed since, as long as they have sessions. */
  const retired = new Set<Database>();
  return {
    schemaChanged(target, name, change, by) {
      const database = databases.get(`${target}/${name}`);
      for (const one of retired) if (!one.inUse) retired.delete(one);
      const others = [...retired].filter((one) => one.target.name === target && one.name === name);
      for (const one of database === undefined ? others : [database, ...others]) {
        if (one === by) continue;
        if (one.inUse) one.catalogues.change(change);
        else one.catalogues.outdate(change);
      }
    },
    replace(next) {
      read = nameReader(next);
      const before = targets;
      targets = new Map([...next].map(([name, config]) => [name, kept(before.get(name), config, clock)]));
      for (const [key, database] of databases) {
        const { name } = database.target;
        if (before.get(name) === targets.get(name)) continue;
        databases.delete(key);
        if (database.inUse) retired.add(database);
      }
    },
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

/** A target that is configured as it was stays the same object. */
function kept(before: Target | undefined, config: PostgresSettings, clock: () => Date): Target {
  const same = before !== undefined && JSON.stringify(before.config) === JSON.stringify(config);
  return same ? before : createTarget(config, clock);
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
    const fields = { code: 'catalogue-unreadable', target: target.config.name, database } as const;
    log.warn({ ...fields, reason: causeOf(error) }, 'the catalogue could not be read');
  };
  const renew = async (refused: UpstreamLogin): Promise<UpstreamLogin | null> => {
    const fresh = await target.renew(refused);
    const fields = { code: 'credential-renewed', target: target.config.name, database } as const;
    if (fresh !== null)
      log.info(fields, 'the target refused its credential, which was asked for again and is another');
    return fresh;
  };
  const readWith = async (one: UpstreamLogin, extent: Extent): Promise<Catalogue> => {
    try {
      return await reader.read(one, extent);
    } catch (error) {
      const refused = error instanceof GatewayError && error.code === 'target-login-refused';
      const fresh = refused ? await renew(one) : null;
      if (fresh === null) throw error;
      return reader.read(fresh, extent);
    }
  };
  const catalogues = createCatalogueSource({
    login,
    failed,
    clock,
    read: readWith,
  });
  return {
    target: target.config,
    name: database,
    login,
    renew,
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

/** The database no longer existed, and no client has asked for it since. */
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
