/**
 * The client's leg up to its token: encryption requests in any order, TLS, the start-up packet, the password that is a
 * token. Nothing here is verified; the gateway does that from the knock.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import { SocketReader } from '../socket-reader.js';
import { secureClient } from '../tls.js';
import { encodeAuthentication, encodeNegotiateProtocolVersion } from './backend-codec.js';
import { Fatal } from './fatal.js';
import { decodePassword } from './frontend-codec.js';
import { FRONTEND, ProtocolViolation } from './messages.js';
import { decodeStartupPacket, PROTOCOL_3_0, STARTUP_BYTES_MAX } from './startup.js';
import type { StartupMessage } from './startup.js';

/** PostgreSQL's own PG_MAX_AUTH_TOKEN_LENGTH. */
const TOKEN_BYTES_MAX = 65_535;

/** The name by which libpq asks for this protocol inside TLS. IANA's registry of ALPN protocol ids. */
const ALPN = 'postgresql';

export interface ClientLegOptions {
  /** Null: the gateway offers no TLS. */
  readonly tls: SecureContext | null;
  /** Lets a client that is not on this machine in without TLS. */
  readonly plaintext: boolean;
}

export type Arrival =
  | { readonly kind: 'cancel'; readonly socket: Duplex; readonly processId: number; readonly secret: Buffer }
  | {
      readonly kind: 'startup';
      readonly socket: Duplex;
      readonly reader: SocketReader;
      readonly startup: StartupMessage;
    };

/**
 * Reads up to the start-up packet or a cancel request. Throws Fatal where the client must be told, anything else where
 * the connection is to be closed without a word. `secured` is told of the TLS socket, for errors to be said on it.
 */
export async function receive(
  socket: Socket,
  options: ClientLegOptions,
  secured: (socket: TLSSocket) => void,
): Promise<Arrival> {
  let end: Duplex = socket;
  let reader = new SocketReader(end);
  let encrypted = false;
  const secure = async (context: SecureContext): Promise<TLSSocket> => {
    const tls = await secureClient(socket, context, [ALPN]);
    secured(tls);
    end = tls;
    reader = new SocketReader(tls);
    encrypted = true;
    return tls;
  };
  for (let requests = 0; ; requests++) {
    const head = await reader.read(4);
    if (!encrypted && head[0] === 0x16) {
      // A TLS ClientHello without a request before it: libpq's sslnegotiation=direct.
      if (options.tls === null) throw new ProtocolViolation('a TLS handshake where none is offered');
      socket.unshift(head);
      const tls = await secureClient(socket, options.tls, [ALPN]);
      if (tls.alpnProtocol !== ALPN)
        throw new ProtocolViolation('direct TLS without the name of the protocol');
      secured((end = tls));
      encrypted = true;
      continue;
    }
    const length = head.readUInt32BE(0);
    if (length < 8 || length > STARTUP_BYTES_MAX)
      throw new ProtocolViolation('a start-up packet of no sound length');
    const packet = decodeStartupPacket(await reader.read(length - 4));
    switch (packet.kind) {
      case 'ssl-request': {
        if (encrypted || requests > 2) throw new ProtocolViolation('an encryption request out of place');
        if (options.tls === null) {
          socket.write('N');
          break;
        }
        // Bytes that came before the handshake would be read as if it had protected them (CVE-2021-23214).
        if (reader.buffered > 0) throw new ProtocolViolation('bytes before the TLS handshake');
        socket.write('S');
        await secure(options.tls);
        break;
      }
      case 'gssenc-request':
        if (encrypted || requests > 2) throw new ProtocolViolation('an encryption request out of place');
        if (reader.buffered > 0)
          throw new ProtocolViolation('bytes before the answer to an encryption request');
        socket.write('N');
        break;
      case 'cancel-request':
        return { ...packet, kind: 'cancel', socket: end };
      case 'startup':
        requireProtection(socket, encrypted, options);
        return { kind: 'startup', socket: end, reader, startup: packet.startup };
    }
  }
}

function requireProtection(socket: Socket, encrypted: boolean, options: ClientLegOptions): void {
  if (encrypted || options.plaintext || isLoopback(socket.remoteAddress ?? '')) return;
  throw new Fatal('28000', 'connections to this gateway need TLS', 'refused', {
    hint: 'set sslmode=require',
  });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

/** Answers the start-up packet and reads the client's token. */
export async function askForToken(
  socket: Duplex,
  reader: SocketReader,
  startup: StartupMessage,
): Promise<string> {
  if (startup.minorVersion > 0 || startup.options.length > 0) {
    socket.write(encodeNegotiateProtocolVersion(PROTOCOL_3_0, startup.options));
  }
  socket.write(encodeAuthentication(3));
  const head = await reader.read(5);
  const length = head.readInt32BE(1);
  if (head[0] !== FRONTEND.PasswordMessage || length < 5 || length > TOKEN_BYTES_MAX) {
    throw new ProtocolViolation('no password where one was asked for');
  }
  const message = Buffer.concat([head, await reader.read(length - 4)]);
  reader.release();
  const token = decodePassword(message, 0, message.length);
  if (token === null || token === '') throw new ProtocolViolation('a password that is not text');
  return token;
}
