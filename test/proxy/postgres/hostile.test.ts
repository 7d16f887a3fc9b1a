/** Garbage from either end, at every byte: the gateway stays up, and nothing reaches the target that was not decided. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { encode, int16, int32 } from '../../../proxy/postgres/wire/frontend-codec.js';
import { encodeDataRow, encodeReadyForQuery } from '../../../proxy/postgres/wire/backend-codec.js';
import { BACKEND, FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { startPostgresProxy } from '../../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../../proxy/postgres/proxy.js';
import { encodeStartupMessage } from '../../../proxy/postgres/wire/startup.js';
import { fakeGateway } from './fake-session.js';
import type { FakeGateway } from './fake-session.js';
import { done, scriptedServer } from './scripted-server.js';
import type { ScriptedServer } from './scripted-server.js';
import { errors, letters, rows, say, WireClient } from './wire-client.js';

let server: ScriptedServer;
let gateway: FakeGateway;
let proxy: PostgresProxy;

beforeEach(async () => {
  server = await scriptedServer();
  gateway = fakeGateway(server.login, { deny: /forbidden/ });
  proxy = await startPostgresProxy({ gateway: gateway, host: '127.0.0.1', port: 0, tls: null });
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

/** Every kind of message once, with a refusal in the middle. */
const CONVERSATION = Buffer.concat([
  encodeStartupMessage('ci', 'orders', new Map([['client_encoding', 'UTF8']])),
  encode(FRONTEND.PasswordMessage, 'a token'),
  say.query('SELECT 1'),
  say.query('forbidden'),
  say.parse('SELECT $1', 's'),
  say.describe('s', 'statement'),
  say.bind(['value'], 's', 'p'),
  say.describe('p'),
  say.execute('p', 3),
  say.close('s', 'statement'),
  say.flush(),
  say.sync(),
  say.parse('forbidden'),
  say.bind(),
  say.execute(),
  say.sync(),
  say.copyData('not in a COPY'),
  say.query('SELECT 2'),
  say.terminate(),
]);

/** Sends, ends, and waits until the gateway has closed the connection. */
async function pour(bytes: Buffer): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
}

async function pourAll(streams: readonly Buffer[]): Promise<void> {
  for (let at = 0; at < streams.length; at += 32) await Promise.all(streams.slice(at, at + 32).map(pour));
}

/** Whatever came: each text that the target saw was decided, and a new client is served. */
async function expectSound(): Promise<void> {
  const decided = new Set(gateway.judged.map(({ text }) => text));
  for (const { type, bytes } of server.received) {
    if (type !== FRONTEND.Query && type !== FRONTEND.Parse) continue;
    const texts = bytes.toString('utf8', 5).split('\0');
    const text = texts[type === FRONTEND.Query ? 0 : 1]!;
    expect(decided).toContain(text);
    expect(text).not.toContain('forbidden');
  }
  const client = await WireClient.start(proxy.port, 'ci', 'orders');
  expect(letters(await client.ask([say.query('SELECT 1')]))).toBe('CZI');
  expect(letters(await client.ask([say.query('forbidden')]))).toBe('EZI');
  client.end();
}

/** The types of what the target was sent; those that carry SQL. */
function commands(): readonly number[] {
  return server.received.map(({ type }) => type).filter((type) => type === FRONTEND.Query);
}

describe('from the client', () => {
  test('the conversation as it is', async () => {
    await pour(CONVERSATION);
    expect(server.received.filter(({ type }) => type === FRONTEND.Query)).toHaveLength(2);
    await expectSound();
  });

  test('cut off after every byte', async () => {
    await pourAll(Array.from(CONVERSATION, (_, end) => CONVERSATION.subarray(0, end)));
    await expectSound();
  });

  test.each([0x00, 0xff, 0x51, 0x7f])('every byte replaced by %d', async (value) => {
    await pourAll(
      Array.from(CONVERSATION, (_, at) => {
        const bytes = Buffer.from(CONVERSATION);
        bytes[at] = value;
        return bytes;
      }),
    );
    await expectSound();
  });

  test('a byte put in at every place', async () => {
    await pourAll(
      Array.from(CONVERSATION, (_, at) =>
        Buffer.concat([CONVERSATION.subarray(0, at), Buffer.from([0x53]), CONVERSATION.subarray(at)]),
      ),
    );
    await expectSound();
  });

  const types = [...Object.values(FRONTEND), 0x21, 0x00, 0xff].filter((type) => type !== FRONTEND.CopyData);
  test.each(types)('a message of type %d that claims two gigabytes', async (type) => {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    client.heard.length = 0;
    client.send(Buffer.from([type, 0x7f, 0xff, 0xff, 0xff, 0x41]));
    const drained: number[] = [FRONTEND.Query, FRONTEND.Parse, FRONTEND.Bind, FRONTEND.FunctionCall];
    await client.until(() => client.heard.length > 0);
    const [error] = errors(client.heard);
    expect(error?.get('C')).toBe(drained.includes(type) ? '42501' : '08P01');
    client.end();
    await expectSound();
  });

  test.each([
    ['a Query over the limit', () => say.query('x'.repeat(1024 * 1024 + 1))],
    ['a Query that is not UTF-8', () => encode(FRONTEND.Query, Buffer.from([0xc3, 0x28, 0]))],
    ['a function call', () => encode(FRONTEND.FunctionCall, int32(1598), int16(0, 0, 0))],
  ])('%s is refused, and the session goes on', async (_name, message) => {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    expect(letters(await client.ask([message()]))).toBe('EZI');
    expect(letters(await client.ask([say.query('SELECT 1')]))).toBe('CZI');
    expect(commands()).toEqual([FRONTEND.Query]);
    client.end();
  });

  test.each([
    ['a Parse over the limit', () => say.parse('x'.repeat(1024 * 1024 + 1))],
    ['a Parse that is not UTF-8', () => encode(FRONTEND.Parse, Buffer.from([0, 0xff, 0, 0, 0]))],
    ['a name of 64 bytes', () => say.parse('SELECT 1', 'n'.repeat(64))],
    ['a portal that was not bound', () => say.execute('elsewhere')],
  ])('%s is refused, and the session goes on', async (_name, message) => {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    expect(letters(await client.ask([message(), say.bind(), say.execute(), say.sync()]))).toBe('EZI');
    expect(letters(await client.ask([say.query('SELECT 1')]))).toBe('CZI');
    client.end();
  });

  test.each([
    ['a Query', say.query('x'.repeat(2 * 1024 * 1024))],
    ['a Parse', say.parse('x'.repeat(2 * 1024 * 1024))],
  ])('%s over the limit is answered when all of it has come, as a server does', async (_name, message) => {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    client.heard.length = 0;
    client.send(message.subarray(0, -1));
    // Another session is served meanwhile: what was sent has been read.
    await expectSound();
    expect(client.heard).toEqual([]);
    client.send(message.subarray(-1));
    await client.until(() => client.heard.length > 0);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['42501']);
    client.end();
  });

  test('a text with a NUL inside is refused, and the session goes on', async () => {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    const heard = await client.ask([encode(FRONTEND.Query, Buffer.from('SELECT 1\0; forbidden\0'))]);
    expect(letters(heard)).toBe('EZI');
    expect(errors(heard).map((fields) => fields.get('C'))).toEqual(['08P01']);
    expect(letters(await client.ask([say.query('SELECT 1')]))).toBe('CZI');
    expect(commands()).toEqual([FRONTEND.Query]);
    client.end();
  });
});

describe('from the target', () => {
  const rowDescription = encode(
    BACKEND.RowDescription,
    int16(1),
    'a',
    int32(0),
    int16(0),
    int32(25),
    int16(-1),
    int32(-1),
    int16(0),
  );
  const answer = Buffer.concat([
    rowDescription,
    encodeDataRow([Buffer.from('one')]),
    done('SELECT 1'),
    encode(BACKEND.NoticeResponse, Buffer.from('S'), 'NOTICE', Buffer.from('M'), 'hello', Buffer.from([0])),
    encodeReadyForQuery('idle'),
  ]);

  async function askOnce(): Promise<void> {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    client.send(say.query('SELECT 1'));
    const patience = setTimeout(() => client.end(), 20);
    await client.until(() => client.heard.filter(({ type }) => type === 'Z').length >= 2);
    clearTimeout(patience);
    client.end();
  }

  test('the answer as it is, in parts', async () => {
    server.answer = ({ type }) => (type === FRONTEND.Query ? answer : null);
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    const heard = await client.ask([say.query('SELECT 1')]);
    expect(letters(heard)).toBe('TDCNZI');
    expect(rows(heard)).toEqual([['one']]);
    expect(gateway.finished).toEqual([
      expect.objectContaining({
        outcome: 'completed',
        detail: expect.objectContaining({
          rows: 1,
          columns: ['a'],
          sample: [['one']],
          tags: ['SELECT 1'],
        }),
      }),
    ]);
    client.end();
  });

  test.each([0x00, 0xff, 0x5a])('every byte replaced by %d', async (value) => {
    for (let at = 0; at < answer.length; at++) {
      const bytes = Buffer.from(answer);
      bytes[at] = value;
      server.answer = ({ type }) => (type === FRONTEND.Query ? bytes : null);
      await askOnce();
    }
    server.answer = null;
    await expectSound();
  });

  test('a message out of place ends the session, on the record', async () => {
    server.answer = ({ type }) => (type === FRONTEND.Query ? encode(BACKEND.BindComplete) : null);
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    client.heard.length = 0;
    client.send(say.query('SELECT 1'));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['08P01']);
    expect(gateway.finished.map(({ outcome }) => outcome)).toEqual(['lost']);
    expect(gateway.closed.map(({ reason }) => reason)).toEqual(['error']);
  });

  test.each([
    ['standard_conforming_strings', 'off'],
    ['client_encoding', 'SJIS'],
  ])('%s reported as %s ends the session', async (name, value) => {
    server.answer = ({ type }) =>
      type === FRONTEND.Query ? encode(BACKEND.ParameterStatus, name, value) : null;
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    client.heard.length = 0;
    client.send(say.query('SELECT set_config()'));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['42501']);
  });
});
