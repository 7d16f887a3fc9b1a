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

/** Where clients get their tokens, and how it is decided who is asked for one in this way. */
export interface OAuthOffer {
  readonly issuer: string;
  /** As in RFC 6749 section 3.3: words with a space between. */
  readonly scope: string;
  /** Everybody who does not ask for a password prompt; otherwise only who asks for OAuth. */
  readonly always: boolean;
}

export type BearerAnswer =
  | { readonly kind: 'token'; readonly token: string }
  /** The client was told where to get a token; nothing is wrong with that. */
  | { readonly kind: 'discovery' };

/** Reads one message of the exchange, its type byte and length left out. */
export type ReadResponse = () => Promise<Buffer>;

/** The exchange up to the token. It is empty where the client showed something that can be none. */
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
    // RFC 4422 section 3: who starts without saying anything gets an empty challenge first.
    socket.write(encodeAuthentication(11));
    response = await read();
  }
  const message = decodeBearerMessage(response);
  if (message.kind === 'token') return { kind: 'token', token: message.token ?? '' };
  await declineBearer(socket, read, offer);
  return message;
}

/** RFC 7628 section 3.2.2 and 3.2.3: the error as JSON, which the client must acknowledge before it is told in full. */
export async function declineBearer(socket: Duplex, read: ReadResponse, offer: OAuthOffer): Promise<void> {
  // `invalid_token` is the one status for which libpq goes and gets a token.
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

/** What the client is told in the end, as a server says it. */
export const NO_BEARER = new Fatal('28000', 'OAuth bearer authentication failed', 'refused');
