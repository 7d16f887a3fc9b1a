/** Reads a database's relations, columns, views and functions with the gateway's own credential. */
import { readFileSync } from 'node:fs';
import { Client, type ClientConfig } from 'pg';
import type { Catalogue, CatalogueFunction, Relation } from '../facts/sql/catalogue.js';
import type { UpstreamLogin } from './session.js';

const TIMEOUT_MS = 15_000;

/** Every kind of relation that a statement can name, with the columns that are still there. */
const RELATIONS = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'number', a.attnum, 'type',
                 pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND n.nspname !~ '^pg_(toast|temp_)'`;

const FUNCTIONS = `
  SELECT n.nspname AS schema, p.proname AS name, p.provolatile AS volatility, l.lanname AS language, p.prokind AS kind
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
   WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')`;

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
}

export async function readCatalogue(login: UpstreamLogin): Promise<Catalogue> {
  const client = new Client(clientConfig(login));
  // The server may end the connection at any moment; the query that is under way then rejects.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const path = await client.query<{ path: string[] }>(
      'SELECT pg_catalog.current_schemas(false)::text[] AS path',
    );
    const relations = await client.query<RelationRow>(RELATIONS);
    const functions =
      await client.query<Record<'schema' | 'name' | 'volatility' | 'language' | 'kind', string>>(FUNCTIONS);
    return {
      searchPath: path.rows[0]?.path ?? [],
      relations: relations.rows.map(toRelation),
      functions: functions.rows.map((row) => ({
        schema: row.schema,
        name: row.name,
        language: row.language,
        volatility: VOLATILITIES[row.volatility] ?? 'volatile',
        kind: FUNCTION_KINDS[row.kind] ?? 'function',
      })),
    };
  } finally {
    await client.end();
  }
}

function toRelation(row: RelationRow): Relation {
  const { schema, name, definition } = row;
  const base = {
    schema,
    name,
    oid: Number(row.oid),
    kind: KINDS[row.kind] ?? 'table',
    columns: row.columns ?? [],
  };
  return definition === null ? base : { ...base, definition };
}

function clientConfig(login: UpstreamLogin): ClientConfig {
  const { host, port, database, user, password, tls } = login;
  return {
    host,
    port,
    database,
    user,
    ...(password === null ? {} : { password }),
    ssl:
      tls.kind === 'off'
        ? false
        : { rejectUnauthorized: true, ...(tls.ca === null ? {} : { ca: readCa(tls.ca) }) },
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'sallyport',
  };
}

/** A PEM text as it is, or the file that holds one. */
function readCa(ca: string): string {
  return ca.includes('-----BEGIN') ? ca : readFileSync(ca, 'utf8');
}
