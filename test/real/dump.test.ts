/** pg_dump and pg_restore through the gateway write what they write without it, byte for byte, as far as rules let them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootHouse, type House } from '../support/gateway.js';
import { hasPostgres15 } from '../support/postgres.js';

/** What pg_dump does: it reads in one snapshot that its jobs share, takes locks that keep what it reads from changing, and prepares. */
const RULES = `package backup

harmless := {"read", "session", "transaction", "lock", "admin", "large_object"}

allow dump if {
  "backup" in identity.groups
  every s in sql.statements { count(s.effects - harmless) == 0 }
}

deny snapshot "of administration, a snapshot is all that a dump asks for" if {
  some s in sql.statements
  "admin" in s.effects
  some f in s.functions
  f.name != "pg_export_snapshot"
} unless "restore" in identity.groups

allow restore if "restore" in identity.groups
`;

const OBJECTS = `
  CREATE TYPE mood AS ENUM ('glad', 'sad');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TYPE pair AS (a int, b text);
  CREATE TYPE span AS RANGE (subtype = float8);
  CREATE SEQUENCE numbers START 7;
  CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'seen'; RETURN NEW; END $$;
  CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM orders WHERE false';
  CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0');
  CREATE OPERATOR ==> (rightarg = int, procedure = twice);
  CREATE CAST (pair AS text) WITH INOUT;
  CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY, m mood, p positive, q pair, s span, note text, doubled int
    GENERATED ALWAYS AS (twice(3)) STORED, raw bytea, many int[]);
  INSERT INTO things (m, p, q, s, note, raw, many) VALUES ('glad', 1, (1, E'tab\\tand "quotes"'), '[1,2]', E'a\\\\b\\nc', '\\x00ff', '{1,NULL}'),
    (NULL, NULL, NULL, NULL, '\\N', NULL, NULL);
  CREATE TRIGGER stamped BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION stamp();
  CREATE INDEX ON things (twice(id)) WHERE id > 0;
  CREATE STATISTICS related ON m, p FROM things;
  CREATE TABLE parts (at date, v text) PARTITION BY RANGE (at);
  CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO parts VALUES ('2026-05-05', 'x');
  CREATE TABLE heir (more int) INHERITS (orders);
  CREATE VIEW seen AS SELECT name, email FROM customers;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders;
  CREATE RULE quiet AS ON DELETE TO heir DO INSTEAD NOTHING;
  ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON customers USING (true);
  CREATE PUBLICATION everything FOR ALL TABLES;
  CREATE FOREIGN DATA WRAPPER none;
  CREATE SERVER far FOREIGN DATA WRAPPER none;
  CREATE FOREIGN TABLE remote (x int) SERVER far;
  CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);
  CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE EVENT TRIGGER watched ON sql_drop EXECUTE FUNCTION watch();
  COMMENT ON TABLE things IS 'of every kind';
  GRANT SELECT ON things TO PUBLIC;
  SELECT lo_from_bytea(4711, '\\x0001020304');`;

let house: House;
/** Database names of the server for databases as the gateway calls them. */
const DATABASES = { shop: 'orders', again: 'orders/again' };

beforeAll(async () => {
  const version = hasPostgres15() ? 15 : 18;
  const settings = 'databases: [again]';
  const clients = ['backup', 'restore', 'visitor'];
  house = await bootHouse({ 'all.rules': RULES }, clients, OBJECTS, 1, settings, version);
  for (const name of ['again', 'direct']) await house.server.query(`CREATE DATABASE ${name}`);
}, 60_000);
afterAll(() => house.stop());

async function direct(program: string, args: readonly string[], database = 'shop'): Promise<string> {
  const { host, port, user, password } = house.server;
  return run(program, args, {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  });
}

async function through(
  client: string,
  program: string,
  args: readonly string[],
  database = 'orders',
): Promise<string> {
  const PGPASSWORD = await house.oidc.tokenFor(client);
  return run(program, args, {
    PGHOST: '127.0.0.1',
    PGPORT: String(house.port),
    PGUSER: 'ci',
    PGPASSWORD,
    PGDATABASE: database,
  });
}

/** What it prints, or what it says of why it cannot. */
function run(program: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  return new Promise((done) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 };
    execFile(program, args, options, (error, stdout, stderr) => done(error === null ? stdout : stderr));
  });
}

/** Without the word that changes from dump to dump. */
const script = (text: string): string => text.replaceAll(/^\\(un)?restrict .*$/gm, '');

describe('a dump', () => {
  test.each([
    ['as a script', []],
    ['with large objects, as inserts', ['--blobs', '--inserts']],
    ['of the schema', ['--schema-only', '--quote-all-identifiers']],
  ])('%s', async (_name, args) => {
    const expected = script(await direct('pg_dump', args));
    expect(expected).toMatch(/CREATE TABLE "?public"?\."?things/);
    expect(script(await through('backup', 'pg_dump', args))).toBe(expected);
  });

  test('by several jobs that share a snapshot', async () => {
    const [folder, expected] = [join(house.folder, 'jobs'), join(house.folder, 'jobs-direct')];
    expect(await through('backup', 'pg_dump', ['-Fd', '-j', '3', '-f', folder])).toBe('');
    await direct('pg_dump', ['-Fd', '-j', '3', '-f', expected]);
    const [one, other] = await Promise.all(
      [folder, expected].map((at) => run('pg_restore', ['-f', '-', at], {})),
    );
    expect(script(one!)).toBe(script(other!));
  });

  test('is not made by those whom no rule lets', async () => {
    expect(await through('visitor', 'pg_dump', [])).toContain('error');
  });
});

test('a restore leaves the database that a direct one leaves', async () => {
  const file = join(house.folder, 'custom');
  await direct('pg_dump', ['-Fc', '-f', file]);
  expect(
    await through('restore', 'pg_restore', ['-d', DATABASES.again, '-j', '2', file], DATABASES.again),
  ).toBe('');
  await direct('pg_restore', ['-d', 'direct', file]);
  const [through1, direct1] = await Promise.all(
    ['again', 'direct'].map((name) => direct('pg_dump', [], name)),
  );
  expect(script(through1!)).toBe(script(direct1!));
  expect((await readFile(file)).length).toBeGreaterThan(1000);
});
