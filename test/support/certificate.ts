/**
 * Certificates for tests, made with nothing but node:crypto: an authority and a leaf that it signs.
 * RFC 5280; ECDSA P-256 with SHA-256.
 */
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';

export interface Certificates {
  /** PEM of the authority's certificate: what a client trusts. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A leaf for `localhost`, `127.0.0.1` and the names given, signed by an authority of its own. `subject` is its common name. */
export function makeCertificates(
  names: readonly string[] = [],
  validUntil = new Date('2049-12-31'),
  subject = 'localhost',
): Certificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = new Date('2020-01-01');
  const caExtensions = [
    extension('551d13', true, sequence(der(0x01, Buffer.from([0xff])))),
    extension('551d0f', true, der(0x03, Buffer.from([0x01, 0x06]))),
  ];
  const alternatives = ['localhost', ...names].map((name) => der(0x82, Buffer.from(name, 'ascii')));
  const leafExtensions = [
    extension('551d11', false, sequence(...alternatives, der(0x87, Buffer.from([127, 0, 0, 1])))),
    extension('551d0f', true, der(0x03, Buffer.from([0x07, 0x80]))),
  ];
  // One name for two authorities would have a client that trusts both check a signature with the wrong key.
  const issuer = distinguishedName(`Test Authority ${randomUUID()}`);
  const ca = certificate(
    1,
    issuer,
    issuer,
    authority.publicKey,
    authority.privateKey,
    caExtensions,
    from,
    validUntil,
  );
  const cert = certificate(
    2,
    issuer,
    distinguishedName(subject),
    leaf.publicKey,
    authority.privateKey,
    leafExtensions,
    from,
    validUntil,
  );
  return { ca, cert, key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));

function certificate(
  serial: number,
  issuer: Buffer,
  subject: Buffer,
  publicKey: KeyObject,
  signer: KeyObject,
  extensions: readonly Buffer[],
  from: Date,
  until: Date,
): string {
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ecdsaWithSha256,
    issuer,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const base64 = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** X.690 section 8.1: tag, definite length, contents. */
function der(tag: number, contents: Buffer): Buffer {
  const length =
    contents.length < 0x80
      ? [contents.length]
      : contents.length < 0x100
        ? [0x81, contents.length]
        : [0x82, contents.length >> 8, contents.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), contents]);
}

function sequence(...members: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(members));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, der(0x04, value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

/** UTCTime, which RFC 5280 section 4.1.2.5 requires through 2049. */
function time(date: Date): Buffer {
  const text = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
    .slice(2);
  return der(0x17, Buffer.from(text, 'ascii'));
}
