/** SCRAM-SHA-256 and SCRAM-SHA-256-PLUS as a client, RFC 5802 and RFC 7677: messages and their checks. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../../../src/errors.js';
import { hmac, scramKeys } from './scram-keys.js';

/** RFC 7677 section 4 requires at least 4,096; above the upper bound a server would keep the gateway busy. */
const ITERATIONS_MIN = 4096;
const ITERATIONS_MAX = 1_000_000;

/** RFC 5802 section 6: what the exchange says about channel binding, for the server to check. */
export type ScramBinding =
  /** The gateway cannot bind: a server that could must not treat it as a downgrade attack. */
  | { readonly kind: 'impossible' }
  /**
   * The gateway could bind, and the server does not offer it. If the server did offer it, somebody has changed its offer, and
   * it must refuse.
   */
  | { readonly kind: 'not-offered' }
  /** The hash of the server's certificate. */
  | { readonly kind: 'end-point'; readonly hash: Buffer };

export interface ScramExchange {
  readonly clientFirst: string;
  /** The client's final message, from the server's first. Throws GatewayError if that is not acceptable. */
  proof(serverFirst: string): Promise<string>;
  /** Throws GatewayError if the server does not prove that it knows the password. */
  verify(serverFinal: string): void;
}

export function scramExchange(
  password: string,
  binding: ScramBinding,
  nonce = randomBytes(18).toString('base64'),
): ScramExchange {
  const header = gs2Header(binding);
  const bound = binding.kind === 'end-point' ? binding.hash : Buffer.alloc(0);
  const bindingData = Buffer.concat([Buffer.from(header), bound]).toString('base64');
  // PostgreSQL takes the user from the start-up packet and ignores the one here.
  const bare = `n=,r=${nonce}`;
  let serverSignature: Buffer | null = null;
  return {
    clientFirst: header + bare,
    async proof(serverFirst) {
      const { serverNonce, salt, iterations } = readServerFirst(serverFirst, nonce);
      const keys = await scramKeys(password, salt, iterations);
      const withoutProof = `c=${bindingData},r=${serverNonce}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(keys.stored, message);
      serverSignature = hmac(keys.server, message);
      const proof = Buffer.from(keys.client.map((byte, index) => byte ^ signature[index]!));
      return `${withoutProof},p=${proof.toString('base64')}`;
    },
    verify(serverFinal) {
      const given = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})(?:,|$)/.exec(serverFinal)?.[1] ?? '', 'base64');
      const proven = serverSignature !== null && given.length === serverSignature.length;
      if (!proven || !timingSafeEqual(given, serverSignature!)) {
        throw new GatewayError('target-login', 'the target did not prove that it knows the password');
      }
    },
  };
}

function gs2Header({ kind }: ScramBinding): string {
  switch (kind) {
    case 'impossible':
      return 'n,,';
    case 'not-offered':
      return 'y,,';
    case 'end-point':
      return 'p=tls-server-end-point,,';
  }
}

/** RFC 5802 section 7: in this order. `m=` before it is an extension that the gateway would have to know. */
const SERVER_FIRST = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9]\d{0,8})(?:,|$)/;

function readServerFirst(
  message: string,
  nonce: string,
): { readonly serverNonce: string; readonly salt: Buffer; readonly iterations: number } {
  const [, serverNonce, salt, count] = SERVER_FIRST.exec(message) ?? [];
  if (serverNonce === undefined || salt === undefined) {
    throw new GatewayError('target-login', 'the target sent no first message of SCRAM');
  }
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) {
    throw new GatewayError('target-login', 'the target answered with a nonce that is not of this exchange');
  }
  const iterations = Number(count);
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
    throw new GatewayError('target-login', `the target asked for an iteration count of ${iterations}`);
  }
  return { serverNonce, salt: Buffer.from(salt, 'base64'), iterations };
}
