/**
 * What was judged is what runs, while another session changes the schema: what one has changed and not committed is not what
 * others are judged by, and what is committed is known to all of them before the client hears that it is.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const CANARY = 'ada.one@example.com';
const RULES = {
  'rules.rules': `package race

allow everything

mask email column "customers.email" with redact

mask card column "customers.card_number" with partial(4)
`,
};
const OBJECTS = `
  CREATE VIEW v_customers AS SELECT id, email AS contact FROM customers;
  CREATE VIEW vh AS SELECT id, name AS contact FROM customers;
  CREATE FUNCTION g() RETURNS text LANGUAGE sql AS 'SELECT name FROM customers WHERE id = 1';
  CREATE FUNCTION h() RETURNS text LANGUAGE sql AS 'SELECT email FROM customers WHERE id = 1';
  CREATE TABLE plain (id int, note text);
  CREATE SCHEMA s2;
  CREATE SCHEMA s3;
  CREATE VIEW s2.vh AS SELECT id, email AS contact FROM customers;`;

let house: House;
let restore: string;

beforeAll(async () => {
  house = await bootHouse(RULES, ['operator'], OBJECTS, 2);
  restore = `DROP VIEW IF EXISTS vh, o, v_customers, s3.vh CASCADE; DROP FUNCTION IF EXISTS g(); DROP FUNCTION IF EXISTS h(); DROP FUNCTION IF EXISTS gg();
    DO $$ BEGIN IF (SELECT attname FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum = 2) = 'email' THEN
      ALTER TABLE customers RENAME email TO x; ALTER TABLE customers RENAME name TO email; ALTER TABLE customers RENAME x TO name; END IF; END $$;
    ${OBJECTS.replace(/CREATE (?:TABLE|SCHEMA)[^;]*;|CREATE VIEW s2[^;]*;/g, '')}`;
}, 120_000);

afterAll(() => house.stop());

async function withTwo(run: (one: pg.Client, other: pg.Client) => Promise<void>): Promise<void> {
  await house.server.query(restore, 'shop');
  const one = await house.connect('operator');
  const other = await house.connect('operator');
  for (const client of [one, other]) client.on('error', () => undefined);
  try {
    await one.query('SELECT 1');
    await run(one, other);
  } finally {
    await Promise.allSettled([one.end(), other.end()]);
  }
}

const said = async (client: pg.Client, text: string): Promise<string> =>
  client.query(text).then(
    ({ rows }) => JSON.stringify(rows),
    (error: unknown) => `refused: ${String(error)}`,
  );

describe('what is committed (P33)', () => {
  test.each([
    ['a function replaced', "CREATE OR REPLACE FUNCTION g() RETURNS text LANGUAGE sql AS 'SELECT email FROM customers WHERE id = 1'", 'SELECT g()'],
    ['views renamed', 'ALTER VIEW vh RENAME TO o; ALTER VIEW v_customers RENAME TO vh', "SELECT contact || '' FROM vh"],
  ])('%s: is known at once, in every worker', async (_, change, text) => {
    await withTwo(async (one, other) => {
      await said(one, text);
      const more = await Promise.all(Array.from({ length: 4 }, () => house.connect('operator')));
      for (const client of more) await said(client, text);
            await other.query(change);
      // Nothing more is said by the session that has changed it.
      for (const client of [one, ...more]) expect(await said(client, text)).not.toContain(CANARY);
      await Promise.all(more.map((client) => client.end()));
    });
  }, 60_000); // prettier-ignore
});

/** Past the gateway, which hears nothing of it. */
async function beside(): Promise<pg.Client> {
  const { host, port, user, password } = house.server;
  const client = new pg.Client({ host, port, user, password, database: 'shop' });
  await client.connect();
  return client;
}

describe('what is not committed (P17)', () => {
  test.each([
    ['views renamed', 'ALTER VIEW vh RENAME TO o; ALTER VIEW v_customers RENAME TO vh', "SELECT contact || '' FROM vh"],
    ['a view replaced', 'CREATE OR REPLACE VIEW vh AS SELECT id, email AS contact FROM customers', "SELECT contact || '' FROM vh"],
    ['a view dropped and made', 'DROP VIEW vh; CREATE VIEW vh AS SELECT id, email AS contact FROM customers', "SELECT contact || '' FROM vh"],
    ['a view moved away', 'ALTER VIEW vh SET SCHEMA s3; ALTER VIEW v_customers RENAME TO vh', "SELECT contact || '' FROM vh"],
    ['columns renamed', 'ALTER TABLE customers RENAME email TO x; ALTER TABLE customers RENAME name TO email; ALTER TABLE customers RENAME x TO name', "SELECT name || '' FROM customers"],
    ['a function replaced under a lock', "LOCK TABLE plain; CREATE OR REPLACE FUNCTION g() RETURNS text LANGUAGE sql AS 'SELECT email FROM customers WHERE id = 1'", 'SELECT g() FROM plain RIGHT JOIN (SELECT 1) x ON true'],
    ['functions renamed under a lock', 'LOCK TABLE plain; ALTER FUNCTION g() RENAME TO gg; ALTER FUNCTION h() RENAME TO g', 'SELECT g() FROM plain RIGHT JOIN (SELECT 1) x ON true'],
  ])('%s: another session is not judged by what was there before', async (_, change, text) => {
    await withTwo(async (one) => {
      await said(one, text);
      const other = await beside();
      await other.query('BEGIN');
      for (const part of change.split('; ')) await other.query(part);
      const waiting = said(one, text);
      await new Promise((done) => setTimeout(done, 300));
      await other.query('COMMIT');
      await other.end();
      expect(await waiting).not.toContain(CANARY);
    });
  }, 60_000); // prettier-ignore

  test('what another changes in vain is as before', async () => {
    await withTwo(async (one, other) => {
      await other.query('BEGIN');
      await other.query('ALTER VIEW vh RENAME TO o');
      const waiting = said(one, "SELECT contact || '' AS c FROM vh ORDER BY id");
      await other.query('ROLLBACK');
      expect(await waiting).toContain('Ada');
    });
  });

  test('plain columns wait for nobody', async () => {
    await withTwo(async (one, other) => {
      await other.query('BEGIN');
      await other.query('ALTER VIEW vh RENAME TO o');
      expect(await said(one, 'SELECT name FROM customers ORDER BY id')).toContain('Ada');
      await other.query('ROLLBACK');
    });
  });
});
