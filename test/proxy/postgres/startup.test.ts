/** The start-up packet and its version: what a server takes is taken, what it refuses is refused in the same words. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encode } from '../../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { startPostgresProxy } from '../../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../../proxy/postgres/proxy.js';
import { decodeStartupPacket } from '../../../proxy/postgres/wire/startup.js';
import { converse, dial, fatal, hear, packet, version } from './bare-socket.js';
import { fakeGateway } from './fake-session.js';
import type { FakeGateway } from './fake-session.js';
import { scriptedServer } from './scripted-server.js';
import type { ScriptedServer } from './scripted-server.js';
import { errors, letters, WireClient } from './wire-client.js';

let server: ScriptedServer;
let gateway: FakeGateway;
let proxy: PostgresProxy;

beforeEach(async () => {
  server = await scriptedServer();
  gateway = fakeGateway(server.login);
  proxy = await startPostgresProxy({ gateway: gateway, host: '127.0.0.1', port: 0, tls: null });
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

describe('a start-up packet', () => {
  test.each([
    ['2.0', version(2, 0)],
    ['1.0', version(1, 0)],
    ['0.1', version(0, 1)],
  ])('of version %s is refused in words that such a client can read', async (named, bytes) => {
    expect((await converse(proxy.port, bytes)).toString()).toBe(
      `EFATAL:  unsupported frontend protocol ${named}: the gateway speaks 3.0 to 3.2\n\0`,
    );
  });

  test.each([
    ['0.0', version(0, 0)],
    ['4.0', version(4, 0)],
    ['1234.5681', packet(80877105)],
    ['1234.0', packet(1234 * 65_536)],
    ['65535.65535', packet(0xffffffff)],
  ])('of version %s is refused by name', async (named, bytes) => {
    expect(fatal(await converse(proxy.port, bytes))).toEqual({
      code: '0A000',
      message: `unsupported frontend protocol ${named}: the gateway speaks 3.0 to 3.2`,
    });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['less than a version', packet(0, Buffer.alloc(0), 7)],
    ['a length of nothing', packet(196608, Buffer.alloc(0), 0)],
    ['too much', packet(196608, Buffer.alloc(10_000), 10_005)],
    ['gigabytes', packet(196608, Buffer.alloc(0), 0xffffffff)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a cancel request without a key', packet(80877102, Buffer.alloc(4))],
    ['a cancel request with too long a key', packet(80877102, Buffer.alloc(4 + 257))],
  ])('%s is closed without a word', async (_name, bytes) => {
    const socket = await dial(proxy.port);
    socket.end(bytes);
    expect(await hear(socket)).toEqual(Buffer.alloc(0));
    expect(gateway.requests).toEqual([]);
  });

  test('may be as long as a server takes it', async () => {
    const fixed = version(3, 0, ['user', 'ci', 'database', 'orders', 'application_name', '']).length;
    const name = 'x'.repeat(10_004 - fixed);
    const longest = version(3, 0, ['user', 'ci', 'database', 'orders', 'application_name', name]);
    expect(longest).toHaveLength(10_004);
    const socket = await dial(proxy.port);
    socket.write(longest);
    expect((await hear(socket, 9)).readInt32BE(5)).toBe(3);
    socket.destroy();
  });

  test('whose settings are too long behind the user and database of the target is refused', async () => {
    const longest = version(3, 0, ['user', 'c', 'application_name', 'x'.repeat(9970)]);
    expect(longest).toHaveLength(10_004);
    const client = WireClient.over(await dial(proxy.port));
    client.send(longest);
    await client.until(() => client.heard.length > 0);
    client.send(encode(FRONTEND.PasswordMessage, 'a token'));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['54000']);
    expect(server.connections).toBe(0);
  });

  test('of any bytes is read or refused', () => {
    const codes = fc.constantFrom(196608, 196610, 80877102, 80877103, 80877104, 131072, 0);
    const text = fc.constantFrom('user', 'ci', '\0', '\0\0', '_pq_.', 'options', '\xe9', '\xc3\xa9');
    fc.assert(
      fc.property(codes, fc.array(text, { maxLength: 12 }), fc.nat(12), (code, parts, bytes) => {
        const body = Buffer.alloc(4);
        body.writeUInt32BE(code);
        const whole = Buffer.concat([body, Buffer.from(parts.join(''), 'latin1')]);
        try {
          decodeStartupPacket(whole.subarray(0, whole.length - bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: expect.stringMatching(/^(?:ProtocolViolation|NotPostgres)$/) });
        }
      }),
    );
  });

  test.each([
    ['a name without a value', 'user\0ci\0database\0\0'],
    ['no terminator', 'user\0ci\0'],
    ['no terminator at all', 'user\0ci'],
    ['bytes behind the terminator', 'user\0ci\0\0database\0orders\0\0'],
    ['an empty name in the middle', 'user\0ci\0\0x\0database\0orders\0\0'],
    ['two terminators', 'user\0ci\0\0\0'],
    ['no UTF-8', 'user\0c\xe9\0\0'],
  ])('with %s is refused', async (_name, body) => {
    expect(fatal(await converse(proxy.port, packet(196608, Buffer.from(body, 'latin1')))).code).toBe('08P01');
    expect(gateway.requests).toEqual([]);
  });

  test.each([
    ['no user', ['database', 'orders']],
    ['an empty user', ['user', '', 'database', 'orders']],
    ['nothing', []],
  ])('with %s is refused as the server refuses it', async (_name, settings) => {
    expect(fatal(await converse(proxy.port, version(3, 0, settings))).code).toBe('28000');
  });

  test('of a name given twice the last value counts, and the user stands for the database', async () => {
    const twice = await startWith(version(3, 0, ['user', 'one', 'a.b', '1', 'user', 'two', 'a.b', '2']));
    expect(gateway.requests).toMatchObject([{ user: 'two', target: 'two' }]);
    expect(twice).toEqual(['user', 'u', 'database', 'd', 'a.b', '2']);
  });

  test('every setting is forwarded as it is, options of the protocol are not', async () => {
    const settings = [
      'application_name',
      'a\u00e9 \n',
      'DateStyle',
      'ISO, DMY',
      'options',
      '-c  geqo=off',
      'empty',
      '',
    ];
    const sent = await startWith(
      version(3, 0, ['user', 'ci', '_pq_.one', '1', ...settings, 'database', 'orders']),
    );
    expect(sent).toEqual(['user', 'u', 'database', 'd', ...settings]);
  });
});

/** Logs in with this packet; what the target was sent at start-up. */
async function startWith(startup: Buffer): Promise<readonly string[]> {
  const client = WireClient.over(await dial(proxy.port));
  client.send(startup);
  await client.until(() => client.heard.some(({ type }) => type === 'R'));
  client.send(encode(FRONTEND.PasswordMessage, 'a token'));
  await client.until(() => client.heard.some(({ type }) => type === 'Z' || type === 'E'));
  expect(letters(client.heard)).toContain('ZI');
  client.end();
  return server.startups.at(-1)!.subarray(8, -2).toString('utf8').split('\0');
}

describe('versions', () => {
  /** What came up to ReadyForQuery. */
  async function speak(minor: number, ...options: readonly string[]): Promise<WireClient> {
    const client = WireClient.over(await dial(proxy.port));
    client.send(version(3, minor, ['user', 'ci', 'database', 'orders', ...options]));
    await client.until(() => client.heard.some(({ type }) => type === 'R'));
    client.send(encode(FRONTEND.PasswordMessage, 'a token'));
    await client.until(() => client.heard.some(({ type }) => type === 'Z'));
    client.end();
    return client;
  }

  function negotiated(client: WireClient): readonly [number, readonly string[]] | null {
    const message = client.heard.find(({ type }) => type === 'v')?.bytes;
    if (message === undefined) return null;
    const options = message.subarray(13).toString().split('\0').slice(0, -1);
    expect(options).toHaveLength(message.readInt32BE(9));
    return [message.readInt32BE(5), options];
  }

  test.each([
    [0, 4],
    [1, 4],
    [2, 32],
  ])('3.%d is spoken, with a cancel key of %d bytes', async (minor, keyBytes) => {
    const client = await speak(minor);
    expect(negotiated(client)).toBeNull();
    const key = client.heard.find(({ type }) => type === 'K')!.bytes;
    expect(key.readInt32BE(5)).toBe(4242);
    expect(key.length - 9).toBe(keyBytes);
  });

  test.each([
    [3, [], 0x30002, []],
    [9999, ['_pq_.test_protocol_negotiation', ''], 0x30002, ['_pq_.test_protocol_negotiation']],
    [65_535, [], 0x30002, []],
    [0, ['_pq_.one', 'x', 'geqo', 'on', '_pq_.two', ''], 0x30000, ['_pq_.one', '_pq_.two']],
    [2, ['_pq_.'], 0x30002, ['_pq_.']],
  ] as [number, string[], number, string[]][])(
    '3.%d with %j is negotiated',
    async (minor, options, spoken, unknown) => {
      const client = await speak(minor, ...(options.length % 2 === 0 ? options : [...options, '']));
      expect(negotiated(client)).toEqual([spoken, unknown]);
      expect(letters(client.heard)).toMatch(/^vR/);
    },
  );
});
