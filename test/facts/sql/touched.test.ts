/** Facts beside what a real server does: every relation that it locks for a statement is among the tables of the facts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { parse } from 'yaml';
import { toJson } from '../../../src/values/value.js';
import { parseCatalogue } from '../../../src/facts/sql/catalogue/file.js';
import type { Catalogue } from '../../../src/facts/sql/catalogue/catalogue.js';
import { harmlessFunctions } from '../../../src/facts/sql/generated/builtin-functions.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import { readCatalogue } from '../../../src/targets/postgres/read-catalogue.js';
import { targetStream } from '../../../proxy/postgres/login/target-stream.js';
import { bootPostgres } from '../../support/postgres.js';
import type { PostgresServer } from '../../support/postgres.js';

interface Cases {
  readonly schema: string;
  /** By what they show; a text and how it is judged: all of it known, or with code that nobody can see into. */
  readonly known: Readonly<Record<string, string>>;
  readonly code: Readonly<Record<string, string>>;
}

const file = join(process.cwd(), 'test/facts/sql/touched.yaml');
const cases = parse(readFileSync(file, 'utf8')) as Cases;

let server: PostgresServer;
let client: pg.Client;
let catalogue: Catalogue;
beforeAll(async () => {
  server = await bootPostgres();
  await server.query(cases.schema);
  client = await server.connect();
  const { port, user, password } = server;
  const login = {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user,
    password,
    tls: { kind: 'off' as const },
  };
  catalogue = await readCatalogue(login, targetStream);
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

/** Tables, views and sequences that the statement locks, as `schema.name`, with `!` where it may write them. */
async function locked(sql: string): Promise<string[]> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    const { rows } = await client.query<{ name: string }>(`
      SELECT DISTINCT n.nspname || '.' || c.relname || CASE WHEN l.mode IN ('RowExclusiveLock', 'AccessExclusiveLock',
             'ShareRowExclusiveLock', 'ExclusiveLock') AND c.relkind IN ('r', 'p') THEN '!' ELSE '' END AS name
        FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE l.pid = pg_catalog.pg_backend_pid() AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = 'postgres')
         AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
         -- A foreign key looks for rows of the other table.
         AND NOT (l.mode = 'RowShareLock')`);
    return rows.map(({ name }) => name);
  } finally {
    await client.query('ROLLBACK');
  }
}

function touched(sql: string): { tables: Set<string>; opaque: boolean } {
  const context = {
    catalogue,
    searchPath: catalogue.searchPath,
    prepared: new Map<string, string>(),
    transaction: 'idle',
    parameters: null,
  } as const;
  const analysis = deriveSql(sql, context);
  expect(analysis.error).toBeNull();
  const statements = toJson(analysis.sql['statements']!) as {
    tables: { schema: string; name?: string; access: string }[];
    objects: { schema?: string; name: string }[];
  }[];
  const tables = statements.flatMap((statement) => statement.tables);
  const named = tables.filter(({ name }) => name !== undefined);
  const full = named.flatMap(({ schema, name, access }) => [
    `${schema}.${name!}`,
    ...(access === 'write' ? [`${schema}.${name!}!`] : []),
  ]);
  const objects = statements.flatMap((one) =>
    one.objects.map(({ schema, name }) => `${schema ?? ''}.${name}`),
  );
  return {
    tables: new Set([...full, ...objects]),
    opaque: analysis.statements.some((one) => one.opaque === true),
  };
}

describe('what the server touches', () => {
  test.each(Object.entries(cases.known))('%s', async (_, sql) => {
    const { tables, opaque } = touched(sql);
    expect(opaque).toBe(false);
    const seen = await locked(sql);
    expect(seen).not.toHaveLength(0);
    expect(seen.filter((name) => !tables.has(name))).toEqual([]);
  });
});

test.each(Object.entries(cases.code))('code that nobody can see into: %s', async (_, sql) => {
  expect(touched(sql).opaque).toBe(true);
  await expect(locked(sql)).resolves.toBeDefined();
});

test('a catalogue is the same after it was written to a file', () => {
  const file: unknown = JSON.parse(JSON.stringify(catalogue));
  expect(catalogue.behaviours?.length).toBeGreaterThan(8);
  expect(parseCatalogue(file)).toEqual(catalogue);
});

/** What is written of other sessions, files and settings, and is no more than a number or a name. */
const tolerated = ['pg_config', 'pg_current_logfile', 'pg_get_aios', 'pg_get_backend_memory_contexts', 'pg_get_shmem_allocations', 'pg_get_shmem_allocations_numa', 'pg_replication_origin_oid', 'pg_show_replication_origin_status', 'pg_stat_have_stats']; // prettier-ignore

test('no function that the server keeps from the public is harmless, but for those that only tell of the server', async () => {
  const rows = await server.query(
    "SELECT DISTINCT proname AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proacl IS NOT NULL ORDER BY 1",
  );
  const kept = rows.map(({ name }) => String(name));
  expect(kept.length).toBeGreaterThan(40);
  expect(kept.filter((name) => harmlessFunctions.has(name))).toEqual(tolerated);
});
