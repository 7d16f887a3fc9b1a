/** The first bytes of a connection: what a server takes is taken, what it refuses is refused, in the same words or silence. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { encode } from '../../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { startPostgresProxy } from '../../../proxy/postgres/proxy.js';
import type { PostgresProxy, PostgresProxyOptions } from '../../../proxy/postgres/proxy.js';
import { makeCertificates } from '../../support/certificate.js';
import type { Certificates } from '../../support/certificate.js';
import { converse, dial, fatal, GSS, hear, packet, SSL, STARTUP } from './bare-socket.js';
import { fakeGateway } from './fake-session.js';
import type { FakeGateway } from './fake-session.js';
import { scriptedServer } from './scripted-server.js';
import type { ScriptedServer } from './scripted-server.js';
import { letters, say, WireClient } from './wire-client.js';

let certificates: Certificates;
let server: ScriptedServer;
let gateway: FakeGateway;
let proxy: PostgresProxy;
const failures: unknown[] = [];

beforeAll(() => {
  certificates = makeCertificates();
});

beforeEach(async () => {
  server = await scriptedServer();
  gateway = fakeGateway(server.login, { deny: /forbidden/ });
  failures.length = 0;
  await serve({ tls: () => Promise.resolve(certificates) });
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

async function serve(options: Partial<PostgresProxyOptions>): Promise<void> {
  const onError = (error: unknown): void => void failures.push(error);
  proxy = await startPostgresProxy({
    gateway: gateway,
    host: '127.0.0.1',
    port: 0,
    tls: null,
    onError,
    ...options,
  });
}

async function serveInstead(options: Partial<PostgresProxyOptions>): Promise<void> {
  await proxy.close();
  await serve(options);
}

function handshake(socket: Duplex | null, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const over = socket === null ? { host: '127.0.0.1', port: proxy.port } : { socket };
  return new Promise((resolve, reject) => {
    const secured = connectTls({ ...over, ca: certificates.ca, servername: 'localhost', ...options });
    secured.once('secureConnect', () => resolve(secured));
    secured.once('error', reject);
    secured.once('close', () => reject(new Error('closed in the handshake')));
  });
}

/** From the start-up packet on. */
async function logIn(socket: Socket): Promise<string> {
  const client = WireClient.over(socket);
  client.send(STARTUP);
  await client.until(() => client.heard.length > 0);
  client.send(encode(FRONTEND.PasswordMessage, 'a token'));
  await client.until(() => client.heard.some(({ type }) => type === 'Z'));
  const answered = letters(await client.ask([say.query('SELECT 1')]));
  client.end();
  return answered;
}

/** A request is answered with one letter before the next is sent. */
async function request(socket: Socket, ...steps: readonly (readonly [Buffer, string])[]): Promise<void> {
  for (const [bytes, answer] of steps) {
    socket.write(bytes);
    expect((await hear(socket, 1)).toString()).toBe(answer);
  }
}

describe('encryption requests', () => {
  test.each([
    ['TLS', [[SSL, 'S']]],
    [
      'GSSAPI, then TLS',
      [
        [GSS, 'N'],
        [SSL, 'S'],
      ],
    ],
  ] as [string, [Buffer, string][]][])('%s: what follows is inside TLS', async (_name, steps) => {
    const socket = await dial(proxy.port);
    await request(socket, ...steps);
    const secured = await handshake(socket);
    expect(secured.getProtocol()).toBe('TLSv1.3');
    expect(await logIn(secured)).toBe('CZI');
  });

  test.each([
    ['none', []],
    ['GSSAPI', [[GSS, 'N']]],
    ['TLS', [[SSL, 'N']]],
    [
      'GSSAPI, then TLS',
      [
        [GSS, 'N'],
        [SSL, 'N'],
      ],
    ],
    [
      'TLS, then GSSAPI',
      [
        [SSL, 'N'],
        [GSS, 'N'],
      ],
    ],
  ] as [string, [Buffer, string][]][])(
    '%s, where no TLS is offered: plain text goes on',
    async (_name, steps) => {
      await serveInstead({ tls: null });
      const socket = await dial(proxy.port);
      await request(socket, ...steps);
      expect(await logIn(socket)).toBe('CZI');
    },
  );

  test.each([
    ['TLS twice', [[SSL, 'N']], SSL, '1234.5679'],
    ['GSSAPI twice', [[GSS, 'N']], GSS, '1234.5680'],
    [
      'TLS again after both',
      [
        [SSL, 'N'],
        [GSS, 'N'],
      ],
      SSL,
      '1234.5679',
    ],
  ] as [string, [Buffer, string][], Buffer, string][])(
    '%s is a version that nobody speaks',
    async (_name, steps, last, named) => {
      await serveInstead({ tls: null });
      const socket = await dial(proxy.port);
      await request(socket, ...steps);
      socket.write(last);
      expect(fatal(await hear(socket))).toEqual({
        code: '0A000',
        message: `unsupported frontend protocol ${named}: the gateway speaks 3.0 to 3.2`,
      });
    },
  );

  test.each([
    ['TLS', SSL],
    ['GSSAPI', GSS],
  ])('%s asked for inside of TLS that was asked for is refused', async (_name, again) => {
    const socket = await dial(proxy.port);
    await request(socket, [SSL, 'S']);
    const secured = await handshake(socket);
    secured.write(again);
    expect(fatal(await hear(secured)).code).toBe('0A000');
  });

  test.each([
    ['TLS', SSL, '', 'SSL request'],
    ['GSSAPI', GSS, 'N', 'GSSAPI encryption request'],
  ])('bytes behind a request for %s may be of somebody in between', async (_name, asked, answer, named) => {
    const heard = await converse(proxy.port, asked, STARTUP);
    expect(heard.toString('latin1', 0, answer.length)).toBe(answer);
    expect(fatal(heard.subarray(answer.length))).toEqual({
      code: '08P01',
      message: `received unencrypted data after ${named}`,
    });
    expect(gateway.requests).toEqual([]);
  });

  test('a request with a body is none', async () => {
    expect(fatal(await converse(proxy.port, packet(80877103, Buffer.from('body')))).code).toBe('08P01');
  });

  test('TLS 1.1 is refused', async () => {
    const socket = await dial(proxy.port);
    await request(socket, [SSL, 'S']);
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(socket, old)).rejects.toThrow(/protocol version/);
  });

  test('the protocol is named to who asks for its name, and nobody else is let in under another', async () => {
    const socket = await dial(proxy.port);
    await request(socket, [SSL, 'S']);
    const secured = await handshake(socket, { ALPNProtocols: ['postgresql'] });
    expect(secured.alpnProtocol).toBe('postgresql');
    expect(await logIn(secured)).toBe('CZI');
    const other = await dial(proxy.port);
    await request(other, [SSL, 'S']);
    await expect(handshake(other, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow();
  });
});

describe('direct TLS', () => {
  const DIRECT = { ALPNProtocols: ['postgresql'] };

  test('begins at once, under the name of the protocol', async () => {
    const secured = await handshake(null, DIRECT);
    expect(secured.alpnProtocol).toBe('postgresql');
    expect(await logIn(secured)).toBe('CZI');
  });

  test('byte by byte', async () => {
    const socket = await dial(proxy.port);
    const slow = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => {
        for (const byte of bytes) socket.write(Buffer.from([byte]));
        done();
      },
    });
    socket.on('data', (chunk: Buffer) => slow.push(chunk));
    expect(await logIn(await handshake(slow, DIRECT))).toBe('CZI');
  });

  test('without the name is closed, and nothing is said inside', async () => {
    const secured = await handshake(null);
    secured.on('error', () => undefined);
    secured.write(STARTUP);
    expect(await hear(secured)).toEqual(Buffer.alloc(0));
    expect(gateway.requests).toEqual([]);
  });

  test('a request for TLS inside is answered no, once', async () => {
    const secured = await handshake(null, DIRECT);
    await request(secured, [SSL, 'N'], [GSS, 'N']);
    secured.write(SSL);
    expect(fatal(await hear(secured)).code).toBe('0A000');
  });

  test('is closed where no TLS is offered', async () => {
    await serveInstead({ tls: null });
    await expect(handshake(null, DIRECT)).rejects.toThrow();
  });

  test('after an answer it is no beginning', async () => {
    const socket = await dial(proxy.port);
    await request(socket, [GSS, 'N']);
    await expect(handshake(socket, DIRECT)).rejects.toThrow();
    expect(gateway.requests).toEqual([]);
  });
});

describe('who comes slowly', () => {
  beforeEach(() => serveInstead({ tls: () => Promise.resolve(certificates), limits: { loginMs: 100 } }));

  test.each([
    ['says nothing', []],
    ['stops in the length', [Buffer.from([0, 0])]],
    ['stops in the packet', [STARTUP.subarray(0, 20)]],
    ['stops before the handshake', [SSL]],
    ['stops in the handshake', [Buffer.from([0x16, 3, 1])]],
  ])('is cut off: %s', async (_name, said) => {
    expect((await converse(proxy.port, ...said)).subarray(0, 1).toString()).toMatch(/^S?$/);
    expect(gateway.requests).toEqual([]);
  });

  test.each([
    ['shows no password', [STARTUP]],
    ['stops in the password', [STARTUP, Buffer.from([0x70, 0, 0, 0, 99, 0x41])]],
  ])('is told that it took too long: %s', async (_name, said) => {
    // AuthenticationCleartextPassword has nine bytes.
    const heard = (await converse(proxy.port, ...said)).subarray(9);
    expect(fatal(heard)).toEqual({ code: '57014', message: 'canceling authentication due to timeout' });
    expect(gateway.requests).toEqual([]);
  });
});

test('who took too long while it was verified gets no session', async () => {
  await serveInstead({ tls: () => Promise.resolve(certificates), limits: { loginMs: 100 } });
  const admit = gateway.admit.bind(gateway);
  let verified: () => void = () => undefined;
  gateway.admit = async (request) => {
    await new Promise<void>((resolve) => (verified = resolve));
    return admit(request);
  };
  const heard = await converse(proxy.port, STARTUP, encode(FRONTEND.PasswordMessage, 'a token'));
  expect(fatal(heard.subarray(9)).code).toBe('57014');
  verified();
  while (gateway.closed.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(gateway.closed).toMatchObject([{ reason: 'client' }]);
  expect(server.connections).toBe(0);
});

describe('when there are too many', () => {
  beforeEach(() =>
    serveInstead({ tls: () => Promise.resolve(certificates), limits: { unauthenticated: 2 } }),
  );

  test('sessions, it is said behind TLS to a good token, and a command can be cancelled all the same', async () => {
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    const key = client.heard.find(({ type }) => type === 'K')!.bytes;
    const admit = gateway.admit.bind(gateway);
    gateway.admit = async (request) => {
      const admission = await admit(request);
      return admission.kind === 'admitted' ? { kind: 'unavailable', why: 'at-capacity' } : admission;
    };
    const enter = async (token: string): Promise<string | undefined> => {
      const socket = await dial(proxy.port);
      await request(socket, [SSL, 'S']);
      const secured = await handshake(socket);
      secured.write(STARTUP);
      secured.write(encode(FRONTEND.PasswordMessage, token));
      return fatal((await hear(secured)).subarray(9)).code;
    };
    expect(await enter('a token')).toBe('53300');
    expect(await enter('wrong')).toBe('28P01');
    server.answer = ({ type }) => (type === FRONTEND.Query ? Buffer.alloc(0) : null);
    client.send(say.query('SELECT 1'));
    while (server.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await converse(proxy.port, packet(80877102, key.subarray(5)))).toEqual(Buffer.alloc(0));
    expect(server.requests.map((bytes) => bytes.subarray(8).toString('latin1'))).toEqual([
      '\0\0\x10\x92real',
    ]);
    client.end();
  });

  test('that say nothing, the oldest of them is cut off for one that comes', async () => {
    const silent = [await dial(proxy.port), await dial(proxy.port)];
    const gone = silent.map((socket) => new Promise((done) => socket.once('close', done)));
    const client = await WireClient.start(proxy.port, 'ci', 'orders');
    await gone[0];
    // One that has logged in takes no room any more.
    const next = await WireClient.start(proxy.port, 'ci', 'orders');
    await gone[1]?.catch(() => undefined);
    client.end();
    next.end();
  });
});
