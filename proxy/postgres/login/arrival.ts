/**
 * A connection up to its start-up packet: encryption requests in any order, TLS on request or from the first byte, a cancel
 * request. It accepts and refuses what PostgreSQL does in backend_startup.c, ProcessStartupPacket.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { ContextSource } from '../../certificate.js';
import { SocketReader } from '../../socket-reader.js';
import { secureClient } from '../../tls.js';
import { encodeNegotiateProtocolVersion } from '../wire/backend-codec.js';
import { Fatal } from '../wire/fatal.js';
import { NotPostgres } from '../wire/messages.js';
import {
  decodeStartupPacket,
  GSSENC_REQUEST,
  PROTOCOL_3_0,
  spokenVersion,
  SSL_REQUEST,
  STARTUP_BYTES_MAX,
} from '../wire/startup.js';
import type { StartupMessage, StartupPacket } from '../wire/startup.js';

/** The name by which libpq asks for this protocol inside TLS. IANA's registry of ALPN protocol ids. */
const ALPN = 'postgresql';

/**
 * RFC 8446 section 5.1: the record type of a ClientHello. Read as the length of a start-up packet it would be far too large.
 */
const TLS_HANDSHAKE = 0x16;

export interface ClientLegOptions {
  /** Null if the gateway offers no TLS. */
  readonly tls: ContextSource | null;
  /** Admits clients on other machines without TLS. */
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

/** Where the client is read and written, and which requests were answered. */
interface Wire {
  end: Duplex;
  reader: SocketReader;
  encrypted: boolean;
  tlsAsked: boolean;
  gssAsked: boolean;
}

/**
 * Reads up to the start-up packet or a cancel request. Throws Fatal if the client must be told, anything else if the connection
 * is to be closed silently. `secured` receives the TLS socket, so that errors can be sent on it.
 */
export async function receive(
  socket: Socket,
  options: ClientLegOptions,
  secured: (socket: TLSSocket) => void,
): Promise<Arrival> {
  const wire: Wire = {
    end: socket,
    reader: new SocketReader(socket),
    encrypted: false,
    tlsAsked: false,
    gssAsked: false,
  };
  const secure = async (context: SecureContext): Promise<TLSSocket> => {
    const tls = await secureClient(socket, context, [ALPN]);
    secured(tls);
    wire.end = tls;
    wire.reader = new SocketReader(tls);
    wire.encrypted = true;
    return tls;
  };
  if ((await wire.reader.peek()) === TLS_HANDSHAKE) await beginAtOnce(wire, options, secure);
  for (;;) {
    const packet = await readPacket(wire.reader);
    switch (packet.kind) {
      case 'ssl-request':
        await answerTlsRequest(wire, options, secure);
        break;
      case 'gssenc-request':
        answerGssRequest(wire);
        break;
      case 'cancel-request':
        return { ...packet, kind: 'cancel', socket: wire.end };
      case 'unsupported':
        throw unsupported(packet.major, packet.minor);
      case 'startup':
        negotiate(wire.end, packet.startup);
        requireProtection(socket, wire.encrypted, options);
        if (packet.startup.user === '') throw NO_USER;
        return { kind: 'startup', socket: wire.end, reader: wire.reader, startup: packet.startup };
    }
  }
}

const NO_USER = new Fatal('28000', 'no user name specified in startup packet', 'error');

type Secure = (context: SecureContext) => Promise<TLSSocket>;

/** libpq's sslnegotiation=direct. Without ALPN, bytes meant for another protocol could be played to this one (ALPACA). */
async function beginAtOnce(wire: Wire, options: ClientLegOptions, secure: Secure): Promise<void> {
  if (options.tls === null) throw new NotPostgres('a TLS handshake where none is offered');
  const context = await options.tls();
  wire.reader.release();
  const tls = await secure(context);
  if (tls.alpnProtocol !== ALPN) throw new NotPostgres('direct TLS without the name of the protocol');
}

async function answerTlsRequest(wire: Wire, options: ClientLegOptions, secure: Secure): Promise<void> {
  if (wire.tlsAsked) throw unsupported(SSL_REQUEST >>> 16, SSL_REQUEST & 0xffff);
  wire.tlsAsked = true;
  if (options.tls === null || wire.encrypted) {
    wire.end.write('N');
    refuseBuffered(wire, 'SSL request');
    return;
  }
  const context = await options.tls();
  // Nothing is read from here to the handshake: the bytes that arrive are the client's part of it.
  refuseBuffered(wire, 'SSL request');
  wire.gssAsked = true;
  wire.end.write('S');
  await secure(context);
}

function answerGssRequest(wire: Wire): void {
  if (wire.gssAsked) throw unsupported(GSSENC_REQUEST >>> 16, GSSENC_REQUEST & 0xffff);
  wire.gssAsked = true;
  wire.end.write('N');
  refuseBuffered(wire, 'GSSAPI encryption request');
}

/** Bytes sent before the handshake would be read as if it had protected them (CVE-2021-23214). */
function refuseBuffered(wire: Wire, request: string): void {
  if (wire.reader.buffered === 0) return;
  throw new Fatal('08P01', `received unencrypted data after ${request}`, 'error', {
    hint: 'this is a fault of the client, or somebody in between who adds to what it says',
  });
}

async function readPacket(reader: SocketReader): Promise<StartupPacket> {
  const length = (await reader.read(4)).readUInt32BE(0);
  // PostgreSQL counts the packet without its length.
  if (length < 8 || length > STARTUP_BYTES_MAX + 4)
    throw new NotPostgres('a start-up packet of no sound length');
  return decodeStartupPacket(await reader.read(length - 4));
}

/** A client that asks for an older version is answered in a form that it can read; elog.c, send_message_to_frontend. */
function unsupported(major: number, minor: number): Fatal {
  const message = `unsupported frontend protocol ${major}.${minor}: the gateway speaks 3.0 to 3.2`;
  const old = major < 3 && (major > 0 || minor > 0);
  return new Fatal('0A000', message, 'error', { old });
}

/** Says which version is spoken if the client asked for a newer one, and lists the unknown options: all of them. */
function negotiate(client: Duplex, startup: StartupMessage): void {
  const spoken = spokenVersion(startup);
  if (startup.minorVersion === spoken && startup.options.length === 0) return;
  client.write(encodeNegotiateProtocolVersion(PROTOCOL_3_0 + spoken, startup.options));
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
