/** How long `policy sessions list` takes over a hundred thousand recorded sessions, which the gateway has put into its index. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { addToIndex } from '../src/audit/session-index.js';

const DAYS = 10;
const A_DAY = 10_000;
const TIMES = 5;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-many-'));
try {
  for (let day = 1; day <= DAYS; day++) {
    const date = `2026-11-${String(day).padStart(2, '0')}`;
    mkdirSync(join(folder, date));
    const summaries = Array.from({ length: A_DAY }, (_, number) => ({
      session: `${String(day).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`,
      openedAt: `${date}T08:00:00.000Z`,
      ...{ subject: 'repo:acme/shop:ref:refs/heads/main', target: 'orders', client: 'psql' },
      ...{ commands: 3, denied: 0, state: 'client' },
    }));
    // What is in the index is not read.
    for (const { session } of summaries) writeFileSync(join(folder, date, `${session}.jsonl`), '');
    addToIndex(join(folder, date), summaries);
  }
  const times = Array.from({ length: TIMES }, () => {
    const started = performance.now();
    execFileSync(process.execPath, [resolve('dist/policy.mjs'), 'sessions', 'list', '--recordings', folder], {
      maxBuffer: 2 ** 30,
    });
    return Math.round(performance.now() - started);
  });
  console.log(`sessions list, ${DAYS * A_DAY} sessions: ${times.sort((a, b) => a - b).join(', ')} ms`);
} finally {
  rmSync(folder, { recursive: true });
}
