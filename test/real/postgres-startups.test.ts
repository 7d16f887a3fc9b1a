/** The first bytes of a connection, said to a real server and to the gateway alike: both answer the same. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import fc from 'fast-check';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { dial, GSS, packet, SSL, version } from '../proxy/postgres/bare-socket.js';
import { fakeGateway } from '../proxy/postgres/fake-session.js';
import { makeCertificates } from '../support/certificate.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;
let proxy: PostgresProxy;

beforeAll(async () => {
  server = await bootPostgres({ tls: true });
  const certificates = makeCertificates();
  const { host, port, user, password } = server;
  const gateway = fakeGateway({ host, port, user, password, database: 'postgres', tls: { kind: 'off' } });
  proxy = await startPostgresProxy({
    gateway: gateway,
    host: '127.0.0.1',
    port: 0,
    tls: () => Promise.resolve(certificates),
  });
}, 60_000);

afterAll(async () => {
  await proxy.close();
  await server.stop();
}, 30_000);

/** Bytes are said; `tls` is a handshake, with the protocol's name or without, or with another. */
type Step = Buffer | 'tls' | 'tls postgresql' | 'tls http/1.1';

const USER = ['user', 'postgres', 'database', 'postgres'];
const long = (bytes: number): Buffer => {
  const fixed = version(3, 0, [...USER, 'application_name', '']).length;
  return version(3, 0, [...USER, 'application_name', 'x'.repeat(bytes - fixed)]);
};

const CONVERSATIONS: readonly (readonly [string, readonly Step[]])[] = [
  ['a start-up', [version(3, 0, USER)]],
  ['3.2', [version(3, 2, USER)]],
  ['3.1', [version(3, 1, USER)]],
  ['3.3', [version(3, 3, USER)]],
  [
    '3.9999 and an option, as libpq tests it',
    [version(3, 9999, ['_pq_.test_protocol_negotiation', '', ...USER])],
  ],
  ['3.0 and options', [version(3, 0, ['_pq_.b', 'x', ...USER, '_pq_.a', ''])]],
  ['2.0', [version(2, 0, USER)]],
  ['4.0', [version(4, 0, USER)]],
  ['0.0', [version(0, 0, USER)]],
  ['1234.5681', [packet(80_877_105)]],
  ['TLS', [SSL, 'tls', version(3, 0, USER)]],
  ['TLS by name', [SSL, 'tls postgresql', version(3, 0, USER)]],
  ['TLS by another name', [SSL, 'tls http/1.1']],
  ['GSSAPI', [GSS, version(3, 0, USER)]],
  ['GSSAPI, then TLS', [GSS, SSL, 'tls', version(3, 0, USER)]],
  ['GSSAPI twice', [GSS, GSS]],
  ['TLS inside of TLS', [SSL, 'tls', SSL]],
  ['GSSAPI inside of TLS', [SSL, 'tls', GSS]],
  ['TLS, then plain text', [SSL, version(3, 0, USER)]],
  ['bytes behind a request for GSSAPI', [Buffer.concat([GSS, version(3, 0, USER)]), Buffer.alloc(0)]],
  ['direct TLS', ['tls postgresql', version(3, 0, USER)]],
  ['direct TLS without a name', ['tls', version(3, 0, USER)]],
  ['direct TLS by another name', ['tls http/1.1']],
  ['direct TLS, then requests', ['tls postgresql', SSL, GSS, version(3, 0, USER)]],
  ['direct TLS, then TLS twice', ['tls postgresql', SSL, SSL]],
  ['direct TLS after an answer', [GSS, 'tls postgresql']],
  ['a length of 0', [packet(196_608, Buffer.alloc(0), 0)]],
  ['a length of 7', [packet(196_608, Buffer.alloc(0), 7)]],
  ['a length of gigabytes', [packet(196_608, Buffer.alloc(0), 0x7fffffff)]],
  ['a negative length', [packet(196_608, Buffer.alloc(0), 0xffffffff)]],
  ['10,004 bytes', [long(10_004)]],
  ['10,005 bytes', [long(10_005)]],
  ['HTTP', [Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
  ['no user', [version(3, 0, ['database', 'postgres'])]],
  ['nothing but a version', [packet(196_608)]],
  ['no setting', [version(3, 0, [])]],
  ['no terminator', [packet(196_608, Buffer.from('user\0postgres\0'))]],
  ['a name without a value', [packet(196_608, Buffer.from('user\0postgres\0database\0\0'))]],
  ['bytes behind the terminator', [packet(196_608, Buffer.from('user\0postgres\0\0x\0y\0\0'))]],
  ['a cancel request', [packet(80_877_102, Buffer.from('\0\0\0\x01abcd'))]],
  ['a cancel request with a long key', [packet(80_877_102, Buffer.alloc(4 + 256, 1))]],
  ['a cancel request with too long a key', [packet(80_877_102, Buffer.alloc(4 + 257, 1))]],
  ['a cancel request without a key', [packet(80_877_102, Buffer.alloc(4))]],
  ['a cancel request inside of TLS', [SSL, 'tls', packet(80_877_102, Buffer.from('\0\0\0\x01abcd'))]],
];

describe('is answered by the gateway as by a server', () => {
  test.each(CONVERSATIONS)('%s', async (_name, steps) => {
    const expected = await converse(server.port, steps);
    expect(await converse(proxy.port, steps)).toEqual(expected);
  });
});

/** Names, values and terminators in any order, of which few make a packet. */
const piece = fc.constantFrom('user', 'postgres', 'database', 'x', '_pq_.x', '\0', '\0', '\0', '\0');
const pair = fc
  .tuple(fc.constantFrom('user', 'user', 'database', 'x', '_pq_.x'), fc.constantFrom('postgres', 'x', ''))
  .map(([name, value]) => `${name}\0${value}\0`);
const body = fc
  .array(fc.oneof({ weight: 3, arbitrary: pair }, { weight: 1, arbitrary: piece }), { maxLength: 6 })
  .chain((parts) => fc.constantFrom('\0', '\0', '').map((end) => parts.join('') + end));

test('any start-up packet is answered by the gateway as by a server', async () => {
  const answers = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 2, 7), body, async (minor, text) => {
      const steps = [packet(0x30000 + minor, Buffer.from(text))];
      const [expected] = await converse(server.port, steps);
      answers.add(expected!.replace(/v.*/s, 'v'));
      expect(await converse(proxy.port, steps)).toEqual([expected]);
    }),
    { numRuns: 200 },
  );
  expect([...answers].sort()).toEqual(
    expect.arrayContaining(['08P01, closed', '28000, closed', 'asks', 'v']),
  );
}, 60_000);

/** What each step is answered, with what differs by nature left out; `closed` where the connection ends. */
async function converse(port: number, steps: readonly Step[]): Promise<readonly string[]> {
  let ear = new Ear(await dial(port));
  const heard: string[] = [];
  for (const step of steps) {
    if (typeof step === 'string') {
      const secured = await handshake(ear.release(), step.split(' ').slice(1));
      heard.push(secured === null ? 'no handshake' : step);
      if (secured === null) break;
      ear = new Ear(secured);
      continue;
    }
    ear.socket.write(step);
    heard.push(await ear.next());
    if (heard.at(-1)!.endsWith('closed')) break;
  }
  ear.release().destroy();
  return heard;
}

function handshake(socket: Duplex, names: readonly string[]): Promise<Duplex | null> {
  return new Promise((resolve) => {
    const secured = connectTls({
      socket,
      rejectUnauthorized: false,
      ...(names.length === 0 ? {} : { ALPNProtocols: [...names] }),
    });
    secured.once('secureConnect', () => resolve(secured));
    for (const event of ['error', 'close'] as const) secured.on(event, () => resolve(null));
  });
}

class Ear {
  readonly socket: Duplex;
  #bytes: Buffer = Buffer.alloc(0);
  #closed = false;
  #wake: () => void = () => undefined;
  readonly #take = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on('data', this.#take);
    for (const event of ['end', 'error', 'close'] as const) {
      socket.on(event, () => {
        this.#closed = true;
        this.#wake();
      });
    }
  }

  release(): Duplex {
    this.socket.off('data', this.#take);
    return this.socket;
  }

  /** Up to a letter, an authentication request, or the end. */
  async next(): Promise<string> {
    for (let told = ''; ;) {
      const [piece, rest] = pieceOf(this.#bytes);
      if (piece !== null) this.#bytes = rest;
      if (piece === 'N' || piece === 'S' || piece === 'asks') return told + piece;
      if (piece !== null) told += `${piece}, `;
      else if (this.#closed) return `${told}closed`;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** The first letter or message, and what comes after it; null where it has not come whole. */
function pieceOf(bytes: Buffer): readonly [string | null, Buffer] {
  const type = bytes.toString('latin1', 0, 1);
  if (type === 'N' || type === 'S') return [type, bytes.subarray(1)];
  // In the old form the text comes at once, not a length.
  if (type === 'E' && bytes.length > 1 && bytes[1] !== 0) {
    const end = bytes.indexOf(0);
    return end < 0 ? [null, bytes] : ['an old error', bytes.subarray(end + 1)];
  }
  const end = bytes.length < 5 ? Infinity : 1 + bytes.readInt32BE(1);
  if (end > bytes.length) return [null, bytes];
  const body = bytes.toString('latin1', 5, end);
  const sqlstate = /\0C([0-9A-Z]{5})\0/.exec(body)?.[1];
  return [type === 'R' ? 'asks' : type === 'E' ? sqlstate! : type + body, bytes.subarray(end)];
}
