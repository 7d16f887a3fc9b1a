/** Reads a database's relations, columns, views and functions with the gateway's own credential. */
import { Client, type ClientConfig } from 'pg';
import { GatewayError } from '../errors.js';
import type { Catalogue, CatalogueFunction, Relation } from '../facts/sql/catalogue.js';
import type { UpstreamLogin } from './session.js';

const TIMEOUT_MS = 15_000;
/** A database with more than this is not one that a pipeline is let into without a catalogue of its own. */
const ENTRIES_MAX = 200_000;

/** Every kind of relation that a statement can name, with the columns that are still there. */
const RELATIONS = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'number', a.attnum, 'type',
                 pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname))
            FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
            JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) AS inherits
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp_)'
   ORDER BY c.oid LIMIT ${ENTRIES_MAX + 1}`;

const FUNCTIONS = `
  SELECT n.nspname AS schema, p.proname AS name, p.provolatile AS volatility, l.lanname AS language, p.prokind AS kind
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
   ORDER BY p.oid LIMIT ${ENTRIES_MAX + 1}`;

/** Those that run something the gateway cannot read; functions in C come with extensions that a superuser installed. */
const OPERATORS = `
  SELECT DISTINCT o.oprname AS name
    FROM pg_catalog.pg_operator o
    JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
   WHERE n.nspname <> 'pg_catalog' AND l.lanname NOT IN ('c', 'internal')`;

const KINDS: Record<string, Relation['kind']> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
  S: 'sequence',
  c: 'composite-type',
};
const VOLATILITIES: Record<string, CatalogueFunction['volatility']> = {
  i: 'immutable',
  s: 'stable',
  v: 'volatile',
};
const FUNCTION_KINDS: Record<string, CatalogueFunction['kind']> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
};

interface RelationRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly definition: string | null;
  readonly columns: readonly { name: string; number: number; type: string }[] | null;
  readonly inherits: readonly { schema: string; name: string }[] | null;
}
type FunctionRow = Readonly<Record<'schema' | 'name' | 'volatility' | 'language' | 'kind', string>>;

/** Throws what the connection throws, and GatewayError `catalogue-too-large`. */
export async function readCatalogue(login: UpstreamLogin): Promise<Catalogue> {
  const client = new Client(clientConfig(login));
  // The server may end the connection at any moment; the query that is under way then rejects.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await read(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * In one snapshot, and with an empty search path once that of a new session is known: `pg_get_viewdef` then qualifies
 * every name, and no function or operator of the target's own can stand in for one of the queries' here.
 */
async function read(client: Client): Promise<Catalogue> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const path = await client.query<{ path: string[] }>(
    'SELECT pg_catalog.current_schemas(false)::text[] AS path',
  );
  await client.query("SELECT pg_catalog.set_config('search_path', '', false)");
  const relations = await client.query<RelationRow>(RELATIONS);
  const functions = await client.query<FunctionRow>(FUNCTIONS);
  const operators = await client.query<{ name: string }>(OPERATORS);
  if (relations.rows.length > ENTRIES_MAX || functions.rows.length > ENTRIES_MAX)
    throw new GatewayError(
      'catalogue-too-large',
      `the database has more than ${ENTRIES_MAX} relations or functions`,
    );
  return {
    searchPath: path.rows[0]?.path ?? [],
    relations: relations.rows.map(toRelation),
    functions: functions.rows.map(toFunction),
    operators: operators.rows.map((row) => row.name),
  };
}

function toRelation(row: RelationRow): Relation {
  const { schema, name, definition, inherits } = row;
  const kind = KINDS[row.kind] ?? 'table';
  return {
    schema,
    name,
    oid: Number(row.oid),
    kind,
    columns: row.columns ?? [],
    ...(definition === null ? {} : { definition }),
    ...(inherits === null ? {} : { inherits }),
  };
}

function toFunction({ schema, name, language, volatility, kind }: FunctionRow): CatalogueFunction {
  return {
    schema,
    name,
    language,
    volatility: VOLATILITIES[volatility] ?? 'volatile',
    kind: FUNCTION_KINDS[kind] ?? 'function',
  };
}

/** Everything is said here, so that no variable of the gateway's environment (PGPASSWORD, PGSSLMODE) takes part. */
function clientConfig(login: UpstreamLogin): ClientConfig {
  const { host, port, database, user, password, tls } = login;
  const ca = tls.kind === 'verify' && tls.ca !== null ? { ca: tls.ca } : {};
  return {
    host,
    port,
    database,
    user,
    password: () => password ?? '',
    ssl: tls.kind === 'off' ? false : { rejectUnauthorized: true, ...ca },
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'sallyport',
  };
}
