/** Who vouches for a bundle: a detached JWS over its manifest (RFC 7515 appendix F), Ed25519 (RFC 8037). */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { base64url, calculateJwkThumbprint, CompactSign, compactVerify } from 'jose';
import { GatewayError } from '../../errors.js';
import type { OpenBundle } from '../../engine/bundle/manifest.js';

/** The type in the header: a signature that the same key made for anything else is not valid for a bundle. */
const TYPE = 'sallyport-bundle';
const ALGORITHM = 'EdDSA';
const SIGNATURE_BYTES_MAX = 4096;

export const KEY_HINT =
  'create a pair with `openssl genpkey -algorithm ed25519 -out bundle.key` and ' +
  '`openssl pkey -in bundle.key -pubout -out bundle.pub`';

function unusable(problem: string, cause?: unknown): GatewayError {
  return new GatewayError('bundle-key', problem, { cause });
}

/** From PKCS #8 PEM. Throws GatewayError `bundle-key`. */
export function readPrivateKey(pem: string): KeyObject {
  return ed25519('private', () => createPrivateKey(pem));
}

/** From SPKI PEM. A private key is refused: a verifier must not hold it. */
export function readPublicKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw unusable('the key is a private key; a public key is needed');
  return ed25519('public', () => createPublicKey(pem));
}

function ed25519(kind: 'private' | 'public', read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (cause) {
    throw unusable(`the key is not a PEM ${kind} key`, cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unusable('the key is not an Ed25519 key');
  return key;
}

/** The thumbprint of RFC 7638: the name of the key in signatures and logs. */
export async function keyId(key: KeyObject): Promise<string> {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return calculateJwkThumbprint(publicKey.export({ format: 'jwk' }));
}

export async function signManifest(manifest: Uint8Array, key: KeyObject): Promise<string> {
  const header = { alg: ALGORITHM, typ: TYPE, kid: await keyId(key) };
  const [head, , signature] = (await new CompactSign(manifest).setProtectedHeader(header).sign(key)).split(
    '.',
  );
  return `${head}..${signature}`;
}

/** Returns the id of the key that signed. Throws GatewayError `bundle-unsigned` if none of the keys did. */
export async function verifySignature(
  { manifestBytes, signature }: OpenBundle,
  keys: readonly KeyObject[],
): Promise<string> {
  if (signature === null) throw new GatewayError('bundle-unsigned', 'the bundle is not signed');
  const [head, payload, mark, ...rest] = signature
    .subarray(0, SIGNATURE_BYTES_MAX)
    .toString('ascii')
    .trim()
    .split('.');
  const detached = head !== undefined && payload === '' && mark !== undefined && rest.length === 0;
  if (!detached)
    throw new GatewayError('bundle-unsigned', 'the signature of the bundle is not a detached JWS');
  const jws = `${head}.${base64url.encode(manifestBytes)}.${mark}`;
  for (const key of keys) if (await isSignedBy(jws, key)) return keyId(key);
  throw new GatewayError('bundle-unsigned', 'the bundle is not signed by a trusted key');
}

async function isSignedBy(jws: string, key: KeyObject): Promise<boolean> {
  try {
    const { protectedHeader } = await compactVerify(jws, key, { algorithms: [ALGORITHM] });
    return protectedHeader.typ === TYPE;
  } catch {
    return false;
  }
}
