/**
 * What migration tools, ORMs and drivers send of themselves passes, under the starter pack as under a mask: T3 and T7 to T12 of
 * the trial. `test/facts/sql/tools.yaml` has what is derived from these, `rules/postgres/migrations_test.rules` the very statements
 * of each tool.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const MASKED = `package one

applies if target.name == "orders"

allow everything

mask pii column "customers.email" with redact
`;

const PACK = ['access', 'freeze', 'limits', 'migrations', 'privacy', 'reach', 'schema', 'writes'];
const DATA = ['catalogue.yaml', 'freezes.yaml', 'migrations.yaml', 'teams.yaml'];

/** The rules of the starter pack for PostgreSQL, with the data that they read. */
function starterPack(): Record<string, string> {
  const files = [...PACK.map((name) => `postgres/${name}.rules`), ...DATA];
  return Object.fromEntries(
    files.map((file) => [file.replace('/', '-'), readFileSync(join('rules', file), 'utf8')]),
  );
}

const OBJECTS = `
  CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
  CREATE EXTENSION pgcrypto; CREATE EXTENSION unaccent; CREATE EXTENSION intarray; CREATE ROLE other;`;

const HOUSES = [
  ['the starter pack, as a pipeline that deploys', 'ci-deploy', starterPack],
  ['one mask', 'ci', () => ({ 'one.rules': MASKED })],
] as const;

describe.each(HOUSES)('%s', (_, group, rules) => {
  let house: House;
  let client: pg.Client;
  let direct: pg.Client;

  beforeAll(async () => {
    house = await bootHouse(rules(), [group], OBJECTS, 1, 'session_state: followed');
    await house.reconfigure((text) => text.replace('env: prod', 'env: dev'));
    client = await house.connect(group);
    direct = await house.server.connect('shop');
  });
  afterAll(async () => {
    await client.end();
    await direct.end();
    await house.stop();
  });

  /** Rows, or the SQLSTATE. */
  async function outcome(of: pg.Client, text: string, values?: readonly unknown[]): Promise<unknown> {
    try {
      const given = values === undefined ? {} : { values: [...values] };
      return (await of.query<unknown[]>({ text, rowMode: 'array', ...given })).rows;
    } catch (error) {
      return (error as pg.DatabaseError).code;
    }
  }

  /** Both ways the same, and the session goes on. */
  async function same(text: string, values?: readonly unknown[]): Promise<unknown> {
    const [through, bare] = [await outcome(client, text, values), await outcome(direct, text, values)];
    expect({ text, outcome: through }).toEqual({ text, outcome: bare });
    expect(await outcome(client, 'SELECT 1')).toEqual([[1]]);
    return through;
  }

  const passes = async (text: string, values?: readonly unknown[]): Promise<void> => {
    const { message } = await client.query(text, values && [...values]).then(
      () => ({ message: 'no error' }),
      (error: unknown) => error as Error,
    );
    expect({ text, message }).toEqual({ text, message: 'no error' });
  };

  test('T3: the role and the user that the session has anyway', async () => {
    const { user } = house.server;
    for (const text of [
      `SET ROLE '${user}'`,
      `SET SESSION AUTHORIZATION '${user}'`,
      'RESET ROLE',
      'SET ROLE NONE',
      'RESET SESSION AUTHORIZATION',
      `SELECT set_config('role', '${user}', false)`,
    ])
      await passes(text);
    expect(await outcome(client, 'SELECT current_user, session_user')).toEqual([[user, user]]);
  });

  test('T3: what is another role is set, or refused, as ever', async () => {
    const [by] = group === 'ci' ? [[]] : ['42501'];
    for (const text of ['SET ROLE other', 'SET SESSION AUTHORIZATION other', 'SET ROLE "other"']) {
      await passes('BEGIN');
      expect(await outcome(client, text)).toEqual(by);
      await passes('ROLLBACK');
    }
    await passes(`SET ROLE '${house.server.user}'`);
  });

  test('T7: functions of contrib extensions', async () => {
    await passes('CREATE TABLE users (id uuid DEFAULT uuid_generate_v4() PRIMARY KEY, name citext)');
    await passes(
      'CREATE TABLE users_2 (id uuid DEFAULT gen_random_uuid(), key bytea DEFAULT gen_random_bytes(8))',
    );
    await passes("INSERT INTO users (name) VALUES ('Ada'), ('Bo')");
    expect(await outcome(client, "SELECT name FROM users WHERE name = 'ADA'")).toEqual([['Ada']]);
    for (const text of [
      "SELECT similarity('abc', 'abd')",
      "SELECT unaccent('H\u00f4tel')",
      "SELECT digest('x', 'sha256')",
      "SELECT 'a=>1'::hstore -> 'a'",
      "SELECT sort('{3,1,2}'::int[])",
      'SELECT uuid_ns_dns()',
    ])
      await same(text);
  });

  test('T7: the function by which Sequelize finds or creates a row', async () => {
    await passes('CREATE TABLE found (id serial PRIMARY KEY, name text UNIQUE)');
    const text = `CREATE OR REPLACE FUNCTION pg_temp.testfunc(OUT response "found", OUT sequelize_caught_exception text)
      RETURNS RECORD AS $func_1$ BEGIN INSERT INTO "found" ("id", "name") VALUES (DEFAULT, 'a') RETURNING * INTO response;
      EXCEPTION WHEN unique_violation THEN GET STACKED DIAGNOSTICS sequelize_caught_exception = PG_EXCEPTION_DETAIL; END
      $func_1$ LANGUAGE plpgsql; SELECT (testfunc.response)."id", (testfunc.response)."name",
      testfunc.sequelize_caught_exception FROM pg_temp.testfunc(); DROP FUNCTION IF EXISTS pg_temp.testfunc();`;
    await passes(text);
    await passes(text);
    expect(await outcome(client, 'SELECT id, name FROM found')).toEqual([[1, 'a']]);
  });

  test('T8: a SET as a query', async () => {
    expect(await same("SELECT set_config('TimeZone', 'UTC', false)")).toEqual([['UTC']]);
    await same("SELECT set_config('TimeZone', $1, false)", ['Europe/Paris']);
    expect(await outcome(client, 'SHOW TimeZone')).toEqual([['Europe/Paris']]);
    await same("SELECT set_config('search_path', $1, false)", ['"$user",public']);
    await same("SELECT set_config('lock_timeout', '5s', true)");
  });

  test('T9: locks that tools agree on', async () => {
    await passes('SELECT pg_advisory_lock($1)', [77]);
    expect(await outcome(direct, 'SELECT pg_try_advisory_lock($1)', [77])).toEqual([[false]]);
    expect(await outcome(client, 'SELECT pg_advisory_unlock($1)', [77])).toEqual([[true]]);
    await passes('SELECT pg_try_advisory_lock(1, 2)');
    await passes('SELECT pg_advisory_unlock_all()');
    await passes('BEGIN');
    await passes('SELECT pg_try_advisory_xact_lock(77433833903597)');
    await passes('LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE');
    expect(await outcome(client, 'SELECT id FROM orders WHERE id = $1 FOR UPDATE', [1])).toEqual([[1]]);
    expect(await outcome(client, 'SELECT id FROM orders WHERE id = 2 FOR NO KEY UPDATE SKIP LOCKED')).toEqual(
      [[2]],
    );
    await passes('COMMIT');
  });

  test('T10: `$user` in the path, and schemas that stand in it twice', async () => {
    await passes('SET SEARCH_PATH TO public, "$user","public"');
    expect(await outcome(client, 'SELECT count(*)::int FROM orders')).toEqual([[100]]);
    await passes('RESET search_path');
    await passes('SET search_path = "$user", public');
    expect(await outcome(client, 'SELECT count(*)::int FROM orders')).toEqual([[100]]);
  });

  test.each([
    'SELECT COUNT(*) FROM public.databasechangeloglock',
    'SELECT LOCKED FROM databasechangeloglock WHERE ID=1',
    'SELECT LOCKED FROM databasechangeloglock WHERE ID=1 FOR UPDATE',
    'SELECT * FROM nowhere n JOIN orders o ON o.id = n.id FOR UPDATE OF n',
    'SELECT * FROM orders o JOIN nowhere n USING (id) FOR SHARE OF o SKIP LOCKED',
    'SELECT id FROM orders WHERE id IN (SELECT id FROM nowhere FOR UPDATE)',
    'WITH w AS (SELECT * FROM nowhere FOR UPDATE) SELECT * FROM w',
    'SELECT version_id, is_applied from goose_db_version ORDER BY id DESC',
    'INSERT INTO nowhere VALUES (1)',
    'UPDATE nowhere SET a = 1 WHERE b = 2',
    'DELETE FROM nowhere WHERE a = 1',
    'TRUNCATE nowhere',
  ])('T11: %s is 42P01', async (text) => {
    expect(await same(text)).toBe('42P01');
    await passes('BEGIN');
    expect(await outcome(client, text)).toBe('42P01');
    expect(await outcome(client, 'SELECT 1')).toBe('25P02');
    await passes('ROLLBACK');
  });

  test('T11: also where it is prepared with a value', async () => {
    for (const lock of ['', ' FOR UPDATE'])
      expect(await same(`SELECT locked FROM databasechangeloglock WHERE id = $1${lock}`, [1])).toBe('42P01');
  });

  test('T12: what is not there is dropped', async () => {
    for (const text of [
      'DROP TABLE IF EXISTS "ut" CASCADE',
      'DROP VIEW IF EXISTS "public"."uv" CASCADE',
      'DROP SEQUENCE IF EXISTS ut_id_seq CASCADE',
      'DROP TYPE IF EXISTS "public"."enum_ut_kind"',
      'DROP INDEX IF EXISTS "ut_index"',
      'ALTER TABLE IF EXISTS "ut" DROP COLUMN "a" CASCADE',
    ])
      await passes(text);
    await passes('CREATE TABLE IF NOT EXISTS "ut" ("id" SERIAL, PRIMARY KEY ("id"))');
    await passes('DROP TABLE IF EXISTS "ut" CASCADE');
  });
});
