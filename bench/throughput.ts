/** pgbench -S through each contender, in rounds, so that whatever else the machine does hits all of them alike. */
import type { Contender } from './contender.js';
import type { Arena } from './contenders.js';
import { runPgbench } from './pgbench.js';
import { processorTime } from './processes.js';
import { duration, median, ratio, significant } from './statistics.js';

export interface ThroughputOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly progress: (what: string) => void;
}

/** The warm-up round is longer than the others, so that its clients reach every worker. */
const WARM_UP = { times: 4, clients: 8 };

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
  const lines = [
    '| mode | clients | contender | transactions/s | of direct | latency | processor time |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  const contenders = [...arena.contenders, arena.paired];
  for (const setting of settings) lines.push(...(await measureSetting(contenders, setting, options)));
  return lines;
}

interface Figures {
  readonly perSecond: number;
  /** Microseconds that the process in between spends on a transaction. */
  readonly processorTime: number;
}

async function measureSetting(
  contenders: readonly Contender[],
  setting: Setting,
  { rounds, seconds, progress }: ThroughputOptions,
): Promise<readonly string[]> {
  const { mode, clients } = setting;
  const figures = new Map(contenders.map(({ name }) => [name, [] as Figures[]]));
  // The first round warms caches and compilers up, which takes a while, and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      progress(`pgbench -S, ${mode}, ${clients} clients, round ${round} of ${rounds}: ${contender.name}`);
      if (round === 0) await measure(contender, { mode, clients: WARM_UP.clients }, WARM_UP.times * seconds);
      else figures.get(contender.name)!.push(await measure(contender, setting, seconds));
    }
  }
  const direct = figures.get('direct')!;
  return contenders.map(({ name }) => {
    const own = figures.get(name)!;
    const rate = median(own.map(({ perSecond }) => perSecond));
    const share = median(own.map(({ perSecond }, round) => perSecond / direct[round]!.perSecond));
    const latency = duration((clients * 1e6) / rate);
    const busy = duration(median(own.map(({ processorTime: time }) => time)));
    return `| ${mode} | ${clients} | ${name} | ${significant(rate)} | ${ratio(share)} | ${latency} | ${busy} |`;
  });
}

async function measure(contender: Contender, { mode, clients }: Setting, seconds: number): Promise<Figures> {
  const { name, pid } = contender;
  const before = pid === null ? Number.NaN : processorTime(pid);
  const output = await runPgbench(contender, [
    '--select-only',
    '--no-vacuum',
    `--protocol=${mode}`,
    `--client=${clients}`,
    `--jobs=${Math.min(clients, 2)}`,
    `--time=${seconds}`,
  ]);
  const used = (pid === null ? Number.NaN : processorTime(pid)) - before;
  const perSecond = Number(/^tps = ([0-9.]+) \(without initial connection time\)/m.exec(output)?.[1]);
  const transactions = Number(/^number of transactions actually processed: (\d+)/m.exec(output)?.[1]);
  if (!Number.isFinite(perSecond)) throw new Error(`pgbench through ${name} says no rate:\n${output}`);
  return { perSecond, processorTime: used / transactions };
}
