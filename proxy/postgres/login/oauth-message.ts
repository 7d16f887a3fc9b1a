/**
 * What a client says in OAUTHBEARER (RFC 7628, section 3.1), read as strictly as PostgreSQL's auth-oauth.c reads it:
 *
 *     n,,^Ahost=gateway^Aport=5432^Aauth=Bearer <token>^A^A
 *
 * No error quotes the message: it may contain part of a token.
 */
import { Fatal } from '../wire/fatal.js';
import { ProtocolViolation } from '../wire/messages.js';

/** `kvsep`: stands between the pairs, and alone is the client's answer to an error. */
export const SEPARATOR = 0x01;

export type BearerMessage =
  /** The client has no token and asks where to get one (section 4.3). */
  | { readonly kind: 'discovery' }
  /** Null if it cannot be a bearer token. */
  | { readonly kind: 'token'; readonly token: string | null };

/** Throws ProtocolViolation, or Fatal for what the RFC allows and the gateway does not support. */
export function decodeBearerMessage(bytes: Buffer): BearerMessage {
  const text = bytes.toString('latin1');
  if (text === '') throw malformed('it is empty');
  const header = /^[ny],/.exec(text);
  if (header === null) {
    // RFC 5801 section 4: `p=` binds to a channel, which OAUTHBEARER does not define.
    throw malformed(text.startsWith('p') ? 'it has channel binding data' : 'it has no channel-binding flag');
  }
  if (text.startsWith('a', 2))
    throw new Fatal('0A000', 'authorization identities are not supported', 'error');
  if (!text.startsWith(',\x01', 2)) throw malformed('it has an unexpected header');
  const auth = authOf(text.slice(4));
  if (auth === '') return { kind: 'discovery' };
  return { kind: 'token', token: tokenOf(auth) };
}

/** The value of the single `auth` pair. Other pairs are ignored, as section 3.1 requires. */
function authOf(pairs: string): string {
  // Each pair ends with a separator, and one more ends the message.
  if (!pairs.endsWith('\x01')) throw malformed('it has no final terminator');
  const written = pairs.slice(0, -1).split('\x01');
  if (written.pop() !== '') throw malformed('it has an unterminated pair');
  let auth: string | null = null;
  for (const pair of written) {
    const [, key, value] = /^([A-Za-z]+)=([\x21-\x7e \t\r\n]*)$/.exec(pair) ?? [];
    if (key === undefined) throw malformed('it has an invalid pair');
    if (key !== 'auth') continue;
    if (auth !== null) throw malformed('it has several `auth` values');
    auth = value!;
  }
  if (auth === null) throw malformed('it has no `auth` value');
  return auth;
}

/** RFC 6750 section 2.1, with the scheme in any case (RFC 7628 section 4). */
function tokenOf(auth: string): string | null {
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(auth)?.[1] ?? null;
}

function malformed(why: string): ProtocolViolation {
  return new ProtocolViolation(`malformed OAUTHBEARER message: ${why}`);
}
