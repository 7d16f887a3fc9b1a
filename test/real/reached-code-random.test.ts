/**
 * Code that nothing names, by random programs: functions, defaults, domains, triggers, rules, casts, views, cursors and prepared
 * statements that are made, replaced and used by two sessions in turn. A canary stands in the masked column; it never comes out, and a
 * program that touches no masked column is refused no more often than it was.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package reached

applies if target.name == "orders"

allow everything

mask secret column "vault.secret" with redact
`;

const CANARY = 'QZKVJWEXPO';
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 300);
const SEED = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };
const TABLES = `
  DROP SCHEMA IF EXISTS w CASCADE;
  CREATE SCHEMA w;
  SET search_path = w;
  CREATE TABLE vault (id int PRIMARY KEY, secret text, note text);
  INSERT INTO vault VALUES (1, '${CANARY}-one', 'note'), (2, '${CANARY}-two', 'other');
  CREATE TABLE d (id int, z text);
  INSERT INTO d VALUES (1, 'plain');
  CREATE TABLE e (id int PRIMARY KEY, z text);
  INSERT INTO e VALUES (1, 'key');
  CREATE VIEW v AS SELECT id, z FROM d;
  CREATE VIEW shown AS SELECT id, note AS z FROM vault;
  CREATE TYPE pr AS (v text);
  CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''f''::text';
  CREATE FUNCTION g(a text DEFAULT 'g') RETURNS text LANGUAGE sql AS 'SELECT a';
  CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE FUNCTION c(int) RETURNS pr LANGUAGE sql AS 'SELECT ROW(''c'')::w.pr';`;

let house: House;
/** Two of the gateway, and two of a database beside that run the same. */
let sessions: readonly pg.Client[];
let beside: readonly pg.Client[];
const heard: string[] = [];
let heardBeside = '';

beforeAll(async () => {
  house = await bootHouse({ 'reached.rules': RULES }, ['ci'], TABLES);
  await house.server.query('CREATE DATABASE beside');
  for (const name of ['shop', 'beside'])
    await house.server.query(`ALTER DATABASE ${name} SET search_path = w`, name);
  sessions = [await house.connect('ci'), await house.connect('ci')];
  beside = [await house.server.connect('beside'), await house.server.connect('beside')];
  for (const one of sessions)
    one.on('notice', (notice) => heard.push(`${JSON.stringify(notice)} ${notice.message ?? ''}`));
  for (const one of beside)
    one.on('notice', (notice) => (heardBeside += `${JSON.stringify(notice)} ${notice.message ?? ''}`));
  for (const one of [...sessions, ...beside]) one.on('error', () => undefined);
}, 120_000);

afterAll(async () => {
  for (const one of [...sessions, ...beside]) await one.end();
  await house.stop();
}, 60_000);

/** What a body or an expression reads: the masked column, or what is nobody's secret. */
const secret = fc.constantFrom(
  '(SELECT secret FROM vault WHERE id = 1)',
  '(SELECT max(v.secret) FROM vault v)',
  "(SELECT string_agg(secret, ',') FROM vault)",
  '(SELECT (x).secret FROM vault x LIMIT 1)',
);
const harmless = fc.constantFrom(
  "'plain'",
  '(SELECT note FROM vault WHERE id = 1)',
  '(SELECT max(z) FROM e)',
  "'a' || 'b'",
);
const value = (hot: boolean): fc.Arbitrary<string> =>
  hot ? fc.oneof({ weight: 3, arbitrary: secret }, { weight: 1, arbitrary: harmless }) : harmless;
const calls = fc.constantFrom('f()', 'g()', "g('x')", 'upper(f())', "coalesce(g(), 'x')", '(SELECT f())');
const quoted = (text: string): string => text.replaceAll("'", "''");
const table = fc.constantFrom('d', 'e');

const making = (hot: boolean): fc.Arbitrary<string> => {
  const inner = value(hot);
  return fc.oneof(
    inner.map(
      (of) => `CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ${quoted(of)}::text'`,
    ),
    inner.map(
      (of) =>
        `CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ${quoted(of)}; END'`,
    ),
    inner.map(
      (of) =>
        `CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE plpgsql STABLE AS 'DECLARE r text; BEGIN SELECT x INTO r FROM (SELECT ${quoted(of)}) q(x); RETURN r; END'`,
    ),
    calls.map(
      (of) => `CREATE OR REPLACE FUNCTION g(a text DEFAULT ${of}) RETURNS text LANGUAGE sql AS 'SELECT a'`,
    ),
    inner.map(
      (of) =>
        `CREATE OR REPLACE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.z := ${quoted(of)}; RETURN NEW; END'`,
    ),
    inner.map((of) =>
      `CREATE OR REPLACE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''''%'''', ${quoted(quoted(of))}; RETURN NEW; END'`.replaceAll(
        "''''",
        "''",
      ),
    ),
    inner.map(
      (of) =>
        `CREATE OR REPLACE FUNCTION c(int) RETURNS pr LANGUAGE sql AS 'SELECT ROW(${quoted(of)}::text)::w.pr'`,
    ),
    fc
      .constantFrom('', ' AS ASSIGNMENT', ' AS IMPLICIT')
      .map((how) => `CREATE CAST (int AS pr) WITH FUNCTION c(int)${how}`),
    fc.tuple(table, calls).map(([name, of]) => `ALTER TABLE ${name} ALTER z SET DEFAULT ${of}`),
    calls.map((of) => `ALTER VIEW v ALTER z SET DEFAULT ${of}`),
    calls.map((of) => `CREATE DOMAIN dom AS text DEFAULT ${of}`),
    calls.map((of) => `CREATE DOMAIN dom AS text CHECK (VALUE <> ${of})`),
    table.map((name) => `ALTER TABLE ${name} ADD COLUMN y dom`),
    fc.tuple(table, calls).map(([name, of]) => `ALTER TABLE ${name} ADD COLUMN x text DEFAULT ${of}`),
    fc.tuple(table, calls).map(([name, of]) => `ALTER TABLE ${name} ADD CHECK (z <> ${of})`),
    fc.tuple(table, calls).map(([name, of]) => `ALTER TABLE ${name} ALTER z TYPE text USING ${of}`),
    table.map(
      (name) => `CREATE TRIGGER tr BEFORE INSERT OR UPDATE ON ${name} FOR EACH ROW EXECUTE FUNCTION t()`,
    ),
    fc.constant('CREATE TRIGGER tr INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION t()'),
    calls.map(
      (of) =>
        `CREATE RULE r AS ON INSERT TO d DO INSTEAD INSERT INTO e VALUES (new.id + 100, new.z) RETURNING id, ${of}`,
    ),
    calls.map((of) => `CREATE RULE r AS ON UPDATE TO d DO ALSO SELECT ${of}`),
    inner.map((of) => `CREATE OR REPLACE VIEW shown AS SELECT 1 AS id, ${of}::text AS z`),
    calls.map((of) => `CREATE OR REPLACE VIEW shown AS SELECT 1 AS id, ${of} AS z`),
    fc.constant('CREATE MATERIALIZED VIEW m AS SELECT id, z FROM shown'),
    fc.constant('REFRESH MATERIALIZED VIEW m'),
    calls.map((of) => `PREPARE p AS SELECT ${of}`),
    fc.constantFrom(
      'PREPARE q(text) AS SELECT $1',
      'PREPARE q(text) AS INSERT INTO d VALUES (7, $1) RETURNING z',
      'DEALLOCATE ALL',
    ),
    fc.constantFrom(
      'ALTER FUNCTION f() RENAME TO h',
      'DROP FUNCTION f() CASCADE',
      'DROP VIEW shown CASCADE',
      'ALTER VIEW shown RENAME TO hidden',
    ),
  );
};

const using = (hot: boolean): fc.Arbitrary<string> =>
  fc.oneof(
    calls.map((of) => `SELECT ${of}`),
    fc.tuple(calls, table).map(([of, name]) => `SELECT id, ${of} FROM ${name}`),
    table.map((name) => `INSERT INTO ${name} (id) VALUES ((random() * 1e6)::int) RETURNING *`),
    table.map((name) => `INSERT INTO ${name} DEFAULT VALUES RETURNING z`),
    table.map((name) => `INSERT INTO ${name} VALUES (3, 'new') RETURNING z`),
    table.map((name) => `UPDATE ${name} SET z = DEFAULT RETURNING z`),
    table.map((name) => `UPDATE ${name} SET id = id RETURNING *`),
    table.map((name) => `TABLE ${name}`),
    fc.constantFrom(
      'TABLE v', 'TABLE shown', 'TABLE m', 'TABLE hidden', "INSERT INTO v VALUES (5, 'v') RETURNING z", 'INSERT INTO v (id) VALUES (5) RETURNING z',
      'SELECT 7::pr', 'SELECT (7::pr).v', 'SELECT ARRAY[7]::pr[]', "SELECT 'x'::dom", 'EXECUTE p', "EXECUTE q('x')", 'EXECUTE q(f())', 'EXECUTE q(g())',
      "SELECT set_config('search_path', 'public', true), f()", 'EXPLAIN ANALYZE SELECT f()',
      "INSERT INTO e (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET z = DEFAULT RETURNING z",
      'MERGE INTO e USING (SELECT 1 AS id) s ON e.id = s.id WHEN MATCHED THEN UPDATE SET z = DEFAULT RETURNING e.z',
      'BEGIN; DECLARE cu CURSOR FOR SELECT f(); FETCH ALL FROM cu; COMMIT', 'COPY (SELECT f()) TO STDOUT', 'COPY d TO STDOUT',
      'DO $$ DECLARE x dom; BEGIN RAISE NOTICE \'%\', x; END $$', "DO $$ BEGIN RAISE NOTICE '%', f(); END $$",
      'WITH a AS (INSERT INTO d (id) VALUES (8) RETURNING z) SELECT * FROM a', 'SELECT note FROM vault', 'SELECT h()',
    ),
    ...(hot ? [fc.constantFrom('SELECT * FROM vault', 'SELECT secret || note FROM vault', "UPDATE vault SET note = secret", 'SELECT id FROM vault ORDER BY secret')] : []),
  ); // prettier-ignore

interface Step {
  readonly session: number;
  readonly text: string;
  readonly extended: boolean;
}
const step = (hot: boolean): fc.Arbitrary<Step> =>
  fc.record({
    session: fc.nat(1),
    text: fc.oneof(
      { weight: 4, arbitrary: making(hot) },
      { weight: 6, arbitrary: using(hot) },
      { weight: 1, arbitrary: fc.constantFrom('BEGIN', 'COMMIT', 'ROLLBACK') },
    ),
    extended: fc.boolean(),
  });

/** `shown`: programs that show the canary when they are said to the server itself. */
const counts = { hot: { commands: 0, refused: 0, shown: 0 }, cold: { commands: 0, refused: 0, shown: 0 } };
const refusals = new Map<string, number>();

interface Answer {
  readonly code: string;
  readonly told: string;
}

async function say(client: pg.Client, { text, extended }: Pick<Step, 'text' | 'extended'>): Promise<Answer> {
  const several = text.includes(';') && !text.startsWith('DO') && !text.startsWith('CREATE');
  try {
    const mode = extended && !several ? { queryMode: 'extended', values: [] } : {};
    if (text.startsWith('COPY')) return { code: '', told: await copied(client, text) };
    const result: unknown = await client.query({
      text,
      rowMode: 'array' as const,
      ...mode,
    } as pg.QueryArrayConfig);
    const all = (Array.isArray(result) ? result : [result]) as { readonly rows: unknown }[];
    return { code: '', told: JSON.stringify(all.map(({ rows }) => rows)) };
  } catch (error) {
    const { code = '?', message, detail, where, hint } = error as pg.DatabaseError;
    return { code, told: JSON.stringify([message, detail, where, hint]) };
  }
}

/** node-postgres hears the rows of COPY, and forgets them. */
async function copied(client: pg.Client, text: string): Promise<string> {
  const { connection } = client as unknown as { readonly connection: NodeJS.EventEmitter };
  const rows: string[] = [];
  const take = ({ chunk }: { readonly chunk: Buffer }): void => void rows.push(chunk.toString('utf8'));
  connection.on('copyData', take);
  try {
    await client.query(text);
  } finally {
    connection.off('copyData', take);
  }
  return rows.join('');
}

/** Through the gateway, which would hear late of what is changed past it. */
async function begin(): Promise<void> {
  for (const text of TABLES.split(';\n')) {
    for (const client of [sessions[0]!, beside[0]!]) {
      const { code, told } = await say(client, { text, extended: false });
      if (code !== '') throw new Error(`${text}: ${code} ${told}`);
    }
  }
  // A transaction of one session would make the other wait for its locks for ever.
  for (const client of [...sessions, ...beside]) await client.query("SET lock_timeout = '200ms'");
}

async function end(): Promise<void> {
  for (const client of [...sessions, ...beside])
    for (const text of ['ROLLBACK', 'DEALLOCATE ALL']) await client.query(text);
}

async function run(hot: boolean, program: readonly Step[]): Promise<void> {
  await begin();
  heard.length = 0;
  heardBeside = '';
  const count = counts[hot ? 'hot' : 'cold'];
  const said: string[] = [];
  let shown = false;
  for (const one of program) {
    const { code, told } = await say(sessions[one.session]!, one);
    const direct = await say(beside[one.session]!, one);
    shown ||= direct.told.includes(CANARY) || heardBeside.includes(CANARY);
    // What failed inside a transaction would fail the rest of it.
    if (code !== '' || direct.code !== '')
      for (const client of [sessions[one.session]!, beside[one.session]!]) await client.query('ROLLBACK');
    said.push(`${one.session}: ${one.text} -- ${code} ${told.slice(0, 160)}`);
    count.commands++;
    if (code === '42501' && direct.code === '') {
      count.refused++;
      if (!hot) refusals.set(`${one.text} ${told}`, (refusals.get(`${one.text} ${told}`) ?? 0) + 1);
    }
    expect({ said, told: told.includes(CANARY) }).toEqual({ said, told: false });
  }
  await end();
  if (shown) count.shown++;
  expect({ said, heard: heard.filter((text) => text.includes(CANARY)) }).toEqual({ said, heard: [] });
}

/** At some point of a hot program something harmless becomes a way to the secret. */
const turning = fc.oneof(
  secret.map((of) => `CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ${quoted(of)}'`),
  secret.map((of) => `CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ${quoted(of)}; END'`),
  secret.map((of) => `CREATE OR REPLACE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.z := ${quoted(of)}; RETURN NEW; END'`),
  secret.map((of) => `CREATE OR REPLACE FUNCTION c(int) RETURNS pr LANGUAGE sql AS 'SELECT ROW(${quoted(of)})::w.pr'`),
); // prettier-ignore

const programs = (hot: boolean): fc.Arbitrary<Step[]> => {
  const steps = fc.array(step(hot), { minLength: 5, maxLength: 12, size: 'max' });
  if (!hot) return steps;
  const first = fc.record({ session: fc.nat(1), text: making(false), extended: fc.boolean() });
  const before = fc.array(first, { minLength: 1, maxLength: 5, size: 'max' });
  const turn = fc.record({ session: fc.nat(1), text: turning, extended: fc.boolean() });
  return fc.tuple(before, turn, steps).map(([some, turned, others]) => [...some, turned, ...others]);
};

test('what code reaches stays where it is', async () => {
  await fc.assert(
    fc.asyncProperty(programs(true), (program) => run(true, program)),
    { numRuns: Math.ceil(PROGRAMS * 0.7), endOnFailure: true, ...SEED },
  );
  expect(counts.hot.shown).toBeGreaterThan(PROGRAMS / 10);
}, 3_600_000);

test('programs that touch nothing masked are let through', async () => {
  await fc.assert(
    fc.asyncProperty(programs(false), (program) => run(false, program)),
    { numRuns: Math.floor(PROGRAMS * 0.3), endOnFailure: true, ...SEED },
  );
  if (process.env['PROGRAMS'] !== undefined)
    console.log(JSON.stringify({ counts, refusals: [...refusals] }, null, 1));
  expect(counts.cold.refused).toBeLessThan(counts.cold.commands / 50);
}, 3_600_000);
