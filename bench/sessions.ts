/** How long `policy sessions list` takes over recorded sessions that the gateway has put into its index. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { addToIndex } from '../src/audit/session-index.js';
import { endedChildrenTime } from './processes.js';
import { duration, median, significant } from './statistics.js';

const DAYS = 10;
const A_DAY = 10_000;

export function measureSessions(
  root: string,
  rounds: number,
  progress: (what: string) => void,
): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-many-'));
  try {
    for (let day = 1; day <= DAYS; day++) writeDay(folder, `2026-11-${String(day).padStart(2, '0')}`);
    const lists = [
      ['all of them', []],
      ['those of the last day', ['--since', `2026-11-${DAYS}`]],
      ['as JSON', ['--format', 'json']],
    ] as const;
    const rows = lists.map(([what, options]) => {
      const times = Array.from({ length: rounds }, (_, round) => {
        progress(`sessions list, ${what}, round ${round + 1} of ${rounds}`);
        return list(root, folder, options);
      });
      const cells = [median(times.map(({ wall }) => wall)), median(times.map(({ processor }) => processor))];
      return `| ${what} | ${cells.map(duration).join(' | ')} |`;
    });
    return [
      `\`policy sessions list\` over ${significant(DAYS * A_DAY)} sessions of ${DAYS} days, from the start of the program to its end.`,
      `By the clock it waits for what else runs on the machine, whose load was ${loadavg()[0]!.toFixed(1)} at the end.`,
      '',
      ...['| list | by the clock | processor time |', '| --- | --: | --: |', ...rows],
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Microseconds. */
function list(
  root: string,
  folder: string,
  options: readonly string[],
): { readonly wall: number; readonly processor: number } {
  const program = join(root, 'dist', 'policy.mjs');
  const before = endedChildrenTime();
  const started = performance.now();
  execFileSync(process.execPath, [program, 'sessions', 'list', '--recordings', folder, ...options], {
    maxBuffer: 2 ** 30,
  });
  return { wall: (performance.now() - started) * 1000, processor: endedChildrenTime() - before };
}

function writeDay(folder: string, date: string): void {
  mkdirSync(join(folder, date));
  const summaries = Array.from({ length: A_DAY }, (_, number) => ({
    session: `${date.replaceAll('-', '')}-0000-4000-8000-${String(number).padStart(12, '0')}`,
    openedAt: `${date}T08:00:00.000Z`,
    ...{ subject: 'repo:acme/shop:ref:refs/heads/main', target: 'orders', client: 'psql' },
    ...{ commands: 3, denied: 0, state: 'client' },
  }));
  // What is in the index is not read.
  for (const { session } of summaries) writeFileSync(join(folder, date, `${session}.jsonl`), '');
  addToIndex(join(folder, date), summaries);
}
