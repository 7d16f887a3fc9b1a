/** What happens to a session when one of its ends is down, slow, silent or gone: each with the real fault. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { AuditEvent, SessionClosed } from '../../src/audit/event.js';
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { bootHouse, type House } from '../support/gateway.js';
import { freePort } from '../support/port.js';

const RULES = `package faults

allow everything if "ci-test" in identity.groups

mask mails column "customers.email" with partial(4)
`;
const OBJECTS = `
  CREATE TABLE copied (id int, filler text);
  CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END';
  CREATE TABLE slow (id int, filler text);
  CREATE TRIGGER slow BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait();`;
const MIB = 1024 * 1024;

let house: House;
let wire: FaultProxy;
let token: string;

beforeAll(async () => {
  house = await bootHouse({ 'faults.rules': RULES }, ['ci-test'], OBJECTS);
  wire = await faultProxy(house.server.port);
  const closed = await freePort();
  const also = (name: string, port: number): string =>
    `  ${name}: {type: postgres, address: "127.0.0.1:${port}", database: shop, user: postgres, password: {file: ./password}, tls: off}\n`;
  await house.reconfigure(
    (text) =>
      text.replace('listen:', `${also('wired', wire.port)}${also('down', closed)}listen:`) +
      'limits: {target_seconds: 1}\n',
  );
  token = await house.oidc.tokenFor('ci-test');
}, 120_000);
afterAll(async () => {
  await wire.close();
  await house.stop();
}, 60_000);

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`it did not come to this: ${what}`);
}

async function client(database = 'orders'): Promise<pg.Client> {
  const made = new pg.Client({ host: '127.0.0.1', port: house.port, database, user: 'ci', password: token });
  made.on('error', () => undefined);
  await made.connect();
  return made;
}

/** Which process of the server works for a client. Its number is the server's own, all the way through. */
const pidOf = (one: pg.Client): number => (one as unknown as { processID: number }).processID;

async function backends(pid: number): Promise<number> {
  const [row] = await house.server.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = ${pid}`,
  );
  return row!['n'] as number;
}

/** How the session that said this text ended, once it has. */
async function endOf(text: string): Promise<SessionClosed> {
  let found: AuditEvent[] = [];
  await until(`a session that said \`${text}\` has ended`, async () => {
    const sessions = sessionsOf(await house.events());
    found = sessions.find((events) => events.some((one) => 'text' in one && one.text.includes(text))) ?? [];
    return found.at(-1)?.kind === 'closed';
  });
  return found.at(-1) as AuditEvent & SessionClosed;
}

function sessionsOf(events: readonly AuditEvent[]): AuditEvent[][] {
  const sessions: AuditEvent[][] = [];
  for (const event of events) {
    if (event.kind === 'opened' || event.kind === 'refused') sessions.push([]);
    sessions.at(-1)!.push(event);
  }
  return sessions;
}

/** How sessions with a target ended so far. */
async function endsWith(target: string): Promise<AuditEvent[]> {
  return sessionsOf(await house.events())
    .filter(([first]) => first?.kind === 'opened' && first.target.name === target)
    .map((events) => events.at(-1)!);
}

/** Resident memory of the gateway in bytes. */
function memory(): number {
  const status = readFileSync(`/proc/${house.gateway().pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

function psql(args: readonly string[], stdout: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  const login = { PGHOST: '127.0.0.1', PGPORT: String(house.port), PGUSER: 'ci', PGPASSWORD: token };
  const env = { ...process.env, ...login, PGDATABASE: 'orders' };
  return spawn('psql', ['-X', ...args], { env, stdio: ['pipe', stdout, 'ignore'] });
}

describe('a target', () => {
  test('that is down: the client hears so, and not where it was looked for', async () => {
    const failed = client('down');
    await expect(failed).rejects.toMatchObject({
      code: '08006',
      message: 'the target cannot be reached at the moment',
    });
    const refused = expect.stringContaining('ECONNREFUSED') as unknown;
    expect(await endsWith('down')).toMatchObject([{ reason: 'upstream', detail: refused }]);
  });

  test('that is slow is waited for', async () => {
    wire.delayMs = 50;
    try {
      const slow = await client('wired');
      expect((await slow.query('SELECT 7 AS seven')).rows).toEqual([{ seven: 7 }]);
      await slow.end();
    } finally {
      wire.delayMs = 0;
    }
  });

  test('that takes a connection and says nothing is given up, and others serve meanwhile', async () => {
    wire.freeze();
    const failed = expect(client('wired')).rejects.toMatchObject({ code: '08006' });
    const other = await client();
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await other.end();
    await failed;
    wire.thaw();
    const late = { reason: 'upstream', detail: 'the target took too long' };
    expect(await endsWith('wired')).toContainEqual(expect.objectContaining(late));
    await until('nothing is left of it', () => wire.connections === 0);
  });

  test('whose process is killed in the middle of a result: the session ends with an error, the next is served', async () => {
    const reader = await client();
    const failed = reader.query("SELECT 'killed', n, repeat('x', 1000) FROM generate_series(1, 100000000) n");
    const outcome = failed.then(
      () => null,
      (error: unknown) => error as { code: string },
    );
    await until('the result flows', async () => {
      const [row] = await house.server.query(
        `SELECT wait_event FROM pg_stat_activity WHERE pid = ${pidOf(reader)} AND state = 'active'`,
      );
      return row?.['wait_event'] === 'ClientWrite';
    });
    process.kill(pidOf(reader), 'SIGKILL');
    // In the middle of a row there is no place for an error: then the connection ends without.
    expect(await outcome).toEqual(expect.anything());
    expect(await endOf("SELECT 'killed'")).toMatchObject({ reason: 'upstream' });
    await until('the server has recovered', async () => {
      const next = await client().catch(() => null);
      const rows = await next?.query('SELECT 1 AS one').then(
        (result) => result.rows as unknown,
        () => null,
      );
      await next?.end().catch(() => undefined);
      return JSON.stringify(rows) === '[{"one":1}]';
    });
  }, 60_000);
});

describe('a client', () => {
  test('that dies in the middle of COPY FROM STDIN leaves nothing behind', async () => {
    const child = psql(['-c', '\\copy copied FROM STDIN']);
    child.stdin!.on('error', () => undefined);
    child.stdin!.write('1\tone\n2\ttwo\n'.repeat(50_000));
    let pid = 0;
    await until('the server takes rows', async () => {
      const [row] = await house.server.query(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY  copied FROM STDIN%' AND state = 'active'",
      );
      pid = (row?.['pid'] as number | undefined) ?? 0;
      return pid !== 0;
    });
    child.kill('SIGKILL');
    await until('its process at the server has ended', async () => (await backends(pid)) === 0);
    expect(await house.server.query('SELECT count(*)::int AS n FROM copied', 'shop')).toEqual([{ n: 0 }]);
    expect(await endOf('copied FROM STDIN')).toMatchObject({ reason: 'client' });
  });

  test('that dies in the middle of a result takes its transaction with it', async () => {
    const child = psql(
      [
        '-c',
        "BEGIN; INSERT INTO copied VALUES (9, 'gone'); SELECT repeat('y', 1000) FROM generate_series(1, 1000000)",
      ],
      'pipe',
    );
    await until('the result flows', () => child.stdout!.readableLength > 0);
    const [row] = await house.server.query(
      "SELECT pid FROM pg_stat_activity WHERE query LIKE '%repeat(''y''%' AND pid <> pg_backend_pid()",
    );
    child.kill('SIGKILL');
    await until(
      'its process at the server has ended',
      async () => (await backends(row!['pid'] as number)) === 0,
    );
    expect(await house.server.query('SELECT count(*)::int AS n FROM copied', 'shop')).toEqual([{ n: 0 }]);
    expect(await endOf("repeat('y', 1000)")).toMatchObject({ reason: 'client' });
  });

  test('that goes while the server works does not keep it at work', async () => {
    const waiting = await client();
    waiting.query('SELECT pg_sleep(3600)').catch(() => undefined);
    await until('the server works', async () => {
      const [row] = await house.server.query(
        `SELECT query FROM pg_stat_activity WHERE pid = ${pidOf(waiting)} AND wait_event = 'PgSleep'`,
      );
      return row !== undefined;
    });
    const { stream } = (waiting as unknown as { connection: { stream: Socket } }).connection;
    stream.resetAndDestroy();
    await until('its process at the server has ended', async () => (await backends(pidOf(waiting))) === 0);
    expect(await endOf('pg_sleep(3600)')).toMatchObject({ reason: 'client' });
  });
});

/** What the kernel does with connections of the gateway: its timers by /proc/net/tcp. */
function timersOf(pick: (local: number, remote: number) => boolean): { kind: string; seconds: number }[] {
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trimEnd().split('\n');
  return lines.flatMap((line) => {
    const [, local = '', remote = '', state, , timer = ''] = line.trim().split(/\s+/);
    const port = (address: string): number => parseInt(address.split(':')[1]!, 16);
    if (state !== '01' || !pick(port(local), port(remote))) return [];
    const [kind = '', ticks = ''] = timer.split(':');
    return [{ kind, seconds: parseInt(ticks, 16) / 100 }];
  });
}

test('an end that vanishes is asked for, on both sides, before half a minute is over', async () => {
  const idle = await client();
  await idle.query('SELECT 1');
  const sides = {
    client: () => timersOf((local) => local === house.port),
    target: () => timersOf((_, remote) => remote === house.server.port),
  };
  for (const side of Object.values(sides)) {
    // 02: a keepalive question is due. 01 is a retransmission: something was sent a moment ago.
    await until('the kernel asks', () => side().length > 0 && side().every(({ kind }) => kind === '02'));
    for (const { seconds } of side()) expect(seconds).toBeLessThanOrEqual(30);
  }
  await idle.end();
});

describe('an end that does not read', () => {
  test.each([
    ['as it is', `SELECT repeat('z', ${MIB}) FROM generate_series(1, 500)`],
    ['with masks', `SELECT email, repeat('z', ${MIB}) FROM customers, generate_series(1, 250)`],
  ])(
    'a client: a result %s waits at the server, and not in the gateway',
    async (_, text) => {
      const before = memory();
      const reader = await client();
      const { stream } = (reader as unknown as { connection: { stream: Socket } }).connection;
      stream.pause();
      stream.on('resume', () => paused && stream.pause());
      let paused = true;
      const query = new pg.Query(text);
      let seen = 0;
      reader.query(query);
      query.on('row', () => seen++);
      const done = new Promise((resolve, reject) => query.on('end', resolve).on('error', reject));
      await until('the server waits', async () => {
        const [row] = await house.server.query(
          `SELECT wait_event FROM pg_stat_activity WHERE pid = ${pidOf(reader)} AND state = 'active'`,
        );
        return row?.['wait_event'] === 'ClientWrite';
      });
      await sleep(300);
      expect((memory() - before) / MIB).toBeLessThan(64);
      paused = false;
      stream.resume();
      await done;
      expect(seen).toBe(500);
      await reader.end();
    },
    60_000,
  );

  test('a target: rows of a COPY wait at the client', async () => {
    const holder = await house.server.connect('shop');
    await holder.query('SELECT pg_advisory_lock(1)');
    const before = memory();
    const writer = psql(['-c', '\\copy slow FROM STDIN']);
    writer.stdin!.on('error', () => undefined);
    const row = `1\t${'w'.repeat(8000)}\n`.repeat(100);
    let taken = 0;
    // Whoever takes nothing for a while is full; so is the pipe to psql then.
    const feed = async (): Promise<void> => {
      for (let count = 0; count < 100; count++) {
        if (!writer.stdin!.write(row)) await new Promise((drained) => writer.stdin!.once('drain', drained));
        taken = count;
      }
      writer.stdin!.end();
    };
    const fed = feed();
    await until('the server waits', async () => {
      const [waiting] = await house.server.query(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY  slow%' AND wait_event = 'advisory'",
      );
      return waiting !== undefined;
    });
    let seen = -1;
    await until('nothing more is taken', async () => {
      const still = taken === seen;
      seen = taken;
      await sleep(200);
      return still;
    });
    expect(taken).toBeLessThan(99);
    expect((memory() - before) / MIB).toBeLessThan(64);
    await holder.query('SELECT pg_advisory_unlock(1)');
    await holder.end();
    await fed;
    await new Promise((ended) => writer.once('exit', ended));
    expect(await house.server.query('SELECT count(*)::int AS n FROM slow', 'shop')).toEqual([{ n: 10_000 }]);
  }, 60_000);
});

test('a server that is killed as a whole: its sessions end with an error, and no new one begins', async () => {
  const reader = await client();
  const failed = reader.query('SELECT pg_sleep(3600), 2').then(
    () => null,
    (error: unknown) => error as { code: string },
  );
  await until('the server works', async () => (await backends(pidOf(reader))) === 1);
  process.kill(house.server.pid, 'SIGKILL');
  process.kill(pidOf(reader), 'SIGKILL');
  expect(await failed).toMatchObject({ code: '08006', message: 'the target closed the connection' });
  await expect(client()).rejects.toMatchObject({ code: '08006' });
  expect(await endOf('pg_sleep(3600), 2')).toMatchObject({ reason: 'upstream' });
});
