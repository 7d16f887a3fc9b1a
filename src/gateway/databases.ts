/** What sessions of one database share: its login and its catalogue. */
import { createCatalogueSource, type CatalogueSource } from './catalogues.js';
import type { TargetConfig } from './config.js';
import type { Log } from './log.js';
import { createCatalogueReader, type CatalogueReader } from './read-catalogue.js';
import type { TargetStream, UpstreamLogin } from './session.js';
import { createTarget, type Target } from './targets.js';

/** Names of databases come from clients: those that nobody used for longest are forgotten. */
const DATABASES_MAX = 64;
/** NAMEDATALEN - 1: the server cuts a longer name, and rules would see another database than it opens. */
const NAME_BYTES_MAX = 63;

export interface Database {
  readonly target: TargetConfig;
  /** Throws GatewayError `secret-unreadable`. */
  login(): Promise<UpstreamLogin>;
  readonly catalogues: CatalogueSource;
}

export interface Databases {
  /** By what the client asked for, `orders` or `orders/reporting`; null where no such target is configured. */
  find(requested: string): Database | null;
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
  const databases = new Map<string, Database>();
  return {
    findKnown: (target, database) => databases.get(`${target}/${database}`) ?? null,
    find(requested) {
      const [name = '', database, ...more] = requested.split('/');
      const target = targets.get(name);
      if (target === undefined || database === '' || more.length > 0) return null;
      if (database !== undefined && Buffer.byteLength(database) > NAME_BYTES_MAX) return null;
      const key = `${name}/${database ?? target.config.database}`;
      const found =
        databases.get(key) ?? createDatabase(target, database ?? target.config.database, log, stream, clock);
      // Set again, so that the first is always the one that was not asked for for longest.
      databases.delete(key);
      databases.set(key, found);
      if (databases.size > DATABASES_MAX) databases.delete(databases.keys().next().value!);
      return found;
    },
  };
}

function createDatabase(
  target: Target,
  database: string,
  log: Log,
  stream: TargetStream,
  clock: () => Date,
): Database {
  const login = (): Promise<UpstreamLogin> => target.login(database);
  const failed = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : 'unknown';
    log.warn({ target: target.config.name, database, reason }, 'the catalogue could not be read');
  };
  const reader = createCatalogueReader(stream);
  const read: CatalogueReader['read'] = (one, extent) => reader.read(one, extent);
  return { target: target.config, login, catalogues: createCatalogueSource({ login, failed, clock, read }) };
}
