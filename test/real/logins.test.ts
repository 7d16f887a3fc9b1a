/** What somebody without a token can take away from those who have one: nothing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootHouse, detailOf, type House } from '../support/gateway.js';

const RULES = `package logins

allow reads if sql.read_only
`;

describe.each([1, 2])('a gateway of %i', (workers) => {
  let house: House;
  let log = '';
  const listenTo = (): void => {
    log = '';
    house.gateway().stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  };
  beforeAll(async () => {
    house = await bootHouse({ 'logins.rules': RULES }, ['ci-test'], '', workers);
    await house.reconfigure((text) => `${text}limits: {connections: 3}\n`);
    listenTo();
  }, 120_000);
  afterAll(() => house.stop(), 60_000);

  const codeOf = (entering: Promise<unknown>): Promise<string> =>
    entering.then(
      () => 'no error',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );

  function filesIn(folder: string): { readonly count: number; readonly bytes: number } {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, name)))
      .filter((stat) => stat.isFile());
    return { count: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  }

  test('400 bad logins of one address leave the records and good tokens as they were', async () => {
    const recordings = join(house.folder, 'recordings');
    await (await house.connect('ci-test')).end();
    const before = filesIn(recordings);
    for (let round = 0; round < 10; round++) {
      const bad = Array.from({ length: 40 }, (_, at) => codeOf(house.connectWith(`bad ${round} ${at}`)));
      expect(new Set(await Promise.all(bad))).toEqual(new Set(['28P01']));
      const good = await house.connect('ci-test');
      expect((await good.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await good.end();
    }
    const after = filesIn(recordings);
    // Ten sessions, and a file of refused logins for each worker.
    expect(after.count - before.count).toBeLessThanOrEqual(10 + workers + 1);
    const refused = filesIn(join(recordings, 'refused'));
    expect(refused.count).toBeLessThanOrEqual(workers);
    expect(refused.bytes).toBeLessThan(100 * 1024);
    expect(log).toContain('"code":"login-locked-out"');
    expect((await house.policy(['audit', 'verify', recordings])).code).toBe(0);
  }, 60_000);

  test('what was not recorded while the address was locked out is counted in the record', async () => {
    await house.restart();
    listenTo();
    const events = await house.events();
    const refused = events.flatMap((event) => (event.kind === 'refused' ? [event] : []));
    const counted = refused.reduce((sum, { unrecorded = 1 }) => sum + unrecorded, 0);
    expect(counted).toBe(400);
    const { code } = await house.policy(['audit', 'verify', '--complete', join(house.folder, 'recordings')]);
    expect(code).toBe(0);
  }, 30_000);

  test('three silent sockets at `connections: 3` keep nobody out, nor do three hundred', async () => {
    const silent: Socket[] = [];
    for (const count of [3, 300]) {
      while (silent.length < count) {
        const socket = connect(house.port, '127.0.0.1');
        socket.on('error', () => undefined);
        silent.push(socket);
      }
      await sleep(100);
      const good = await Promise.all([1, 2, 3].map(() => house.connect('ci-test')));
      for (const one of good) expect((await one.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      // Sessions are counted for all workers together; who has no token does not hear of it.
      expect(await codeOf(house.connect('ci-test'))).toBe('53300');
      expect(await codeOf(house.connectWith('no token'))).toBe('28P01');
      await Promise.all(good.map((one) => one.end()));
      await sleep(100);
    }
    for (const socket of silent) socket.destroy();
  }, 30_000);

  test('the last of the disk is for sessions that were let in', async () => {
    const open = await house.connect('ci-test');
    open.on('error', () => undefined);
    await open.end();
    await house.reconfigure((text) =>
      text.replace('recordings: ./recordings', `recordings: {path: ./recordings, reserve_bytes: ${2 ** 40}}`),
    );
    listenTo();
    expect(await codeOf(house.connect('ci-test'))).toBe('53100');
    const before = filesIn(join(house.folder, 'recordings'));
    expect(await codeOf(house.connectWith('no token'))).toBe('28P01');
    expect(filesIn(join(house.folder, 'recordings'))).toEqual(before);
    expect(log).toContain('"code":"disk-reserve"');
  }, 30_000);
});

describe('what changes elsewhere', () => {
  let house: House;
  let log = '';
  const file = (): string => join(house.folder, 'sallyport.yaml');
  beforeAll(async () => {
    house = await bootHouse({ 'logins.rules': RULES }, ['ci-test']);
  }, 120_000);
  afterAll(() => house.stop(), 60_000);
  const reconfigure = async (change: (text: string) => string): Promise<void> => {
    await house.reconfigure(change);
    log = '';
    house.gateway().stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  };

  test('a command that gives the credential is asked again when the target refuses it', async () => {
    const secret = join(house.folder, 'vault');
    writeFileSync(secret, 'a target password');
    await reconfigure((text) => text.replace('{file: ./password}', `{exec: [cat, ${secret}]}`));
    await (await house.connect('ci-test')).end();
    const admin = await house.server.connect();
    await admin.query("ALTER ROLE postgres PASSWORD 'rotated'");
    writeFileSync(secret, 'rotated');
    const started = Date.now();
    const client = await house.connect('ci-test');
    expect((await client.query('SELECT count(*)::int AS n FROM orders')).rows).toEqual([{ n: 100 }]);
    expect(Date.now() - started).toBeLessThan(5000);
    expect(log).toContain('"code":"credential-renewed"');
    expect(log).not.toContain('rotated');
    await client.end();
    await admin.query("ALTER ROLE postgres PASSWORD 'a target password'");
    writeFileSync(secret, 'a target password');
    await admin.end();
  }, 30_000);

  test('a key that its issuer has withdrawn opens nothing any more, once its time is over', async () => {
    await reconfigure((text) => text.replace('      groups:', '      key_age_seconds: 5\n      groups:'));
    const token = await house.oidc.sign({ claims: { groups: ['ci-test'] } });
    const enter = async (): Promise<string> => {
      const { code, stderr } = await house.psqlWith(token, ['-c', 'SELECT 1']);
      return code === 0 ? 'in' : stderr;
    };
    expect(await enter()).toBe('in');
    await house.oidc.rotate();
    expect(await enter()).toBe('in');
    await sleep(5500);
    expect(await enter()).toContain('authentication failed');
  }, 30_000);

  test('a key that was withdrawn ends at once with SIGHUP', async () => {
    const token = await house.oidc.sign({ claims: { groups: ['ci-test'] } });
    expect((await house.psqlWith(token, ['-c', 'SELECT 1'])).code).toBe(0);
    await house.oidc.rotate();
    log = '';
    house.gateway().kill('SIGHUP');
    while (!log.includes('config-reloaded')) await sleep(20);
    expect((await house.psqlWith(token, ['-c', 'SELECT 1'])).stderr).toContain('authentication failed');
  }, 30_000);

  test('denials and ends of sessions are logged at the level that is asked for', async () => {
    await reconfigure((text) => `${text}log: {denials: warn, sessions: 'off'}\n`);
    await house.psql('ci-test', ['-c', "DROP TABLE orders -- 'a secret text'"]);
    while (!log.includes('command-denied')) await sleep(20);
    const denied = log.split('\n').find((line) => line.includes('command-denied'))!;
    expect(JSON.parse(denied)).toMatchObject({ level: 40, target: 'orders', command: 1, subject: 'ci-test' });
    expect(log).not.toContain('a secret text');
    expect(log).not.toContain('session-opened');
    writeFileSync(
      file(),
      readFileSync(file(), 'utf8').replace(/^log:.*$/m, 'log: {denials: off, sessions: info}'),
    );
    house.gateway().kill('SIGHUP');
    while (!log.includes('config-reloaded')) await sleep(20);
    log = '';
    await house.psql('ci-test', ['-c', 'DROP TABLE orders']);
    while (!log.includes('session-closed')) await sleep(20);
    expect(log).toMatch(/"code":"session-closed".*"commands":1,"denied":1/);
    expect(log).not.toContain('command-denied');
  }, 30_000);

  test('`sample_rows` is what the record keeps of a result', async () => {
    for (const rows of [0, 3, 25]) {
      await reconfigure((text) => `${text.replace(/^limits:.*\n/m, '')}limits: {sample_rows: ${rows}}\n`);
      const client = await house.connect('ci-test');
      await client.query(`SELECT id, ${rows} AS asked FROM orders`);
      await client.end();
      const events = await house.events();
      const samples = events.flatMap((event) =>
        detailOf(event)?.columns?.includes('asked') === true ? [detailOf(event)!.sample ?? []] : [],
      );
      expect(samples.some((sample) => sample.length === rows)).toBe(true);
    }
  }, 60_000);
});
