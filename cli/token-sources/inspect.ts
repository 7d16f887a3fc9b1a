/** What is checked of a token before it is sent: its form, its audience, and its expiry. */
import { decodeJwt } from 'jose';
import { UsageError } from '../output/outcome.js';

export interface InspectedToken {
  readonly token: string;
  /** Milliseconds since 1970; null if the token does not say. */
  readonly expiresAt: number | null;
}

/** The gateway verifies its signature. Throws UsageError, without any part of the token. */
export function inspectToken(given: string, from: string, audience: string | null): InspectedToken {
  const token = given.trim();
  const claims = claimsOf(token);
  if (claims === null)
    throw new UsageError(
      `what ${from} returned is not a signed token (JWT)`,
      'the gateway accepts tokens of OpenID providers only',
    );
  const expiresAt = claims.exp === undefined ? null : claims.exp * 1000;
  if (expiresAt !== null && expiresAt <= Date.now())
    throw new UsageError(
      `the token from ${from} has expired (${shown(expiresAt)})`,
      'fetch it closer to its use, or issue it with a longer lifetime',
    );
  const audiences = [claims.aud ?? []].flat();
  if (audience !== null && !audiences.includes(audience)) {
    const found = audiences.length === 0 ? 'nobody' : audiences.map((one) => `\`${one}\``).join(', ');
    throw new UsageError(
      `the token from ${from} is for ${found} and not for \`${audience}\``,
      'issue it for that audience, or pass the audience that the gateway expects as `--audience`',
    );
  }
  return { token, expiresAt };
}

function claimsOf(token: string): ReturnType<typeof decodeJwt> | null {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return null;
  try {
    return decodeJwt(token);
  } catch {
    return null;
  }
}

function shown(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'at a time that does not exist' : `at ${date.toISOString()}`;
}
