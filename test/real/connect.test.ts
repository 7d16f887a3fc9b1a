/** `policy connect`: tools that know nothing of tokens, behind it a real gateway with TLS and a real server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { encodeCancelRequest } from '../../proxy/postgres/wire/startup.js';
import { WireClient } from '../proxy/postgres/wire-client.js';
import { makeCertificates } from '../support/certificate.js';
import { bootHouse, type House, type Run } from '../support/gateway.js';
import { githubTokens, type GithubTokens } from '../support/github-tokens.js';

const POLICY = resolve('dist/policy.mjs');
const RULES = `package connect

allow everything if "ci-test" in identity.groups
`;

let house: House;
let github: GithubTokens;
let ca: string;

beforeAll(async () => {
  house = await bootHouse({ 'connect.rules': RULES }, ['ci-test']);
  const made = makeCertificates();
  for (const [name, text] of Object.entries({ ...made }))
    writeFileSync(join(house.folder, `${name}.pem`), text);
  ca = join(house.folder, 'ca.pem');
  await house.reconfigure((text) => `${text}tls: {cert: ./cert.pem, key: ./key.pem}\n`);
  github = await githubTokens(house.oidc, 'ci-test');
}, 120_000);
afterAll(async () => {
  await github.close();
  await house.stop();
}, 60_000);

const settings = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...github.env,
  SALLYPORT_GATEWAY: `127.0.0.1:${house.port}`,
  SALLYPORT_CA: ca,
  PGHOSTADDR: '192.0.2.1',
  PGSERVICE: 'elsewhere',
  PGCHANNELBINDING: 'require',
});

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [POLICY, 'connect', ...args], {
    env: { ...settings(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

interface Ended extends Run {
  readonly signal: NodeJS.Signals | null;
}

async function ended(child: ChildProcess, input = ''): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(input);
  return new Promise((done) =>
    child.once('close', (code, signal) => done({ code: code ?? -1, signal, stdout, stderr })),
  );
}

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Ended> =>
  ended(start(args, env), input);

interface Listening {
  readonly child: ChildProcess;
  readonly port: number;
  readonly password: string;
  readonly client: (password?: string) => pg.Client;
}

/** Without a command: the lines to paste say where it listens. */
async function listening(): Promise<Listening> {
  const child = start(['orders']);
  let said = '';
  child.stderr!.on('data', () => undefined);
  await new Promise<void>((done) =>
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('LIQUIBASE_COMMAND_PASSWORD')) done();
    }),
  );
  const value = (name: string): string => new RegExp(`^export ${name}='(.*)'$`, 'm').exec(said)![1]!;
  const [port, password] = [Number(value('PGPORT')), value('PGPASSWORD')];
  const client = (shown = password): pg.Client => {
    const one = new pg.Client({ host: '127.0.0.1', port, user: 'ci', database: 'orders', password: shown });
    one.on('error', () => undefined);
    return one;
  };
  return { child, port, password, client };
}

async function end(child: ChildProcess): Promise<number | null> {
  const gone = new Promise<number | null>((done) => child.once('exit', done));
  child.kill('SIGTERM');
  return gone;
}

describe('a command', () => {
  test('reaches the target with nothing but the variables that it knows', async () => {
    const args = ['-X', '-At', '-c', 'SELECT current_database(), count(*) FROM orders'];
    const { code, stdout, stderr } = await run(['orders', '--', 'psql', ...args]);
    expect([code, stdout, stderr]).toEqual([0, 'shop|100\n', '']);
  });

  test('reaches it by a URL', async () => {
    const script = `
      import('pg').then(async ({ default: pg }) => {
        const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
        await client.connect();
        console.log((await client.query('SELECT count(*)::int AS n FROM orders')).rows[0].n);
        await client.end();
      })`;
    const { code, stdout } = await run(['orders', '--', process.execPath, '-e', script]);
    expect([code, stdout]).toEqual([0, '100\n']);
  });

  test('finds the variables of Java tools, with the password beside the URLs that they log', async () => {
    const { stdout } = await run(['orders/shop', '--user', 'ci@one', '--', 'env']);
    const env: Record<string, string> = {};
    for (const [, name, value] of stdout.matchAll(/^(\w+)=(.*)$/gm)) env[name!] = value!;
    const jdbc = `jdbc:postgresql://127.0.0.1:${env['PGPORT']}/orders%2Fshop?sslmode=disable`;
    for (const [url, user, password] of [
      ['FLYWAY_URL', 'FLYWAY_USER', 'FLYWAY_PASSWORD'],
      ['SPRING_DATASOURCE_URL', 'SPRING_DATASOURCE_USERNAME', 'SPRING_DATASOURCE_PASSWORD'],
      ['LIQUIBASE_COMMAND_URL', 'LIQUIBASE_COMMAND_USERNAME', 'LIQUIBASE_COMMAND_PASSWORD'],
    ] as const)
      expect([env[url], env[user], env[password]]).toEqual([jdbc, 'ci@one', env['PGPASSWORD']]);
    expect(env['JDBC_DATABASE_URL']).toBe(`${jdbc}&user=ci%40one&password=${env['PGPASSWORD']}`);
    expect(env['DATABASE_URL']).toBe(
      `postgresql://ci%40one:${env['PGPASSWORD']}@127.0.0.1:${env['PGPORT']}/orders%2Fshop?sslmode=disable`,
    );
    for (const name of ['PGHOSTADDR', 'PGSERVICE', 'PGCHANNELBINDING']) expect(env[name]).toBeUndefined();
  });

  test('has no token in its environment, and nobody has one in the list of processes', async () => {
    const script = 'psql -X -At -c "SELECT 1"; env; cat /proc/[0-9]*/cmdline | tr "\\0" " "';
    const { code, stdout, stderr } = await run(['orders', '--', 'sh', '-c', script]);
    expect([code, stdout.slice(0, 2)]).toEqual([0, '1\n']);
    expect(github.given.length).toBeGreaterThan(0);
    for (const secret of [...github.given, github.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']!])
      expect(`${stdout}${stderr}`).not.toContain(secret);
    expect(stdout).toMatch(/^PGPASSWORD=[\w-]{43}$/m);
  });

  test('that lives longer than a token logs in with a fresh one', async () => {
    github.lifetimeSeconds = 4;
    const before = github.given.length;
    try {
      const script = ['SELECT 1 AS early;', '\\! sleep 5', '\\c -', 'SELECT 2 AS late;'].join('\n');
      const { code, stdout } = await run(['orders', '--', 'psql', '-X', '-q', '-At'], {}, script);
      expect([code, stdout.replace(/^You are now.*\n/m, '')]).toEqual([0, '1\n2\n']);
      expect(github.given.length - before).toBeGreaterThanOrEqual(2);
      const twice = ['sh', '-c', 'psql -X -At -c "SELECT 1"; sleep 5; psql -X -At -c "SELECT 2"'];
      expect((await run(['orders', '--', ...twice])).stdout).toBe('1\n2\n');
    } finally {
      github.lifetimeSeconds = 300;
    }
  });
});

describe('the end of a command', () => {
  test('is the end of `policy connect`: the code', async () => {
    expect((await run(['orders', '--', 'sh', '-c', 'exit 42'])).code).toBe(42);
    expect((await run(['orders', '--', 'psql', '-X', '-c', 'SELECT nothing'])).code).toBe(1);
  });

  test('is the end of `policy connect`: the signal', async () => {
    expect(await run(['orders', '--', 'sh', '-c', 'kill -KILL $$'])).toMatchObject({ signal: 'SIGKILL' });
    expect(await run(['orders', '--', 'sh', '-c', 'kill -TERM $$'])).toMatchObject({ signal: 'SIGTERM' });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('is its own to choose after %s', async (signal) => {
    const script = `trap 'echo heard; exit 5' ${signal.slice(3)}; echo ready; while :; do sleep 0.1; done`;
    const child = start(['orders', '--', 'sh', '-c', script]);
    child.stdout!.once('data', () => child.kill(signal));
    expect(await ended(child)).toMatchObject({ code: 5, stdout: 'ready\nheard\n' });
  });

  test('that was no beginning is said as a shell says it', async () => {
    expect(await run(['orders', '--', 'no-such-program'])).toMatchObject({
      code: 127,
      stderr: 'policy connect: no such command: `no-such-program`\n',
    });
    expect((await run(['orders', '--', house.folder])).code).toBe(126);
  });

  test('takes along what was said before it', async () => {
    const script = `
      import('pg').then(async ({ default: pg }) => {
        const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
        await client.connect();
        client.query('CREATE TABLE last_words (id int)');
        client.connection.stream.end(() => process.exit(0));
      })`;
    expect((await run(['orders', '--', process.execPath, '-e', script])).code).toBe(0);
    const made = "SELECT to_regclass('last_words') IS NOT NULL AS made";
    for (let tries = 0; tries < 100; tries++) {
      const [row] = await house.server.query(made, 'shop');
      if (row!['made'] === true) return;
      await sleep(20);
    }
    throw new Error('the last statement did not arrive');
  });
});

describe('the listener', () => {
  let open: Listening;
  beforeAll(async () => (open = await listening()));
  afterAll(() => end(open.child));

  test('refuses whoever does not show its password, and the gateway hears nothing of it', async () => {
    const before = [(await house.recordings()).length, github.given.length];
    for (const password of ['wrong', open.password.slice(1), `${open.password}x`, github.given[0]!]) {
      const refused = open.client(password).connect();
      await expect(refused).rejects.toMatchObject({
        code: '28P01',
        message: 'this is not the password that `policy connect` has given out',
      });
    }
    expect([(await house.recordings()).length, github.given.length]).toEqual(before);
  });

  test('is on this machine only', async () => {
    const socket = dial(open.port, '127.0.0.1');
    await new Promise((done) => socket.once('connect', done));
    socket.destroy();
    const listed = readFileSync('/proc/net/tcp', 'utf8').split('\n');
    const port = open.port.toString(16).toUpperCase().padStart(4, '0');
    const listens = listed
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${port}`) === true && state === '0A');
    expect(listens.map(([, local]) => local)).toEqual([`0100007F:${port}`]);
  });

  test('passes a cancel request on', async () => {
    const client = open.client();
    await client.connect();
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const sleeping = client.query('SELECT pg_sleep(30)');
    const secret = Buffer.alloc(4);
    secret.writeInt32BE(secretKey);
    await sleep(500);
    const socket = dial(open.port, '127.0.0.1');
    socket.end(encodeCancelRequest(processID, secret));
    await expect(sleeping).rejects.toMatchObject({ code: '57014' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  test('passes every byte as it came, in both directions', async () => {
    const client = open.client();
    await client.connect();
    const text = Array.from({ length: 200_000 }, (_, i) =>
      String.fromCodePoint(32 + ((i * 7919) % 50_000)),
    ).join('');
    const { rows } = await client.query<{ back: string; md5: string }>(
      'SELECT $1::text AS back, md5($1::text) AS md5',
      [text],
    );
    expect(rows[0]!.md5).toBe(createHash('md5').update(text).digest('hex'));
    expect(rows[0]!.back === text).toBe(true);
    await client.end();
  });

  test('reads the gateway no faster than the client reads', async () => {
    const wire = await WireClient.start(open.port, 'ci', 'orders', {}, open.password);
    const resident = (): number =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${open.child.pid}/status`, 'utf8'))![1]) / 1024;
    const before = resident();
    wire.socket.pause();
    const text = "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 300000)) TO STDOUT";
    wire.heard.length = 0;
    wire.send(Buffer.concat([Buffer.from('Q'), lengthOf(text), Buffer.from(`${text}\0`)]));
    await sleep(3000);
    expect(resident() - before).toBeLessThan(64);
    wire.socket.resume();
    await wire.until(() => wire.heard.at(-1)?.type === 'Z');
    expect(wire.heard.filter(({ type }) => type === 'd').length).toBe(300_000);
    wire.end();
  }, 60_000);

  test('says nothing to who speaks something else, and serves on', async () => {
    for (const garbage of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(2000, 255),
      Buffer.from([0x16, 3, 1, 0, 5]),
    ]) {
      const wire = await WireClient.open(open.port);
      wire.send(garbage);
      await wire.until(() => false);
      expect(wire.heard).toEqual([]);
    }
    const client = open.client();
    await client.connect();
    await client.end();
  });

  test('ends with a signal, and says that it went well', async () => {
    const other = await listening();
    expect(await end(other.child)).toBe(0);
  });
});

function lengthOf(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(text) + 5);
  return length;
}

describe('what is wrong', () => {
  test('with the pipeline is said before the command runs', async () => {
    const args = ['orders', '--', 'echo', 'it ran'];
    const without = await run(args, { ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' });
    expect(without).toMatchObject({ code: 2, stdout: '' });
    expect(without.stderr).toMatch(/`ACTIONS_ID_TOKEN_REQUEST_TOKEN` is not set\n.*id-token: write/s);
    expect(await run(args, { SALLYPORT_GATEWAY: '' })).toMatchObject({ code: 2, stdout: '' });
    expect(await run(args, { SALLYPORT_GATEWAY: 'gateway' })).toMatchObject({ code: 2, stdout: '' });
    expect(await run(args, { SALLYPORT_CA: '/none' })).toMatchObject({ code: 2, stdout: '' });
  });

  test('with the gateway the client hears: its refusal, and that it cannot be reached', async () => {
    const psql = ['--', 'psql', '-X', '-c', 'SELECT 1'];
    const refused = await run(['nothing', ...psql]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/FATAL: {2}/)]);
    const gone = await run(['orders', ...psql], { SALLYPORT_GATEWAY: '127.0.0.1:1' });
    expect(gone.stderr).toMatch(
      /FATAL: {2}the gateway 127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/,
    );
    expect(gone.code).toBe(2);
  });

  test('with its certificate ends the connection before the token is shown', async () => {
    const other = join(house.folder, 'other.pem');
    writeFileSync(other, makeCertificates().ca);
    const before = (await house.recordings()).length;
    const { code, stderr } = await run(['orders', '--', 'psql', '-X', '-c', 'SELECT 1'], {
      SALLYPORT_CA: other,
    });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cannot be reached: .*certificate/)]);
    expect((await house.recordings()).length).toBe(before);
  });

  test('to show a token without TLS is taken on this machine only', async () => {
    const args = ['orders', '--plaintext', '--', 'psql', '-X', '-At', '-c', 'SELECT 1'];
    expect(await run(args, { SALLYPORT_CA: '' })).toMatchObject({ code: 0, stdout: '1\n' });
    const away = await run(args, { SALLYPORT_GATEWAY: 'gateway.example:5432' });
    expect([away.code, away.stderr]).toEqual([2, expect.stringContaining('without TLS')]);
  });

  test('with a token that cannot be had any more the client hears, too', async () => {
    const file = join(house.folder, 'token');
    writeFileSync(file, await house.oidc.sign({ claims: { groups: ['ci-test'] } }));
    const script = `rm ${file}; psql -X -c "SELECT 1"`;
    const { stderr } = await run(['orders', '--from', `exec:cat ${file}; :`, '--', 'sh', '-c', script]);
    // The first token serves for a while.
    expect(stderr).toBe('');
    writeFileSync(file, await house.oidc.sign({ claims: { exp: Math.floor(Date.now() / 1000) + 20 } }));
    const later = `rm ${file}; sleep 6; psql -X -c "SELECT 1"`;
    const gone = await run(['orders', '--from', `file:${file}`, '--', 'sh', '-c', later]);
    expect(gone.stderr).toMatch(
      /FATAL: {2}there is no token for the gateway: the token file .* it does not exist/,
    );
  });
});
