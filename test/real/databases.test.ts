/**
 * Databases beside a target's own, as tools use them: made for a test, reached by their bare name, dropped, and made again.
 * And what somebody with a good token, or with none, hears of them.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';
import { hasPostgres15 } from '../support/postgres.js';
import { WireClient } from '../proxy/postgres/wire-client.js';

const RULES = `package all
allow everything
mask email column "customers.email" with redact
`;
const SETTINGS = 'databases: ["test_*", reporting]';
const VERSIONS = hasPostgres15() ? ([18, 15] as const) : ([18] as const);

describe.each(VERSIONS)('T6: PostgreSQL %d', (version) => {
  let house: House;

  beforeAll(async () => {
    house = await bootHouse({ 'all.rules': RULES }, ['ci'], '', version === 18 ? 2 : 1, SETTINGS, version);
    await house.server.query('CREATE DATABASE reporting');
  }, 120_000);
  afterAll(() => house.stop());

  /** One session for each text. */
  async function run(database: string, ...texts: readonly string[]): Promise<readonly unknown[]> {
    const client = await connect(house, database);
    try {
      let rows: readonly unknown[] = [];
      for (const text of texts) ({ rows } = await client.query<Record<string, unknown>>(text));
      return rows;
    } finally {
      await client.end();
    }
  }

  test('a database is made, reached by its bare name, and dropped as soon as its tests are done', async () => {
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      await run('orders', 'CREATE DATABASE test_zz');
      const rows = await run(
        'test_zz',
        'CREATE TABLE t (a int)',
        'INSERT INTO t VALUES (1)',
        'SELECT a FROM t',
      );
      expect(rows).toEqual([{ a: 1 }]);
      const begun = Date.now();
      await run('orders', 'DROP DATABASE test_zz');
      waits.push(Date.now() - begun);
    }
    // A server waits for up to five seconds for others to leave the database. Nobody of the gateway's is there to be waited for.
    expect(Math.min(...waits)).toBeLessThan(800);
  }, 60_000);

  test('one is copied while another is tested, as for workers side by side', async () => {
    await run('orders', 'CREATE DATABASE test_base');
    await run('test_base', 'CREATE TABLE t (a int)', 'INSERT INTO t VALUES (7)');
    const copies = ['test_base_1', 'test_base_2'];
    for (const copy of copies) await run('orders', `CREATE DATABASE ${copy} WITH TEMPLATE test_base`);
    for (const copy of copies) expect(await run(copy, 'SELECT a FROM t')).toEqual([{ a: 7 }]);
    for (const name of [...copies, 'test_base']) await run('orders', `DROP DATABASE ${name}`);
  }, 60_000);

  test('nobody stays connected to one that has no session, whatever is asked about it from time to time', async () => {
    await run('orders', 'CREATE DATABASE test_quiet');
    await run('test_quiet', 'CREATE TABLE t (a int)', 'SELECT a FROM t');
    const waits = async (): Promise<boolean> => {
      const [row] = await house.server.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = 'test_quiet' AND state = 'idle' AND clock_timestamp() - state_change > '300 ms'`,
      );
      return row!['n'] !== 0;
    };
    let looks = 0;
    let waiting = 0;
    for (const until = Date.now() + 12_000; Date.now() < until;) {
      await sleep(100);
      looks++;
      if (await waits()) waiting++;
    }
    // One that is kept for the next question waits for a second of five.
    expect(waiting / looks).toBeLessThan(0.05);
    await run('orders', 'DROP DATABASE test_quiet');
  }, 60_000);

  test.each([
    ['through the gateway', (text: string) => run('orders', text)],
    ['past it', (text: string) => house.server.query(text)],
  ])(
    'one that is dropped and made again under its name is another: %s',
    async (_way, command) => {
      const seen = async (definition: string): Promise<unknown> => {
        await command('CREATE DATABASE test_again');
        await house.server.query(
          `CREATE TABLE customers (email text); INSERT INTO customers VALUES ('ada@example.com');
         CREATE VIEW seen AS SELECT ${definition} AS said FROM customers`,
          'test_again',
        );
        const rows = await run('test_again', 'SELECT said FROM seen');
        await command('DROP DATABASE test_again');
        return rows;
      };
      expect(await seen(`'in the clear'::text`)).toEqual([{ said: 'in the clear' }]);
      expect(await seen('email')).toEqual([{ said: '[redacted]' }]);
      expect(await seen('upper(email)')).toEqual([{ said: '[redacted]' }]);
      expect(await seen(`'in the clear'::text`)).toEqual([{ said: 'in the clear' }]);
    },
    60_000,
  );

  test('one that is open and does not exist is said not to, as tools expect it before they make it', async () => {
    await expect(connect(house, 'test_nowhere')).rejects.toMatchObject({
      code: '3D000',
      message: expect.stringContaining('database "test_nowhere" does not exist'),
    });
  });

  test('one that is not open cannot be reached by any name', async () => {
    for (const name of ['template1', 'orders/template1', 'orders.template1', 'postgres', 'orders/postgres'])
      await expect(connect(house, name)).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:3D000|42501)$/),
      });
    expect(house.server.log()).not.toMatch(/^\d+ postgres template1 .*SELECT/m);
  });

  test.each(['orders.reporting', 'orders/reporting', 'reporting'])(
    'T14: node-postgres and psql take %s in a URL or a connection string',
    async (name) => {
      const token = await house.oidc.tokenFor('ci');
      const ask = 'SELECT current_database() AS name';
      const client = new pg.Client(`postgres://ci:${token}@127.0.0.1:${house.port}/${name}`);
      await client.connect();
      expect((await client.query(ask)).rows).toEqual([{ name: 'reporting' }]);
      await client.end();
      const url = `postgresql://ci@127.0.0.1:${house.port}/${name}`;
      const byUrl = await house.psqlWith(token, ['-At', '-d', url, '-c', ask]);
      expect([byUrl.stdout, byUrl.stderr]).toEqual(['reporting\n', '']);
      const byName = await house.psqlWith(token, ['-At', '-d', `dbname=${name}`, '-c', ask]);
      expect([byName.stdout, byName.stderr]).toEqual(['reporting\n', '']);
    },
  );

  test('T14: psql takes a slash that is written as %2F, too; node-postgres leaves it as it is', async () => {
    const token = await house.oidc.tokenFor('ci');
    const name = 'orders%2Freporting';
    const url = `postgresql://ci@127.0.0.1:${house.port}/${name}`;
    const { stdout } = await house.psqlWith(token, ['-At', '-d', url, '-c', 'SELECT current_database()']);
    expect(stdout).toBe('reporting\n');
    const client = new pg.Client(`postgres://ci:${token}@127.0.0.1:${house.port}/${name}`);
    await expect(client.connect()).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('T15: who is not let in', () => {
  let house: House;

  beforeAll(async () => {
    house = await bootHouse({ 'all.rules': RULES }, ['ci'], '', 1, SETTINGS);
  }, 60_000);
  afterAll(() => house.stop());

  /** What comes from the gateway, byte for byte, up to its end. */
  async function heard(token: string, database: string): Promise<string> {
    const client = await WireClient.start(house.port, 'ci', database, {}, token);
    await client.until(() => false);
    return client.heard.map(({ bytes }) => bytes.toString('latin1')).join('');
  }

  test('hears the same bytes for whatever target, as long as the signature is not good', async () => {
    const good = await house.oidc.tokenFor('ci');
    const expired = await house.oidc.sign({ claims: { exp: 1_700_000_000 } });
    const cut = (token: string): string => token.replace(/\.[^.]*$/, '.');
    const tokens = [
      cut(good),
      cut(expired),
      `${good}x`,
      'hunter2',
      '',
      'é',
      await house.oidc.sign({ header: { alg: 'none' } }),
    ];
    const answers = new Set<string>();
    for (const token of tokens)
      for (const target of [
        'orders',
        'nowhere',
        'orders/template1',
        'orders.nowhere',
        'test_zz',
        'reporting',
      ])
        answers.add(await heard(token, target));
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('authentication failed');
  }, 60_000);

  const ofToken: readonly (readonly [string, object, string])[] = [
    ['expired', { exp: 1_700_000_000 }, 'the token has expired: it was good until 2023-11-14T22:13:20.000Z'],
    ['not valid yet', { nbf: 4_000_000_000 }, 'the token is not valid before 2096-10-02T07:06:40.000Z'],
    ['for another audience', { aud: 'other' }, 'the claim `aud` is not as configured'],
    ['too long', { ballast: 'x'.repeat(20_000) }, 'the token is longer than 16384 bytes'],
    [
      'longer than a password may be',
      { ballast: 'x'.repeat(70_000) },
      'the token is longer than 16384 bytes',
    ],
  ];
  test.each(ofToken)('with a signed token that is %s hears so', async (_name, claims, message) => {
    const token = await house.oidc.sign({ claims: { ...claims } });
    for (const database of ['orders', 'nowhere'])
      await expect(connect(house, database, token)).rejects.toMatchObject({ code: '28000', message });
    const { code, stderr } = await house.psqlWith(token, ['-c', 'SELECT 1']);
    expect(code).toBe(2);
    expect(stderr).toContain(`FATAL:  ${message}`);
  });

  test('with a good token hears what is wrong with the name', async () => {
    await expect(connect(house, 'nowhere')).rejects.toMatchObject({
      code: '3D000',
      message: 'database "nowhere" does not exist: it is no target, and no target opens one of this name',
    });
    await expect(connect(house, 'orders/postgres')).rejects.toMatchObject({
      code: '42501',
      message: 'the database "postgres" of the target "orders" is not open',
      hint: expect.stringContaining('databases'),
    });
  });

  test('is on the record with the whole reason', async () => {
    const reasons = (await house.events()).flatMap((event) =>
      event.kind === 'refused' ? [event.reason] : [],
    );
    for (const [name, , message] of ofToken)
      if (name !== 'longer than a password may be') expect(reasons).toContain(message);
    for (const reason of ['the signature does not verify', 'the password is no signed token'])
      expect(reasons).toContain(reason);
  });
});

async function connect(house: House, database: string, token?: string): Promise<pg.Client> {
  const password = token ?? (await house.oidc.tokenFor('ci'));
  const client = new pg.Client({ host: '127.0.0.1', port: house.port, database, user: 'ci', password });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
