/**
 * The gateway's own way into a target: connect, TLS, authenticate with the target's credential, take what the server says
 * of itself, up to the first ReadyForQuery. PostgreSQL documentation, "Message Flow", section "Start-up".
 */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../src/errors.js';
import type { UpstreamLogin } from '../../src/gateway/session.js';
import { SocketReader } from '../socket-reader.js';
import { secureUpstream } from '../tls.js';
import {
  decodeBackendKeyData,
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeReport,
} from './backend-codec.js';
import { Fatal } from './fatal.js';
import { encode, int32 } from './frontend-codec.js';
import { BACKEND, FRONTEND, ProtocolViolation } from './messages.js';
import type { TransactionStatus } from './messages.js';
import { scramExchange } from './scram.js';
import type { ScramExchange } from './scram.js';
import { encodeCancelRequest, encodeRequest, encodeStartupMessage, SSL_REQUEST } from './startup.js';

/** A message of the start-up is small; a server that sends more is none. */
const MESSAGE_BYTES_MAX = 64 * 1024;

export interface Upstream {
  readonly socket: Duplex;
  readonly processId: number;
  readonly secret: Buffer;
  /** What the server reported of itself: `server_version`, `client_encoding` … */
  readonly settings: ReadonlyMap<string, string>;
  /** The messages to hand on to the client, ParameterStatus and NoticeResponse, as they came. */
  readonly greeting: Buffer;
  readonly status: TransactionStatus;
}

/** Throws Fatal with what the client may know where the target cannot be reached or does not let the gateway in. */
export async function connectUpstream(
  login: UpstreamLogin,
  parameters: ReadonlyMap<string, string>,
  timeoutMs: number,
): Promise<Upstream> {
  const sockets: Socket[] = [];
  const timer = setTimeout(() => {
    for (const socket of sockets)
      socket.destroy(new GatewayError('target-timeout', 'the target took too long'));
  }, timeoutMs);
  try {
    const socket = await open(login, sockets);
    return await logIn(socket, login, parameters);
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    if (error instanceof Fatal) throw error;
    throw unreachable(sockets[0]?.errored ?? error);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a CancelRequest on a connection of its own and waits until the server has closed it, at most `timeoutMs`. */
export async function cancelUpstream(
  login: UpstreamLogin,
  processId: number,
  secret: Buffer,
  timeoutMs: number,
): Promise<void> {
  const sockets: Socket[] = [];
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, timeoutMs);
  try {
    const socket = await open(login, sockets);
    socket.on('error', () => undefined);
    socket.end(encodeCancelRequest(processId, secret));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  } catch {
    // A cancel that does not arrive is not reported: the protocol has no answer for it.
  } finally {
    clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
  }
}

function unreachable(cause: unknown): Fatal {
  const detail = cause instanceof Error ? cause.message : 'the target cannot be reached';
  return new Fatal('08006', 'the target cannot be reached at the moment', 'upstream', { detail, cause });
}

/** A connection, inside TLS where the target asks for it. Every socket opened is put into `sockets`. */
async function open(login: UpstreamLogin, sockets: Socket[]): Promise<Duplex> {
  const socket = connect({ host: login.host, port: login.port, noDelay: true, keepAlive: true });
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
    socket.once('close', () =>
      reject(new GatewayError('target-unreachable', 'the target closed the connection')),
    );
  });
  socket.on('error', () => undefined);
  if (login.tls.kind === 'off') return socket;
  socket.write(encodeRequest(SSL_REQUEST));
  const reader = new SocketReader(socket);
  const [answer] = await reader.read(1);
  if (answer !== 0x53) throw new GatewayError('target-tls', 'the target does not offer TLS');
  // Bytes before the handshake are not protected by it and must not be taken for bytes after it (CVE-2021-23222).
  if (reader.buffered > 0)
    throw new GatewayError('target-tls', 'the target sent bytes before the TLS handshake');
  const secured = await secureUpstream(socket, login.host, login.tls);
  secured.on('error', () => undefined);
  return secured;
}

async function logIn(
  socket: Duplex,
  login: UpstreamLogin,
  parameters: ReadonlyMap<string, string>,
): Promise<Upstream> {
  socket.write(encodeStartupMessage(login.user, login.database, parameters));
  const reader = new SocketReader(socket);
  await authenticate(socket, reader, login);
  const settings = new Map<string, string>();
  const greeting: Buffer[] = [];
  let key: { readonly processId: number; readonly secret: Buffer } = {
    processId: 0,
    secret: Buffer.alloc(0),
  };
  for (;;) {
    const message = await readMessage(reader);
    switch (message[0]!) {
      case BACKEND.ParameterStatus: {
        const { name, value } = decodeParameterStatus(message, 0, message.length);
        settings.set(name, value);
        greeting.push(message);
        break;
      }
      case BACKEND.NoticeResponse:
        greeting.push(message);
        break;
      case BACKEND.BackendKeyData:
        key = decodeBackendKeyData(message, 0, message.length);
        break;
      case BACKEND.ErrorResponse:
        throw refusal(message);
      case BACKEND.ReadyForQuery: {
        const status = decodeReadyForQuery(message, 0, message.length);
        reader.release();
        return { socket, ...key, settings, greeting: Buffer.concat(greeting), status };
      }
      default:
        throw new ProtocolViolation('the target sent an unexpected message at start-up');
    }
  }
}

async function readMessage(reader: SocketReader): Promise<Buffer> {
  const header = await reader.read(5);
  const length = header.readInt32BE(1);
  if (length < 4 || length > MESSAGE_BYTES_MAX)
    throw new ProtocolViolation('a start-up message of no sound length');
  return Buffer.concat([header, await reader.read(length - 4)]);
}

/** The exchange of AuthenticationXxx messages, up to AuthenticationOk. */
async function authenticate(socket: Duplex, reader: SocketReader, login: UpstreamLogin): Promise<void> {
  let exchange: ScramExchange | null = null;
  let proven = true;
  for (;;) {
    const message = await readMessage(reader);
    if (message[0] === BACKEND.ErrorResponse) throw refusal(message);
    if (message[0] === BACKEND.NegotiateProtocolVersion || message[0] === BACKEND.NoticeResponse) continue;
    if (message[0] !== BACKEND.Authentication || message.length < 9) {
      throw new ProtocolViolation('the target sent no authentication request');
    }
    const body = message.subarray(9);
    switch (message.readInt32BE(5)) {
      case 0: // AuthenticationOk
        if (!proven) throw new GatewayError('target-login', 'the target skipped its own proof');
        return;
      case 3: // AuthenticationCleartextPassword
        if (login.tls.kind === 'off') {
          throw new GatewayError('target-login', 'the target asks for a cleartext password without TLS');
        }
        socket.write(encode(FRONTEND.PasswordMessage, passwordOf(login)));
        break;
      case 5: // AuthenticationMD5Password
        socket.write(encode(FRONTEND.PasswordMessage, md5Response(login, body)));
        break;
      case 10: // AuthenticationSASL
        exchange = scramExchange(passwordOf(login));
        proven = false;
        socket.write(saslInitialResponse(body, exchange));
        break;
      case 11: // AuthenticationSASLContinue
        if (exchange === null)
          throw new ProtocolViolation('the target continues an exchange that was not begun');
        socket.write(
          encode(FRONTEND.PasswordMessage, Buffer.from(await exchange.proof(body.toString('utf8')))),
        );
        break;
      case 12: // AuthenticationSASLFinal
        if (exchange === null) throw new ProtocolViolation('the target ends an exchange that was not begun');
        exchange.verify(body.toString('utf8'));
        proven = true;
        break;
      default:
        throw new GatewayError('target-login', 'the target asks for an authentication that is not supported');
    }
  }
}

function passwordOf(login: UpstreamLogin): string {
  if (login.password === null)
    throw new GatewayError('target-login', 'the target asks for a password, none is set');
  return login.password;
}

function md5Response(login: UpstreamLogin, salt: Buffer): string {
  if (salt.length !== 4) throw new ProtocolViolation('a salt of another length than four');
  const md5 = (...parts: (Buffer | string)[]): string =>
    parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest('hex');
  return `md5${md5(md5(passwordOf(login), login.user), salt)}`;
}

function saslInitialResponse(mechanisms: Buffer, exchange: ScramExchange): Buffer {
  if (!mechanisms.toString('latin1').split('\0').includes('SCRAM-SHA-256')) {
    throw new GatewayError('target-login', 'the target offers no SCRAM-SHA-256');
  }
  const first = Buffer.from(exchange.clientFirst, 'utf8');
  return encode(FRONTEND.PasswordMessage, 'SCRAM-SHA-256', int32(first.length), first);
}

/** SQLSTATEs whose message speaks of what the client itself asked for, or of the server's state, and names nobody. */
const TELLING = /^(?:22|42|3D000|53300|57P0|55000)/;

/** An error of the target at start-up. Those of its authentication name the gateway's own user: they stay here. */
function refusal(message: Buffer): Fatal {
  const fields = decodeReport(message, 0, message.length);
  const sqlstate = fields.get('C') ?? '';
  const detail = `${sqlstate}: ${fields.get('M') ?? ''}`;
  if (TELLING.test(sqlstate)) return new Fatal(sqlstate, fields.get('M') ?? '', 'upstream', { detail });
  return new Fatal('08006', 'the target did not let the gateway in', 'upstream', { detail });
}
