/** A catalogue that is kept up to date by what has changed is the one that a reading of everything gives. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { changeOf } from '../../src/facts/sql/catalogue/schema-change.js';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import { createCatalogueReader, readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import type { CatalogueReader } from '../../src/targets/postgres/read-catalogue.js';
import type { UpstreamLogin } from '../../src/targets/postgres/upstream-login.js';
import { bootPostgres, hasPostgres15, type PostgresServer } from '../support/postgres.js';

let server: PostgresServer;
let login: UpstreamLogin;
let client: pg.Client;
let other: pg.Client;
let reader: CatalogueReader;
let databases = 0;

beforeAll(async () => {
  server = await bootPostgres({ version: hasPostgres15() ? 15 : 18 });
});
afterAll(() => server.stop());

beforeEach(async () => {
  const database = `fresh${++databases}`;
  await server.query(`CREATE DATABASE ${database}`);
  const { host, port, user, password } = server;
  login = { host, port, database, user, password, tls: { kind: 'off' } };
  client = await server.connect(database);
  other = await server.connect(database);
  reader = createCatalogueReader(targetStream);
});
afterEach(async () => {
  await reader.close();
  await client.end();
  await other.end();
});

const sorted = (catalogue: Catalogue): unknown => ({
  ...catalogue,
  relations: [...catalogue.relations].sort((a, b) => a.oid - b.oid),
  functions: catalogue.functions.map((one) => JSON.stringify(one)).sort(),
  operators: [...(catalogue.operators ?? [])].sort(),
  // Temporary relations of other sessions are nobody's business.
  behaviours: (catalogue.behaviours ?? [])
    .filter(({ schema }) => !schema.startsWith('pg_temp_'))
    .map((one) =>
      Object.entries(one)
        .map((entry) => JSON.stringify(entry))
        .sort()
        .join(),
    )
    .sort(),
});

const STEPS = [
  'CREATE TABLE a (id int PRIMARY KEY, email text)',
  'CREATE VIEW v AS SELECT id, email FROM a',
  'CREATE VIEW w AS SELECT email AS e FROM v',
  'ALTER TABLE a ADD COLUMN phone text',
  'ALTER TABLE a ALTER COLUMN phone TYPE varchar(20)',
  'ALTER TABLE a RENAME COLUMN email TO mail',
  'CREATE OR REPLACE VIEW v AS SELECT id, mail AS email, phone FROM a',
  'ALTER TABLE a RENAME TO people',
  'ALTER TABLE people DROP COLUMN phone CASCADE',
  'DROP VIEW IF EXISTS v CASCADE',
  'CREATE SCHEMA one',
  'CREATE TABLE one.parent (k int, note text)',
  'CREATE TABLE child () INHERITS (one.parent)',
  'ALTER TABLE child NO INHERIT one.parent',
  'ALTER TABLE child INHERIT one.parent',
  'CREATE VIEW kept AS SELECT k FROM one.parent',
  'ALTER SCHEMA one RENAME TO two',
  'CREATE TABLE split (at date) PARTITION BY RANGE (at)',
  "CREATE TABLE piece PARTITION OF split FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
  'ALTER TABLE split DETACH PARTITION piece',
  "CREATE TYPE colour AS ENUM ('red'); CREATE TABLE painted (c colour, cs colour[])",
  'ALTER TYPE colour RENAME TO hue',
  'CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 $$',
  'CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT $1 + 1 $$',
  'CREATE VIEW calls AS SELECT f(1) AS x',
  'ALTER FUNCTION f(int) RENAME TO g',
  'CREATE OPERATOR ==> (rightarg = int, procedure = g)',
  'DROP OPERATOR ==> (NONE, int)',
  'BEGIN; CREATE TABLE gone (x int); ROLLBACK',
  'BEGIN; SAVEPOINT s; CREATE TABLE inner1 (x int); ROLLBACK TO s; CREATE TABLE inner2 (y int); COMMIT',
  'DROP TABLE painted; CREATE TABLE painted (c text)',
  'CREATE MATERIALIZED VIEW m AS SELECT 1 AS one',
  'CREATE SEQUENCE numbers',
  'CREATE TYPE pair AS (a int, b text)',
  'ALTER TYPE pair ADD ATTRIBUTE c date',
  'VACUUM FULL pg_class',
  'ALTER TABLE people SET SCHEMA two',
  'DROP SCHEMA two CASCADE',
  'CREATE TABLE acts (id int, note text DEFAULT lower(current_user)); CREATE TABLE log (id int)',
  "CREATE FUNCTION on_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
  'CREATE TRIGGER t BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION on_row()',
  'ALTER TABLE acts DISABLE TRIGGER t',
  'ALTER TABLE acts ENABLE TRIGGER t',
  'CREATE RULE r AS ON INSERT TO acts DO ALSO INSERT INTO log VALUES (1)',
  "CREATE FUNCTION made() RETURNS text LANGUAGE sql AS 'SELECT $$x$$'",
  'ALTER TABLE acts ALTER note SET DEFAULT made()',
  "ALTER TABLE acts ALTER note SET DEFAULT 'none'",
  "CREATE FUNCTION checks(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true'",
  'ALTER TABLE acts ADD CONSTRAINT c CHECK (checks(id))',
  'CREATE INDEX by_check ON log (checks(id))',
  'DROP INDEX by_check',
  'CREATE STATISTICS s ON (checks(id)) FROM log',
  'ALTER TABLE acts ENABLE ROW LEVEL SECURITY',
  'CREATE POLICY p ON acts USING (checks(id))',
  'ALTER TABLE acts DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE log ADD PRIMARY KEY (id); CREATE TABLE refers (log int REFERENCES log ON DELETE CASCADE)',
  'ALTER TABLE refers DROP CONSTRAINT refers_log_fkey',
  'CREATE TABLE heir () INHERITS (log)',
  'DROP TRIGGER t ON acts; DROP RULE r ON acts',
  'CREATE DOMAIN even AS int CHECK (checks(VALUE))',
  'CREATE TABLE evens (e even)',
  'CREATE TABLE more_evens (es even[])',
  'DROP TABLE evens',
  "CREATE FUNCTION to_pair(text) RETURNS pair LANGUAGE sql AS 'SELECT NULL::pair'; CREATE CAST (text AS pair) WITH FUNCTION to_pair(text) AS IMPLICIT",
  'CREATE TABLE pairs (p pair)',
  'DROP CAST (text AS pair)',
  "CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION on_ddl()",
  'DROP EVENT TRIGGER e',
  'CREATE TEMP TABLE own (id int DEFAULT 1 CHECK (checks(id)))',
  'DROP TABLE acts CASCADE',
];

describe('a catalogue that follows what changes', () => {
  test('is as if it were read anew', async () => {
    await reader.read(login, 'whole');
    for (const step of STEPS) {
      await client.query(step);
      const followed = sorted(await reader.read(login, 'changes'));
      expect({ step, followed }).toEqual({
        step,
        followed: sorted(await readCatalogue(login, targetStream)),
      });
    }
  });

  test('by name, has of each name what a reading of everything has', async () => {
    const namesOf = ({ relations, functions }: Catalogue): string[] =>
      [...relations, ...functions].map(({ name }) => name);
    const parts = (catalogue: Catalogue): unknown => {
      const { relations, functions, behaviours } = sorted(catalogue) as Catalogue;
      return { relations, functions, behaviours };
    };
    let before = await reader.read(login, 'whole');
    for (const step of STEPS) {
      await client.query(step);
      const whole = await readCatalogue(login, targetStream);
      const renamed = [...namesOf(before), ...namesOf(whole)];
      const byName = parts(await reader.read(login, changeOf({ renamed })));
      expect({ step, byName }).toEqual({ step, byName: parts(whole) });
      before = whole;
    }
  });

  test('sees what an older transaction leaves behind', async () => {
    await other.query('BEGIN; CREATE TABLE early (x int)');
    await client.query('CREATE TABLE late (x int)');
    expect(named(await reader.read(login, 'whole'))).toEqual(['late']);
    await client.query('CREATE TABLE later (x int)');
    expect(named(await reader.read(login, 'changes'))).toEqual(['late', 'later']);
    await other.query('COMMIT');
    expect(named(await reader.read(login, 'changes')).sort()).toEqual(['early', 'late', 'later']);
  });

  test('is the same object where nothing that it holds is new', async () => {
    await client.query('CREATE TABLE t (x int); CREATE VIEW v AS SELECT x FROM t');
    const before = await reader.read(login, 'whole');
    await client.query(
      'GRANT SELECT ON t TO public; CREATE INDEX ON t (x); ANALYZE t; CREATE TEMP TABLE own (y int)',
    );
    expect(await reader.read(login, 'changes')).toBe(before);
  });

  test('survives that its connection is ended', async () => {
    await reader.read(login, 'whole');
    await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sallyport'",
    );
    await client.query('CREATE TABLE t (x int)');
    expect(named(await reader.read(login, 'changes'))).toEqual(['t']);
  });
});

const named = ({ relations }: Catalogue): string[] => relations.map(({ name }) => name);

test('a view whose table is locked has no definition until it is free, and the others have theirs', async () => {
  await client.query('CREATE TABLE t (x int); CREATE TABLE u (y int)');
  await client.query('CREATE VIEW v AS SELECT x FROM t; CREATE VIEW w AS SELECT y FROM u');
  await other.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
  const defined = ({ relations }: Catalogue): unknown =>
    Object.fromEntries(relations.map(({ name, definition }) => [name, definition !== undefined]));
  expect(defined(await reader.read(login, 'whole'))).toEqual({ t: false, u: false, v: false, w: true });
  await other.query('COMMIT');
  expect(defined(await reader.read(login, 'changes'))).toEqual({ t: false, u: false, v: true, w: true });
});
