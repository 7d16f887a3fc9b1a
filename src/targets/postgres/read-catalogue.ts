/**
 * Reads a database's relations, columns, views and functions with the gateway's own credential: all of it at first, then
 * what has changed, which takes a few milliseconds whatever else the database holds.
 */
import { Client, DatabaseError, type ClientConfig } from 'pg';
import { GatewayError } from '../../errors.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { changedNames, type SchemaChange } from '../../facts/sql/catalogue/schema-change.js';
import { readBehaviours, readNameless } from './behaviour.js';
import { CHANGES, ENTRIES_MAX, FUNCTIONS, RELATIONS, toRelation } from './rows.js';
import type { ChangesRow, RelationRow } from './rows.js';
import type { FunctionRow } from './functions.js';
import { marksOf, readChanges, withNamed } from './changes.js';
import { readDefinitions, readFunctions } from './view-definitions.js';
import type { KnownCatalogue } from './changes.js';
import { readNamed } from './read-named.js';
import { isDirect, querierOf, SETTINGS, type Querier } from './querier.js';
import type { TargetStream, UpstreamLogin } from './upstream-login.js';

const TIMEOUT_MS = 15_000;
/** How long a connection is kept for the next change: longer than from one poll to the next. */
const IDLE_MS = 10_000;
const ATTEMPTS_MAX = 3;

/** What is read: all of it, what is new since the last reading, or what a change names. */
export type Extent = 'whole' | 'changes' | SchemaChange;

/** Older than any transaction: with it everything is recent. */
const FIRST_HORIZON = '3';

export interface CatalogueReader {
  /**
   * `changes` reads what is new since the last reading, where there was one; where nothing is, the same object is given
   * again. Throws what the connection throws, and GatewayError `catalogue-too-large`. One reading at a time.
   */
  read(login: UpstreamLogin, extent: Extent): Promise<Catalogue>;
  /** Where the server keeps the database that was read last, as `pg_relation_filepath` says of `pg_class`; null before. */
  readonly path: string | null;
  close(): Promise<void>;
}

/** All of it, once. */
export async function readCatalogue(login: UpstreamLogin, stream: TargetStream): Promise<Catalogue> {
  const reader = createCatalogueReader(stream);
  try {
    return await reader.read(login, 'whole');
  } finally {
    await reader.close();
  }
}

export function createCatalogueReader(stream: TargetStream): CatalogueReader {
  let client: Connection | null = null;
  let known: KnownCatalogue | null = null;
  let idle: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    clearTimeout(idle);
    const open = client;
    client = null;
    await open?.client.end().catch(() => undefined);
  };
  const attempt = async (login: UpstreamLogin, extent: Extent): Promise<KnownCatalogue> => {
    if (known !== null && extent !== 'whole') {
      client ??= await connect(login, stream);
      const changed = await readPart(client.querier, known, extent);
      if (changed !== null) return changed;
    }
    await close();
    client = await connect(login, stream);
    return readWhole(client);
  };
  return {
    read: async (login, extent) => {
      clearTimeout(idle);
      for (let attempts = 1; ; attempts++) {
        const kept = client !== null;
        try {
          known = await attempt(login, extent);
          idle = setTimeout(() => void close(), IDLE_MS);
          idle.unref();
          return known.catalogue;
        } catch (error) {
          await close();
          if (attempts === ATTEMPTS_MAX || !mayPass(error, kept)) throw error;
        }
      }
    },
    get path() {
      return known?.mark.path ?? null;
    },
    close,
  };
}

/** What was there a moment ago may be gone, or be changed by somebody now; a connection that was kept may have ended. */
function mayPass(error: unknown, kept: boolean): boolean {
  if (error instanceof DatabaseError) return kept || /^(XX000|42|3F000|40|55P03)/.test(error.code ?? '');
  return kept && !(error instanceof GatewayError);
}

/** Null where all of it must be read again. */
async function readPart(
  querier: Querier,
  known: KnownCatalogue,
  extent: 'changes' | SchemaChange,
): Promise<KnownCatalogue | null> {
  if (extent === 'changes' || extent.everything) return readChanges(querier, known);
  return withNamed(known, await readNamed(querier, changedNames(extent)));
}

interface Connection {
  readonly client: Client;
  readonly querier: Querier;
}

async function connect(login: UpstreamLogin, stream: TargetStream): Promise<Connection> {
  const client = new Client(clientConfig(login, stream));
  // The server may end the connection at any moment; the query that is under way then rejects.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return { client, querier: querierOf(client, await isDirect(client)) };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * In one snapshot, and with an empty search path once that of a new session is known: definitions then have every name
 * qualified, and no function or operator of the target's own can stand in for one of the queries' here.
 */
async function readWhole({ client, querier }: Connection): Promise<KnownCatalogue> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const path = await client.query<{ path: string[] }>(
    'SELECT pg_catalog.current_schemas(false)::text[] AS path',
  );
  await client.query(SETTINGS);
  const changes = await client.query<ChangesRow>(CHANGES, [FIRST_HORIZON]);
  const relations = await client.query<RelationRow>(RELATIONS);
  const functions = await client.query<FunctionRow>(FUNCTIONS);
  await client.query('COMMIT');
  if (relations.rows.length > ENTRIES_MAX || functions.rows.length > ENTRIES_MAX)
    throw new GatewayError(
      'catalogue-too-large',
      `the database has more than ${ENTRIES_MAX} relations or functions`,
    );
  const named = new Map(relations.rows.map((row) => [Number(row.oid), toRelation(row)]));
  const defined = await readDefinitions(querier, named);
  const called = await readFunctions(querier, functions.rows);
  const behaviours = await readBehaviours(querier, null);
  const mark = changes.rows[0]!;
  return {
    mark,
    marks: marksOf(mark),
    relations: defined,
    functions: called,
    catalogue: {
      searchPath: path.rows[0]?.path ?? [],
      relations: [...defined.values()],
      functions: [...called.values()],
      behaviours,
      ...(await readNameless(querier)),
    },
  };
}

/**
 * The stream logs in by itself. Everything else is said here, so that no variable of the gateway's environment (PGPASSWORD,
 * PGSSLMODE) takes part.
 */
function clientConfig(login: UpstreamLogin, stream: TargetStream): ClientConfig {
  const { host, port, database, user } = login;
  return {
    host,
    port,
    database,
    user,
    password: '',
    ssl: false,
    stream: () => stream(login),
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'sallyport',
  };
}
