/** A target that is not what it says, or is not there: the login ends, says nothing of the password, and holds nothing. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PassThrough, Duplex } from 'node:stream';
import {
  encodeAuthentication,
  encodeError,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../../proxy/postgres/wire/backend-codec.js';
import type { Fatal } from '../../../proxy/postgres/wire/fatal.js';
import { encode, int32 } from '../../../proxy/postgres/wire/frontend-codec.js';
import { BACKEND } from '../../../proxy/postgres/wire/messages.js';
import { authenticate } from '../../../proxy/postgres/login/upstream-login.js';
import { cancelUpstream, connectUpstream } from '../../../proxy/postgres/login/upstream.js';
import { SocketReader } from '../../../proxy/socket-reader.js';
import type { UpstreamLogin, UpstreamTls } from '../../../src/targets/postgres/upstream-login.js';

const PASSWORD = 'the password of a target';
const SALT = Buffer.from('sixteen bytes...');
const OFF: UpstreamTls = { kind: 'off' };
const VERIFY: UpstreamTls = {
  kind: 'verify',
  ca: null,
  client: null,
  serverName: null,
  channelBinding: 'prefer',
};

interface Wire {
  readonly socket: Socket;
  readonly reader: SocketReader;
  /** A message of the client's without its type and length. */
  readonly read: () => Promise<Buffer>;
}
type Script = (wire: Wire) => Promise<void> | void;

let listener: Server | null = null;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  listener?.close();
});

/** The script begins where the server would speak: after the start-up packet, or at once. */
async function target(
  script: Script,
  tls = OFF,
  begin: 'start-up' | 'at once' = 'start-up',
): Promise<UpstreamLogin> {
  const serve = async (socket: Socket): Promise<void> => {
    const reader = new SocketReader(socket);
    const read = async (): Promise<Buffer> => {
      const head = await reader.read(5);
      return reader.read(head.readInt32BE(1) - 4);
    };
    if (begin === 'start-up') await reader.read((await reader.read(4)).readInt32BE(0) - 4);
    await script({ socket, reader, read });
  };
  listener = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket).catch(() => undefined);
  });
  await new Promise<void>((done) => listener!.listen(0, '127.0.0.1', done));
  const { port } = listener.address() as AddressInfo;
  return { host: '127.0.0.1', port, database: 'd', user: 'u', password: PASSWORD, tls };
}

/** What the record says. The client hears neither that nor whose fault it was. */
async function refused(login: UpstreamLogin, timeoutMs = 10_000): Promise<string> {
  const failed = await connectUpstream(login, new Map(), timeoutMs).then(
    () => null,
    (error: unknown) => error as Fatal,
  );
  expect(failed).toMatchObject({ name: 'Fatal', sqlstate: '08006', reason: 'upstream' });
  expect(failed!.message).toMatch(
    /^the target (?:cannot be reached at the moment|did not let the gateway in)$/,
  );
  expect(`${failed!.message} ${failed!.detail} ${failed!.stack} ${String(failed!.cause)}`).not.toContain(
    PASSWORD,
  );
  return failed!.detail;
}

const sasl = (...mechanisms: readonly string[]): Buffer =>
  encode(BACKEND.Authentication, int32(10), ...mechanisms, Buffer.from([0]));
const further = (kind: 11 | 12, text: string): Buffer =>
  encode(BACKEND.Authentication, int32(kind), Buffer.from(text));
const OK = Buffer.concat([encodeAuthentication(0), encodeReadyForQuery('idle')]);

/** The client's first message without its header, and its nonce. */
async function clientFirst({ socket, read }: Wire): Promise<{ bare: string; nonce: string; header: string }> {
  socket.write(sasl('SCRAM-SHA-256'));
  const message = (await read()).toString('latin1');
  const [, header, bare, nonce] = /([ynp][^,]*,,)(n=,r=(.*))$/.exec(message)!;
  return { header: header!, bare: bare!, nonce: nonce! };
}

describe('SCRAM', () => {
  const firsts: readonly (readonly [string, (nonce: string) => string, RegExp])[] = [
    ['one round', (nonce) => `r=${nonce}x,s=c2FsdA==,i=1`, /iteration count of 1$/],
    ['too few rounds', (nonce) => `r=${nonce}x,s=c2FsdA==,i=4095`, /iteration count/],
    ['rounds without end', (nonce) => `r=${nonce}x,s=c2FsdA==,i=1000001`, /iteration count/],
    [
      'more rounds than there are numbers',
      (nonce) => `r=${nonce}x,s=c2FsdA==,i=99999999999`,
      /first message/,
    ],
    ['no round', (nonce) => `r=${nonce}x,s=c2FsdA==,i=0`, /first message/],
    ['rounds in another notation', (nonce) => `r=${nonce}x,s=c2FsdA==,i=1e6`, /first message/],
    ['a nonce of its own', () => 'r=abcdefghijklmnopqrstuvwxyz,s=c2FsdA==,i=4096', /nonce/],
    ['the nonce as it was', (nonce) => `r=${nonce},s=c2FsdA==,i=4096`, /nonce/],
    ['half of the nonce', (nonce) => `r=${nonce.slice(0, 9)},s=c2FsdA==,i=4096`, /nonce/],
    ['a nonce with a blank', (nonce) => `r=${nonce} x,s=c2FsdA==,i=4096`, /first message/],
    ['no salt', (nonce) => `r=${nonce}x,s=,i=4096`, /first message/],
    ['a salt that is none', (nonce) => `r=${nonce}x,s=!!!!,i=4096`, /first message/],
    ['an extension that must be known', (nonce) => `m=x,r=${nonce}x,s=c2FsdA==,i=4096`, /first message/],
    ['another order', (nonce) => `s=c2FsdA==,r=${nonce}x,i=4096`, /first message/],
    ['nothing', () => '', /first message/],
  ];
  test.each(firsts)('a challenge with %s', async (_, first, reason) => {
    const login = await target(async (wire) => {
      const { nonce } = await clientFirst(wire);
      wire.socket.write(further(11, first(nonce)));
    });
    expect(await refused(login)).toMatch(reason);
  });

  /** Who has the password, or at least what the server keeps of it, can say `v=`. */
  function finals(known: string): (wire: Wire) => Promise<string> {
    return async (wire) => {
      const { bare, nonce, header } = await clientFirst(wire);
      const first = `r=${nonce}server,s=${SALT.toString('base64')},i=4096`;
      wire.socket.write(further(11, first));
      const [withoutProof] = (await wire.read()).toString('latin1').split(',p=');
      expect(withoutProof).toBe(`c=${Buffer.from(header).toString('base64')},r=${nonce}server`);
      const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
      const key = hmac(pbkdf2Sync(known, SALT, 4096, 32, 'sha256'), 'Server Key');
      return hmac(key, `${bare},${first},${withoutProof}`).toString('base64');
    };
  }

  test('with a server that knows the password', async () => {
    const login = await target(async (wire) => {
      const signature = await finals(PASSWORD)(wire);
      wire.socket.write(Buffer.concat([further(12, `v=${signature}`), OK]));
    });
    const upstream = await connectUpstream(login, new Map(), 10_000);
    expect(upstream.status).toBe('idle');
    upstream.socket.destroy();
  });

  const endings: readonly (readonly [string, string, (signature: string) => Buffer, RegExp])[] = [
    [
      'another password',
      'a guess',
      (proof) => Buffer.concat([further(12, `v=${proof}`), OK]),
      /did not prove/,
    ],
    ['no proof', PASSWORD, () => OK, /order/],
    ['an empty proof', PASSWORD, () => Buffer.concat([further(12, 'v='), OK]), /did not prove/],
    ['half of the proof', PASSWORD, (proof) => further(12, `v=${proof.slice(0, 20)}`), /did not prove/],
    ['the proof elsewhere', PASSWORD, (proof) => further(12, `x=1,v=${proof}`), /did not prove/],
    ['an error', PASSWORD, () => further(12, 'e=other-error'), /did not prove/],
    ['one more round', PASSWORD, () => further(11, 'r=x,s=c2FsdA==,i=4096'), /order/],
    ['a wish for the password itself', PASSWORD, () => encodeAuthentication(3), /order/],
    [
      'one more wish after the proof',
      PASSWORD,
      (proof) => Buffer.concat([further(12, `v=${proof}`), encodeAuthentication(3)]),
      /order/,
    ],
    [
      'a FATAL',
      PASSWORD,
      () => encodeError({ severity: 'FATAL', sqlstate: '28P01', message: 'no' }),
      /^28P01/,
    ],
  ];
  test.each(endings)('that ends with %s', async (_, known, ending, reason) => {
    const login = await target(async (wire) => {
      wire.socket.write(ending(await finals(known)(wire)));
    });
    expect(await refused(login)).toMatch(reason);
  });
});

describe('a wish', () => {
  const wishes: readonly (readonly [string, Buffer, RegExp])[] = [
    ['for Kerberos', encode(BACKEND.Authentication, int32(2)), /not supported/],
    ['for GSSAPI', encode(BACKEND.Authentication, int32(7)), /not supported/],
    ['for an unknown mechanism', sasl('PLAIN', 'OAUTHBEARER'), /no SCRAM-SHA-256/],
    ['for no mechanism', sasl(), /no SCRAM-SHA-256/],
    ['to bind where there is nothing to bind to', sasl('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'), /without TLS/],
    ['for md5 with half a salt', encode(BACKEND.Authentication, int32(5), Buffer.from('ab')), /salt/],
    ['without its number', encode(BACKEND.Authentication, Buffer.from([0, 0])), /no authentication request/],
    ['that is a row', encode(BACKEND.DataRow, Buffer.from([0, 0])), /no authentication request/],
    ['of a gigabyte', Buffer.from([BACKEND.Authentication, 0x3f, 0xff, 0xff, 0xff]), /no sound length/],
    [
      'of a length below zero',
      Buffer.from([BACKEND.Authentication, 0xff, 0xff, 0xff, 0xff]),
      /no sound length/,
    ],
  ];
  test.each(wishes)('%s', async (_, bytes, reason) => {
    const login = await target(({ socket }) => void socket.write(bytes));
    expect(await refused(login)).toMatch(reason);
  });

  test('for md5 is granted once: each answer helps to guess', async () => {
    const answers: string[] = [];
    const login = await target(async ({ socket, read }) => {
      for (const salt of ['1234', '5678']) {
        socket.write(encode(BACKEND.Authentication, int32(5), Buffer.from(salt)));
        answers.push((await read()).toString('latin1'));
      }
    });
    expect(await refused(login)).toMatch(/order/);
    const hash = (text: string): string => createHash('md5').update(text).digest('hex');
    expect(answers).toEqual([`md5${hash(`${hash(`${PASSWORD}u`)}1234`)}\0`]);
  });

  /** Not a socket, and so nowhere near this machine. */
  async function askedFromAfar(tls: UpstreamTls): Promise<string> {
    const [incoming, outgoing] = [new PassThrough(), new PassThrough()];
    const socket = Duplex.from({ readable: incoming, writable: outgoing });
    incoming.write(Buffer.concat([encodeAuthentication(3), encodeAuthentication(0)]));
    const login = { host: 'h', port: 1, database: 'd', user: 'u', password: PASSWORD, tls };
    await authenticate({ socket, reader: new SocketReader(socket) }, login);
    return (outgoing.read() as Buffer).subarray(5).toString();
  }

  test('for the password itself is granted in the clear only where that is configured', async () => {
    await expect(askedFromAfar(OFF)).rejects.toThrow(/cleartext password without TLS/);
    expect(await askedFromAfar({ kind: 'off', cleartextPassword: true })).toBe(`${PASSWORD}\0`);
  });

  test.each([null, '', 'a\0b'])('for a password is not granted with %j', async (password) => {
    const login = await target(({ socket }) => void socket.write(encodeAuthentication(3)));
    expect(await refused({ ...login, password })).toMatch(/none is set|NUL/);
  });
});

describe('a greeting', () => {
  test('without end', async () => {
    const status = encodeParameterStatus('x', 'y'.repeat(10_000));
    const login = await target(({ socket }) => {
      socket.write(encodeAuthentication(0));
      const more = (): void => {
        while (socket.writable && socket.write(status));
      };
      socket.on('drain', more);
      more();
    });
    expect(await refused(login)).toMatch(/too much/);
  });

  test('of another protocol', async () => {
    const login = await target(({ socket }) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await refused(login)).toMatch(/no sound length/);
  });

  test('with an error of the server’s state is passed on as it is', async () => {
    const error = encodeError({
      severity: 'FATAL',
      sqlstate: '57P03',
      message: 'the database system is starting up',
    });
    const login = await target(({ socket }) => void socket.write(error));
    await expect(connectUpstream(login, new Map(), 10_000)).rejects.toMatchObject({
      sqlstate: '57P03',
      message: 'the database system is starting up',
    });
  });
});

describe('the question for TLS', () => {
  const answers: readonly (readonly [string, Buffer | string, RegExp])[] = [
    ['No', 'N', /does not offer TLS/],
    [
      'an error',
      encodeError({ severity: 'FATAL', sqlstate: '08P01', message: 'what?' }),
      /does not offer TLS/,
    ],
    // CVE-2021-23222: what comes before the handshake would be read as if it had come through it.
    ['Yes, with more after it', Buffer.concat([Buffer.from('S'), OK]), /before the TLS handshake/],
    ['Yes, and then no handshake', Buffer.concat([Buffer.from('S')]), /handshake|took too long/],
    ['something else', '\x16', /does not offer TLS/],
  ];
  test.each(answers)('answered with %s', async (_, answer, reason) => {
    const login = await target(
      async ({ socket, reader }) => {
        await reader.read(8);
        socket.write(answer);
        await reader.read(1);
        socket.write('no handshake at all');
      },
      VERIFY,
      'at once',
    );
    expect(await refused(login)).toMatch(reason);
  });
});

describe('a target that does not answer', () => {
  const silences: readonly (readonly [string, UpstreamTls, 'start-up' | 'at once', Script])[] = [
    ['the question for TLS', VERIFY, 'at once', () => undefined],
    ['the start-up', OFF, 'start-up', () => undefined],
    ['the password', OFF, 'start-up', ({ socket }) => void socket.write(encodeAuthentication(3))],
    ['with its greeting', OFF, 'start-up', ({ socket }) => void socket.write(encodeAuthentication(0))],
    ['more than half of a message', OFF, 'start-up', ({ socket }) => void socket.write('R\0\0')],
  ];
  test.each(silences)('%s', async (_, tls, begin, script) => {
    expect(await refused(await target(script, tls, begin), 100)).toBe('the target took too long');
  });

  test('a cancel request', async () => {
    const login = await target(() => undefined, VERIFY, 'at once');
    await cancelUpstream(login, 1, Buffer.alloc(4), 100);
  });
});
