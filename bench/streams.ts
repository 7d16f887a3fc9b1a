/** How fast large results and COPY pass, and what memory they take in between. */
import type { Contender } from './contender.js';
import type { Arena } from './contenders.js';
import { processorTime, residentMemory } from './processes.js';
import { openRawClient, type RawClient } from './raw-client.js';
import { median, ratio, significant } from './statistics.js';

export interface StreamOptions {
  readonly rounds: number;
  readonly megabytes: number;
  readonly progress: (what: string) => void;
}

interface Transfer {
  readonly name: string;
  readonly run: (client: RawClient, bytes: number) => Promise<number>;
}

/** Approximate size of a row; the bytes on the wire are counted. */
const ROW_BYTES = 250;
const SAMPLE_MS = 20;

const transfers: readonly Transfer[] = [
  { name: 'rows, none masked', run: (client) => client.ask('SELECT id, note FROM wide') },
  { name: 'rows, one column masked', run: (client) => client.ask('SELECT id, email, note FROM wide') },
  { name: 'COPY out, none masked', run: (client) => client.ask('COPY wide (id, note) TO STDOUT') },
  {
    name: 'COPY out, one column masked',
    run: (client) => client.ask('COPY wide (id, email, note) TO STDOUT'),
  },
  {
    name: 'COPY in',
    run: (client, bytes) => client.copyIn('COPY sink FROM STDIN', linesOf(sinkLine), bytes),
  },
];

const sinkLine = `1\t${'x'.repeat(ROW_BYTES - 10)}\n`;

function linesOf(line: string): Buffer {
  return Buffer.from(line.repeat(Math.ceil((32 * 1024) / line.length)));
}

export async function measureStreams(arena: Arena, options: StreamOptions): Promise<readonly string[]> {
  await prepare(arena.contenders[0]!, options.megabytes);
  const lines = [
    '| transfer | contender | MB/s | of the pipe | processor time of a GB | memory in between, at most |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const transfer of transfers) lines.push(...(await measureTransfer(arena, transfer, options)));
  return lines;
}

async function prepare(direct: Contender, megabytes: number): Promise<void> {
  const client = await openRawClient(direct);
  const rows = Math.ceil((megabytes * 1e6) / ROW_BYTES);
  await client.ask(`CREATE UNLOGGED TABLE wide AS
    SELECT g AS id, 'user' || g || '@example.com' AS email, repeat(md5(g::text), 6) AS note
    FROM generate_series(1, ${rows}) AS g`);
  await client.ask('CREATE UNLOGGED TABLE sink (id int, note text)');
  await client.ask('VACUUM wide');
  client.close();
}

interface Figures {
  /** Megabytes in a second. */
  readonly rate: number;
  /** Seconds of processor time that the processes in between spend on a gigabyte. */
  readonly processorTime: number;
  /** Megabytes more than before, at most. */
  readonly memory: number;
}

async function measureTransfer(
  arena: Arena,
  transfer: Transfer,
  { rounds, megabytes, progress }: StreamOptions,
): Promise<readonly string[]> {
  const contenders = [...arena.contenders, arena.unsearching];
  const figures = new Map(contenders.map(({ name }) => [name, [] as Figures[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      progress(`${transfer.name}, round ${round} of ${rounds}: ${contender.name}`);
      figures.get(contender.name)!.push(await measure(contender, transfer, megabytes * 1e6));
    }
    await emptySink(contenders[0]!);
  }
  const pipe = figures.get('Node pipe')!;
  return contenders.map(({ name, pid }) => {
    const own = figures.get(name)!;
    const share = median(own.map(({ rate }, round) => rate / pipe[round]!.rate));
    const memory = pid === null ? '–' : `${significant(Math.max(...own.map((one) => one.memory)))} MB`;
    const rate = significant(median(own.map((one) => one.rate)));
    const busy = pid === null ? '–' : `${significant(median(own.map((one) => one.processorTime)))} s`;
    return `| ${transfer.name} | ${name} | ${rate} | ${ratio(share)} | ${busy} | ${memory} |`;
  });
}

async function measure(contender: Contender, transfer: Transfer, bytes: number): Promise<Figures> {
  const client = await openRawClient(contender);
  const before = contender.pid === null ? 0 : residentMemory(contender.pid);
  let most = before;
  const watch = setInterval(() => {
    if (contender.pid !== null) most = Math.max(most, residentMemory(contender.pid));
  }, SAMPLE_MS);
  const used = contender.pid === null ? Number.NaN : processorTime(contender.pid);
  const start = performance.now();
  const passed = await transfer.run(client, bytes);
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  const busy = (contender.pid === null ? Number.NaN : processorTime(contender.pid)) - used;
  client.close();
  return {
    rate: passed / 1e6 / seconds,
    processorTime: (busy * 1e3) / passed,
    memory: (most - before) / 1e6,
  };
}

async function emptySink(direct: Contender): Promise<void> {
  const client = await openRawClient(direct);
  await client.ask('TRUNCATE sink');
  client.close();
}
