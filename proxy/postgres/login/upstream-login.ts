/**
 * How the gateway and a target authenticate to each other. PostgreSQL documentation, "Message Flow", section "Start-up": one
 * authentication request, of a kind that the server chooses, up to AuthenticationOk.
 */
import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { GatewayError } from '../../../src/errors.js';
import type { UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';
import type { SocketReader } from '../../socket-reader.js';
import { decodeReport } from '../wire/backend-codec.js';
import { endPointBinding } from './channel-binding.js';
import { Fatal } from '../wire/fatal.js';
import { encode, int32 } from '../wire/frontend-codec.js';
import { BACKEND, FRONTEND, ProtocolViolation } from '../wire/messages.js';
import { scramExchange } from './scram.js';
import type { ScramBinding } from './scram.js';

/** Start-up messages are small; a peer that sends more is not a server. */
const MESSAGE_BYTES_MAX = 64 * 1024;

/** Numbers of AuthenticationXxx messages. */
const OK = 0;
const CLEARTEXT_PASSWORD = 3;
const MD5_PASSWORD = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

export interface TargetWire {
  readonly socket: Duplex;
  readonly reader: SocketReader;
}

interface AuthenticationRequest {
  readonly kind: number;
  readonly data: Buffer;
}

/** Throws GatewayError `target-login` if the target asks for what it must not have or proves nothing, Fatal if it refuses. */
export async function authenticate(wire: TargetWire, login: UpstreamLogin): Promise<void> {
  const request = await readRequest(wire);
  const mustBind = login.tls.kind === 'verify' && login.tls.channelBinding === 'require';
  if (mustBind && request.kind !== SASL) {
    throw new GatewayError('target-login', 'the target asks for no authentication with channel binding');
  }
  switch (request.kind) {
    case OK:
      return;
    case CLEARTEXT_PASSWORD:
      requirePrivacy(wire.socket, login);
      send(wire, passwordOf(login));
      break;
    case MD5_PASSWORD:
      send(wire, md5Response(login, request.data));
      break;
    case SASL:
      await exchangeScram(wire, login, request.data, mustBind);
      break;
    default:
      throw new GatewayError('target-login', 'the target asks for an authentication that is not supported');
  }
  // A server that asks again wants a second answer to a challenge of its choice.
  await expectRequest(wire, OK);
}

async function exchangeScram(
  wire: TargetWire,
  login: UpstreamLogin,
  offer: Buffer,
  mustBind: boolean,
): Promise<void> {
  const binding = chooseBinding(wire.socket, offer.toString('latin1').split('\0'));
  if (mustBind && binding.kind !== 'end-point') {
    throw new GatewayError('target-login', 'the target offers no authentication with channel binding');
  }
  const exchange = scramExchange(passwordOf(login), binding);
  const first = Buffer.from(exchange.clientFirst, 'utf8');
  const mechanism = binding.kind === 'end-point' ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256';
  send(wire, mechanism, int32(first.length), first);
  const challenge = await expectRequest(wire, SASL_CONTINUE);
  send(wire, Buffer.from(await exchange.proof(challenge.toString('utf8')), 'utf8'));
  const outcome = await expectRequest(wire, SASL_FINAL);
  exchange.verify(outcome.toString('utf8'));
}

/** As libpq's pg_SASL_init chooses: bound if both sides support it. */
function chooseBinding(socket: Duplex, offered: readonly string[]): ScramBinding {
  const hash = endPointBinding(socket);
  const bindable = offered.includes('SCRAM-SHA-256-PLUS');
  if (bindable && !(socket instanceof TLSSocket)) {
    // A server offers it inside TLS only: somebody has removed TLS on the way.
    throw new GatewayError('target-login', 'the target offers channel binding on a connection without TLS');
  }
  if (bindable && hash !== null) return { kind: 'end-point', hash };
  if (!offered.includes('SCRAM-SHA-256')) {
    throw new GatewayError('target-login', 'the target offers no SCRAM-SHA-256');
  }
  return { kind: hash === null ? 'impossible' : 'not-offered' };
}

/** A cleartext password may be read on the way, unless the connection cannot be intercepted. */
function requirePrivacy(socket: Duplex, { tls }: UpstreamLogin): void {
  if (socket instanceof TLSSocket || (tls.kind === 'off' && tls.cleartextPassword)) return;
  const address = socket instanceof Socket ? (socket.remoteAddress ?? '') : '';
  if (/^(?:::1|(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.test(address)) return;
  throw new GatewayError('target-login', 'the target asks for a cleartext password without TLS');
}

function passwordOf({ password }: UpstreamLogin): string {
  if (password === null || password === '')
    throw new GatewayError('target-login', 'the target asks for a password, none is set');
  // A NUL would end it early on the wire and make it a different password.
  if (password.includes('\0'))
    throw new GatewayError('target-login', 'the password of the target has a NUL in it');
  return password;
}

function md5Response(login: UpstreamLogin, salt: Buffer): string {
  if (salt.length !== 4) throw new ProtocolViolation('a salt of another length than four');
  const md5 = (...parts: (Buffer | string)[]): string =>
    parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest('hex');
  return `md5${md5(md5(passwordOf(login), login.user), salt)}`;
}

function send({ socket }: TargetWire, ...parts: readonly (Buffer | string)[]): void {
  socket.write(encode(FRONTEND.PasswordMessage, ...parts));
}

async function expectRequest(wire: TargetWire, kind: number): Promise<Buffer> {
  const request = await readRequest(wire);
  if (request.kind !== kind) throw new GatewayError('target-login', 'the target left the order of its login');
  return request.data;
}

async function readRequest({ reader }: TargetWire): Promise<AuthenticationRequest> {
  for (;;) {
    const message = await readStartupMessage(reader);
    if (message[0] === BACKEND.ErrorResponse) throw refusal(message);
    if (message[0] === BACKEND.NegotiateProtocolVersion || message[0] === BACKEND.NoticeResponse) continue;
    if (message[0] !== BACKEND.Authentication || message.length < 9) {
      throw new ProtocolViolation('the target sent no authentication request');
    }
    return { kind: message.readInt32BE(5), data: message.subarray(9) };
  }
}

export async function readStartupMessage(reader: SocketReader): Promise<Buffer> {
  const header = await reader.read(5);
  const length = header.readInt32BE(1);
  if (length < 4 || length > MESSAGE_BYTES_MAX)
    throw new ProtocolViolation('a start-up message of no sound length');
  return Buffer.concat([header, await reader.read(length - 4)]);
}

/** SQLSTATEs whose message is about what the client itself asked for, or about the server's state, and names nobody. */
const TELLING = /^(?:22|42|3D000|53300|57P0|55000)/;

/** An error of the target at start-up. Authentication errors name the gateway's own user: they are not passed on. */
export function refusal(message: Buffer): Fatal {
  const fields = decodeReport(message, 0, message.length);
  const sqlstate = fields.get('C') ?? '';
  const detail = `${sqlstate}: ${fields.get('M') ?? ''}`;
  if (TELLING.test(sqlstate)) return new Fatal(sqlstate, fields.get('M') ?? '', 'upstream', { detail });
  // Class 28, invalid authorization specification.
  const loginRefused = sqlstate.startsWith('28');
  return new Fatal('08006', 'the target did not let the gateway in', 'upstream', { detail, loginRefused });
}
