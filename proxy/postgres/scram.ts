/**
 * SCRAM-SHA-256 as a client, RFC 5802 and RFC 7677. No channel binding: the flag is `n`, so that a server that offers
 * SCRAM-SHA-256-PLUS beside it does not take us for a client that was made to believe it does not.
 */
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { GatewayError } from '../../src/errors.js';

const derive = promisify(pbkdf2);

const GS2_HEADER = 'n,,';
/** RFC 7677 section 4 asks for 4,096 at least; above the other bound a server would keep the gateway busy. */
const ITERATIONS_MIN = 4096;
const ITERATIONS_MAX = 1_000_000;

export interface ScramExchange {
  readonly clientFirst: string;
  /** The client's final message to the server's first. Throws GatewayError where that is not acceptable. */
  proof(serverFirst: string): Promise<string>;
  /** Throws GatewayError where the server does not prove that it knows the password too. */
  verify(serverFinal: string): void;
}

export function scramExchange(password: string, nonce = randomBytes(18).toString('base64')): ScramExchange {
  // PostgreSQL takes the user from the start-up packet and ignores the one here.
  const bare = `n=,r=${nonce}`;
  let serverSignature: Buffer | null = null;
  return {
    clientFirst: GS2_HEADER + bare,
    async proof(serverFirst) {
      const { serverNonce, salt, iterations } = readServerFirst(serverFirst, nonce);
      const salted = await derive(prepare(password), salt, iterations, 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${serverNonce}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
      serverSignature = hmac(hmac(salted, 'Server Key'), message);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!));
      return `${withoutProof},p=${proof.toString('base64')}`;
    },
    verify(serverFinal) {
      const attributes = attributesOf(serverFinal);
      const given = Buffer.from(attributes.get('v') ?? '', 'base64');
      const proven = serverSignature !== null && given.length === serverSignature.length;
      if (!proven || !timingSafeEqual(given, serverSignature!)) {
        throw new GatewayError('target-login', 'the target did not prove that it knows the password');
      }
    },
  };
}

function readServerFirst(
  message: string,
  nonce: string,
): { readonly serverNonce: string; readonly salt: Buffer; readonly iterations: number } {
  const attributes = attributesOf(message);
  const serverNonce = attributes.get('r') ?? '';
  const salt = attributes.get('s') ?? '';
  const iterations = attributes.get('i') ?? '';
  const count = /^[1-9]\d{0,8}$/.test(iterations) ? Number(iterations) : 0;
  // `m=` announces a mandatory extension, which RFC 5802 section 5.1 wants refused.
  if (attributes.has('m') || !serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw new GatewayError('target-login', 'the target answered with a nonce that is not of this exchange');
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(salt) || count < ITERATIONS_MIN || count > ITERATIONS_MAX) {
    throw new GatewayError('target-login', 'the target asked for a salt or iteration count out of bounds');
  }
  return { serverNonce, salt: Buffer.from(salt, 'base64'), iterations: count };
}

function attributesOf(message: string): ReadonlyMap<string, string> {
  return new Map(message.split(',').map((pair) => [pair.slice(0, 1), pair.slice(2)]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** RFC 4013 (SASLprep) as far as it changes anything: other spaces become a space, some characters vanish, then NFKC. */
function prepare(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  return password
    .replaceAll(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
    .replaceAll(/[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g, '')
    .normalize('NFKC');
}
