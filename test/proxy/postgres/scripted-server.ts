/** A target that keeps what it is sent and answers as a test wants; by default like a server on which everything goes well. */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { FrameReader } from '../../../proxy/postgres/wire/frame-reader.js';
import {
  encodeAuthentication,
  encodeBackendKeyData,
  encodeDataRow,
  encodeError,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../../proxy/postgres/wire/backend-codec.js';
import { encode } from '../../../proxy/postgres/wire/frontend-codec.js';
import { BACKEND, FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import type { UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';

export interface Received {
  readonly type: number;
  readonly bytes: Buffer;
}

export interface ScriptedServer {
  readonly login: UpstreamLogin;
  /** Every message of every connection after its start-up, those of the gateway's own questions left out. */
  readonly received: Received[];
  /** Packets of connections that were not start-ups. */
  readonly requests: Buffer[];
  readonly startups: Buffer[];
  /** The key that clients get; empty: the server gives none. */
  secret: string;
  connections: number;
  /** What to answer instead of the default; null leaves it to that. */
  answer: ((message: Received) => Buffer | null) | null;
  close(): Promise<void>;
}

const READY = encodeReadyForQuery('idle');

export async function scriptedServer(): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    server.connections++;
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (packet: Buffer) => startUp(server, socket, packet));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const login = {
    host: '127.0.0.1',
    port,
    database: 'd',
    user: 'u',
    password: null,
    tls: { kind: 'off' as const },
  };
  const server: ScriptedServer = {
    login,
    received: [],
    requests: [],
    startups: [],
    secret: 'real',
    connections: 0,
    answer: null,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}

function startUp(server: ScriptedServer, socket: Socket, packet: Buffer): void {
  if (packet.readUInt32BE(4) !== 196608) {
    server.requests.push(packet);
    socket.end();
    return;
  }
  server.startups.push(packet);
  socket.write(
    Buffer.concat([
      encodeAuthentication(0),
      encodeParameterStatus('client_encoding', 'UTF8'),
      encodeParameterStatus('standard_conforming_strings', 'on'),
      server.secret === '' ? READY.subarray(0, 0) : encodeBackendKeyData(4242, Buffer.from(server.secret)),
      READY,
    ]),
  );
  const reader = new FrameReader(() => 'whole');
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    while (reader.next()) {
      const message = {
        type: reader.type,
        bytes: Buffer.from(reader.bytes.subarray(reader.start, reader.end)),
      };
      socket.write(respond(server, message));
    }
  });
}

/** The gateway's own messages carry its name; what it asks is answered, whatever the script. */
function respond(server: ScriptedServer, message: Received): Buffer {
  const own = message.bytes.includes('sallyport ');
  if (!own) {
    server.received.push(message);
    const scripted = server.answer?.(message) ?? null;
    if (scripted !== null) return scripted;
  } else if (message.type === FRONTEND.Describe) {
    return encodeError({ severity: 'ERROR', sqlstate: '26000', message: 'no such statement' });
  } else if (message.type === FRONTEND.Execute) {
    const told = {
      path: ['public'],
      user: 'u',
      strings: 'on',
      encoding: 'UTF8',
      database: 'base/5/1259',
      schemas: ['public'],
    };
    return Buffer.concat([encodeDataRow([Buffer.from(JSON.stringify(told))]), done('SELECT 1')]);
  }
  return byDefault(message.type);
}

export function done(tag: string): Buffer {
  return encode(BACKEND.CommandComplete, tag);
}

function byDefault(type: number): Buffer {
  switch (type) {
    case FRONTEND.Query:
      return Buffer.concat([done('SELECT 0'), READY]);
    case FRONTEND.Parse:
      return encode(BACKEND.ParseComplete);
    case FRONTEND.Bind:
      return encode(BACKEND.BindComplete);
    case FRONTEND.Describe:
      return encode(BACKEND.NoData);
    case FRONTEND.Execute:
      return done('SELECT 0');
    case FRONTEND.Close:
      return encode(BACKEND.CloseComplete);
    case FRONTEND.Sync:
      return READY;
    default:
      return Buffer.alloc(0);
  }
}
