/**
 * The gateway's login to a target: connect, TLS, authenticate with the target's credential, read the server's parameters, up to
 * the first ReadyForQuery. PostgreSQL documentation, "Message Flow", section "Start-up".
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../../src/errors.js';
import type { UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';
import { KEEPALIVE_MS } from '../../relay.js';
import { SocketReader } from '../../socket-reader.js';
import { secureUpstream } from '../../tls.js';
import { decodeBackendKeyData, decodeParameterStatus, decodeReadyForQuery } from '../wire/backend-codec.js';
import { Fatal } from '../wire/fatal.js';
import { BACKEND, ProtocolViolation } from '../wire/messages.js';
import type { TransactionStatus } from '../wire/messages.js';
import { encodeCancelRequest, encodeRequest, encodeStartupMessage, SSL_REQUEST } from '../wire/startup.js';
import { authenticate, readStartupMessage, refusal } from './upstream-login.js';

/** Bound for all parameters that a server reports at start-up; PostgreSQL's own come to less than a kilobyte. */
const GREETING_BYTES_MAX = 256 * 1024;

export interface Upstream {
  readonly socket: Duplex;
  readonly processId: number;
  readonly secret: Buffer;
  /** Parameters that the server reported: `server_version`, `client_encoding` … */
  readonly settings: ReadonlyMap<string, string>;
  /** The messages to pass on to the client, as received: ParameterStatus. */
  readonly greeting: Buffer;
  /** NoticeResponse messages, which code of the target may have raised: a login event trigger. */
  readonly notices: readonly Buffer[];
  readonly status: TransactionStatus;
}

/** Throws Fatal, with what the client may know, if the target is unreachable or refuses the gateway. */
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
    const socket = await openTarget(login, sockets);
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
    const socket = await openTarget(login, sockets);
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
  const detail = reasonOf(cause) || 'the target cannot be reached';
  return new Fatal('08006', 'the target cannot be reached at the moment', 'upstream', { detail, cause });
}

/** For the record: the failure, and OpenSSL's or the system's words about it. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  const because = 'cause' in error ? reasonOf(error.cause) : '';
  return [String(error.message), because].filter((part) => part !== '').join(': ');
}

/** A connection, inside TLS if the target is configured so. Every opened socket is added to `sockets`. */
export async function openTarget(login: UpstreamLogin, sockets: Socket[]): Promise<Duplex> {
  const { host, port } = login;
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS });
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
  // Neither a plain `N` nor an error in its place is a reason to continue without TLS.
  if (answer !== 0x53) throw new GatewayError('target-tls', 'the target does not offer TLS');
  // The handshake does not protect bytes before it; they must not be taken for bytes after it (CVE-2021-23222).
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
  await authenticate({ socket, reader }, login);
  const settings = new Map<string, string>();
  const greeting: Buffer[] = [];
  const notices: Buffer[] = [];
  let taken = 0;
  let key: { readonly processId: number; readonly secret: Buffer } = {
    processId: 0,
    secret: Buffer.alloc(0),
  };
  for (;;) {
    const message = await readStartupMessage(reader);
    taken += message.length;
    if (taken > GREETING_BYTES_MAX) throw new ProtocolViolation('the target says too much at start-up');
    switch (message[0]!) {
      case BACKEND.ParameterStatus: {
        const { name, value } = decodeParameterStatus(message, 0, message.length);
        settings.set(name, value);
        greeting.push(message);
        break;
      }
      case BACKEND.NoticeResponse:
        notices.push(message);
        break;
      case BACKEND.BackendKeyData:
        key = decodeBackendKeyData(message, 0, message.length);
        break;
      case BACKEND.ErrorResponse:
        throw refusal(message);
      case BACKEND.ReadyForQuery: {
        const status = decodeReadyForQuery(message, 0, message.length);
        reader.release();
        return { socket, ...key, settings, greeting: Buffer.concat(greeting), notices, status };
      }
      default:
        throw new ProtocolViolation('the target sent an unexpected message at start-up');
    }
  }
}
