import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { changeOf } from '../../src/facts/sql/catalogue/schema-change.js';
import type { AuditEvent } from '../../src/audit/event.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import type { Gateway } from '../../src/gateway/gateway.js';
import { runGateway, type Running } from './running-gateway.js';
import type { AccessRequest } from '../../src/gateway/session.js';
import type { SqlAdmission } from '../../proxy/postgres/proxy.js';
import type { SqlSession } from '../../proxy/postgres/state/sql-session.js';
import { bootOidc, type Claims, type OidcProvider, type TokenOptions } from '../support/oidc.js';
import { bootPostgres, type PostgresServer } from '../support/postgres.js';
import { eventsIn } from './sessions.js';

let server: PostgresServer;
let provider: OidcProvider;
let folder: string;
let gateway: Gateway | null = null;
let logged: string[] = [];

const RULES = `package light
allow reads if sql.read_only
deny drop "never" if { some s in sql.statements; s.verb == "drop" }
mask email column "customers.email" with redact
`;

beforeAll(async () => {
  server = await bootPostgres();
  await server.query('CREATE DATABASE shop');
  await server.query(
    'CREATE TABLE customers (id int, email text); CREATE VIEW mails AS SELECT email FROM customers',
    'shop',
  );
  provider = await bootOidc({ clients: { 'ci-test': { groups: ['ci-test'] } } });
});
afterAll(async () => {
  await provider.stop();
  await server.stop();
});
afterEach(() => {
  gateway?.close();
  gateway = null;
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  changes: {
    readonly rules?: string;
    readonly extra?: string;
    readonly target?: string;
    readonly port?: number;
  } = {},
): Promise<Running> {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-gateway-'));
  logged = [];
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules', 'light.rules'), changes.rules ?? RULES);
  writeFileSync(join(folder, 'password'), `${server.password}\n`);
  const { config, diagnostics } = parseConfig(
    join(folder, 'sallyport.yaml'),
    `rules: ./rules
identity: {issuers: [{issuer: "${provider.issuer}", audience: sallyport, groups: ["{groups}"]}]}
targets:
  orders:
    type: postgres
    address: 127.0.0.1:${changes.port ?? server.port}
    database: shop
    databases: ["test_*", postgres]
    user: postgres
    password: {file: ./password}
    tls: off
${changes.target ?? ''}
listen: {postgres: "127.0.0.1:0"}
recordings: ./recordings
${changes.extra ?? ''}`,
  );
  if (config === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const note = (fields: object, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  const { running, all } = await runGateway(config, log);
  gateway = all;
  return running;
}

function request(token: string, changes: Partial<AccessRequest> = {}): AccessRequest {
  const client = { address: '127.0.0.1', port: 5000, application: 'psql' };
  return { protocol: 'postgres', target: 'orders', user: 'ci', token, client, ...changes };
}

const events = (): AuditEvent[] => eventsIn(join(folder, 'recordings'));

async function admitted(admission: SqlAdmission): Promise<SqlSession> {
  if (admission.kind !== 'admitted') throw new Error('it was not admitted');
  await admission.session.ready();
  return admission.session;
}

function decide(session: SqlSession, text: string): ReturnType<SqlSession['decide']> {
  const context = {
    searchPath: ['public'],
    prepared: new Map<string, string>(),
    transaction: 'idle',
    parameters: [],
  } as const;
  return session.decide({ phase: 'query', text, context, analysis: session.analyse(text, context) });
}

describe('admission', () => {
  test('gives a session with the target’s login and catalogue, and every command is decided', async () => {
    const { sessions, admit } = await start();
    const session = await admitted(await admit(request(await provider.tokenFor('ci-test'))));
    expect(session.identity).toMatchObject({ subject: 'ci-test', groups: ['ci-test'] });
    expect(session.upstream).toMatchObject({ database: 'shop', user: 'postgres', password: server.password });
    expect(session.catalogue()?.relations.map(({ name }) => name)).toEqual(['customers', 'mails']);
    expect(decide(session, 'SELECT email FROM mails')).toMatchObject({
      kind: 'forward',
      plan: { masks: [{ kind: 'mask' }] },
    });
    expect(decide(session, 'DROP TABLE customers')).toMatchObject({
      kind: 'refuse',
      refusal: { message: 'denied by light.drop: never' },
    });
    expect(sessions.size).toBe(1);
    session.close('client');
    expect(sessions.size).toBe(0);
    expect(events().map(({ kind }) => kind)).toEqual(['opened', 'command', 'command', 'closed']);
  });

  test('to another database of the target', async () => {
    const { admit } = await start();
    const token = await provider.tokenFor('ci-test');
    const session = await admitted(await admit(request(token, { target: 'orders/postgres' })));
    expect(session.upstream.database).toBe('postgres');
    expect(events()[0]).toMatchObject({ target: { name: 'orders', database: 'postgres' } });
  });

  test('T6: to a database that no target is called after, and one target opens', async () => {
    const { admit } = await start({ target: OTHER });
    const token = await provider.tokenFor('ci-test');
    const open = async (target: string): Promise<string> => {
      const { session } = (await admit(request(token, { target }))) as SqlAdmission & { kind: 'admitted' };
      return `${session.target.name}: ${session.upstream.database}`;
    };
    expect(await open('test_zz')).toBe('orders: test_zz');
    expect(await open('reporting')).toBe('other: reporting');
    expect(await open('other.test_other')).toBe('other: test_other');
  });

  const OTHER = `  other: {type: postgres, address: "127.0.0.1:1", database: other, databases: [reporting, test_other], user: ci}`;
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const seconds = Math.floor(Date.now() / 1000);
  const bad: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['garbage', () => 'hunter2'],
    ['nothing', () => ''],
    ['signed by another', () => sign({ key: other })],
    ['expired, and signed by another', () => sign({ key: other, claims: { exp: seconds - 10 } })],
    ['for another audience, and signed by another', () => sign({ key: other, claims: { aud: 'other' } })],
    ['with an unknown key', () => sign({ key: other, header: { kid: 'unknown' } })],
    ['from another issuer', () => sign({ claims: { iss: 'https://other.example' } })],
    ['unsigned', async () => (await sign()).replace(/\.[^.]*$/, '.')],
    ['alg none', () => sign({ header: { alg: 'none' } })],
    [
      'HS256 with the public key',
      () => sign({ header: { alg: 'HS256' }, key: createSecretKey(Buffer.from(provider.publicKey())) }),
    ],
  ];
  const TARGETS = ['orders', 'nowhere', 'orders/template1', 'test_zz'];
  const sign = (options?: TokenOptions): Promise<string> => provider.sign(options);

  test('T15: refuses every token that proves nothing alike, whatever it asks for, and records why', async () => {
    const { admit, sessions } = await start();
    const reasons = new Set<string>();
    for (const [name, make] of bad) {
      const token = await make();
      const refusal = {
        kind: 'refused',
        why: 'unproven',
        message: 'authentication failed',
        hint: expect.stringContaining('a token that the gateway trusts'),
      };
      for (const target of TARGETS)
        expect([name, await admit(request(token, { target }))]).toEqual([name, refusal]);
      const refused = events().flatMap((event) => (event.kind === 'refused' ? [event] : []));
      for (const { reason } of refused) reasons.add(reason);
      if (token !== '') expect(JSON.stringify([events(), logged])).not.toContain(token);
    }
    const refused = events().filter(({ kind }) => kind === 'refused');
    expect(refused).toHaveLength(bad.length * TARGETS.length);
    expect(reasons.size).toBe(5);
    expect(refused).toContainEqual(
      expect.objectContaining({
        requested: { target: 'orders', user: 'ci' },
        client: expect.objectContaining({ application: 'psql' }),
      }),
    );
    expect(sessions.size).toBe(0);
  });

  const told: readonly (readonly [string, Claims, string])[] = [
    ['expired', { exp: 1 }, 'the token has expired: it was good until 1970-01-01T00:00:01.000Z'],
    ['not valid yet', { nbf: 4e9 }, 'the token is not valid before 2096-10-02T07:06:40.000Z'],
    ['for another audience', { aud: 'other' }, 'the claim `aud` is not as configured'],
    ['about nobody', { sub: undefined }, 'the claim `sub` is missing'],
    ['oversized', { ballast: 'x'.repeat(50_000) }, 'the token is longer than 16384 bytes'],
  ];
  test.each(told)(
    'T15: a signed token that is %s is told so, whatever it asks for',
    async (_name, claims, message) => {
      const { admit } = await start();
      const token = await sign({ claims });
      const refusal = { kind: 'refused', why: 'token', message, hint: null };
      for (const target of TARGETS) expect(await admit(request(token, { target }))).toEqual(refusal);
      const reasons = events().flatMap((event) => (event.kind === 'refused' ? [event.reason] : []));
      expect(reasons).toEqual(TARGETS.map(() => message));
      expect(JSON.stringify([events(), logged])).not.toContain(token);
    },
  );

  type Case = readonly [target: string, why: string, message: string, hint: string | null];
  const missing = (name: string): Case => {
    const message = `database "${name}" does not exist: it is no target, and no target opens one of this name`;
    return [name, 'unknown-database', message, null];
  };
  const closed = (name: string, separator = '/'): Case => {
    const message = `the database "${name}" of the target "orders" is not open`;
    const hint = 'open it with `databases` of the target';
    return [`orders${separator}${name}`, 'closed-database', message, hint];
  };
  const several = 'several targets open a database "test_other"';
  const write = 'write the target before it: `target.test_other` or `target/test_other`';
  test.each<Case>([
    ...['nowhere', '', 'orders/', 'nowhere/shop', '/orders', '__proto__', 'constructor', 'ORDERS'].map(
      missing,
    ),
    ...[closed('template1'), closed('template1', '.'), closed('a/b', '.'), closed('x'.repeat(64))],
    ['test_other', 'ambiguous-database', several, write],
  ])('T6, T15: a good token hears that %j is %s', async (target, why, message, hint) => {
    const { admit } = await start({ target: OTHER });
    const admission = await admit(request(await provider.tokenFor('ci-test'), { target }));
    expect(admission).toEqual({ kind: 'refused', why, message, hint });
    expect(events()[0]).toMatchObject({ kind: 'refused', reason: message });
  });

  test('refuses where the target’s credential cannot be read, and reads it again for the next', async () => {
    const { admit } = await start();
    const token = await provider.tokenFor('ci-test');
    rmSync(join(folder, 'password'));
    expect(await admit(request(token))).toEqual({ kind: 'unavailable', why: 'credential' });
    expect(events()[0]).toMatchObject({ kind: 'refused', reason: expect.stringContaining('cannot be read') });
    writeFileSync(join(folder, 'password'), server.password);
    expect((await admit(request(token))).kind).toBe('admitted');
  });

  test('without a catalogue, where the target cannot be reached: the proxy will say so', async () => {
    const { admit } = await start({ port: 1 });
    const session = await admitted(await admit(request(await provider.tokenFor('ci-test'))));
    expect(session.catalogue()).toBeNull();
    expect(logged.join()).toContain('the catalogue could not be read');
    expect(logged.join()).not.toContain(server.password);
  });

  test('ends at the limit of sessions, and when the gateway closes', async () => {
    const { admit, close } = await start({ extra: 'limits: {connections: 2}' });
    const token = await provider.tokenFor('ci-test');
    const open = await Promise.all([await admit(request(token)), await admit(request(token))].map(admitted));
    expect(await admit(request(token))).toEqual({ kind: 'unavailable', why: 'at-capacity' });
    expect((await admit(request('no token'))).kind).toBe('refused');
    open[0]!.close('client');
    expect((await admit(request(token))).kind).toBe('admitted');
    close();
    expect(await admit(request(token))).toEqual({ kind: 'unavailable', why: 'closing' });
    expect(events().filter((event) => event.kind === 'closed' && event.reason === 'shutdown')).toHaveLength(
      2,
    );
    expect(() => decide(open[1]!, 'SELECT 1')).toThrow(expect.objectContaining({ code: 'session-closed' }));
  });

  test('is for nobody where it cannot be recorded', async () => {
    const { admit } = await start();
    writeFileSync(join(folder, 'recordings'), 'a file where the folder should be');
    const failed = expect.objectContaining({ code: 'record-failed' });
    await expect(admit(request(await provider.tokenFor('ci-test')))).rejects.toEqual(failed);
    await expect(admit(request('garbage'))).rejects.toEqual(failed);
  });

  test('keeps what a client says of itself short', async () => {
    const { admit } = await start();
    const long = 'x'.repeat(100_000);
    await admit(
      request('garbage', {
        user: long,
        target: long,
        client: { address: '::1', port: 1, application: long },
      }),
    );
    expect(JSON.stringify(events()).length).toBeLessThan(3000);
  });
});

describe('the catalogue', () => {
  test('is read again after DDL', async () => {
    const session = await admitted(await (await start()).admit(request(await provider.tokenFor('ci-test'))));
    await server.query('CREATE TABLE fresh (email text)', 'shop');
    expect(session.catalogue()?.relations.some(({ name }) => name === 'fresh')).toBe(false);
    session.schemaChanged(changeOf({ renamed: ['fresh'] }));
    expect([...session.changing().renamed]).toEqual(['fresh']);
    await session.settled();
    expect(session.settled()).toBeNull();
    expect(session.catalogue()?.relations.some(({ name }) => name === 'fresh')).toBe(true);
    await server.query('DROP TABLE fresh', 'shop');
  });
});

describe('rules', () => {
  /** Until the gateway says something new of its rules. */
  async function said(words: string): Promise<void> {
    while (!logged.some((line) => line.includes(words))) await sleep(20);
  }

  test('that do not compile at start are an error with their place', async () => {
    await expect(start({ rules: 'package light\nallow reads if sql.reed_only\n' })).rejects.toMatchObject({
      code: 'rules-invalid',
      message: expect.stringMatching(/reed_only[\s\S]*light\.rules:2/),
    });
  });

  test('that change are in force with the next command of every session', async () => {
    const session = await admitted(await (await start()).admit(request(await provider.tokenFor('ci-test'))));
    expect(decide(session, 'SELECT 1').kind).toBe('forward');
    writeFileSync(
      join(folder, 'rules', 'stricter.rules'),
      'package stricter\ndeny everything "closed" if sql.count > 0\n',
    );
    await said('new rules are in force');
    expect(decide(session, 'SELECT 1').kind).toBe('refuse');
  });

  test('that do not compile leave the old ones in force and say so; mended they take over', async () => {
    const session = await admitted(await (await start()).admit(request(await provider.tokenFor('ci-test'))));
    writeFileSync(join(folder, 'rules', 'light.rules'), 'package light\nallow everything if {\n');
    await said('the old ones stay in force');
    expect(logged.find((line) => line.includes('stay in force'))).toContain('light.rules');
    expect(decide(session, 'SELECT 1').kind).toBe('forward');
    expect(decide(session, 'DROP TABLE customers').kind).toBe('refuse');
    writeFileSync(join(folder, 'rules', 'light.rules'), 'package light\ndeny everything "closed"\n');
    await said('new rules are in force');
    expect(decide(session, 'SELECT 1').kind).toBe('refuse');
  });

  test('whose folder is exchanged or gone for a moment lose nothing', async () => {
    const session = await admitted(await (await start()).admit(request(await provider.tokenFor('ci-test'))));
    const [rules, aside] = [join(folder, 'rules'), join(folder, 'aside')];
    cpSync(rules, aside, { recursive: true });
    renameSync(rules, join(folder, 'old'));
    await said('the old ones stay in force');
    expect(decide(session, 'SELECT 1').kind).toBe('forward');
    writeFileSync(join(aside, 'light.rules'), 'package light\ndeny everything "closed"\n');
    renameSync(aside, rules);
    await said('new rules are in force');
    expect(decide(session, 'SELECT 1').kind).toBe('refuse');
  });
});

test('nothing that was logged or recorded holds a token or the target’s password', async () => {
  const { admit } = await start();
  const token = await provider.tokenFor('ci-test');
  const session = await admitted(await admit(request(token)));
  decide(session, 'SELECT 1');
  session.close('client');
  const files = readdirSync(join(folder, 'recordings'), { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => readFileSync(join(folder, 'recordings', name), 'utf8'));
  expect(texts).not.toHaveLength(0);
  for (const text of [...texts, ...logged]) {
    expect(text).not.toContain(token);
    expect(text).not.toContain(server.password);
  }
});
