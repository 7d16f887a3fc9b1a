/**
 * The promise of docs/masking.md, by random programs of DDL, writes and reads in transactions, each run through the gateway and
 * straight on a database beside: every value is equal, or its column is under a mask, or the command is refused.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { bootHouse, SHOP, type House } from '../support/gateway.js';

const RULES = `package own

applies if target.name == "orders"

allow everything

mask pii column "customers.email" with redact
`;

/** Stands in every masked value, and in no other. */
const SECRET = 'example.com';
const MASKED = '[redacted]';
const PROGRAMS = Number(process.env['PROGRAMS'] ?? 60);

let house: House;
let through: pg.Client;
let beside: pg.Client;

beforeAll(async () => {
  house = await bootHouse({ 'own.rules': RULES }, ['ci']);
  const { host, port, user, password } = house.server;
  await house.server.query('CREATE DATABASE beside');
  await house.server.query(SHOP, 'beside');
  beside = new pg.Client({ host, port, user, password, database: 'beside' });
  await beside.connect();
  through = await house.connect('ci');
});

afterAll(async () => {
  await through.end();
  await beside.end();
  await house.stop();
});

const table = fc.constantFrom('a', 'a', 'b', 'customers', 'customers', 's.a', 'pg_temp.a', 'child');
const made = fc.constantFrom('a', 'b', 's.a', 'child');
const column = fc.constantFrom('x', 'y', 'z', 'email', 'id');
const filled = fc.constantFrom(
  "(x int, y text DEFAULT 'd')",
  '(id int, email text)',
  '(x int, y text) PARTITION BY RANGE (x)',
  '(LIKE customers)',
  '(extra int) INHERITS (customers)',
);

const ddl = fc.oneof(
  fc
    .tuple(fc.constantFrom('', 'TEMP '), made, filled)
    .map(([kind, name, of]) => `CREATE ${kind}TABLE ${name} ${of}`),
  fc.tuple(made, filled).map(([name, of]) => `CREATE TABLE IF NOT EXISTS ${name} ${of}`),
  fc.tuple(made, table).map(([name, from]) => `CREATE TABLE ${name} AS SELECT * FROM ${from}`),
  fc
    .tuple(made, column, table)
    .map(([name, of, from]) => `CREATE TABLE ${name} AS SELECT ${of} FROM ${from}`),
  fc
    .tuple(made, column, table)
    .map(([name, of, from]) => `CREATE OR REPLACE VIEW ${name} AS SELECT ${of} FROM ${from}`),
  fc.tuple(made, table).map(([name, from]) => `CREATE VIEW ${name} AS SELECT id, name FROM ${from}`),
  fc.tuple(table, fc.constantFrom('', ' CASCADE')).map(([name, how]) => `DROP TABLE ${name}${how}`),
  made.map((name) => `DROP VIEW ${name}`),
  fc.tuple(table, column).map(([name, of]) => `ALTER TABLE ${name} ADD COLUMN ${of} text DEFAULT 'new'`),
  fc.tuple(table, column).map(([name, of]) => `ALTER TABLE ${name} DROP COLUMN ${of}`),
  fc
    .tuple(table, column, column)
    .map(([name, from, to]) => `ALTER TABLE ${name} RENAME COLUMN ${from} TO ${to}`),
  fc
    .tuple(fc.constantFrom('a', 'b', 'customers'), fc.constantFrom('a', 'b', 'c'))
    .map(([from, to]) => `ALTER TABLE ${from} RENAME TO ${to}`),
  fc
    .tuple(fc.constantFrom('a', 's.a'), fc.constantFrom('s', 'public'))
    .map(([name, to]) => `ALTER TABLE ${name} SET SCHEMA ${to}`),
  fc.tuple(table, column).map(([name, of]) => `CREATE INDEX ON ${name} (${of})`),
  fc.constantFrom(
    'CREATE SCHEMA s',
    'DROP SCHEMA s CASCADE',
    'CREATE TABLE child PARTITION OF a FOR VALUES FROM (0) TO (9)',
    'ALTER TABLE b INHERIT customers',
    'CREATE MATERIALIZED VIEW b AS SELECT id, name FROM customers',
    "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT name FROM customers LIMIT 1'",
    "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT email FROM customers LIMIT 1'",
    'DO $$ BEGIN ALTER TABLE a RENAME COLUMN y TO z; END $$',
    'COMMENT ON TABLE customers IS NULL',
    'DISCARD TEMP',
  ),
);

const work = fc.oneof(
  table.map((name) => `SELECT * FROM ${name} ORDER BY 1`),
  table.map((name) => `TABLE ${name} ORDER BY 1`),
  fc.tuple(column, table).map(([of, from]) => `SELECT ${of} FROM ${from} ORDER BY 1`),
  fc
    .tuple(column, table)
    .map(([of, from]) => `SELECT ${of} || '' AS v, count(*) FROM ${from} GROUP BY 1 ORDER BY 1`),
  fc
    .tuple(column, table)
    .map(([of, from]) => `SELECT max(t.${of}::text) AS v FROM (SELECT * FROM ${from}) t`),
  fc
    .tuple(table, table)
    .map(([one, other]) => `SELECT * FROM ${one} AS l CROSS JOIN ${other} AS r ORDER BY 1, 2`),
  fc.tuple(made).map(([name]) => `INSERT INTO ${name} VALUES (1, 'one') RETURNING *`),
  fc.tuple(table, column).map(([name, of]) => `UPDATE ${name} SET ${of} = ${of} RETURNING ${of}`),
  fc.tuple(made, table).map(([name, from]) => `INSERT INTO ${name} SELECT * FROM ${from}`),
  fc.constantFrom('SELECT f()', 'SELECT f() FROM customers', 'SELECT count(*) FROM customers'),
);

/** So that there is something to read and to change. */
const beginning = fc.subarray([
  "CREATE TABLE a (x int, y text); INSERT INTO a VALUES (1, 'one'), (2, 'two')",
  "CREATE TABLE b (id int, email text); INSERT INTO b VALUES (1, 'mine')",
  "CREATE SCHEMA s; CREATE TABLE s.a (x int, y text); INSERT INTO s.a VALUES (3, 'three')",
  "CREATE TEMP TABLE a (x int, y text); INSERT INTO pg_temp.a VALUES (4, 'four')",
  'CREATE TABLE child () INHERITS (customers)',
]);

const control = fc.constantFrom(
  'SAVEPOINT one',
  'ROLLBACK TO one',
  'SET LOCAL search_path = s, public',
  'COMMIT; BEGIN',
);
const step = fc.oneof(
  { weight: 5, arbitrary: ddl },
  { weight: 7, arbitrary: work },
  { weight: 2, arbitrary: control },
);

interface Answer {
  readonly code: string;
  readonly message: string;
  readonly rows: readonly (readonly unknown[])[];
}

async function answer(client: pg.Client, text: string, extended: boolean): Promise<Answer> {
  try {
    const query = {
      text,
      rowMode: 'array' as const,
      ...(extended && !text.includes(';') ? { values: [] } : {}),
    };
    const result = await client.query<unknown[]>({
      ...query,
      queryMode: extended && !text.includes(';') ? 'extended' : 'simple',
    } as pg.QueryArrayConfig);
    return { code: '', message: '', rows: Array.isArray(result) ? [] : result.rows };
  } catch (error) {
    const { code, message } = error as pg.DatabaseError;
    return { code: code ?? message, message, rows: [] };
  }
}

const counts = { commands: 0, refused: 0, masked: 0, rows: 0 };

/** Whether both go on alike. */
function compare(seen: Answer, meant: Answer): boolean {
  counts.commands++;
  expect(JSON.stringify(seen.rows)).not.toContain(SECRET);
  if (seen.code === '42501') {
    // What the server refuses as well, the gateway refuses in its own words.
    if (meant.code === '') counts.refused++;
    return false;
  }
  expect(seen.code).toBe(meant.code);
  expect(seen.rows.length).toBe(meant.rows.length);
  // Rows that are ordered by what is masked come in the same order, for the server orders them.
  for (const [i, row] of seen.rows.entries()) {
    for (const [j, value] of row.entries()) {
      const other = meant.rows[i]![j];
      counts.rows++;
      if (value === MASKED && String(other).includes(SECRET)) counts.masked++;
      else expect(value).toEqual(other);
    }
  }
  return true;
}

interface Step {
  readonly text: string;
  readonly extended: boolean;
}

async function run(first: readonly string[], program: readonly Step[]): Promise<void> {
  for (const client of [through, beside]) for (const text of ['BEGIN', ...first]) await client.query(text);
  try {
    for (const { text, extended } of program) {
      const save = text.startsWith('COMMIT') ? [] : ['SAVEPOINT step'];
      for (const client of [through, beside]) for (const one of save) await client.query(one);
      const answers = [answer(through, text, extended), answer(beside, text, extended)] as const;
      const [seen, meant] = await Promise.all(answers);
      const back =
        compare(seen, meant) && meant.code === '' ? [] : save.map((one) => `ROLLBACK TO ${one.slice(10)}`);
      for (const client of [through, beside]) for (const one of back) await client.query(one);
    }
  } finally {
    for (const client of [through, beside]) await client.query('ROLLBACK');
  }
  for (const client of [through, beside])
    await client.query('DROP TABLE IF EXISTS pg_temp.a, pg_temp.b, pg_temp.child').catch(() => undefined);
  await restore();
}

/** What a COMMIT in the middle has left. */
async function restore(): Promise<void> {
  const left = `SELECT 1 FROM pg_class WHERE relname IN ('a', 'b', 'c', 'child', 's')
    UNION ALL SELECT 1 FROM pg_namespace WHERE nspname = 's'
    UNION ALL SELECT 1 WHERE to_regclass('customers') IS NULL OR (SELECT count(*) FROM pg_attribute
      WHERE attrelid = to_regclass('customers') AND attnum > 0) <> 5`;
  const dirty = await Promise.all(
    ['shop', 'beside'].map(async (name) => (await house.server.query(left, name)).length > 0),
  );
  if (!dirty.includes(true)) return;
  // Past the gateway, which hears of it in the session's own next command.
  for (const client of [beside, through])
    await client.query(
      `DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA public; ${SHOP}`,
    );
}

test('a value is as the server has it, or under a mask, or refused', async () => {
  const programs = fc.array(fc.record({ text: step, extended: fc.boolean() }), {
    minLength: 6,
    maxLength: 16,
    size: 'max',
  });
  await fc.assert(fc.asyncProperty(beginning, programs, run), { numRuns: PROGRAMS, endOnFailure: true });
  expect(counts.rows).toBeGreaterThan(PROGRAMS * 5);
  expect(counts.masked).toBeGreaterThan(PROGRAMS / 4);
  expect(counts.refused).toBeLessThan(counts.commands / 10);
}, 600_000);
