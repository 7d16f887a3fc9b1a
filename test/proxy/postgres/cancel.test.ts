/** CancelRequest: the right target, at the right moment, and nothing for who guesses. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelKeys } from '../../../proxy/postgres/login/cancel.js';
import { TERMINATE } from '../../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { startPostgresProxy } from '../../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../../proxy/postgres/proxy.js';
import { Rate } from '../../../proxy/postgres/login/rate.js';
import { encodeCancelRequest } from '../../../proxy/postgres/wire/startup.js';
import { converse, SSL } from './bare-socket.js';
import { fakeGateway } from './fake-session.js';
import type { FakeGateway } from './fake-session.js';
import { scriptedServer } from './scripted-server.js';
import type { ScriptedServer } from './scripted-server.js';
import { errors, letters, say, sqlstates, WireClient } from './wire-client.js';

let server: ScriptedServer;
let gateway: FakeGateway;
let proxy: PostgresProxy;
let elsewhere: string[];

beforeEach(async () => {
  server = await scriptedServer();
  gateway = fakeGateway(server.login);
  elsewhere = [];
  proxy = await startPostgresProxy({
    gateway: gateway,
    host: '127.0.0.1',
    port: 0,
    tls: null,
    cancelElsewhere: (processId, secret) => void elsewhere.push(`${processId} ${secret.toString('hex')}`),
  });
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

interface Guest {
  readonly client: WireClient;
  readonly processId: number;
  readonly secret: Buffer;
}

async function guest(): Promise<Guest> {
  const client = await WireClient.start(proxy.port, 'ci', 'orders');
  const key = client.heard.find(({ type }) => type === 'K')!.bytes;
  return { client, processId: key.readInt32BE(5), secret: key.subarray(9) };
}

/** As a client does: on a connection of its own, until the gateway closes it. */
async function cancel({ processId, secret }: Pick<Guest, 'processId' | 'secret'>): Promise<void> {
  expect(await converse(proxy.port, encodeCancelRequest(processId, secret))).toEqual(Buffer.alloc(0));
}

/** What the target was asked to cancel. */
const cancelled = (): readonly string[] => server.requests.map((packet) => packet.toString('latin1', 12));

async function turns(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Nothing is answered, so that commands stay under way. */
function silence(): void {
  server.answer = ({ type }) => (type === FRONTEND.Query ? Buffer.alloc(0) : null);
}

const DIFFERENT = [
  ['another process', ({ processId, secret }: Guest) => ({ processId: processId + 1, secret })],
  ['no process', ({ secret }: Guest) => ({ processId: 0, secret })],
  ['another secret', ({ processId, secret }: Guest) => ({ processId, secret: Buffer.from(secret).fill(1) })],
  [
    'the beginning of a longer secret',
    ({ processId, secret }: Guest) => ({ processId, secret: Buffer.concat([secret, secret]) }),
  ],
  ["the target's own secret", ({ processId }: Guest) => ({ processId, secret: Buffer.from('real') })],
] as const;

describe('a key', () => {
  test('cancels what runs, with the key that the target knows', async () => {
    const one = await guest();
    silence();
    one.client.send(say.query('SELECT 1'));
    await turns(() => server.received.some(({ type }) => type === FRONTEND.Query));
    await cancel(one);
    expect(cancelled()).toEqual(['real']);
    expect(server.requests[0]!.readInt32BE(8)).toBe(4242);
    expect(elsewhere).toEqual([]);
    one.client.end();
  });

  test('may come behind a refused request for encryption', async () => {
    const one = await guest();
    silence();
    one.client.send(say.query('SELECT 1'));
    await turns(() => server.received.some(({ type }) => type === FRONTEND.Query));
    const client = await WireClient.open(proxy.port);
    client.socket.removeAllListeners('data');
    client.send(SSL);
    await new Promise((resolve) => client.socket.once('data', resolve));
    client.send(encodeCancelRequest(one.processId, one.secret));
    await client.until(() => false);
    expect(cancelled()).toEqual(['real']);
    one.client.end();
  });

  test.each(DIFFERENT)('that is not this one tells nothing: %s', async (_name, change) => {
    const one = await guest();
    silence();
    one.client.send(say.query('SELECT 1'));
    await turns(() => server.received.some(({ type }) => type === FRONTEND.Query));
    const other = change(one);
    await cancel(other);
    expect(cancelled()).toEqual([]);
    expect(elsewhere).toEqual([`${other.processId} ${other.secret.toString('hex')}`]);
    one.client.end();
  });

  test('of a session where nothing runs leaves the target alone', async () => {
    const one = await guest();
    await cancel(one);
    expect(cancelled()).toEqual([]);
    expect(letters(await one.client.ask([say.query('SELECT 1')]))).toBe('CZI');
    one.client.end();
  });

  test('of a session that has ended is not known', async () => {
    const one = await guest();
    one.client.end();
    await turns(() => gateway.closed.length === 1);
    await cancel(one);
    expect(elsewhere).toHaveLength(1);
  });

  test('is not given where the target gives none', async () => {
    server.secret = '';
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    expect(letters(client.heard)).not.toContain('K');
    expect(letters(await client.ask([say.query('SELECT 1')]))).toBe('CZI');
    await cancel({ processId: 0, secret: Buffer.alloc(4) });
    expect(cancelled()).toEqual([]);
    client.end();
  });

  test('of another session with the same process id of another target stops only its own', async () => {
    const [one, two] = [await guest(), await guest()];
    expect(one.processId).toBe(two.processId);
    expect(one.secret).not.toEqual(two.secret);
    silence();
    two.client.send(say.query('SELECT 2'));
    await turns(() => server.received.some(({ type }) => type === FRONTEND.Query));
    await cancel(one);
    expect(cancelled()).toEqual([]);
    await cancel(two);
    expect(cancelled()).toEqual(['real']);
    one.client.end();
    two.client.end();
  });

  test('that is shown many times at once is carried to the target by one connection after the other', async () => {
    const held: Socket[] = [];
    const target = createServer((socket) => void held.push(socket));
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address() as AddressInfo;
    const keys = new CancelKeys();
    const stands = { processId: 7, secret: Buffer.from('real'), interrupt: () => true };
    const { secret } = keys.register({ login: { ...server.login, port }, ...stands }, 2);
    const asked = Promise.all(Array.from({ length: 50 }, () => keys.cancel(7, secret, 5000)));
    await turns(() => held.length === 1);
    held[0]!.destroy();
    await turns(() => held.length === 2);
    held[1]!.destroy();
    expect(await asked).toEqual(Array.from({ length: 50 }, () => true));
    expect(held).toHaveLength(2);
    await new Promise((resolve) => target.close(resolve));
  });
});

describe('a command that waits for what the gateway reads for itself', () => {
  let read: () => void;

  /** The schema was changed: the next command waits for the catalogue. */
  async function waiting(...messages: readonly Buffer[]): Promise<Guest> {
    const one = await guest();
    await one.client.ask([say.query('CREATE TABLE t (id int)')]);
    gateway.reading = new Promise((resolve) => (read = resolve));
    one.client.heard.length = 0;
    one.client.send(...messages);
    await turns(() => gateway.refreshed === 1);
    return one;
  }

  async function answers({ client }: Guest, readies = 1): Promise<string> {
    read();
    await client.until(() => client.heard.filter(({ type }) => type === 'Z').length === readies);
    return letters(client.heard);
  }

  test('is answered as cancelled, and the target hears of neither', async () => {
    const one = await waiting(say.query('SELECT 1'));
    await cancel(one);
    expect(await answers(one)).toBe('EZI');
    expect(errors(one.client.heard)[0]?.get('C')).toBe('57014');
    expect(errors(one.client.heard)[0]?.get('M')).toBe('canceling statement due to user request');
    expect(cancelled()).toEqual([]);
    expect(server.received.map(({ bytes }) => bytes.toString())).not.toContainEqual(
      expect.stringContaining('SELECT 1'),
    );
    expect(gateway.judged.at(-1)).toMatchObject({
      text: 'SELECT 1',
      objection: { rule: 'gateway.cancelled' },
    });
    expect(letters(await one.client.ask([say.query('SELECT 2')]))).toBe('CZI');
    one.client.end();
  });

  test('and only the first of several', async () => {
    const one = await waiting(say.query('SELECT 1'), say.query('SELECT 2'));
    await cancel(one);
    await cancel(one);
    expect(await answers(one, 2)).toBe('EZICZI');
    one.client.end();
  });

  test('in the extended protocol, up to Sync', async () => {
    const pipeline = [say.parse('SELECT 1'), say.bind(), say.execute(), say.sync()];
    const one = await waiting(...pipeline);
    await cancel(one);
    expect(await answers(one)).toBe('EZI');
    expect(sqlstates(one.client.heard)).toEqual(['57014']);
    expect(letters(await one.client.ask(pipeline))).toBe('12CZI');
    one.client.end();
  });

  test('is not cancelled by another key', async () => {
    const one = await waiting(say.query('SELECT 1'));
    await cancel({ processId: one.processId, secret: Buffer.from('none') });
    expect(await answers(one)).toBe('CZI');
    one.client.end();
  });

  test('and one that came before it does not count', async () => {
    const one = await guest();
    await one.client.ask([say.query('CREATE TABLE t (id int)')]);
    await cancel(one);
    expect(letters(await one.client.ask([say.query('SELECT 1')]))).toBe('CZI');
    one.client.end();
  });
});

test('keys that nobody here knows are passed on, so many in a second', () => {
  const rate = new Rate(2);
  expect([0, 1, 2, 999.9].map((now) => rate.take(now))).toEqual([true, true, false, false]);
  expect([1000, 1500, 1999].map((now) => rate.take(now))).toEqual([true, true, false]);
  expect(rate.take(5000)).toBe(true);
});

describe('what nobody waits for any more', () => {
  const queries = (): number => server.received.filter(({ type }) => type === FRONTEND.Query).length;

  test('is cancelled when its client goes', async () => {
    silence();
    const { client } = await guest();
    client.socket.write(say.query('SELECT 1'));
    await turns(() => queries() === 1);
    client.socket.resetAndDestroy();
    await turns(() => cancelled().length === 1);
    expect(cancelled()).toEqual(['real']);
  });

  test('is cancelled before the gateway has closed', async () => {
    silence();
    const { client } = await guest();
    client.socket.write(say.query('SELECT 1'));
    await turns(() => queries() === 1);
    await proxy.close(0);
    expect(cancelled()).toEqual(['real']);
    expect(sqlstates(client.heard)).toEqual(['57P01']);
  });

  test('is cancelled some time after its client has closed its side, unless that has said goodbye', async () => {
    silence();
    await proxy.close();
    const limits = { silentMs: 20 };
    proxy = await startPostgresProxy({ gateway: gateway, host: '127.0.0.1', port: 0, tls: null, limits });
    const { client } = await guest();
    client.socket.write(say.query('SELECT 1'));
    await turns(() => queries() === 1);
    client.socket.end();
    await turns(() => cancelled().length === 1);
    await turns(() => gateway.closed.length === 1);
    expect(gateway.closed[0]).toMatchObject({
      reason: 'client',
      detail: expect.stringContaining('its side'),
    });
    const polite = await guest();
    polite.client.socket.end(Buffer.concat([say.query('SELECT 2'), TERMINATE]));
    await turns(() => queries() === 2);
    await sleep(100);
    expect([cancelled().length, gateway.closed.length]).toEqual([1, 1]);
  });

  test('is nothing where the target has answered, or has gone itself', async () => {
    const { client } = await guest();
    client.socket.write(say.query('SELECT 1'));
    await client.until(() => client.heard.filter(({ type }) => type === 'Z').length === 2);
    client.socket.resetAndDestroy();
    silence();
    const other = await guest();
    other.client.socket.write(say.query('SELECT 2'));
    await turns(() => queries() === 2);
    await server.close();
    await turns(() => other.client.closed && gateway.closed.length === 2);
    expect(cancelled()).toEqual([]);
  });
});
