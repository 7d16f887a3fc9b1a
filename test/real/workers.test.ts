/** `policy serve` on several cores: one port, one set of rules, and commands that are cancelled wherever they run. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package house

allow reads if sql.read_only

mask email column "customers.email" with hash

allow views if {
  some s in sql.statements
  s.object == "view"
}

deny orders "orders are not read" if {
  some s in sql.statements
  s.verb == "select"
  not s.nested
  some t in s.tables
  t.name == "orders"
}
`;

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'house.rules': RULES }, ['ci-test'], '', 3);
}, 120_000);
afterAll(() => house.stop(), 60_000);

/** Children of the process that was started, by /proc. */
function workers(): number[] {
  const parent = house.gateway().pid!;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

async function withClients<T>(count: number, use: (clients: readonly pg.Client[]) => Promise<T>): Promise<T> {
  const clients = await Promise.all(Array.from({ length: count }, () => house.connect('ci-test')));
  for (const client of clients) client.on('error', () => undefined);
  try {
    return await use(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

test('sessions are dealt out, decided alike and masked alike', async () => {
  expect(workers()).toHaveLength(3);
  await withClients(9, async (clients) => {
    const seen = await Promise.all(
      clients.map(async (client) => {
        const { rows } = await client.query<{ email: string }>('SELECT email FROM customers ORDER BY id');
        return rows;
      }),
    );
    expect(new Set(seen.map((rows) => JSON.stringify(rows))).size).toBe(1);
    expect(JSON.stringify(seen[0])).toMatch(/h:[0-9a-f]{32}/);
    const denied = clients.map((client) => client.query('DROP TABLE orders'));
    for (const one of denied) await expect(one).rejects.toMatchObject({ code: '42501' });
  });
});

test('a command is cancelled whichever worker the request reaches', async () => {
  await withClients(4, async (clients) => {
    for (const client of clients) {
      // The key of the protocol, which node-postgres keeps for itself.
      const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
      let cancelled = false;
      const running = client.query('SELECT pg_sleep(20)').finally(() => (cancelled = true));
      running.catch(() => undefined);
      // A request that comes before the command runs has nothing to cancel.
      while (!cancelled) {
        await cancel(processID, secretKey);
        await sleep(50);
      }
      await expect(running).rejects.toMatchObject({ code: '57014' });
    }
  });
}, 30_000);

async function cancel(processId: number, secret: number): Promise<void> {
  const { connect } = await import('node:net');
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processId, 8);
  request.writeInt32BE(secret, 12);
  await new Promise<void>((done, fail) => {
    const socket = connect(house.port, '127.0.0.1', () => socket.end(request));
    socket.on('error', fail).on('close', () => done());
    socket.resume();
  });
}

test('a schema that changes through one worker is read anew by all', async () => {
  await withClients(6, async (clients) => {
    for (const client of clients) await client.query('SELECT 1');
    await clients[0]!.query('CREATE VIEW shown AS SELECT id FROM orders');
    const outcome = (client: pg.Client): Promise<string> =>
      client.query('SELECT * FROM shown').then(
        () => 'allowed',
        (error: unknown) => (error as { code: string }).code,
      );
    // Whoever does not know the view does not see that it reads a table that is not to be read.
    let outcomes = ['not asked'];
    for (let tries = 0; tries < 50 && outcomes.some((one) => one !== '42501'); tries++) {
      outcomes = await Promise.all(clients.map(outcome));
      await sleep(100);
    }
    expect(outcomes).toEqual(clients.map(() => '42501'));
  });
}, 30_000);

test('a worker that falls takes its own sessions with it and is replaced', async () => {
  const before = workers();
  await withClients(6, async (clients) => {
    process.kill(before[0]!, 'SIGKILL');
    await sleep(300);
    const answers = await Promise.allSettled(clients.map((client) => client.query('SELECT 1')));
    const alive = answers.filter(({ status }) => status === 'fulfilled');
    expect(alive.length).toBeGreaterThanOrEqual(3);
    expect(alive.length).toBeLessThan(6);
  });
  for (let tries = 0; tries < 100 && workers().length < 3; tries++) await sleep(100);
  expect(workers()).toHaveLength(3);
  await sleep(1_000);
  await withClients(6, async (clients) => {
    await Promise.all(clients.map((client) => client.query('SELECT 1')));
  });
}, 30_000);

/** Resolves when the server works on so many commands. */
async function atWork(count: number): Promise<void> {
  const text = `SELECT count(*)::int AS running FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(%'`;
  for (let tries = 0; tries < 200; tries++) {
    const [row] = await house.server.query(text);
    if (row?.['running'] === count) return;
    await sleep(20);
  }
  throw new Error(`the server does not work on ${count} commands`);
}

test('SIGTERM lets what runs end, and ends all of them', async () => {
  const pids = workers();
  const gateway = house.gateway();
  const ended = new Promise((done) => gateway.once('exit', (code) => done(code)));
  await withClients(3, async (clients) => {
    const running = clients.map((client) => client.query("SELECT pg_sleep(2), 'whole' AS answer"));
    await atWork(3);
    gateway.kill('SIGTERM');
    const rows = (await Promise.all(running)).map((result) => result.rows[0] as { answer: string });
    expect(rows.map(({ answer }) => answer)).toEqual(['whole', 'whole', 'whole']);
  });
  expect(await ended).toBe(0);
  expect(pids.filter((pid) => parentOf(String(pid)) !== null)).toEqual([]);
}, 30_000);
