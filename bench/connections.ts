/** The cost of connections: how fast they are made, and what they use while idle. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.js';
import type { Arena } from './contenders.js';
import { runPgbench } from './pgbench.js';
import { residentMemory } from './processes.js';
import { openRawClient, type RawClient } from './raw-client.js';
import { median, ratio, significant } from './statistics.js';

export interface ConnectionOptions {
  readonly rounds: number;
  readonly connects: number;
  readonly idle: number;
  readonly progress: (what: string) => void;
}

const CLIENTS = 8;
/** Until garbage of the log-ins is collected, and what came late has come. */
const SETTLE_MS = 3000;

export async function measureConnections(
  arena: Arena,
  options: ConnectionOptions,
): Promise<readonly string[]> {
  return [...(await measureConnects(arena, options)), '', ...(await measureIdle(arena, options))];
}

/** A connection for each transaction, over TLS; the server itself speaks none here and is left out. */
async function measureConnects(
  { contenders }: Arena,
  { rounds, connects, progress }: ConnectionOptions,
): Promise<readonly string[]> {
  const encrypted = contenders.filter(({ tls }) => tls);
  const figures = new Map(encrypted.map(({ name }) => [name, [] as number[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of encrypted) {
      progress(`${connects} connects, round ${round} of ${rounds}: ${contender.name}`);
      figures.get(contender.name)!.push(await connectsPerSecond(contender, connects));
    }
  }
  const [baseline] = encrypted;
  const base = figures.get(baseline!.name)!;
  return [
    `| ${significant(connects)} connects over TLS | connects/s | of ${baseline!.name} |`,
    '| --- | --- | --- |',
    ...encrypted.map(({ name }) => {
      const own = figures.get(name)!;
      const share = median(own.map((rate, round) => rate / base[round]!));
      return `| ${name} | ${significant(median(own))} | ${ratio(share)} |`;
    }),
  ];
}

async function connectsPerSecond(contender: Contender, connects: number): Promise<number> {
  const each = Math.ceil(connects / CLIENTS);
  const output = await runPgbench(
    contender,
    [
      '--select-only',
      '--no-vacuum',
      '--connect',
      `--client=${CLIENTS}`,
      '--jobs=2',
      `--transactions=${each}`,
    ],
    { PGSSLMODE: 'require' },
  );
  const rate = Number(/^tps = ([0-9.]+)/m.exec(output)?.[1]);
  if (!Number.isFinite(rate)) throw new Error(`pgbench through ${contender.name} says no rate:\n${output}`);
  return rate;
}

async function measureIdle(
  { contenders, unsearching }: Arena,
  { idle, progress }: ConnectionOptions,
): Promise<readonly string[]> {
  // A gateway that nothing was asked of before: what others leave behind for the collector would be taken off.
  const fresh = [...contenders.filter(({ name }) => name !== 'Sallyport'), unsearching];
  const lines = [
    `| ${significant(idle)} idle sessions | memory before | more with them | each |`,
    '| --- | --- | --- | --- |',
  ];
  for (const contender of fresh) {
    if (contender.pid === null) continue;
    progress(`${idle} idle sessions: ${contender.name}`);
    const before = residentMemory(contender.pid) / 1e6;
    const clients = await openAll(contender, idle);
    await sleep(SETTLE_MS);
    const more = residentMemory(contender.pid) / 1e6 - before;
    for (const client of clients) client.close();
    await sleep(SETTLE_MS);
    const each = `${significant((more * 1000) / idle)} kB`;
    lines.push(`| ${contender.name} | ${significant(before)} MB | ${significant(more)} MB | ${each} |`);
  }
  return lines;
}

/** Each has asked for something, as a session of a pool has. */
async function openAll(contender: Contender, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = [];
  const batch = 20;
  while (clients.length < count) {
    const size = Math.min(batch, count - clients.length);
    const opened = await Promise.all(
      Array.from({ length: size }, async () => {
        const client = await openRawClient(contender);
        await client.ask('SELECT abalance FROM pgbench_accounts WHERE aid = 1');
        return client;
      }),
    );
    clients.push(...opened);
  }
  return clients;
}
