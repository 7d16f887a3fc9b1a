/** `limit` rules, carried out while a real result streams: what is shown, what the client is told, what the server does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { SqlDetail } from '../../src/protocols/sql/detail.js';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package house

allow everything

limit page rows 100 if not "slow" in identity.groups

limit size bytes 4000 if "small" in identity.groups

limit patience seconds 1 if "slow" in identity.groups
`;

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'house.rules': RULES }, ['ci-test', 'small', 'slow']);
}, 120_000);
afterAll(() => house.stop(), 60_000);

async function withClient<T>(name: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await house.connect(name);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Rows that came before the error, and the error. */
async function run(
  client: pg.Client,
  text: string,
  values?: unknown[],
): Promise<{ rows: number; error: string }> {
  const { Query } = (await import('pg')).default;
  return new Promise((done) => {
    let rows = 0;
    const query = values === undefined ? new Query(text) : new Query(text, values);
    query.on('row', () => rows++);
    query.on('end', () => done({ rows, error: '' }));
    query.on('error', (error: Error & { code?: string }) =>
      done({ rows, error: `${error.code} ${error.message}` }),
    );
    client.query(query);
  });
}

const big = 'SELECT generate_series(1, 3000000)';
const stopped = '54000 stopped by house.page: more than 100 rows';

describe('rows', () => {
  test.each([
    ['simple', undefined],
    ['extended', []],
  ])('as many as are allowed pass, and no more (%s)', async (_, values) => {
    await withClient('ci-test', async (client) => {
      for (let round = 0; round < 5; round++) {
        expect(await run(client, 'SELECT generate_series(1, 100)', values)).toEqual({ rows: 100, error: '' });
        expect(await run(client, 'SELECT generate_series(1, 101)', values)).toEqual({
          rows: 100,
          error: stopped,
        });
        expect(await run(client, big, values)).toEqual({ rows: 100, error: stopped });
        expect(await run(client, 'SELECT 1', values)).toEqual({ rows: 1, error: '' });
      }
    });
  });

  test('in a transaction the error is one of the transaction, or the transaction goes on', async () => {
    await withClient('ci-test', async (client) => {
      await client.query('BEGIN');
      expect(await run(client, big)).toMatchObject({ error: stopped });
      const after = await run(client, 'SELECT 1');
      expect([
        '',
        '25P02 current transaction is aborted, commands ignored until end of transaction block',
      ]).toContain(after.error);
      await client.query('ROLLBACK');
      expect(await run(client, 'SELECT 1')).toEqual({ rows: 1, error: '' });
    });
  });

  test('are counted again for every FETCH of a cursor', async () => {
    await withClient('ci-test', async (client) => {
      await client.query('BEGIN');
      await client.query('DECLARE c CURSOR FOR SELECT generate_series(1, 1000)');
      for (let round = 0; round < 3; round++)
        expect(await run(client, 'FETCH 100 FROM c')).toEqual({ rows: 100, error: '' });
      await client.query('ROLLBACK');
    });
  });

  test('many at once, one after the other', async () => {
    await withClient('ci-test', async (client) => {
      const texts = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? big : 'SELECT 1'));
      const outcomes = await Promise.all(texts.map((text) => run(client, text)));
      expect(outcomes.map(({ error }) => error)).toEqual(texts.map((text) => (text === big ? stopped : '')));
    });
  });

  test('of COPY TO STDOUT', async () => {
    const { code, stderr, stdout } = await house.psql('ci-test', [
      '-c',
      `\\copy (${big}) TO STDOUT`,
      '-c',
      'SELECT 1 AS one',
    ]);
    expect(stderr).toContain('stopped by house.page: more than 100 rows');
    expect(stdout.split('\n').filter((line) => /^\d+$/.test(line))).toHaveLength(100);
    expect([code, stdout.includes('one')]).toEqual([0, true]);
  });
});

test('bytes, also of a row that is larger than all of them', async () => {
  await withClient('small', async (client) => {
    const over = { error: '54000 stopped by house.page, house.size: more than 4000 bytes' };
    expect(await run(client, "SELECT repeat('x', 3000)")).toEqual({ rows: 1, error: '' });
    expect(await run(client, "SELECT repeat('x', 1000) FROM generate_series(1, 50)")).toEqual({
      rows: 3,
      ...over,
    });
    expect(await run(client, "SELECT repeat('x', 30000000)")).toEqual({ rows: 0, ...over });
    expect(await run(client, "SELECT repeat('x', 30000000)", [])).toEqual({ rows: 0, ...over });
    expect(await run(client, 'SELECT 1')).toEqual({ rows: 1, error: '' });
  });
});

test('seconds', async () => {
  await withClient('slow', async (client) => {
    const late = { rows: 0, error: '54000 stopped by house.patience: more than 1 seconds' };
    for (const values of [undefined, []]) {
      expect(await run(client, 'SELECT pg_sleep(30)', values)).toEqual(late);
      expect(await run(client, 'SELECT pg_sleep(0.2)', values)).toEqual({ rows: 1, error: '' });
    }
  });
}, 20_000);

test('what returns nothing is under every limit', async () => {
  await withClient('ci-test', async (client) => {
    for (const text of ["SET application_name = 'x'", 'BEGIN; COMMIT', 'DELETE FROM orders WHERE false'])
      expect(await run(client, text)).toEqual({ rows: 0, error: '' });
  });
});

test('a write that goes on for too long is rolled back', async () => {
  await withClient('slow', async (client) => {
    const text = 'DELETE FROM orders WHERE pg_sleep(30) IS NOT NULL';
    expect(await run(client, text)).toEqual({
      rows: 0,
      error: '54000 stopped by house.patience: more than 1 seconds',
    });
    expect((await house.server.query('SELECT count(*)::int AS left FROM orders', 'shop'))[0]).not.toEqual({
      left: 0,
    });
  });
});

describe('where a limit cannot be kept', () => {
  test.each([
    'DELETE FROM orders WHERE false RETURNING id',
    'SELECT 1; SELECT 2',
    'WITH gone AS (DELETE FROM orders WHERE false RETURNING id) SELECT * FROM gone',
    'INSERT INTO orders SELECT 1, 1, 1 WHERE false RETURNING id',
  ])('it refuses: %s', async (text) => {
    await withClient('ci-test', async (client) => {
      const { error } = await run(client, text);
      expect(error).toMatch(/^42501 denied by gateway\.limit: a limit on rows cannot be carried out/);
    });
  });
});

test('the record says what was shown and why it ended', async () => {
  const results = (await house.events()).flatMap((event) =>
    event.kind === 'result' && event.code === '54000'
      ? [{ outcome: event.outcome, ...(event.detail as SqlDetail) }]
      : [],
  );
  expect(results.length).toBeGreaterThan(10);
  for (const { outcome, rows } of results) expect([outcome, rows <= 100]).toEqual(['error', true]);
  expect(house.server.log()).toContain('canceling statement due to user request');
});
