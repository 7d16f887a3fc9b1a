/** Bytes on a bare connection, for what comes before the messages. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { encodeStartupMessage } from '../../../proxy/postgres/wire/startup.js';
import { errors } from './wire-client.js';

export const SSL = packet(80877103);
export const GSS = packet(80877104);
export const STARTUP = encodeStartupMessage('ci', 'orders', new Map());

/** Length, code or version, body. */
export function packet(code: number, body: Buffer = Buffer.alloc(0), length = body.length + 8): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(length, 0);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, body]);
}

export function version(major: number, minor: number, settings: readonly string[] = ['user', 'ci']): Buffer {
  const body = settings.map((text) => `${text}\0`).join('');
  return packet(major * 65_536 + minor, Buffer.from(`${body}\0`));
}

export async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => undefined);
  return socket;
}

/** The next bytes, at least `count` of them or until the connection ends. */
export async function hear(socket: Socket, count = Infinity): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  const take = (chunk: Buffer): void => void (bytes = Buffer.concat([bytes, chunk]));
  socket.on('data', take);
  while (bytes.length < count && !socket.closed) {
    await new Promise((resolve) => {
      socket.once('data', resolve);
      socket.once('close', resolve);
    });
  }
  socket.off('data', take);
  return bytes;
}

/** Says all of it and hears everything that comes until the gateway closes. */
export async function converse(port: number, ...said: readonly Buffer[]): Promise<Buffer> {
  const socket = await dial(port);
  socket.write(Buffer.concat(said));
  return hear(socket);
}

export function fatal(bytes: Buffer): { readonly code: string; readonly message: string } {
  const [fields] = errors([{ type: 'E', bytes }]);
  return { code: fields?.get('C') ?? '', message: fields?.get('M') ?? '' };
}
