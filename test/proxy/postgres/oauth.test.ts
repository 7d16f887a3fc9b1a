/** OAUTHBEARER, message by message: RFC 7628, and libpq 18 as its source has it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encode, int32 } from '../../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { decodeBearerMessage } from '../../../proxy/postgres/login/oauth-message.js';
import { startPostgresProxy } from '../../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../../proxy/postgres/proxy.js';
import { encodeStartupMessage } from '../../../proxy/postgres/wire/startup.js';
import { fakeGateway } from './fake-session.js';
import type { FakeGateway } from './fake-session.js';
import { scriptedServer } from './scripted-server.js';
import type { ScriptedServer } from './scripted-server.js';
import { errors, letters, say, WireClient } from './wire-client.js';

let server: ScriptedServer;
let gateway: FakeGateway;
let proxy: PostgresProxy;
const failures: unknown[] = [];

beforeEach(async () => {
  server = await scriptedServer();
  gateway = fakeGateway(server.login);
  await serve(false);
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

async function serve(always: boolean): Promise<void> {
  failures.length = 0;
  proxy = await startPostgresProxy({
    gateway: gateway,
    host: '127.0.0.1',
    port: 0,
    tls: null,
    oauth: { issuer: 'https://issuer.example/"tenant"', scope: 'openid email', always },
    limits: { loginMs: 2000 },
    onError: (error) => void failures.push(error),
  });
}

const ASKING = { options: '-c sallyport.auth=oauth' };

/** Up to the request for a token. */
async function request(settings: Readonly<Record<string, string>> = ASKING): Promise<WireClient> {
  const client = await WireClient.open(proxy.port);
  client.send(encodeStartupMessage('ci', 'orders', new Map(Object.entries(settings))));
  await client.until(() => client.heard.length > 0);
  return client;
}

/** The authentication messages heard: their code, and what comes with it. */
function requests(client: WireClient): readonly (readonly [number, string])[] {
  return client.heard
    .filter(({ type }) => type === 'R')
    .map(({ bytes }) => [bytes.readInt32BE(5), bytes.toString('utf8', 9)]);
}

function initial(response: string | Buffer | null, mechanism = 'OAUTHBEARER'): Buffer {
  const data = response === null ? null : Buffer.from(response);
  const parts = data === null ? [int32(-1)] : [int32(data.length), data];
  return encode(FRONTEND.PasswordMessage, mechanism, ...parts);
}

const answer = (text: string): Buffer => encode(FRONTEND.PasswordMessage, Buffer.from(text, 'latin1'));
const bearer = (token: string): string => `n,,\x01auth=Bearer ${token}\x01\x01`;

const WHERE = {
  status: 'invalid_token',
  'openid-configuration': 'https://issuer.example/"tenant"/.well-known/openid-configuration',
  scope: 'openid email',
};

describe('who is asked for a token by OAUTHBEARER', () => {
  const BEARER = [[10, 'OAUTHBEARER\0\0']];
  const PASSWORD = [[3, '']];
  test.each([
    [false, {}, PASSWORD],
    [false, { options: '-c geqo=off' }, PASSWORD],
    [false, ASKING, BEARER],
    [false, { 'sallyport.auth': 'oauth' }, BEARER],
    [true, {}, BEARER],
    [true, { options: '-c sallyport.auth=password' }, PASSWORD],
  ])('always: %j, settings: %j', async (always, settings, asked) => {
    await proxy.close();
    await serve(always);
    const client = await request(settings);
    expect(requests(client)).toEqual(asked);
    client.end();
  });

  test('nobody where there is not an issuer', async () => {
    await proxy.close();
    proxy = await startPostgresProxy({ gateway: gateway, host: '127.0.0.1', port: 0, tls: null });
    const client = await request();
    expect(errors(client.heard)[0]?.get('C')).toBe('0A000');
    const other = await request({});
    expect(requests(other)).toEqual(PASSWORD);
    other.end();
  });
});

describe('a token', () => {
  async function show(...messages: readonly Buffer[]): Promise<WireClient> {
    const client = await request();
    for (const [index, message] of messages.entries()) {
      client.send(message);
      await client.until(() => requests(client).length > index + 1 || errors(client.heard).length > 0);
    }
    return client;
  }

  test('that is good opens a session, without a final message of the exchange', async () => {
    const client = await show(initial(bearer('a.good-token')));
    await client.until(() => client.heard.some(({ type }) => type === 'Z'));
    expect(requests(client).map(([code]) => code)).toEqual([10, 0]);
    expect(gateway.requests).toMatchObject([{ token: 'a.good-token', user: 'ci', target: 'orders' }]);
    expect(server.startups.at(-1)!.toString()).not.toContain('sallyport');
    expect(letters(await client.ask([say.query('SELECT 1')]))).toBe('CZI');
    client.end();
  });

  test('may come after an empty challenge', async () => {
    const client = await show(initial(null), answer(bearer('late')));
    await client.until(() => client.heard.some(({ type }) => type === 'Z'));
    expect(requests(client)).toEqual([
      [10, 'OAUTHBEARER\0\0'],
      [11, ''],
      [0, ''],
    ]);
    expect(gateway.requests).toMatchObject([{ token: 'late' }]);
    client.end();
  });

  test('with commands behind it: they wait for the session', async () => {
    const client = await request();
    client.send(initial(bearer('good')), say.query('SELECT 1'));
    await client.until(() => client.heard.filter(({ type }) => type === 'Z').length === 2);
    expect(letters(client.heard)).toMatch(/ZICZI$/);
    client.end();
  });

  test('that is refused: where to get one, then an error', async () => {
    const client = await show(initial(bearer('wrong')));
    expect(JSON.parse(requests(client).at(-1)![1])).toEqual(WHERE);
    expect(errors(client.heard)).toEqual([]);
    client.send(answer('\x01'));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => [fields.get('C'), fields.get('M')])).toEqual([
      ['28000', 'OAuth bearer authentication failed'],
    ]);
    expect(server.connections).toBe(0);
  });

  test.each([
    'Basic Y2k6d3Jvbmc=',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a\tb',
    'Bearer =',
    'Bearer {}',
    'a.token',
  ])('that is none is refused on the record, as one without text: %j', async (auth) => {
    gateway.admit = (knock_) => {
      gateway.requests.push(knock_);
      return Promise.resolve({
        kind: 'refused',
        why: 'unproven',
        message: 'authentication failed',
        hint: null,
      });
    };
    const client = await show(initial(`n,,\x01auth=${auth}\x01\x01`), answer('\x01'));
    await client.until(() => false);
    expect(gateway.requests).toMatchObject([{ token: '' }]);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['28000']);
    expect(JSON.stringify(failures.map(String))).not.toContain('token');
  });

  test('T15: of a good signature that is not taken says why at the end of the exchange', async () => {
    const message = 'the token has expired: it was good until 2026-01-01T00:00:00.000Z';
    gateway.admit = () => Promise.resolve({ kind: 'refused', why: 'token', message, hint: null });
    const client = await show(initial(bearer('expired')));
    expect(JSON.parse(requests(client).at(-1)![1])).toEqual(WHERE);
    expect(errors(client.heard)).toEqual([]);
    client.send(answer('\x01'));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => [fields.get('C'), fields.get('M')])).toEqual([
      ['28000', message],
    ]);
  });

  test.each([
    ['unknown-database', '3D000'],
    ['ambiguous-database', '3D000'],
    ['closed-database', '42501'],
  ] as const)('T15: that is good is not called invalid for its database: %s', async (why, sqlstate) => {
    gateway.admit = () => Promise.resolve({ kind: 'refused', why, message: 'not this one', hint: 'another' });
    const client = await show(initial(bearer('good')));
    await client.until(() => false);
    expect(requests(client).map(([code]) => code)).toEqual([10]);
    expect(errors(client.heard).map((fields) => [fields.get('C'), fields.get('M'), fields.get('H')])).toEqual(
      [[sqlstate, 'not this one', 'another']],
    );
  });

  test('asked where to get one: told, and let go without a word in the log', async () => {
    const client = await show(initial('n,,\x01auth=\x01\x01'));
    expect(JSON.parse(requests(client).at(-1)![1])).toEqual(WHERE);
    client.send(answer('\x01'));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['28000']);
    expect(gateway.requests).toEqual([]);
    expect(failures).toEqual([]);
  });

  test.each([
    ['another mechanism', [initial(bearer('x'), 'SCRAM-SHA-256')]],
    ['no mechanism', [encode(FRONTEND.PasswordMessage, Buffer.from('OAUTHBEARER'))]],
    ['a password', [encode(FRONTEND.PasswordMessage, 'a password')]],
    [
      'a length beyond the message',
      [encode(FRONTEND.PasswordMessage, 'OAUTHBEARER', int32(99), Buffer.from('n,,'))],
    ],
    ['a negative length', [encode(FRONTEND.PasswordMessage, 'OAUTHBEARER', int32(-2))]],
    [
      'bytes behind the response',
      [encode(FRONTEND.PasswordMessage, 'OAUTHBEARER', int32(0), Buffer.from('x'))],
    ],
    ['nothing in the response', [initial('')]],
    ['nothing after the challenge', [initial(null), answer('')]],
    ['no acknowledgement', [initial('n,,\x01auth=\x01\x01'), answer('\x01\x01')]],
    ['a token in the place of the acknowledgement', [initial(bearer('wrong')), answer(bearer('good'))]],
    ['a Query', [say.query('SELECT 1')]],
  ])('%s ends it', async (_name, messages) => {
    const client = await show(...messages);
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['08P01']);
    expect(server.connections).toBe(0);
  });

  test('T15: too much ends it, and is said to be', async () => {
    const client = await show(encode(FRONTEND.PasswordMessage, 'x'.repeat(70_000)));
    await client.until(() => false);
    const [error] = errors(client.heard);
    expect([error?.get('C'), error?.get('M')]).toEqual(['28000', 'the token is longer than 16384 bytes']);
    expect(gateway.requests).toEqual([]);
  });

  test('that is declined and not acknowledged is waited for no longer than a login may take', async () => {
    await proxy.close();
    proxy = await startPostgresProxy({
      gateway: gateway,
      host: '127.0.0.1',
      port: 0,
      tls: null,
      oauth: { issuer: 'https://issuer.example', scope: 'openid', always: true },
      limits: { loginMs: 100 },
    });
    const client = await show(initial(bearer('wrong')));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['57014']);
  });
});

describe('a message', () => {
  test('of any bytes is read or refused', () => {
    const parts = fc.constantFrom(
      'n',
      'y',
      'p',
      ',',
      '\x01',
      'auth',
      '=',
      'Bearer ',
      'x',
      '\0',
      '\u00e9',
      'a=',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 14 }), (written) => {
        try {
          const message = decodeBearerMessage(Buffer.from(written.join(''), 'latin1'));
          if (message.kind === 'token') expect(message.token ?? 'x').toMatch(/^[\w.~+/-]+=*$/);
        } catch (error) {
          expect(error).toMatchObject({ name: expect.stringMatching(/^(?:ProtocolViolation|Fatal)$/) });
        }
      }),
    );
  });

  const long = 'x'.repeat(20_000);
  test.each([
    [bearer('a.b-c_d~e+f/g=='), { kind: 'token', token: 'a.b-c_d~e+f/g==' }],
    ['y,,\x01auth=bEARER   x\x01\x01', { kind: 'token', token: 'x' }],
    ['n,,\x01host=a\x01port=5432\x01auth=Bearer x\x01other=\x01\x01', { kind: 'token', token: 'x' }],
    ['n,,\x01Auth=Bearer y\x01auth=Bearer x\x01\x01', { kind: 'token', token: 'x' }],
    [bearer(long), { kind: 'token', token: long }],
    ['n,,\x01auth=Basic x\x01\x01', { kind: 'token', token: null }],
    ['n,,\x01auth= Bearer x\x01\x01', { kind: 'token', token: null }],
    ['n,,\x01auth=\x01\x01', { kind: 'discovery' }],
  ])('%#: is read', (text, message) => {
    expect(decodeBearerMessage(Buffer.from(text))).toEqual(message);
  });

  test.each([
    '\x01',
    'n',
    'n,',
    'n,,',
    'n,,\x01',
    'x,,\x01auth=Bearer x\x01\x01',
    'p=tls-unique,,\x01auth=Bearer x\x01\x01',
    'n,,auth=Bearer x\x01\x01',
    'n,,\x01\x01',
    'n,,\x01auth=Bearer x',
    'n,,\x01auth=Bearer x\x01',
    'n,,\x01auth=Bearer x\x01\x01\x01',
    'n,,\x01auth=Bearer x\x01\x01auth=Bearer y\x01\x01',
    'n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01',
    'n,,\x01auth\x01\x01',
    'n,,\x01=x\x01auth=Bearer x\x01\x01',
    'n,,\x01a1=x\x01auth=Bearer x\x01\x01',
    'n,,\x01auth=Bearer x\0\x01\x01',
    'n,,\x01auth=Bearer x\x7f\x01\x01',
    'n,,\x01host=\u00e9\x01auth=Bearer x\x01\x01',
    'n,a=postgres,\x01auth=Bearer x\x01\x01',
  ])('%j is refused, and nothing of it is told', (text) => {
    let told = '';
    try {
      decodeBearerMessage(Buffer.from(text));
    } catch (error) {
      told = (error as Error).message;
    }
    expect(told).toMatch(/^malformed OAUTHBEARER message: |^authorization identities are not supported$/);
    expect(told).not.toMatch(/Bearer x|postgres/);
  });
});
