/** What signals do to a gateway that serves, and what is told of one that could not say how it ended. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';
import { makeCertificates } from '../support/certificate.js';

const RULES = `package signals

allow reads if sql.read_only
`;

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`it did not come to this: ${what}`);
}

describe.each([1, 2])('a gateway of %i', (workers) => {
  let house: House;
  let log = '';
  const listenTo = (): void => {
    log = '';
    house.gateway().stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  };
  const file = (): string => join(house.folder, 'sallyport.yaml');
  const configure = (change: (text: string) => string): void =>
    writeFileSync(file(), change(readFileSync(file(), 'utf8')));
  const hangUp = async (code: string): Promise<void> => {
    log = '';
    house.gateway().kill('SIGHUP');
    await until(code, () => log.includes(`"code":"${code}"`));
  };
  const client = async (): Promise<pg.Client> => {
    const made = await house.connect('ci-test');
    made.on('error', () => undefined);
    return made;
  };
  const atWork = async (count: number): Promise<void> =>
    until(`${count} commands run`, async () => {
      const text = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
      return (await house.server.query(text))[0]!['n'] === count;
    });

  beforeAll(async () => {
    house = await bootHouse({ 'signals.rules': RULES }, ['ci-test'], '', workers);
    listenTo();
  }, 120_000);
  afterAll(() => house.stop(), 60_000);

  test('is not ended by SIGUSR1, SIGUSR2 or SIGHUP, and opens no inspector', async () => {
    const open = await client();
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) {
      house.gateway().kill(signal);
      await sleep(100);
      expect((await open.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    }
    expect(house.gateway().exitCode).toBeNull();
    expect(log).not.toMatch(/inspector|Debugger/i);
    await open.end();
  });

  test('takes over targets with SIGHUP under load, and loses no session', async () => {
    let running = true;
    const clients = await Promise.all([1, 2, 3, 4].map(client));
    const load = clients.map(async (one, at) => {
      let answers = 0;
      for (; running; answers++) expect((await one.query(`SELECT ${at} AS at`)).rows).toEqual([{ at }]);
      return answers;
    });
    const connect = async (target: string): Promise<string> => {
      const { code, stderr } = await house.psql('ci-test', ['-d', target, '-Atc', 'SELECT 1']);
      return code === 0 ? 'ok' : stderr;
    };
    expect(await connect('more')).toContain('does not exist');
    configure((text) =>
      text.replace('targets:\n', `targets:\n  more:\n${/  orders:\n((?: {4}.*\n)+)/.exec(text)![1]!}`),
    );
    for (let times = 0; times < 5; times++) await hangUp('config-reloaded');
    expect(await connect('more')).toBe('ok');
    configure((text) => text.replace(/  more:\n(?: {4}.*\n)+/, ''));
    await hangUp('config-reloaded');
    expect(await connect('more')).toContain('does not exist');
    running = false;
    for (const answers of await Promise.all(load)) expect(answers).toBeGreaterThan(0);
    await Promise.all(clients.map((one) => one.end()));
  }, 60_000);

  test('keeps everything when the configuration is not right, and says what needs a restart', async () => {
    const good = readFileSync(file(), 'utf8');
    configure((text) => `${text}limitz: {}\n`);
    await hangUp('config-rejected');
    expect(log).toContain('did you mean `limits`');
    writeFileSync(file(), good.replace(/^recordings:.*$/m, 'recordings: ./elsewhere'));
    await hangUp('config-needs-restart');
    expect(log).toContain('"keys":["recordings"]');
    writeFileSync(file(), `${good}limits: {connections: 1}\n`);
    await hangUp('config-reloaded');
    const only = await client();
    await expect(client()).rejects.toMatchObject({ code: '53300' });
    await only.end();
    writeFileSync(file(), good);
    await hangUp('config-reloaded');
    const two = [await client(), await client()];
    await Promise.all(two.map((one) => one.end()));
  }, 30_000);

  test('cancels at the target before it leaves when it is told to stop twice', async () => {
    const working = await client();
    const running = working
      .query('SELECT pg_sleep(3600)')
      .catch((error: unknown) => (error as Error).message);
    await atWork(1);
    const gateway = house.gateway();
    const ended = new Promise((done) => gateway.once('exit', (_, signal) => done(signal)));
    gateway.kill('SIGTERM');
    await until('it stops', () => log.includes('"code":"stopping"'));
    gateway.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(await running).toMatch(/shutting down/);
    await atWork(0);
    await house.restart();
    listenTo();
  }, 30_000);

  test('lets commands run for drain_seconds', async () => {
    configure((text) => `${text}limits: {drain_seconds: 1}\n`);
    await hangUp('config-reloaded');
    const working = await client();
    const running = working
      .query('SELECT pg_sleep(3600)')
      .catch((error: unknown) => (error as Error).message);
    await atWork(1);
    const gateway = house.gateway();
    const started = Date.now();
    const ended = new Promise((done) => gateway.once('exit', (code) => done(code)));
    gateway.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(Date.now() - started).toBeLessThan(9_000);
    expect(await running).toMatch(/shutting down/);
    await atWork(0);
    configure((text) => text.replace(/^limits:.*\n/m, ''));
    await house.restart();
    listenTo();
  }, 30_000);

  test('E6: that was killed: what ran is told in its record when the next one starts', async () => {
    const working = await client();
    await working.query("SELECT 'before the end'");
    working.query('SELECT pg_sleep(3600)').catch(() => undefined);
    await atWork(1);
    const gateway = house.gateway();
    const ended = new Promise((done) => gateway.once('exit', done));
    gateway.kill('SIGKILL');
    await ended;
    // Workers end with the process that started them.
    await sleep(300);
    await house.restart();
    listenTo();
    await until('it is told', async () =>
      (await house.events()).some((event) => event.kind === 'closed' && event.reason === 'interrupted'),
    );
    const events = await house.events();
    const lost = events.filter((event) => event.kind === 'result' && event.outcome === 'lost');
    expect(lost.length).toBeGreaterThanOrEqual(1);
    const { stdout } = await house.policy(['sessions', 'list', '-c', file(), '--format', 'json']);
    expect(
      (JSON.parse(stdout) as { state: string }[]).filter(({ state }) => state === 'interrupted'),
    ).toHaveLength(1);
    const verified = await house.policy(['audit', 'verify', '--complete', join(house.folder, 'recordings')]);
    expect(verified).toMatchObject({ code: 0 });
    await house.server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    expect(readdirSync(join(house.folder, 'recordings', '.open')).length).toBeLessThanOrEqual(workers);
  }, 60_000);
});

describe('the certificate', () => {
  let house: House;
  let log = '';
  const [first, second] = [makeCertificates(), makeCertificates()];
  const write = (name: 'cert' | 'key', text: string): void =>
    writeFileSync(join(house.folder, `gateway.${name}`), text);

  beforeAll(async () => {
    house = await bootHouse({ 'signals.rules': RULES }, ['ci-test']);
    write('cert', first.cert);
    write('key', first.key);
    await house.reconfigure((text) => `${text}tls: {cert: ./gateway.cert, key: ./gateway.key}\n`);
    house.gateway().stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  }, 120_000);
  afterAll(() => house.stop(), 60_000);

  test('that does not fit its key is said without a client, and the one before serves on', async () => {
    write('cert', second.cert);
    await until('it is said', () => log.includes('"code":"certificate-rejected"'));
    expect(log).toMatch(/key values mismatch/);
    const tls = await house.psqlWith(await house.oidc.tokenFor('ci-test'), [
      '-d',
      'sslmode=require dbname=orders',
      '-Atc',
      'SELECT 1',
    ]);
    expect(tls.stdout).toBe('1\n');
    write('key', second.key);
    await until('it is used', () => log.includes('"code":"certificate-renewed"'));
  }, 30_000);

  test('is not taken over by SIGHUP if it cannot be read', async () => {
    writeFileSync(
      join(house.folder, 'sallyport.yaml'),
      readFileSync(join(house.folder, 'sallyport.yaml'), 'utf8').replace('./gateway.cert', './nowhere.cert'),
    );
    house.gateway().kill('SIGHUP');
    await until('it is refused', () => log.includes('"code":"config-rejected"'));
    expect(log).toMatch(/nowhere\.cert.*ENOENT/);
  }, 30_000);
});
