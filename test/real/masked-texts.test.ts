/** What the server says beside rows (errors, notices, plans) quotes values of masked columns only where nothing masks them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package texts

allow everything

mask email column "customers.email", "booked.who", "defaulted.secret" with redact
mask keys column "left_keys.*", "right_keys.*" with hash
`;
const OBJECTS = `
  UPDATE customers SET email = 'zqx' || id || 'canary@example.com';
  CREATE FUNCTION constant() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT email FROM customers WHERE id = 1';
  CREATE FUNCTION block() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT email FROM customers WHERE id = 1); END';
  CREATE FUNCTION plain(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
  CREATE VIEW constants AS SELECT id, constant() AS c FROM orders;
  CREATE EXTENSION btree_gist;
  CREATE TABLE booked (span int4range, who text, EXCLUDE USING gist (span WITH &&, who WITH <>));
  INSERT INTO booked VALUES ('[1,10)', 'zqx3canary');
  CREATE TABLE defaulted (id int, secret text DEFAULT 'zqx4canary' CHECK (length(secret) > 1000));
  CREATE TABLE plainly (id int PRIMARY KEY, n int CHECK (n > 0));
  INSERT INTO plainly VALUES (1, 1);
  CREATE TABLE left_keys (n int, big bigint, id uuid, amount numeric, doc jsonb, body bytea);
  INSERT INTO left_keys SELECT g, g, md5(g::text)::uuid, g / 4.0, jsonb_build_object('n', g), convert_to(g::text, 'UTF8') FROM generate_series(1, 50) g;
  CREATE TABLE right_keys AS SELECT n::bigint AS n, n AS big, id, amount::numeric(20, 6) AS amount, doc, body FROM left_keys;
  CREATE VIEW shown_keys AS SELECT id, n FROM left_keys;`;
const CANARY = /zqx\d|canary/i;

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'texts.rules': RULES }, ['anybody'], OBJECTS);
}, 120_000);
afterAll(async () => {
  await house.stop();
}, 60_000);

const said = async (statement: string): Promise<string> => {
  const { stdout, stderr } = await house.psql('anybody', ['-At', '-c', statement]);
  return stdout + stderr;
};

describe('what would show a value directly does not through the gateway', () => {
  test.each([
    'EXPLAIN SELECT id FROM orders WHERE status = constant()',
    'EXPLAIN VERBOSE SELECT block()',
    'EXPLAIN (FORMAT json) SELECT id FROM orders WHERE status = block()',
    'EXPLAIN (ANALYZE, VERBOSE) SELECT c FROM constants',
    "INSERT INTO booked VALUES ('[5,6)', 'me')",
    'INSERT INTO defaulted (id) VALUES (1)',
    'INSERT INTO defaulted SELECT 2',
  ])('%s', async (statement) => {
    const { stdout, stderr } = await house.direct(['-At', '-c', statement]);
    expect(stdout + stderr).toMatch(CANARY);
    expect(await said(statement)).not.toMatch(CANARY);
  });
});

describe('what shows none is shown', () => {
  test.each<[string, RegExp]>([
    ['EXPLAIN SELECT id FROM orders WHERE id = plain(1)', /Filter: \(id = 2\)|Index Cond/],
    ['EXPLAIN SELECT email FROM customers', /Seq Scan/],
    ['INSERT INTO plainly VALUES (1, 1)', /Key \(id\)=\(1\) already exists/],
    ["INSERT INTO booked VALUES ('[5,6)', 'me')", /conflicting key value violates exclusion constraint/],
    [
      'UPDATE customers SET id = 1 WHERE id = 2',
      /duplicate key value violates unique constraint "customers_pkey"/,
    ],
  ])('%s', async (statement, wanted) => {
    expect(await said(statement)).toMatch(wanted);
  });
});

describe('hashed keys', () => {
  const rows = async (binary: boolean, sql: string): Promise<unknown[]> => {
    const client = await house.connect('anybody');
    try {
      const query = { text: sql, values: [], rowMode: 'array', binary };
      return (await client.query(query as unknown as QueryConfig)).rows as unknown[];
    } finally {
      await client.end();
    }
  };
  const left = 'SELECT n, big, id, amount, doc::jsonb FROM left_keys l ORDER BY l.n';

  test('are equal on both sides of a join, in text and in binary', async () => {
    const [ours, theirs] = await Promise.all(
      ['left_keys', 'right_keys'].map((table) =>
        rows(false, `SELECT id, n, big, amount FROM ${table} ORDER BY n`),
      ),
    );
    expect(ours!.map(String)).toEqual(theirs!.map(String));
    expect(new Set(ours!.map((row) => String((row as unknown[])[1]))).size).toBe(50);
    const uuids = ours!.map((row) => (row as unknown[])[0]);
    const raw = (await rows(true, 'SELECT id FROM left_keys ORDER BY n')) as [string][];
    expect(raw.map(([id]) => Buffer.from(id, 'latin1').length > 0)).toEqual(uuids.map(() => true));
    expect((await rows(false, 'SELECT id FROM shown_keys ORDER BY n')).map(String)).toEqual(
      uuids.map(String),
    );
  });

  test('show no key', async () => {
    const text = JSON.stringify(await rows(false, left));
    expect(text).not.toContain(createHash('md5').update('7').digest('hex').slice(-12));
  });

  test('P41: can be looked up by whoever may write guesses, as the documentation says', async () => {
    const client = await house.connect('anybody');
    const keys = async (where: string): Promise<unknown[]> =>
      (await client.query<{ n: unknown }>(`SELECT n FROM left_keys WHERE ${where}`)).rows.map(({ n }) => n);
    const [real] = await keys('amount = 1.75');
    await client.query('BEGIN');
    await client.query('INSERT INTO left_keys (n, amount) VALUES (7, -1)');
    expect(await keys('amount = -1')).toEqual([real]);
    await client.query('ROLLBACK');
    await client.end();
  });
});
