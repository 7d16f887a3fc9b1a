/** An issuer whose certificate is from an authority of its own. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK } from 'jose';
import { createTokenVerifier, type IssuerOptions } from '../../src/identity/oidc.js';
import { fetchKeySet } from '../../src/identity/issuer-keys.js';
import { makeCertificates } from '../support/certificate.js';

const certificates = makeCertificates();
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let server: Server;
let issuer: string;

beforeAll(async () => {
  const jwk = { ...(await exportJWK(key.publicKey)), kid: 'one', use: 'sig', alg: 'ES256' };
  server = createServer({ cert: certificates.cert, key: certificates.key }, (request, response) => {
    const answers: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/jwks` },
      '/jwks': { keys: [jwk] },
    };
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(
  () =>
    new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    }),
);

function token(): Promise<string> {
  return new SignJWT({ sub: 'ci-test' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience('sallyport')
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(key.privateKey);
}

async function verify(ca: string | null): Promise<object> {
  const options: IssuerOptions = {
    issuer,
    audience: 'sallyport',
    kind: 'service',
    groups: [],
    clockSkewSeconds: 60,
    ca: ca === null ? null : { read: () => Promise.resolve(ca), place: 'a test' },
  };
  return createTokenVerifier([options], () => new Date()).verify(await token());
}

test('is asked where `ca` names that authority', async () => {
  expect(await verify(certificates.ca)).toMatchObject({ kind: 'verified', identity: { subject: 'ci-test' } });
});

test.each([
  ['the public ones', null],
  ['another', makeCertificates().ca],
])('is not believed where the authority is %s', async (_, ca) => {
  expect(await verify(ca)).toEqual({
    kind: 'refused',
    reason: 'the keys of the issuer cannot be fetched',
    telling: false,
  });
});

test('is not asked where the authorities cannot be read', async () => {
  const read = (): Promise<string> => Promise.reject(new Error('no such file'));
  await expect(fetchKeySet(issuer, read)).rejects.toThrow('no such file');
});
