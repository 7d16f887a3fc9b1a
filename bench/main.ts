/**
 * `npm run bench`: what the gateway costs, as ratios taken in one run, printed and written to bench/results.md.
 *
 *     npm run bench -- [--rounds N] [--seconds N] [--megabytes N] [--dry]
 *         [--only throughput|streams|connections|decisions|engines|endurance|facts|ddl|sessions]... [--tool NAME]...
 *
 * With `--only`, the other sections of the file stay as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadProtocols } from '../src/protocols/list.js';
import { createCleanup } from './cleanup.js';
import { measureConnections } from './connections.js';
import { openArena, type Arena } from './contenders.js';
import { measureEngines } from './comparison.js';
import { measureDdl } from './ddl.js';
import { measureDecisions } from './decisions.js';
import { measureEndurance } from './endurance.js';
import { measureFacts } from './facts.js';
import { describeMachine } from './machine.js';
import { renderReport, replaceSections, type Section } from './report.js';
import { measureSessions } from './sessions.js';
import { measureStreams } from './streams.js';
import { measureThroughput } from './throughput.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    /** For one large result. */
    megabytes: { type: 'string', default: '1000' },
    only: { type: 'string', multiple: true },
    /** For `ddl`. */
    tool: { type: 'string', multiple: true },
    /** Prints and writes no file. */
    dry: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const megabytes = Number(values.megabytes);

const CONNECTS = 10_000;
const IDLE_SESSIONS = 1000;

function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${what}`);
}

function wanted(part: string): boolean {
  return values.only?.includes(part) ?? true;
}

/** What is measured between pgbench or a client of the benchmark's own and one server, with the same contenders. */
async function network(facts: string[]): Promise<readonly Section[]> {
  const cleanup = createCleanup();
  const interrupted = (): void => void cleanup.run().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  try {
    progress('starting PostgreSQL, PgBouncer, an identity provider and the gateway');
    const arena = await openArena(root, cleanup);
    facts.push(...describeMachine(arena.server));
    const sections: Section[] = [];
    if (wanted('throughput')) sections.push(await throughput(arena));
    if (wanted('streams')) sections.push(await streams(arena));
    if (wanted('connections')) sections.push(await connections(arena));
    return sections;
  } finally {
    process.removeListener('SIGINT', interrupted);
    await cleanup.run();
  }
}

async function throughput(arena: Arena): Promise<Section> {
  const lines = await measureThroughput(arena, { rounds, seconds, progress });
  const about = [
    'The gateway decides each statement by the starter pack of `rules/`, masks the column that `pgbench -S` reads, and',
    'writes the record before it forwards. PgBouncer pools by session. Every contender authenticates with SCRAM, the',
    'gateway with a token. It runs a worker on each core, or two as docs/operations.md has it for a machine that it shares with',
    'the server; the pipe and PgBouncer have one process. Processor time is what the processes in between spend on a',
    'transaction.',
  ];
  return { title: 'pgbench -S', lines: [...about, ...arena.notes, '', ...lines] };
}

async function streams(arena: Arena): Promise<Section> {
  const about = [
    `A table of about ${megabytes} MB, read and written whole by one client that looks at nothing of it. Memory is that of all`,
    'processes in between, over what they held before. The starter pack searches every text for card numbers, keys and tokens;',
    'one gateway has its rules without these.',
  ];
  return {
    title: 'Large results',
    lines: [...about, '', ...(await measureStreams(arena, { rounds, megabytes, progress }))],
  };
}

async function connections(arena: Arena): Promise<Section> {
  const about = [
    'Each connect is one of `pgbench --connect`: TLS, a log-in, one statement, the end. The token is the same for all, PgBouncer',
    'has its connections to the server open. Memory is that of all processes of a contender.',
  ];
  const options = { rounds: 1, connects: CONNECTS, idle: IDLE_SESSIONS, progress };
  return { title: 'Connections', lines: [...about, '', ...(await measureConnections(arena, options))] };
}

async function ddl(): Promise<Section> {
  const cleanup = createCleanup();
  const interrupted = (): void => void cleanup.run().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  const about = [
    'A hundred migrations (25 tables made, each with a column, an index and rows that come later), and all taken back, by',
    'the clock on the wall, from the start of the tool to its end. TLS on both sides, everything is allowed and the session',
    'state followed, the recording is on, one worker. The database is empty, or has 2,000 tables that nobody touches.',
  ];
  try {
    const tools = values.tool === undefined ? {} : { tools: values.tool };
    const lines = await measureDdl({ root, rounds, progress, ...tools }, cleanup);
    return { title: 'Migrations', lines: [...about, '', ...lines] };
  } finally {
    process.removeListener('SIGINT', interrupted);
    await cleanup.run();
  }
}

/** What else runs on the machine counts for less so. */
const counted = 'Counted in processor time, on one core.';

async function comparison(): Promise<Section> {
  const about = [
    'Rules that every engine can say (an effect for a group, a verb and a table of a target; ten rules a target), and',
    'requests about two of the targets, to which all engines give the same answers. Sallyport decides on the facts of real',
    'SQL. Cedar parses the policies beforehand and the entities of a request with each call, as its interface has it;',
    'casbin asks every policy.',
    counted,
  ];
  return {
    title: 'Engines',
    lines: [...about, '', ...(await measureEngines(rounds, seconds * 100, progress))],
  };
}

async function main(): Promise<void> {
  await loadProtocols();
  const facts: string[] = [];
  const sections: Section[] = [];
  if (['throughput', 'streams', 'connections'].some(wanted)) sections.push(...(await network(facts)));
  if (wanted('decisions'))
    sections.push({
      title: 'Decisions',
      lines: [counted, '', ...measureDecisions(rounds, seconds * 100, progress)],
    });
  if (wanted('engines')) sections.push(await comparison());
  if (wanted('endurance'))
    sections.push({ title: 'Reading rules, and memory', lines: await measureEndurance(rounds, progress) });
  if (wanted('facts'))
    sections.push({
      title: 'Facts of a statement',
      lines: [counted, '', ...measureFacts(rounds, seconds * 100, progress)],
    });
  if (wanted('ddl')) sections.push(await ddl());
  if (wanted('sessions'))
    sections.push({ title: 'Lists of sessions', lines: measureSessions(root, rounds, progress) });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  const how = `Medians of ${rounds} rounds of ${seconds} s each, the contenders taking turns within a round; ratios are taken within a round. Measured with \`npm run bench\`.`;
  const report = renderReport(
    facts.length > 0 ? facts : describeMachine(wanted('ddl') ? 'PostgreSQL 18' : 'no server'),
    how,
    sections,
  );
  process.stdout.write(report);
  if (!values.dry) write(report, sections);
}

function write(report: string, sections: readonly Section[]): void {
  const file = join(root, 'bench', 'results.md');
  const text = values.only === undefined ? report : replaceSections(readFileSync(file, 'utf8'), sections);
  writeFileSync(file, text);
}

await main();
