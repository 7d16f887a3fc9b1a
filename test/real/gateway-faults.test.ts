/** What happens to sessions when something that the gateway itself stands on fails, and when it is told to stop. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { AuditEvent } from '../../src/audit/event.js';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package faults

allow reads if sql.read_only

allow tables if {
  some s in sql.statements
  s.object == "table"
}
`;

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'faults.rules': RULES }, ['ci-test']);
}, 120_000);
afterAll(() => house.stop(), 60_000);

async function client(): Promise<pg.Client> {
  const made = await house.connect('ci-test');
  made.on('error', () => undefined);
  return made;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`it did not come to this: ${what}`);
}

const codeOf = (running: Promise<unknown>): Promise<string> =>
  running.then(
    () => 'no error',
    (error: unknown) => (error as { code?: string; message: string }).code ?? (error as Error).message,
  );

describe('a record that cannot be written', () => {
  /** Of the file size that the gateway's process may reach: at 0 the kernel takes not one byte more, as on a full disk. */
  function allow(bytes: 'unlimited' | 0): void {
    execFileSync('prlimit', ['--pid', String(house.gateway().pid), `--fsize=${bytes}:`]);
  }

  test('stops everything, says so, and serves again without a restart once there is room', async () => {
    const early = await client();
    const inside = await client();
    await inside.query('BEGIN');
    allow(0);
    const failed = early.query("SELECT 'unrecorded'");
    await expect(failed).rejects.toMatchObject({
      code: '58030',
      message: expect.stringContaining('the record of this session cannot be written') as unknown,
    });
    expect(await codeOf(inside.query("SELECT 'unrecorded'"))).toBe('58030');
    expect(await codeOf(client())).toBe('58030');
    const { stderr } = await house.psqlWith('no token', ['-c', "SELECT 'unrecorded'"]);
    expect(stderr).toMatch(/FATAL/);
    expect(house.server.log()).not.toContain('unrecorded');
    allow('unlimited');
    const late = await client();
    expect((await late.query("SELECT 'recorded' AS it")).rows).toEqual([{ it: 'recorded' }]);
    await late.end();
    for (const path of await house.recordings()) {
      expect((await house.policy(['audit', 'verify', path])).code).toBe(0);
    }
  });
});

describe('an identity provider that is down', () => {
  test('does not keep known keys from serving; unknown ones are refused, until it is there again', async () => {
    const token = (): Promise<string> => house.oidc.sign({ claims: { groups: ['ci-test'] } });
    await (await house.connectWith(await token())).end();
    await house.oidc.down();
    try {
      const known = await house.connectWith(await token());
      expect((await known.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await known.end();
      await house.oidc.rotate();
      expect(await codeOf(house.connectWith(await token()))).toBe('28P01');
    } finally {
      await house.oidc.up();
    }
    // Keys are looked for again after a pause, so that nobody can have the provider asked without end.
    const enters = async (): Promise<void> => (await house.connectWith(await token())).end();
    await until('the new key is known', async () => (await codeOf(enters())) === 'no error');
  }, 30_000);
});

describe('a credential for the target', () => {
  const write = (text: string): Promise<void> => writeFile(join(house.folder, 'password'), text);

  test('that is no good any more ends nothing that runs, lets nobody new in, and is mended without a restart', async () => {
    const admin = await house.server.connect();
    const early = await client();
    await admin.query("ALTER ROLE postgres PASSWORD 'rotated'");
    try {
      expect((await early.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await expect(client()).rejects.toMatchObject({
        code: '08006',
        message: 'the target did not let the gateway in',
      });
      // The gateway's own connection is lost as well, and it does not get another.
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sallyport'",
      );
      // The catalogue cannot be read either: what it would have to say is unknown, and no rule is fooled by that.
      await early.query('CREATE TABLE made (id int)');
      expect(await codeOf(early.query('SELECT * FROM made'))).toBe('42501');
      await write('rotated');
      const late = await client();
      expect((await late.query('SELECT count(*)::int AS n FROM made')).rows).toEqual([{ n: 0 }]);
      await late.end();
      const reads = (): Promise<string> => codeOf(early.query('SELECT * FROM made'));
      await until('the catalogue is read again', async () => (await reads()) === 'no error');
    } finally {
      await admin.query("ALTER ROLE postgres PASSWORD 'a target password'");
      await admin.end();
      await write('a target password');
      await early.end();
    }
  }, 30_000);

  test('that is not there', async () => {
    await write('');
    expect(await codeOf(client())).toBe('08006');
    await write('a target password');
    await (await client()).end();
  });
});

describe.each(['1', '2'])('a gateway of %s that is told to stop', (workers) => {
  beforeAll(async () => {
    await house.reconfigure((text) => text.replace(/^workers: .*$/m, `workers: ${workers}`));
  }, 60_000);

  const refuses = (): Promise<boolean> =>
    new Promise((done) => {
      const socket = connect(house.port, '127.0.0.1', () => {
        socket.destroy();
        done(false);
      });
      socket.on('error', () => done(true));
    });

  async function atWork(count: number): Promise<void> {
    await until('the server is at work', async () => {
      const [row] = await house.server.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
      );
      return row!['n'] === count;
    });
  }

  test('lets a command end, sends the idle away, takes nobody new, and ends with 0', async () => {
    const [working, idle] = [await client(), await client()];
    const sentAway = new Promise<string>((done) =>
      idle.on('error', (error) => done((error as unknown as { code: string }).code)),
    );
    const running = working.query("SELECT pg_sleep(2), 'whole' AS answer");
    await atWork(1);
    const gateway = house.gateway();
    const ended = new Promise((done) => gateway.once('exit', done));
    gateway.kill('SIGTERM');
    expect(await sentAway).toBe('57P01');
    await until('it takes nobody new', refuses);
    expect((await running).rows).toMatchObject([{ answer: 'whole' }]);
    expect(await ended).toBe(0);
    const closed = (await house.events()).filter(
      (event): event is AuditEvent & { kind: 'closed' } => event.kind === 'closed',
    );
    expect(closed.filter(({ reason }) => reason === 'shutdown').length).toBeGreaterThanOrEqual(2);
    await house.restart();
  }, 30_000);

  test('twice ends at once', async () => {
    const working = await client();
    const running = codeOf(working.query('SELECT pg_sleep(3600)'));
    await atWork(1);
    const gateway = house.gateway();
    const ended = new Promise((done) => gateway.once('exit', (_, signal) => done(signal)));
    gateway.kill('SIGTERM');
    await until('it takes nobody new', refuses);
    gateway.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
    expect(await running).toBe('57P01');
    await atWork(0);
    await house.restart();
  }, 30_000);
});
