/**
 * The client's side from its start-up packet to its token, by password or OAUTHBEARER. Nothing is verified here; the gateway
 * verifies the access request.
 */
import type { Duplex } from 'node:stream';
import { TOKEN_TOO_LONG } from '../../../src/identity/oidc.js';
import type { SocketReader } from '../../socket-reader.js';
import { encodeAuthentication } from '../wire/backend-codec.js';
import { INVALID_PASSWORD } from './not-admitted.js';
import { Fatal } from '../wire/fatal.js';
import { decodePassword } from '../wire/frontend-codec.js';
import { FRONTEND, ProtocolViolation } from '../wire/messages.js';
import { askForBearer, declineBearer, NO_BEARER } from './oauth.js';
import type { OAuthOffer } from './oauth.js';
import type { OwnSettings } from './own-settings.js';

/** PostgreSQL's own PG_MAX_AUTH_TOKEN_LENGTH. A longer token is not read to its end. */
const RESPONSE_BYTES_MAX = 65_535;

/** The two ends before a session begins. */
export interface ClientEnd {
  readonly socket: Duplex;
  readonly reader: SocketReader;
}

/** The token that a client has shown. */
export type Credential =
  | {
      readonly kind: 'token';
      readonly token: string;
      /**
       * Ends the exchange for a token that is not accepted. Returns the message to send: the refusal, or one that replaces it.
       */
      readonly decline: (refusal: Fatal) => Promise<Fatal>;
    }
  /** No token: the client was told where to get one, and this is the last message to it. */
  | { readonly kind: 'none'; readonly lastWord: Fatal };

/** Asks for the client's token and reads it. `offer` is null if OAUTHBEARER cannot be offered. */
export async function askForToken(
  end: ClientEnd,
  auth: OwnSettings['auth'],
  offer: OAuthOffer | null,
): Promise<Credential> {
  if (auth === 'oauth' && offer === null) {
    throw new Fatal('0A000', 'this gateway has no issuer for OAuth', 'error');
  }
  const bearer = auth === 'oauth' || (auth === null && offer?.always === true);
  return bearer ? bearerOf(end, offer!) : passwordOf(end);
}

async function passwordOf({ socket, reader }: ClientEnd): Promise<Credential> {
  socket.write(encodeAuthentication(3));
  const message = await readResponse(reader);
  reader.release();
  // A token that is not text is invalid, and refused like any other invalid one.
  const token = decodePassword(message, 0, message.length) ?? '';
  return { kind: 'token', token, decline: (refusal) => Promise.resolve(refusal) };
}

async function bearerOf({ socket, reader }: ClientEnd, offer: OAuthOffer): Promise<Credential> {
  const read = async (): Promise<Buffer> => (await readResponse(reader)).subarray(5);
  const answer = await askForBearer(socket, read, offer);
  if (answer.kind === 'discovery') return { kind: 'none', lastWord: NO_BEARER };
  reader.release();
  const decline = async (refusal: Fatal): Promise<Fatal> => {
    await declineBearer(socket, read, offer);
    // A server mentions passwords only to clients that have sent one.
    return refusal.sqlstate === INVALID_PASSWORD ? NO_BEARER : refusal;
  };
  return { kind: 'token', token: answer.token, decline };
}

/** PasswordMessage, SASLInitialResponse and SASLResponse share one type byte. */
async function readResponse(reader: SocketReader): Promise<Buffer> {
  const head = await reader.read(5);
  const length = head.readInt32BE(1);
  if (head[0] !== FRONTEND.PasswordMessage || length < 4) {
    throw new ProtocolViolation('no password where one was asked for');
  }
  if (length > RESPONSE_BYTES_MAX) throw new Fatal('28000', TOKEN_TOO_LONG, 'refused');
  return Buffer.concat([head, await reader.read(length - 4)]);
}
