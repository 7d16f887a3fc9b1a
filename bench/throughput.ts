/** pgbench -S through each contender, in rounds, so that whatever else the machine does hits all of them alike. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Arena, Contender } from './contenders.js';
import { median, ratio, significant } from './statistics.js';

const execute = promisify(execFile);

export interface ThroughputOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly progress: (what: string) => void;
}

interface Setting {
  readonly mode: 'simple' | 'prepared';
  readonly clients: number;
}
const settings: readonly Setting[] = [
  { mode: 'simple', clients: 1 },
  { mode: 'simple', clients: 8 },
  { mode: 'prepared', clients: 1 },
  { mode: 'prepared', clients: 8 },
];

export async function measureThroughput(
  arena: Arena,
  options: ThroughputOptions,
): Promise<readonly string[]> {
  await pgbench(arena.contenders[0]!, ['--initialize', '--scale=1', '--quiet']);
  const lines = [
    '| mode | clients | contender | transactions/s | of direct | latency |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const setting of settings) lines.push(...(await measureSetting(arena.contenders, setting, options)));
  return lines;
}

async function measureSetting(
  contenders: readonly Contender[],
  { mode, clients }: Setting,
  { rounds, seconds, progress }: ThroughputOptions,
): Promise<readonly string[]> {
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  // The first round warms caches and compilers up and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      progress(`pgbench -S, ${mode}, ${clients} clients, round ${round} of ${rounds}: ${contender.name}`);
      const rate = await transactionsPerSecond(contender, mode, clients, seconds);
      if (round > 0) rates.get(contender.name)!.push(rate);
    }
  }
  const direct = rates.get('direct')!;
  return contenders.map(({ name }) => {
    const own = rates.get(name)!;
    const share = median(own.map((rate, round) => rate / direct[round]!));
    const latency = `${Math.round((clients * 1e6) / median(own))} µs`;
    return `| ${mode} | ${clients} | ${name} | ${significant(median(own))} | ${ratio(share)} | ${latency} |`;
  });
}

async function transactionsPerSecond(
  contender: Contender,
  mode: string,
  clients: number,
  seconds: number,
): Promise<number> {
  const jobs = Math.min(clients, 2);
  const output = await pgbench(contender, [
    '--select-only',
    '--no-vacuum',
    `--protocol=${mode}`,
    `--client=${clients}`,
    `--jobs=${jobs}`,
    `--time=${seconds}`,
  ]);
  const rate = Number(/^tps = ([0-9.]+) \(without initial connection time\)/m.exec(output)?.[1]);
  if (!Number.isFinite(rate)) throw new Error(`pgbench through ${contender.name} says no rate:\n${output}`);
  return rate;
}

async function pgbench(contender: Contender, args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    PGHOST: '127.0.0.1',
    PGPORT: String(contender.port),
    PGUSER: contender.user,
    PGPASSWORD: contender.password,
    PGDATABASE: contender.database,
    PGSSLMODE: 'disable',
  };
  const { stdout, stderr } = await execute('pgbench', [...args], { env });
  // pgbench goes on with the clients that are left when one fails.
  if (/aborted|FATAL/.test(stderr)) throw new Error(`pgbench through ${contender.name} failed:\n${stderr}`);
  return stdout;
}
