/**
 * What was masked is not written back: an object that is read under a mask and saved again changes nothing silently. Through
 * the gateway, against a real server, with node-postgres. The oracle is what the server holds in the end.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { House } from '../support/gateway.js';
import { bootWrites, refused, REFUSED, RESET } from './masked-write-house.js';

let house: House;
let client: pg.Client;
const clients: pg.Client[] = [];

const connect = async (group = 'anybody'): Promise<pg.Client> => {
  const connected = await house.connect(group);
  clients.push(connected);
  return connected;
};

beforeAll(async () => {
  house = await bootWrites();
}, 180_000);
afterAll(async () => {
  await house.stop();
}, 60_000);
beforeEach(async () => {
  await house.server.query(RESET, 'shop');
  client = await connect();
});
afterEach(async () => {
  for (const one of clients.splice(0)) await one.end();
});

type Row = Record<string, unknown>;

const stored = async (what = '*', table = 'people'): Promise<Row[]> =>
  await house.server.query(`SELECT ${what} FROM ${table} ORDER BY id`, 'shop');

/** Reads person 1 under the masks. */
const read = async (from = client): Promise<Row> =>
  (await from.query<Row>('SELECT * FROM people WHERE id = 1')).rows[0]!;

describe('an object that was read masked is saved', () => {
  test('T1: all columns as they were read: refused, and nothing has changed', async () => {
    const before = await stored();
    const { id, ...columns } = await read();
    const names = Object.keys(columns);
    const set = names.map((name, at) => `${name} = $${at + 1}`).join(', ');
    const save = client.query(`UPDATE people SET ${set} WHERE id = $${names.length + 1}`, [
      ...Object.values(columns),
      id,
    ]);
    expect(await refused(save)).toMatchObject({
      ...REFUSED,
      hint: expect.stringContaining('write only the columns that have changed'),
    });
    expect(await stored()).toEqual(before);
    // The session goes on, and what was not masked is saved.
    await client.query('UPDATE people SET name = $1 WHERE id = $2', ['Ada L.', id]);
    expect((await stored('name'))[0]).toEqual({ name: 'Ada L.' });
  });

  test.each(['email', 'card', 'contact', 'key', 'number', 'phone', 'born', 'level', 'note'])(
    'the column %s alone, by value and as a text',
    async (column) => {
      const before = await stored();
      const row = await read();
      expect(
        await refused(client.query(`UPDATE people SET ${column} = $1 WHERE id = 1`, [row[column]])),
      ).toMatchObject(REFUSED);
      const literal = client.escapeLiteral(String(row[column]));
      const written = row[column] === null ? 'NULL' : literal;
      expect(
        await refused(client.query(`UPDATE people SET ${column} = ${written} WHERE id = 1`)),
      ).toMatchObject(REFUSED);
      expect(await stored()).toEqual(before);
    },
  );

  test('inside a transaction, which then fails as by an error of the server', async () => {
    const { email } = await read();
    await client.query('BEGIN');
    await client.query("UPDATE people SET name = 'lost' WHERE id = 1");
    expect(await refused(client.query('UPDATE people SET email = $1', [email]))).toMatchObject(REFUSED);
    expect((await refused(client.query('SELECT 1'))).code).toBe('25P02');
    await client.query('ROLLBACK');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect((await stored('name, email'))[0]).toEqual({ name: 'Ada', email: 'ada@example.com' });
  });

  test('in a pipeline, of which the rest is not run', async () => {
    const { email } = await read();
    const results = await Promise.allSettled([
      client.query('UPDATE people SET name = $1 WHERE id = 1', ['Ada L.']),
      client.query('UPDATE people SET email = $1 WHERE id = 1', [email]),
      client.query('SELECT 2 AS two'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await stored('name, email'))[0]).toEqual({ name: 'Ada L.', email: 'ada@example.com' });
  });

  test('a named prepared statement: the same text passes with other values', async () => {
    const { email } = await read();
    const save = (value: unknown): Promise<unknown> =>
      client.query({ name: 'save', text: 'UPDATE people SET email = $1 WHERE id = 1', values: [value] });
    await save('new@example.com');
    expect(await refused(save(email))).toMatchObject(REFUSED);
    await save('newer@example.com');
    expect((await stored('email'))[0]).toEqual({ email: 'newer@example.com' });
  });
});

describe('the ways in which values are written', () => {
  test.each([
    `INSERT INTO copies (email) VALUES ('[redacted]')`,
    `INSERT INTO copies (name, email) VALUES ('a', 'b'), ('c', '[redacted]')`,
    `INSERT INTO copies (email) SELECT '[redacted]'`,
    `INSERT INTO copies (email) VALUES ('[redacted]' || '')`,
    `INSERT INTO copies (email) VALUES ('[redacted]'::varchar(80))`,
    `INSERT INTO copies (email) VALUES (coalesce(NULL, upper('[redacted]')))`,
    `INSERT INTO copies (email) VALUES (E'\\x5bredacted]')`,
    `INSERT INTO copies (email) VALUES ($$[redacted]$$)`,
    `INSERT INTO copies (doc) VALUES ('{"was": {"email": "[redacted]"}}')`,
    `INSERT INTO copies (doc) VALUES (jsonb_build_object('email', '[redacted]'))`,
    `INSERT INTO copies (tags) VALUES ('{a,[redacted]}')`,
    `INSERT INTO copies (tags) VALUES (ARRAY['a', '[redacted]'])`,
    `WITH v AS (SELECT '[redacted]' AS e) INSERT INTO copies (email) SELECT e FROM v`,
    `INSERT INTO copies (id, email) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET email = '[redacted]'`,
    `MERGE INTO copies c USING (VALUES (1, '[redacted]')) v (id, e) ON c.id = v.id WHEN NOT MATCHED THEN INSERT (email) VALUES (v.e)`,
    `UPDATE copies SET email = CASE WHEN id = 1 THEN '[redacted]' ELSE email END`,
    `UPDATE copies SET (name, email) = ('a', '[redacted]')`,
    `CREATE TABLE kept AS SELECT '[redacted]'::text AS email`,
    `ALTER TABLE copies ALTER COLUMN email TYPE varchar USING '[redacted]'`,
    `SELECT keep('[redacted]')`,
    `CALL put('[redacted]')`,
    `DO $$ BEGIN INSERT INTO copies (email) VALUES ('[redacted]'); END $$`,
    `DO $$ DECLARE e text := '[redacted]'; BEGIN INSERT INTO copies (email) VALUES (e); END $$`,
    `PREPARE p (text) AS INSERT INTO copies (email) VALUES ($1); EXECUTE p('[redacted]')`,
  ])('%s', async (text) => {
    await read();
    expect(await refused(client.query(text))).toMatchObject({ code: '42501' });
    expect(await stored('*', 'copies')).toEqual([]);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('EXECUTE of what was prepared, with the value and without', async () => {
    await read();
    await client.query('PREPARE p (text, text) AS INSERT INTO copies (email) SELECT $1 WHERE $2 IS NOT NULL');
    expect(await refused(client.query(`EXECUTE p('[redacted]', 'x')`))).toMatchObject(REFUSED);
    await client.query(`EXECUTE p('new', '[redacted]')`);
    expect(await stored('email', 'copies')).toEqual([{ email: 'new' }]);
  });

  test.each([
    ['tags', (row: Row): unknown => ['a', row['email']]],
    ['doc', (row: Row): unknown => ({ old: { card: row['card'] } })],
    ['raw', (row: Row): unknown => JSON.stringify([row['contact']])],
    ['key', (row: Row): unknown => row['key']],
    ['number', (row: Row): unknown => row['number']],
    ['email', (row: Row): unknown => `kept for ${String(row['card'])}, see there`],
    ['email', (row: Row): unknown => row['note']],
  ])('bound values of other columns: %s', async (column, valueOf) => {
    const row = await read();
    const insert = (value: unknown): Promise<unknown> =>
      client.query(`INSERT INTO copies (${column}) VALUES ($1)`, [value]);
    expect(await refused(insert(valueOf(row)))).toMatchObject(REFUSED);
    expect(await stored('*', 'copies')).toEqual([]);
  });

  test('values in binary, of types that the client leaves open', async () => {
    const { key, number } = await read();
    const uuid = Buffer.from(String(key).replaceAll('-', ''), 'hex');
    expect(await refused(client.query('INSERT INTO copies (key) VALUES ($1)', [uuid]))).toMatchObject(
      REFUSED,
    );
    const whole = Buffer.alloc(8);
    whole.writeBigInt64BE(BigInt(Number(number)));
    expect(await refused(client.query('INSERT INTO copies (number) VALUES ($1)', [whole]))).toMatchObject(
      REFUSED,
    );
    expect(
      await refused(client.query('INSERT INTO copies (bytes) VALUES ($1)', [Buffer.from('[redacted]')])),
    ).toMatchObject(REFUSED);
    await client.query('INSERT INTO copies (number) VALUES ($1)', [Buffer.from([0, 0, 0, 0, 0, 0, 0, 9])]);
    expect(await stored('number, key', 'copies')).toEqual([{ number: '9', key: null }]);
  });
});

describe('what is none passes', () => {
  test.each([
    `UPDATE people SET name = 'x' WHERE email = '[redacted]'`,
    `UPDATE people SET email = NULLIF(email, '[redacted]') WHERE id = 1`,
    `UPDATE people SET email = replace(email, '[redacted]', 'x') WHERE id = 1`,
    `UPDATE people SET name = CASE WHEN name = '[redacted]' THEN 'a' ELSE 'b' END`,
    `DELETE FROM people WHERE email IN ('[redacted]', '****1111')`,
    `SELECT name FROM people WHERE email = '[redacted]'`,
    `INSERT INTO people (id, name, phone, born, level) VALUES (3, 'Cy', NULL, NULL, 0)`,
    `INSERT INTO copies (email, number, doc) VALUES (NULL, 0, 'null')`,
    `UPDATE people SET name = NULL, note = NULL, doc = NULL WHERE id = 1`,
    `UPDATE people SET phone = '+1 556', level = 4 WHERE id = 1`,
    `UPDATE people SET phone = coalesce(NULL, phone) WHERE id = 1`,
    `INSERT INTO copies (name, email) VALUES ('a * b', '** important **')`,
    `UPDATE people SET number = number + 1 WHERE id = 1`,
  ])('%s', async (text) => {
    await read();
    await client.query(text);
  });

  test('before anything was read: any value may be written', async () => {
    await client.query(`UPDATE people SET email = '[redacted]', phone = NULL WHERE id = 1`);
    await client.query('UPDATE people SET email = $1, phone = $2 WHERE id = 2', ['****1111', null]);
    expect(await stored('email, phone')).toEqual([
      { email: '[redacted]', phone: null },
      { email: '****1111', phone: null },
    ]);
  });

  test('what another session was shown is nothing to this one', async () => {
    await read();
    const other = await connect();
    await other.query(`UPDATE people SET email = '[redacted]' WHERE id = 1`);
    expect((await stored('email'))[0]).toEqual({ email: '[redacted]' });
  });

  test('NULL that was in the row, of a column that no mask of this session applied to', async () => {
    const { rows } = await client.query<Row>('SELECT name, note FROM people WHERE id = 2');
    await client.query('UPDATE people SET name = $1, note = $2 WHERE id = 2', [
      rows[0]!['name'],
      rows[0]!['note'],
    ]);
  });
});

describe('everyday replacements overwrite nothing', () => {
  test.each([
    `UPDATE people SET phone = NULL WHERE id = 1`,
    `UPDATE people SET born = NULL::date WHERE id = 1`,
    `UPDATE people SET level = 0 WHERE id = 1`,
    `UPDATE people SET phone = CASE WHEN id = 1 THEN NULL ELSE '+1' END`,
    `INSERT INTO people (id, phone) VALUES (1, NULL) ON CONFLICT (id) DO UPDATE SET phone = EXCLUDED.phone`,
    `UPDATE people p SET phone = v.phone FROM (VALUES (1, NULL), (2, 'x')) v (id, phone) WHERE p.id = v.id`,
    `MERGE INTO people p USING (VALUES (1, NULL)) v (id, phone) ON p.id = v.id WHEN MATCHED THEN UPDATE SET phone = v.phone`,
  ])('%s', async (text) => {
    await read();
    const before = await stored();
    expect(await refused(client.query(text))).toMatchObject(REFUSED);
    expect(await stored()).toEqual(before);
  });

  test('elements of arrays that are taken apart', async () => {
    await read();
    const text =
      'UPDATE people p SET phone = v.phone FROM unnest($1::int[], $2::text[]) v (id, phone) WHERE p.id = v.id';
    expect(await refused(client.query(text, [[1], [null]]))).toMatchObject(REFUSED);
    await client.query(text, [[1], ['+1 557']]);
    expect((await stored('phone'))[0]).toEqual({ phone: '+1 557' });
  });
});
