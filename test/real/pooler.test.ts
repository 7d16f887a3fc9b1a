/** T4: a pooler as the target. The gateway leaves nothing behind in its connections, which others get next. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';
import { bootPooler, type Pooler } from '../support/pooler.js';

const RULES = `package pooled

applies if target.name == "orders"

allow everything

mask pii column "customers.email" with redact
`;

let house: House;

beforeAll(async () => {
  house = await bootHouse({ 'pooled.rules': RULES }, ['ci']);
});

afterAll(() => house.stop());

describe.each(['transaction', 'session'] as const)('pooling by %s', (mode) => {
  let pooler: Pooler;
  let other: pg.Client;

  beforeAll(async () => {
    pooler = await bootPooler(house.server, 'shop', mode);
    await house.reconfigure((text) => text.replace(/address: \S+/, `address: 127.0.0.1:${pooler.port}`));
    const { user, password } = house.server;
    other = new pg.Client({ host: '127.0.0.1', port: pooler.port, user, password, database: 'shop' });
    await other.connect();
  });

  afterAll(async () => {
    await other.end();
    await pooler.stop();
  });

  /** What the next who gets a connection of the pool finds. */
  async function found(): Promise<readonly unknown[]> {
    const settings = ['search_path', 'lock_timeout', 'jit', 'plan_cache_mode', 'application_name'];
    const { rows } = await other.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE name = ANY ($1) AND source = 'session'
        UNION ALL SELECT 'prepared', name FROM pg_prepared_statements
        UNION ALL SELECT 'in a transaction', 'yes' WHERE pg_current_xact_id_if_assigned() IS NOT NULL`,
      [settings],
    );
    return rows.filter(({ name }) => name !== 'application_name');
  }

  test('one SELECT, names that are not there, DDL and what it changes leave nothing', async () => {
    const client = await house.connect('ci');
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect((await client.query('SELECT email FROM customers ORDER BY id LIMIT 1')).rows).toEqual([
      { email: '[redacted]' },
    ]);
    await client.query('CREATE TABLE pooled (a int)');
    await client.query('INSERT INTO pooled VALUES (1)');
    expect((await client.query('SELECT a FROM pooled')).rows).toEqual([{ a: 1 }]);
    await client.query('BEGIN');
    await client.query("ALTER TABLE pooled ADD COLUMN b text DEFAULT 'x'");
    expect((await client.query('SELECT * FROM pooled')).rows).toEqual([{ a: 1, b: 'x' }]);
    await client.query('COMMIT');
    await client.query('DROP TABLE pooled');
    await client.end();
    expect(await found()).toEqual([]);
  });
});
