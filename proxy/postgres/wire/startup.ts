/**
 * The start of a client's connection, before any message has a type byte. PostgreSQL documentation, "Message Flow",
 * section "Start-up". Decodes the start-up packet and says which of its settings may reach the target.
 */
import { isUtf8 } from 'node:buffer';
import { NotPostgres, ProtocolViolation } from './messages.js';

/** PostgreSQL's own MAX_STARTUP_PACKET_LENGTH: the packet without its length field. */
export const STARTUP_BYTES_MAX = 10_000;

/** Meaning of the 32 bits after the length. */
export const SSL_REQUEST = 80877103;
export const GSSENC_REQUEST = 80877104;
export const CANCEL_REQUEST = 80877102;
export const PROTOCOL_3_0 = 196608;
/** The newest minor version that is spoken to clients: 3.2 has cancel keys of up to 256 bytes. */
const MINOR_VERSION_MAX = 2;

export type StartupPacket =
  | { readonly kind: 'ssl-request' }
  | { readonly kind: 'gssenc-request' }
  | { readonly kind: 'cancel-request'; readonly processId: number; readonly secret: Buffer }
  | { readonly kind: 'startup'; readonly startup: StartupMessage }
  | { readonly kind: 'unsupported'; readonly major: number; readonly minor: number };

export interface StartupMessage {
  /** As requested: it may be a version that does not exist. */
  readonly minorVersion: number;
  /** Empty if none is given. */
  readonly user: string;
  /** As given, or the user's name: PostgreSQL uses that if no database is named. */
  readonly database: string;
  /** Every other setting in the client's order. */
  readonly parameters: ReadonlyMap<string, string>;
  /** `_pq_.` options: extensions of the protocol, none of which are known here. */
  readonly options: readonly string[];
}

/** The minor version that is spoken: the client's own if the gateway knows it. */
export function spokenVersion({ minorVersion }: StartupMessage): number {
  return Math.min(minorVersion, MINOR_VERSION_MAX);
}

/** `body` is the packet without its length. */
export function decodeStartupPacket(body: Buffer): StartupPacket {
  if (body.length < 4) throw new NotPostgres('a start-up packet without a version');
  const code = body.readUInt32BE(0);
  switch (code) {
    case SSL_REQUEST:
      return requireEmpty(body, { kind: 'ssl-request' });
    case GSSENC_REQUEST:
      return requireEmpty(body, { kind: 'gssenc-request' });
    case CANCEL_REQUEST:
      // Protocol 3.2 allows keys of 4 to 256 bytes; those of 3.0 have four.
      if (body.length < 12 || body.length > 264) throw new NotPostgres('a malformed CancelRequest');
      return { kind: 'cancel-request', processId: body.readInt32BE(4), secret: body.subarray(8) };
    default:
      if (code >>> 16 !== 3) return { kind: 'unsupported', major: code >>> 16, minor: code & 0xffff };
      return { kind: 'startup', startup: decodeStartup(code & 0xffff, body.subarray(4)) };
  }
}

function requireEmpty(body: Buffer, packet: StartupPacket): StartupPacket {
  if (body.length !== 4) throw new ProtocolViolation('a request with bytes after it');
  return packet;
}

function decodeStartup(minorVersion: number, body: Buffer): StartupMessage {
  if (!isUtf8(body)) throw new ProtocolViolation('a start-up packet that is not UTF-8');
  // If a name is given twice, the last value counts, as for the server.
  const parameters = new Map<string, string>();
  const options: string[] = [];
  for (const [name, value] of settingsOf(body)) {
    if (name.startsWith('_pq_.')) options.push(name);
    else parameters.set(name, value);
  }
  const user = parameters.get('user') ?? '';
  const named = parameters.get('database') ?? '';
  parameters.delete('user');
  parameters.delete('database');
  return { minorVersion, user, database: named === '' ? user : named, parameters, options };
}

/** Names and values, each with its terminator, and one byte at the end, which ProcessStartupPacket does not check further. */
function* settingsOf(body: Buffer): Generator<readonly [name: string, value: string]> {
  const endOf = (start: number): number => {
    const end = body.indexOf(0, start);
    return end < 0 ? body.length : end;
  };
  let at = 0;
  while (at < body.length) {
    const nameEnd = endOf(at);
    if (nameEnd === at || nameEnd + 1 >= body.length) break;
    const valueEnd = endOf(nameEnd + 1);
    yield [body.toString('utf8', at, nameEnd), body.toString('utf8', nameEnd + 1, valueEnd)];
    at = valueEnd + 1;
  }
  if (at !== body.length - 1) throw new ProtocolViolation('a start-up packet without its terminator');
}

/** Length, version and settings, as the gateway sends them to a target. */
export function encodeStartupMessage(
  user: string,
  database: string,
  parameters: ReadonlyMap<string, string>,
): Buffer {
  const texts = ['user', user, 'database', database, ...[...parameters].flat()];
  const body = Buffer.from(`${texts.join('\0')}\0\0`, 'utf8');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.writeUInt32BE(PROTOCOL_3_0, 4);
  return Buffer.concat([head, body]);
}

export function encodeRequest(code: typeof SSL_REQUEST): Buffer {
  const packet = Buffer.alloc(8);
  packet.writeUInt32BE(8, 0);
  packet.writeUInt32BE(code, 4);
  return packet;
}

export function encodeCancelRequest(processId: number, secret: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(12 + secret.length, 0);
  head.writeUInt32BE(CANCEL_REQUEST, 4);
  head.writeInt32BE(processId, 8);
  return Buffer.concat([head, secret]);
}
