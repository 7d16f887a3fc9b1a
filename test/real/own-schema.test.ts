/**
 * What a session changes of the schema is known to it at once, inside its transaction and after: nothing that no mask reaches is
 * changed, and what cannot be told is refused. T1 and T2 of the trial with migration tools.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package own

applies if target.name == "orders"

allow everything

mask pii column "customers.email" with redact
`;

let house: House;
let client: pg.Client;

beforeAll(async () => {
  house = await bootHouse({ 'own.rules': RULES }, ['ci'], '', 2);
  client = await house.connect('ci');
  await client.query('CREATE TABLE q1 (a int, b text)');
  await client.query("INSERT INTO q1 VALUES (1, 'x')");
});

afterAll(async () => {
  await client.end();
  await house.stop();
});

const rowsOf = async (text: string, values: readonly unknown[] = []): Promise<unknown[]> =>
  (await client.query<Record<string, unknown>>(text, [...values])).rows.map((row) =>
    Object.values(row).join('|'),
  );

const failure = async (text: string): Promise<string> => {
  try {
    await client.query(text);
    return 'no error';
  } catch (error) {
    return `${(error as pg.DatabaseError).code}: ${(error as Error).message}`;
  }
};

async function inTransaction(work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

describe('T1: what no mask reaches is read as it is after', () => {
  test.each([
    'CREATE INDEX ON q1 (a)',
    'CREATE INDEX ON q1 (lower(b))',
    'CREATE TABLE other (id serial PRIMARY KEY)',
    'ALTER TABLE q1 ADD COLUMN c int',
    'ALTER TABLE q1 ALTER COLUMN a SET NOT NULL',
    'CREATE TEMPORARY TABLE scratch (a int)',
    "COMMENT ON TABLE q1 IS 'x'",
    'DROP TABLE orders',
    'DROP TABLE orders CASCADE',
    'CREATE SCHEMA another',
    'CREATE VIEW seen AS SELECT a FROM q1',
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    'CREATE DOMAIN positive AS int CHECK (value > 0)',
    'GRANT SELECT ON q1 TO PUBLIC',
    "DO $$ BEGIN EXECUTE 'CREATE TABLE made (a int)'; END $$",
  ])('%s', async (ddl) => {
    await inTransaction(async () => {
      await client.query(ddl);
      expect((await rowsOf('SELECT a, b FROM q1'))[0]).toBe('1|x');
      expect((await rowsOf('SELECT a, b FROM q1 WHERE a = $1', [1]))[0]).toBe('1|x');
      expect(await rowsOf('UPDATE q1 SET b = b RETURNING b')).toEqual(['x']);
      expect(await rowsOf('SELECT max(b), count(*) FROM q1')).toEqual(['x|1']);
      expect((await rowsOf('SELECT id, email FROM customers ORDER BY id'))[0]).toBe('1|[redacted]');
      expect((await rowsOf("SELECT email || '' AS e FROM customers ORDER BY id"))[0]).toBe('[redacted]');
    });
  });

  test('columns of the transaction are there at once, with their values', async () => {
    await inTransaction(async () => {
      await client.query("ALTER TABLE q1 ADD COLUMN c text DEFAULT 'new'");
      expect(await rowsOf('SELECT * FROM q1')).toEqual(['1|x|new']);
      expect(await rowsOf('SELECT c FROM q1')).toEqual(['new']);
      await client.query('ALTER TABLE q1 RENAME COLUMN c TO d');
      expect(await rowsOf('SELECT d FROM q1')).toEqual(['new']);
      await client.query('ALTER TABLE q1 RENAME TO q2');
      expect(await rowsOf('SELECT d FROM q2')).toEqual(['new']);
      await client.query('SAVEPOINT one');
      await client.query('ALTER TABLE q2 DROP COLUMN d');
      expect(await rowsOf('SELECT * FROM q2')).toEqual(['1|x']);
      await client.query('ROLLBACK TO one');
      expect(await rowsOf('SELECT * FROM q2')).toEqual(['1|x|new']);
    });
    expect(await rowsOf('SELECT * FROM q1')).toEqual(['1|x']);
  });

  test('a masked column stays masked, whatever it is made of in the transaction', async () => {
    await inTransaction(async () => {
      await client.query('ALTER TABLE customers ADD COLUMN note text');
      expect((await rowsOf('SELECT email, note FROM customers ORDER BY id'))[0]).toBe('[redacted]|');
      await client.query('CREATE TABLE below () INHERITS (customers)');
      await client.query("INSERT INTO below (id, email) VALUES (9, 'nine@example.com')");
      expect(await rowsOf('SELECT email FROM below')).toEqual(['[redacted]']);
      expect(await rowsOf("SELECT email || '' AS e FROM below")).toEqual(['[redacted]']);
    });
  });
});

describe('T2: what a transaction makes can be filled', () => {
  test.each([
    [
      'CREATE TABLE w1 (a int, b text)',
      "INSERT INTO w1 VALUES (1, 'y')",
      'CREATE TABLE w2 AS SELECT * FROM w1',
    ],
    [
      'CREATE TABLE w1 (a int, b text)',
      "INSERT INTO w1 VALUES (1, 'y')",
      'CREATE TABLE w2 (LIKE w1)',
      'INSERT INTO w2 SELECT * FROM w1',
    ],
    [
      'CREATE TEMP TABLE w1 AS SELECT 1 AS a',
      "ALTER TABLE w1 ADD b text DEFAULT 'y'",
      'CREATE TABLE w2 AS SELECT a, b FROM w1',
    ],
    [
      'CREATE TABLE w1 (a int, b text)',
      "INSERT INTO w1 VALUES (1, 'y')",
      'CREATE VIEW w2 AS SELECT * FROM w1',
    ],
    [
      'CREATE TABLE w1 (a int)',
      'INSERT INTO w1 VALUES (1)',
      'ALTER TABLE w1 ADD b text',
      "UPDATE w1 SET b = coalesce(b, 'y')",
      'ALTER TABLE w1 RENAME TO w2',
    ],
    [
      'CREATE SCHEMA s',
      'CREATE TABLE s.w1 (a int, b text)',
      "INSERT INTO s.w1 VALUES (1, 'y')",
      'CREATE TABLE w2 AS SELECT * FROM s.w1',
    ],
    [
      'CREATE TABLE w1 (a int, b text) PARTITION BY RANGE (a)',
      'CREATE TABLE w1a PARTITION OF w1 FOR VALUES FROM (0) TO (9)',
      "INSERT INTO w1 VALUES (1, 'y')",
      'CREATE TABLE w2 AS SELECT * FROM w1a',
    ],
    [
      'CREATE TABLE w1 (a int, b text)',
      "INSERT INTO w1 VALUES (1, 'y')",
      'CREATE MATERIALIZED VIEW w2 AS SELECT * FROM w1',
    ],
  ])('%s; …', async (...steps) => {
    await inTransaction(async () => {
      for (const step of steps) await client.query(step);
      expect(await rowsOf('SELECT a, b FROM w2')).toEqual(['1|y']);
      expect(await rowsOf('SELECT a + 1 AS c, upper(b) FROM w2')).toEqual(['2|Y']);
    });
  });

  test('and no masked value gets into it', async () => {
    await inTransaction(async () => {
      await client.query('CREATE TABLE w1 (id int, email text)');
      const stored = 'values of `public.customers.email` are masked and may not be stored elsewhere';
      expect(await failure('INSERT INTO w1 SELECT id, email FROM customers')).toContain(stored);
    });
    await inTransaction(async () => {
      await client.query('CREATE VIEW shown AS SELECT id FROM customers');
      expect(await failure('CREATE OR REPLACE VIEW shown AS SELECT id, email FROM customers')).toContain(
        'masked',
      );
    });
  });

  test('in one text, too', async () => {
    await inTransaction(async () => {
      await client.query(
        "CREATE TABLE w1 (a int, b text); INSERT INTO w1 VALUES (1, 'y'); CREATE TABLE w2 AS SELECT * FROM w1",
      );
      expect(await rowsOf('SELECT * FROM w2')).toEqual(['1|y']);
    });
    // The server numbers the table, and nobody knows the number yet.
    expect(await failure('CREATE TABLE w3 (a int); SELECT a FROM w3')).toMatch(
      /42501.*made in the same text/,
    );
    await client.query('DROP TABLE IF EXISTS w3');
  });
});

describe('what was changed is known', () => {
  test('to this session and to others, of every worker, when it has ended', async () => {
    const others = await Promise.all([1, 2, 3, 4].map(() => house.connect('ci')));
    await client.query('CREATE TABLE shared (a int)');
    await client.query('INSERT INTO shared VALUES (1)');
    expect(await rowsOf('SELECT * FROM shared')).toEqual(['1']);
    for (const other of others) {
      const { rows } = await other.query<{ a: number }>('SELECT * FROM shared');
      expect(rows).toEqual([{ a: 1 }]);
    }
    await client.query('CREATE OR REPLACE VIEW contacts AS SELECT id, name AS contact FROM customers');
    expect((await rowsOf('SELECT contact FROM contacts ORDER BY id'))[0]).toBe('Ada');
    await client.query('DROP VIEW contacts');
    await client.query('DROP TABLE shared');
    await Promise.all(others.map((other) => other.end()));
  });

  test('to others when its session ends without another word', async () => {
    await client.query('CREATE VIEW contacts AS SELECT id, name AS contact FROM customers');
    const watcher = await house.connect('ci');
    const contact = async (): Promise<string> => {
      const text = 'SELECT contact FROM contacts ORDER BY id LIMIT 1';
      return (await watcher.query<{ contact: string }>(text)).rows[0]!.contact;
    };
    expect(await contact()).toBe('Ada');
    const leaver = await house.connect('ci');
    await leaver
      .query(
        'ALTER VIEW contacts RENAME TO former; CREATE VIEW contacts AS SELECT id, email AS contact FROM customers',
      )
      .catch((error: unknown) => expect((error as Error).message).toContain('masked'));
    await leaver.query(
      'ALTER VIEW contacts RENAME TO former; CREATE VIEW contacts AS SELECT id, phone AS contact FROM customers',
    );
    await leaver.end();
    expect(await contact()).toBe('+1 555 0100');
    await client.query('DROP VIEW contacts; DROP VIEW former');
    await watcher.end();
  });

  test('temporary relations come first, and go', async () => {
    await client.query('CREATE TEMP TABLE customers (id int, email text)');
    await client.query("INSERT INTO customers VALUES (1, 'mine')");
    expect(await rowsOf("SELECT id || '' AS id FROM customers")).toEqual(['1']);
    await client.query('DROP TABLE customers');
    expect((await rowsOf("SELECT email || '' AS e FROM customers ORDER BY id"))[0]).toBe('[redacted]');
    await client.query('BEGIN; CREATE TEMP TABLE customers (id int, email text) ON COMMIT DROP');
    expect(await rowsOf("SELECT id || '' AS id FROM customers")).toEqual([]);
    await client.query('COMMIT');
    expect((await rowsOf("SELECT email || '' AS e FROM customers ORDER BY id"))[0]).toBe('[redacted]');
    await client.query('CREATE TEMP TABLE customers (id int, email text)');
    await client.query('DISCARD TEMP');
    expect((await rowsOf("SELECT email || '' AS e FROM customers ORDER BY id"))[0]).toBe('[redacted]');
  });

  test('reading it leaves the transaction as it was', async () => {
    await client.query("BEGIN; SET LOCAL search_path = public, pg_catalog; SET LOCAL lock_timeout = '7s'");
    await client.query('CREATE TABLE left_alone (a int)');
    await client.query('DECLARE c CURSOR FOR SELECT generate_series(1, 3) AS n');
    expect(await rowsOf('FETCH 1 FROM c')).toEqual(['1']);
    expect(await rowsOf('SELECT * FROM left_alone')).toEqual([]);
    expect(await rowsOf('SHOW search_path')).toEqual(['public, pg_catalog']);
    expect(await rowsOf('SHOW lock_timeout')).toEqual(['7s']);
    expect(await rowsOf('FETCH 1 FROM c')).toEqual(['2']);
    await client.query('ROLLBACK');
  });
});
