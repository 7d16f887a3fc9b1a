import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTokenVerifier, type IssuerOptions, type TokenVerifier } from '../../src/identity/oidc.js';
import { bootOidc, type Claims, type OidcProvider, type TokenOptions } from '../support/oidc.js';

let provider: OidcProvider;
let now: Date;

beforeAll(async () => {
  provider = await bootOidc({ clients: { 'ci-test': { repository: 'shop/orders', groups: ['ci-test'] } } });
});
afterAll(() => provider.stop());

function verifier(changes: Partial<IssuerOptions> = {}): TokenVerifier {
  now = new Date();
  const options: IssuerOptions = {
    issuer: provider.issuer,
    audience: 'sallyport',
    kind: 'service',
    groups: ['repo:{repository}', '{groups}'],
    clockSkewSeconds: 60,
    ...changes,
  };
  return createTokenVerifier([options], () => now);
}

function later(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000);
}

const seconds = (): number => Math.floor(Date.now() / 1000);

describe('a token of the provider', () => {
  test('is an identity with groups, until it expires', async () => {
    const one = await verifier().verify(await provider.tokenFor('ci-test'));
    expect(one).toMatchObject({
      kind: 'verified',
      identity: {
        subject: 'ci-test',
        issuer: provider.issuer,
        kind: 'service',
        name: 'ci-test',
        groups: ['ci-test', 'repo:shop/orders'],
      },
    });
    expect(JSON.stringify(one)).not.toContain('eyJ');
  });

  test('names people as they name themselves', async () => {
    const claims = { sub: '17', email: 'ada@example.com' };
    const people = verifier({ kind: 'human' });
    expect(await people.verify(await provider.sign({ claims }))).toMatchObject({
      identity: { subject: '17', name: 'ada@example.com' },
    });
    expect(await verifier().verify(await provider.sign({ claims }))).toMatchObject({
      identity: { name: '17' },
    });
  });

  test('expires at `exp`, remembered or not', async () => {
    const patient = verifier();
    const exp = seconds() + 30;
    const token = await provider.sign({ claims: { exp } });
    expect(await patient.verify(token)).toMatchObject({ identity: { expiresAt: new Date(exp * 1000) } });
    later(31);
    const reason = `the token has expired: it was good until ${new Date(exp * 1000).toISOString()}`;
    const expired = { kind: 'refused', reason, telling: true };
    expect(await patient.verify(token)).toEqual(expired);
    const fresh = verifier();
    later(31);
    expect(await fresh.verify(token)).toEqual(expired);
  });

  test('grows too old where a greatest age is set', async () => {
    const strict = verifier({ tokenAgeSecondsMax: 100, clockSkewSeconds: 0 });
    const token = await provider.sign();
    expect((await strict.verify(token)).kind).toBe('verified');
    later(102);
    expect(await strict.verify(token)).toEqual({
      kind: 'refused',
      reason: 'the token is older than is allowed',
      telling: true,
    });
    expect((await strict.verify(await provider.sign({ claims: { iat: undefined } }))).kind).toBe('refused');
  });
});

describe('a token that proves nothing', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const claims =
    (changed: Claims): (() => TokenOptions) =>
    () => ({ claims: changed });
  const cases: readonly (readonly [string, () => TokenOptions, string])[] = [
    ['is signed with another key', () => ({ key: other }), 'the signature does not verify'],
    [
      'has an unknown key id',
      () => ({ header: { kid: 'x' }, key: other }),
      'the issuer publishes no key that fits the token',
    ],
    [
      'is signed with an algorithm of another kind',
      () => ({ header: { alg: 'ES256' }, key: ec }),
      'the issuer publishes no key that fits the token',
    ],
    [
      'has expired',
      claims({ exp: 1_700_000_000 }),
      'the token has expired: it was good until 2023-11-14T22:13:20.000Z',
    ],
    [
      'expired before any date',
      claims({ exp: -1e300 }),
      'the token has expired: it was good until -271821-04-20T00:00:00.000Z',
    ],
    ['never expires', claims({ exp: undefined }), 'the claim `exp` is missing'],
    [
      'is not valid yet',
      claims({ nbf: 4_000_000_000 }),
      'the token is not valid before 2096-10-02T07:06:40.000Z',
    ],
    ['is for another audience', claims({ aud: 'elsewhere' }), 'the claim `aud` is not as configured'],
    ['is for no audience', claims({ aud: undefined }), 'the claim `aud` is missing'],
    ['is about nobody', claims({ sub: undefined }), 'the claim `sub` is missing'],
    ['is about an empty name', claims({ sub: '' }), 'the claim `sub` is empty'],
    ['P39: is about a number', claims({ sub: 7 }), 'the claim `sub` is no text'],
    ['P39: is about a list', claims({ sub: ['ci-test'] }), 'the claim `sub` is no text'],
    [
      'P39: never expires, in a way that JSON cannot mean',
      () => ({ text: (json) => json.replace(/"exp":\d+/, '"exp":1e400') }),
      'the claims hold a number that is too large',
    ],
    [
      'P39: holds such a number elsewhere',
      () => ({
        claims: { run: { number: 0 } },
        text: (json) => json.replace('"number":0', '"number":-1e400'),
      }),
      'the claims hold a number that is too large',
    ],
    [
      'P39: is a logout token without a type',
      claims({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
      'the token tells of events: it is no proof of identity',
    ],
    [
      'P39: is bound to a key',
      claims({ cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } }),
      'the token is bound to a key (`cnf`): holding it proves nothing here',
    ],
    [
      'is from another issuer',
      claims({ iss: 'https://elsewhere.example' }),
      'the token is from an issuer that is not configured',
    ],
    [
      'names an inherited property as issuer',
      claims({ iss: 'constructor' }),
      'the token is from an issuer that is not configured',
    ],
    ['is from nobody', claims({ iss: undefined }), 'the token is from an issuer that is not configured'],
    ['says alg none', () => ({ header: { alg: 'none' } }), 'the algorithm of the token is not allowed'],
    ['is a logout token', () => ({ header: { typ: 'logout+jwt' } }), 'the token is of another type'],
    [
      'has claims nested without end',
      claims({ x: JSON.parse('['.repeat(900) + ']'.repeat(900)) }),
      'the claims are nested too deep',
    ],
    [
      'has a claim that forges a group',
      claims({ repository: 'a\u2028b' }),
      'a group of the template `repo:{repository}` has a control character',
    ],
  ];
  /** T15: of these the signature is not good, or nobody has looked at it. */
  const unproven = new Set([
    'is signed with another key',
    'has an unknown key id',
    'is signed with an algorithm of another kind',
    'is from another issuer',
    'names an inherited property as issuer',
    'is from nobody',
    'says alg none',
    'is a logout token',
  ]);
  test.each(cases)('%s', async (name, options, reason) =>
    expect(await verifier().verify(await provider.sign(options()))).toEqual({
      kind: 'refused',
      reason,
      telling: !unproven.has(name),
    }),
  );

  test.each([
    ['expired', { exp: 1 }],
    ['not valid yet', { nbf: 4_000_000_000 }],
    ['for another audience', { aud: 'elsewhere' }],
    ['about nobody', { sub: undefined }],
    ['forging a group', { repository: 'a\u2028b' }],
  ])('T15: is signed by another and %s: the signature is what counts', async (_, changed) => {
    const token = await provider.sign({ key: other, claims: changed });
    const reason = 'the signature does not verify';
    expect(await verifier().verify(token)).toEqual({ kind: 'refused', reason, telling: false });
  });

  test('is an HMAC with the public key as its secret', async () => {
    const key = createSecretKey(Buffer.from(provider.publicKey()));
    const token = await provider.sign({ header: { alg: 'HS256' }, key });
    const reason = 'the algorithm of the token is not allowed';
    expect(await verifier().verify(token)).toEqual({ kind: 'refused', reason, telling: false });
  });

  test('has its claims exchanged, its signature cut off, or its signature changed', async () => {
    const [header, body, signature] = (await provider.sign()).split('.') as [string, string, string];
    const forged = Buffer.from(body, 'base64url').toString().replace('ci-test', 'ci-root');
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    for (const token of [
      `${header}.${Buffer.from(forged).toString('base64url')}.${signature}`,
      `${header}.${body}.`,
      `${header}.${body}`,
      `${header}.${body}.${flipped}`,
    ])
      expect((await verifier().verify(token)).kind).toBe('refused');
  });

  test.each(['', 'secret', '..', 'a.b.c', '{}.{}.{}', 'eyJhbGciOiJub25lIn0..', '\0'.repeat(50), 'é.é.é'])(
    'is garbage: %j',
    async (token) => expect((await verifier().verify(token)).kind).toBe('refused'),
  );

  test('is larger than any honest one', async () => {
    const token = await provider.sign({ claims: { ballast: 'x'.repeat(20_000) } });
    expect(await verifier().verify(token)).toEqual({
      kind: 'refused',
      reason: 'the token is longer than 16384 bytes',
      telling: true,
    });
  });

  test('does not put its own words into the reason', async () => {
    const token = await provider.sign({
      claims: { iss: 'https://words.example', sub: 'words' },
      header: { typ: 'words' },
    });
    const verification = await verifier().verify(token);
    expect(JSON.stringify(verification)).not.toContain('words');
  });
});

describe('keys', () => {
  /** A token that no other test has shown, good for more than a day. */
  const fresh = (jti: string, header = {}): Promise<string> =>
    provider.sign({ claims: { jti, exp: seconds() + 100_000 }, header });

  test('that rotate are fetched for an unknown key id, with a pause between two looks', async () => {
    const patient = verifier();
    expect((await patient.verify(await provider.sign())).kind).toBe('verified');
    await provider.rotate();
    const token = await provider.sign();
    expect((await patient.verify(token)).kind).toBe('refused');
    later(6);
    expect((await patient.verify(token)).kind).toBe('verified');
    const before = provider.keyRequests();
    for (let i = 0; i < 20; i++)
      await patient.verify(await provider.sign({ header: { kid: `made up ${i}` } }));
    expect(provider.keyRequests()).toBe(before);
  });

  test('that are withdrawn stop serving', async () => {
    const patient = verifier();
    const tokens = await Promise.all(['a', 'b', 'c'].map((jti) => fresh(jti)));
    expect((await patient.verify(tokens[0]!)).kind).toBe('verified');
    await provider.rotate();
    later(599);
    expect((await patient.verify(tokens[1]!)).kind).toBe('verified');
    later(2);
    expect((await patient.verify(tokens[2]!)).kind).toBe('refused');
  });

  test('that are known keep serving for a day while the provider is down, and no others', async () => {
    const patient = verifier();
    expect((await patient.verify(await fresh('a'))).kind).toBe('verified');
    await provider.down();
    try {
      later(3600);
      expect((await patient.verify(await fresh('b'))).kind).toBe('verified');
      const unknown = await fresh('e', { kid: 'new' });
      expect(await patient.verify(unknown)).toEqual({
        kind: 'refused',
        reason: 'the key of the token is not known, and the issuer cannot be asked for it',
        telling: false,
      });
      later(86_400);
      expect(await patient.verify(await fresh('c'))).toEqual({
        kind: 'refused',
        reason: 'the keys of the issuer cannot be fetched',
        telling: false,
      });
      expect((await verifier().verify(await provider.sign())).kind).toBe('refused');
    } finally {
      await provider.up();
    }
    later(6);
    expect((await patient.verify(await fresh('d'))).kind).toBe('verified');
  });

  test.each(['/.well-known/openid-configuration', '/keys'])(
    'P40: of an issuer whose %s has no end are not waited for',
    async (endless) => {
      let sent = 0;
      const server = createServer((request, response) => {
        response.setHeader('content-type', 'application/json');
        if (request.url === endless) {
          const more = (): void => {
            sent += 64 * 1024;
            if (!response.destroyed) response.write(' '.repeat(64 * 1024), () => setImmediate(more));
          };
          response.on('error', () => undefined);
          more();
        } else response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const token = await provider.sign({ claims: { iss: issuer } });
      expect(await verifier({ issuer }).verify(token)).toMatchObject({
        kind: 'refused',
        reason: 'the keys of the issuer cannot be fetched',
      });
      server.closeAllConnections();
      server.close();
      // What is on its way in buffers counts, too.
      expect(sent).toBeLessThan(16 * 1024 * 1024);
    },
  );

  test('of a provider that calls itself by another name are not taken', async () => {
    const { port } = new URL(provider.issuer);
    const issuer = `http://localhost:${port}`;
    const token = await provider.sign({ claims: { iss: issuer } });
    expect((await verifier({ issuer }).verify(token)).kind).toBe('refused');
  });
});
