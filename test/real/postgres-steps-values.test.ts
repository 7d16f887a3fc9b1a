/** Statements are decided with their values before they are bound: binding plans, and planning runs code. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { fakeGateway } from '../proxy/postgres/fake-session.js';
import type { FakeGateway } from '../proxy/postgres/fake-session.js';
import { errors, letters, rows, say, sqlstates, WireClient } from '../proxy/postgres/wire-client.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;
let proxy: PostgresProxy;
let gateway: FakeGateway;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  await server.query(`CREATE FUNCTION peek(text) RETURNS int IMMUTABLE LANGUAGE plpgsql
    AS 'BEGIN RAISE LOG ''peeked %'', $1; RETURN 1; END'`);
  const { host, port, user, password } = server;
  const upstream = { host, port, user, password, database: 'postgres', tls: { kind: 'off' as const } };
  gateway = fakeGateway(upstream, { deny: /forbidden/, denyValue: 666, mask: /masked/ });
  proxy = await startPostgresProxy({ gateway: gateway, host, port: 0, tls: null });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
});

beforeEach(() => {
  gateway.judged.length = 0;
  gateway.finished.length = 0;
});

async function through(): Promise<WireClient> {
  return WireClient.start(proxy.port, 'ci', 'orders');
}

const phases = (): readonly string[] => gateway.judged.map(({ phase }) => phase);
const outcomes = (): readonly string[] => gateway.finished.map(({ outcome }) => outcome);

describe('a value that the rules refuse', () => {
  test('is refused before it is bound: nothing that planning would run has run', async () => {
    const client = await through();
    const parse = (word: string): Buffer => say.parse(`SELECT peek('${word}') WHERE $1::int = 1`);
    const passed = await client.ask([parse('allowed'), say.bind(['1']), say.sync()]);
    expect(letters(passed)).toBe('12ZI');
    const refused = await client.ask([parse('refused'), say.bind(['666']), say.sync()]);
    expect(letters(refused)).toBe('1EZI');
    expect(errors(refused)[0]?.get('M')).toBe('denied by test.deny: not here');
    expect(server.log()).toContain('peeked allowed');
    expect(server.log()).not.toContain('peeked refused');
    client.end();
  });

  test('fails a transaction, and the session goes on', async () => {
    const client = await through();
    await client.ask([say.query('BEGIN')]);
    const bound = [say.parse('SELECT $1::int'), say.bind(['666']), say.execute(), say.sync()];
    expect(letters(await client.ask(bound))).toBe('1EZE');
    expect(sqlstates(await client.ask([say.query('SELECT 1')]))).toEqual(['25P02']);
    expect(letters(await client.ask([say.query('ROLLBACK')]))).toBe('CZI');
    client.end();
  });
});

describe('an Execute', () => {
  test('that comes with its Bind is one command with it', async () => {
    const client = await through();
    const heard = await client.ask([
      say.parse('SELECT $1::int'),
      say.bind(['7']),
      say.describe(),
      say.execute(),
      say.sync(),
    ]);
    expect(rows(heard)).toEqual([['7']]);
    expect(phases()).toEqual(['prepare', 'execute']);
    expect(outcomes()).toEqual(['completed', 'completed']);
    client.end();
  });

  test('that comes later, or again, is decided again', async () => {
    const client = await through();
    await client.ask([say.query('BEGIN')]);
    gateway.judged.length = 0;
    await client.ask([say.parse('SELECT generate_series(1, $1::int)'), say.bind(['9'], '', 'p'), say.sync()]);
    expect(phases()).toEqual(['prepare', 'execute']);
    const heard = await client.ask([say.execute('p', 2), say.execute('p', 2), say.sync()]);
    expect(letters(heard)).toBe('DDsDDsZT');
    expect(phases()).toEqual(['prepare', 'execute', 'execute', 'execute']);
    client.end();
  });

  test('has failed where its Bind has', async () => {
    const client = await through();
    const broken = [say.parse('SELECT $1::int'), say.bind(['seven']), say.execute(), say.sync()];
    expect(sqlstates(await client.ask(broken))).toEqual(['22P02']);
    expect(gateway.finished).toMatchObject([
      { outcome: 'completed' },
      { command: 2, outcome: 'error', code: '22P02' },
    ]);
    client.end();
  });
});

test('what a statement that only the target knows would do is not known, so it is not bound', async () => {
  const client = await through();
  await client.ask([say.query(`DO $$ BEGIN EXECUTE 'PREPARE hidden AS SELECT peek(''hidden'')'; END $$`)]);
  const heard = await client.ask([say.bind([], 'hidden'), say.execute(), say.sync()]);
  expect(letters(heard)).toBe('EZI');
  expect(errors(heard)[0]?.get('C')).toBe('26000');
  expect(errors(heard)[0]?.get('M')).toBe('prepared statement "hidden" does not exist');
  expect(server.log()).not.toContain('peeked hidden');
  client.end();
});

describe('what code has put in the place of a known statement is not known', () => {
  const swap = `DO $$ BEGIN
    EXECUTE 'DEALLOCATE known';
    EXECUTE 'PREPARE known AS SELECT peek(''swapped'')';
  END $$`;

  test.each([
    ['by a query', [say.query(swap)]],
    ['by a command before it', [say.parse(swap), say.bind(), say.execute(), say.sync()]],
    ['in the same pipeline', [say.parse(swap), say.bind(), say.execute()]],
  ])('%s', async (_, swapping) => {
    const client = await through();
    await client.ask([say.parse('SELECT 1', 'known'), say.parse('SELECT 2', 'kept'), say.sync()]);
    const piped = swapping.length === 3;
    if (!piped) await client.ask(swapping);
    const heard = await client.ask([
      ...(piped ? swapping : []),
      say.bind([], 'known'),
      say.execute(),
      say.sync(),
    ]);
    expect(sqlstates(heard)).toEqual(['26000']);
    expect(rows(await client.ask([say.bind([], 'kept'), say.execute(), say.sync()]))).toEqual([['2']]);
    expect(server.log()).not.toContain('peeked swapped');
    client.end();
  });

  test('for a Query in the middle of a pipeline, which cannot be asked about', async () => {
    const client = await through();
    await client.ask([say.parse('SELECT 1', 'known'), say.sync()]);
    await client.ask([say.query('EXECUTE known')]);
    // Rules are to refuse what is not known; here all of it passes, and says so under another name.
    const elsewhere = swap.replace('swapped', 'elsewhere');
    await client.ask([say.parse(elsewhere), say.bind(), say.execute(), say.query('EXECUTE known')]);
    const names = gateway.judged
      .filter(({ text }) => text === 'EXECUTE known')
      .map(({ context }) => [...context.prepared]);
    expect(names).toEqual([[['known', 'SELECT 1']], []]);
    client.end();
  });

  test('by the name of one that SQL has prepared', async () => {
    const client = await through();
    await client.ask([say.query('PREPARE known AS SELECT 1')]);
    expect(rows(await client.ask([say.bind([], 'known'), say.execute(), say.sync()]))).toEqual([['1']]);
    await client.ask([say.query(swap)]);
    expect(sqlstates(await client.ask([say.bind([], 'known'), say.execute(), say.sync()]))).toEqual([
      '26000',
    ]);
    expect(server.log()).not.toContain('peeked swapped');
    client.end();
  });
});

describe('a mask', () => {
  const SECRET = "SELECT 'secret'::text AS masked FROM generate_series(1, 4)";

  test.each([
    ['text', ''],
    ['binary', 'BINARY '],
  ])('is on a cursor that the protocol executes, in %s', async (_format, binary) => {
    const client = await through();
    await client.ask([say.query('BEGIN')]);
    await client.ask([say.query(`DECLARE masked ${binary}CURSOR FOR ${SECRET}`)]);
    const heard = await client.ask([say.execute('masked', 1), say.execute('masked', 2), say.sync()]);
    expect(rows(heard)).toEqual([['[redacted]'], ['[redacted]'], ['[redacted]']]);
    const fetched = await client.ask([say.query('FETCH 1 FROM masked')]);
    expect(rows(fetched)).toEqual([['[redacted]']]);
    client.end();
  });

  test('is on a portal in every part of it, described or not', async () => {
    const client = await through();
    await client.ask([say.query('BEGIN')]);
    const bound = [say.parse(SECRET), say.bind([], '', 'p'), say.execute('p', 1), say.sync()];
    expect(rows(await client.ask(bound))).toEqual([['[redacted]']]);
    const more = await client.ask([say.describe('p'), say.execute('p', 2), say.execute('p', 0), say.sync()]);
    expect(letters(more)).toBe('TDDsDCZT');
    expect(rows(more)).toEqual([['[redacted]'], ['[redacted]'], ['[redacted]']]);
    client.end();
  });

  test('keeps values out of what is said when they are bound', async () => {
    const client = await through();
    const heard = await client.ask([
      say.parse('SELECT $1::int /* masked */'),
      say.bind(['a secret']),
      say.execute(),
      say.sync(),
    ]);
    expect(sqlstates(heard)).toEqual(['22P02']);
    expect(heard.map(({ bytes }) => bytes.toString('latin1')).join('')).not.toContain('a secret');
    client.end();
  });
});
