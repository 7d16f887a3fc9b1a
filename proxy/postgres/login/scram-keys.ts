/** Derives the keys of SCRAM-SHA-256 from a password, RFC 5802 section 3: the one costly step of a login. */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

export interface ScramKeys {
  readonly client: Buffer;
  /** The hash of the client's key, which a server stores. */
  readonly stored: Buffer;
  readonly server: Buffer;
}

/** One for each target and rotation of its password, with some spare room. */
const KNOWN_MAX = 64;
/** So that the cache keys are worthless outside this process. */
const PEPPER = randomBytes(32);

/** Salt and count belong to the password and do not change between logins: RFC 5802 section 5.1 lets clients keep the keys. */
const known = new Map<string, Promise<ScramKeys>>();

export function scramKeys(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const name = createHmac('sha256', PEPPER)
    .update(`${iterations} ${salt.toString('base64')} ${password}`)
    .digest('base64');
  const keys = known.get(name) ?? deriveKeys(password, salt, iterations);
  known.delete(name);
  known.set(name, keys);
  if (known.size > KNOWN_MAX) known.delete(known.keys().next().value!);
  keys.catch(() => known.delete(name));
  return keys;
}

async function deriveKeys(password: string, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const salted = await derive(await prepared(password), salt, iterations, 32, 'sha256');
  const client = hmac(salted, 'Client Key');
  const stored = createHash('sha256').update(client).digest();
  return { client, stored, server: hmac(salted, 'Server Key') };
}

export function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * SASLprep, RFC 4013, as PostgreSQL's pg_saslprep applies it when a password is set: ASCII is unchanged, and a password that
 * SASLprep prohibits is used unchanged, too. The tables are large and most passwords need none of them.
 */
async function prepared(password: string): Promise<string> {
  if (/^\p{ASCII}*$/u.test(password)) return password;
  const { saslprep } = await import('@mongodb-js/saslprep');
  try {
    return saslprep(password);
  } catch {
    return password;
  }
}
