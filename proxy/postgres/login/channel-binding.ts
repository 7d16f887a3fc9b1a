/**
 * What SCRAM binds to: the certificate that the target showed in the TLS handshake, `tls-server-end-point` of RFC 5929 section
 * 4. A man in the middle with a certificate of its own, even a valid one, cannot relay the login.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/**
 * The certificate's hash by the hash function of its signature; MD5 and SHA-1 count as SHA-256. Null without TLS, and for a
 * signature without a hash function of its own (Ed25519), for which the type is not defined: PostgreSQL's
 * be_tls_get_certificate_hash finds none either.
 */
export function endPointBinding(socket: Duplex): Buffer | null {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
  return certificate === undefined ? null : certificateHash(certificate);
}

export function certificateHash(certificate: Buffer): Buffer | null {
  const hash = hashOfSignature(certificate);
  return hash === null ? null : createHash(hash).update(certificate).digest();
}

/** Object identifiers in hexadecimal, without tag and length. RFC 8017 appendix C, RFC 5758, RFC 3279. */
const HASHES: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'sha256', // md5WithRSAEncryption
  '2a864886f70d010105': 'sha256', // sha1WithRSAEncryption
  '2a864886f70d01010e': 'sha224',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a8648ce3d0401': 'sha256', // ecdsa-with-SHA1
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
  '2a8648ce380403': 'sha256', // dsa-with-sha1
  '608648016503040301': 'sha224',
  '608648016503040302': 'sha256',
  // As parameters of RSASSA-PSS.
  '2b0e03021a': 'sha256', // SHA-1
  '608648016503040204': 'sha224',
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};
const RSASSA_PSS = '2a864886f70d01010a';

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const CONTEXT_0 = 0xa0;

/** RFC 5280 section 4.1: after what is signed comes with which algorithm. */
function hashOfSignature(certificate: Buffer): string | null {
  const signed = inside(certificate, SEQUENCE);
  const body = signed && element(signed);
  const algorithm = body && inside(signed.subarray(body.length), SEQUENCE);
  const id = algorithm && element(algorithm);
  if (!id || id.tag !== OBJECT_IDENTIFIER) return null;
  const name = id.contents.toString('hex');
  return name === RSASSA_PSS ? hashOfPss(algorithm.subarray(id.length)) : (HASHES[name] ?? null);
}

/** RFC 4055 section 3.1: the hash function is the first parameter; if left out, it is SHA-1. */
function hashOfPss(parameters: Buffer): string | null {
  const fields = inside(parameters, SEQUENCE);
  if (fields === null) return null;
  if (fields[0] !== CONTEXT_0) return 'sha256';
  const hash = inside(fields, CONTEXT_0);
  const algorithm = hash && inside(hash, SEQUENCE);
  const id = algorithm && element(algorithm);
  if (!id || id.tag !== OBJECT_IDENTIFIER) return null;
  return HASHES[id.contents.toString('hex')] ?? null;
}

interface Element {
  readonly tag: number;
  readonly contents: Buffer;
  /** With tag and length. */
  readonly length: number;
}

function inside(bytes: Buffer, tag: number): Buffer | null {
  const found = element(bytes);
  return found?.tag === tag ? found.contents : null;
}

/** The first element. X.690 section 8.1: tag, length, contents; null if it does not end within the bytes. */
function element(bytes: Buffer): Element | null {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return null;
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || more > 4 || bytes.length < 2 + more) return null;
  const size = more === 0 ? first : bytes.readUIntBE(2, more);
  const start = 2 + more;
  if (bytes.length < start + size) return null;
  return { tag, contents: bytes.subarray(start, start + size), length: start + size };
}
