/** Every trick of masking.yaml against the real gateway and a real server, with a canary where the secret would be. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package open

allow everything

mask email column "customers.email", "people.email" with redact
`;
const OBJECTS = `
  UPDATE customers SET email = 'zqx' || id || 'canary@example.com';
  CREATE TABLE notes (body text);
  CREATE VIEW mailing AS SELECT name AS who, lower(email) AS address FROM customers;
  CREATE VIEW mailing_again AS SELECT m.address AS again FROM mailing m;
  CREATE MATERIALIZED VIEW mailing_stored AS SELECT email AS address FROM customers;
  CREATE TYPE mailrow AS (id int, name text, mail text);
  CREATE FUNCTION customer_email(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM customers WHERE id = $1';
  CREATE FUNCTION customer_emails() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM customers';
  CREATE FUNCTION leaking_operator(int, int) RETURNS text LANGUAGE sql AS 'SELECT email FROM customers LIMIT 1';
  CREATE OPERATOR ==> (LEFTARG = int, RIGHTARG = int, FUNCTION = leaking_operator);
  CREATE TABLE people (id int, email text) PARTITION BY LIST (id);
  CREATE TABLE people_one PARTITION OF people FOR VALUES IN (1);
  INSERT INTO people VALUES (1, 'zqx9canary@example.com');`;

/** The canary as itself, reversed, in hexadecimal, in base64, in upper case, and cut at its middle. */
const CANARY = /zqx\d|canary@|yranac|7a7178|enF4|ZQX\d|\dcanary/i;

type Case = readonly [string, readonly string[]];
const cases: Case[] = (
  parse(readFileSync('test/adversarial/masking.yaml', 'utf8')) as Record<string, string | string[]>[]
).flatMap((entry) =>
  Object.entries(entry).map(([name, sql]): Case => [name, typeof sql === 'string' ? [sql] : sql]),
);

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'open.rules': RULES }, ['anybody'], OBJECTS);
}, 120_000);
afterAll(async () => {
  await house.stop();
}, 60_000);

/** Everything that a client hears in a session: rows, errors with their fields, notices, notifications. */
async function heard(
  statements: readonly string[],
  query: (client: pg.Client, sql: string) => Promise<unknown>,
): Promise<string> {
  const client = await house.connect('anybody');
  const said: unknown[] = [];
  client.on('notice', (notice) => said.push(Object.assign({ text: notice.message }, notice)));
  client.on('notification', (notification) => said.push(notification));
  client.on('error', (error) => said.push(error.message));
  try {
    for (const sql of statements) {
      try {
        said.push(await query(client, sql));
      } catch (error) {
        said.push({ ...(error as object), text: (error as Error).message });
      }
    }
  } finally {
    await client.end();
  }
  return JSON.stringify(said, (_, value: unknown) =>
    value !== null && typeof value === 'object' && (value as { type?: string }).type === 'Buffer'
      ? Buffer.from((value as { data: number[] }).data).toString('latin1')
      : value,
  );
}

const rowsOf = (result: unknown): unknown => [result].flat().map((one) => (one as { rows: unknown }).rows);

describe.each(cases)('%s', (_, statements) => {
  test('by the simple protocol', async () => {
    expect(await heard(statements, async (client, sql) => rowsOf(await client.query(sql)))).not.toMatch(
      CANARY,
    );
  });

  test('by the extended protocol, as text and as binary', async () => {
    for (const binary of [false, true]) {
      const text = await heard(statements, async (client, sql) =>
        rowsOf(
          await client.query({
            text: sql,
            values: [],
            rowMode: 'array',
            binary,
            types: { getTypeParser: () => (value: unknown) => value },
          } as unknown as pg.QueryConfig),
        ),
      );
      expect(text).not.toMatch(CANARY);
    }
  });

  test('by psql', async () => {
    const { stdout, stderr } = await house.psql('anybody', [
      '-At',
      ...statements.flatMap((sql) => ['-c', sql]),
    ]);
    expect(stdout + stderr).not.toMatch(CANARY);
  });
});

test('the records hold none of it', async () => {
  const texts = await Promise.all((await house.recordings()).map((path) => readFile(path, 'utf8')));
  const results = texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('"kind":"result"'));
  expect(results.length).toBeGreaterThan(cases.length);
  expect(results.filter((line) => CANARY.test(line))).toEqual([]);
});

test('the table is as it was', async () => {
  const rows = await house.server.query(
    "SELECT count(*)::int AS n FROM customers WHERE email LIKE 'zqx_canary@example.com'",
    'shop',
  );
  expect(rows).toEqual([{ n: 2 }]);
});
