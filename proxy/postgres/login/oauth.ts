/**
 * OAUTHBEARER from the server's side (RFC 7628, PostgreSQL's auth-oauth.c), for libpq 18 and newer. A client without a
 * token asks where to get one, is told by an error, and comes back on another connection:
 *
 *   client                                        gateway
 *     │◀─ AuthenticationSASL: OAUTHBEARER ───────────│
 *     │── SASLInitialResponse: auth= ───────────────▶│
 *     │◀─ AuthenticationSASLContinue: where, scope ──│
 *     │── SASLResponse: ^A ─────────────────────────▶│
 *     │◀─ ErrorResponse ─────────────────────────────│
 */
import type { Duplex } from 'node:stream';
import { encodeAuthentication } from '../wire/backend-codec.js';
import { Fatal } from '../wire/fatal.js';
import { decodeSaslInitialResponse } from '../wire/frontend-codec.js';
import { ProtocolViolation } from '../wire/messages.js';
import { decodeBearerMessage, SEPARATOR } from './oauth-message.js';

const MECHANISM = 'OAUTHBEARER';

/** Where clients get their tokens, and which clients are asked for one in this way. */
export interface OAuthOffer {
  readonly issuer: string;
  /** As in RFC 6749 section 3.3: words separated by single spaces. */
  readonly scope: string;
  /** All clients that do not ask for a password prompt; otherwise only those that ask for OAuth. */
  readonly always: boolean;
}

export type BearerAnswer =
  | { readonly kind: 'token'; readonly token: string }
  /** The client was told where to get a token; this is not a failure. */
  | { readonly kind: 'discovery' };

/** Reads one message of the exchange, without type byte and length. */
export type ReadResponse = () => Promise<Buffer>;

/** The exchange up to the token. The token is empty if what the client showed cannot be one. */
export async function askForBearer(
  socket: Duplex,
  read: ReadResponse,
  offer: OAuthOffer,
): Promise<BearerAnswer> {
  socket.write(encodeAuthentication(10, Buffer.from(`${MECHANISM}\0\0`)));
  const initial = decodeSaslInitialResponse(await read());
  if (initial.mechanism !== MECHANISM) throw new ProtocolViolation('a SASL mechanism that was not offered');
  let response = initial.response;
  if (response === null) {
    // RFC 4422 section 3: a client that starts without an initial response gets an empty challenge first.
    socket.write(encodeAuthentication(11));
    response = await read();
  }
  const message = decodeBearerMessage(response);
  if (message.kind === 'token') return { kind: 'token', token: message.token ?? '' };
  await declineBearer(socket, read, offer);
  return message;
}

/** RFC 7628 section 3.2.2 and 3.2.3: the error as JSON, which the client must acknowledge before it gets the full error. */
export async function declineBearer(socket: Duplex, read: ReadResponse, offer: OAuthOffer): Promise<void> {
  // `invalid_token` is the only status for which libpq fetches a token.
  const error = {
    status: 'invalid_token',
    'openid-configuration': `${offer.issuer}/.well-known/openid-configuration`,
    scope: offer.scope,
  };
  socket.write(encodeAuthentication(11, Buffer.from(JSON.stringify(error), 'utf8')));
  const response = await read();
  if (response.length !== 1 || response[0] !== SEPARATOR)
    throw new ProtocolViolation('malformed OAUTHBEARER message: it does not acknowledge the error');
}

/** The final message to the client, as a server words it. */
export const NO_BEARER = new Fatal('28000', 'OAuth bearer authentication failed', 'refused');
