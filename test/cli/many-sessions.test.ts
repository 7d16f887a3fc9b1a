/** `policy sessions list` over many sessions: read once, and right when records come and go. `bench/sessions.ts` has the time. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SessionLog } from '../../src/audit/log.js';
import { addToIndex, readIndex, type ListedSession } from '../../src/audit/session-index.js';
import { command, opened } from '../audit/events.js';

const POLICY = resolve('dist/policy.mjs');
const DAYS = 10;
const A_DAY = 100;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-many-'));
  for (let day = 1; day <= DAYS; day++) {
    const at = new Date(`2026-11-${String(day).padStart(2, '0')}T08:00:00Z`);
    for (let number = 0; number < A_DAY; number++) {
      const session = idOf(day, number);
      const log = new SessionLog({ folder, sync: 'write' }, session, at);
      log.append({ ...opened, session }, at);
      if (number === 7) log.append({ ...command, text: `SELECT 'needle ${day}'` }, at);
      log.append({ kind: 'closed', reason: 'client', commands: number === 7 ? 1 : 0 }, at);
      log.close();
    }
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }), 60_000);

function idOf(day: number, number: number): string {
  return `${String(day).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

async function list(...args: readonly string[]): Promise<ListedSession[]> {
  const output = await run('list', '--recordings', folder, '--format', 'json', ...args);
  return JSON.parse(output) as ListedSession[];
}

function run(...args: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const options = { maxBuffer: 1 << 30, timeout: 120_000 };
    execFile(process.execPath, [POLICY, 'sessions', ...args], options, (error, stdout) =>
      error === null ? done(stdout) : fail(new Error(error.message, { cause: error })),
    );
  });
}

describe('sessions of many days', () => {
  test('are read once, and listed from what is known of them then', async () => {
    const first = await list();
    expect(first).toHaveLength(DAYS * A_DAY);
    expect(first.filter(({ state }) => state !== 'client')).toEqual([]);
    expect(first.filter(({ commands }) => commands === 1)).toHaveLength(DAYS);
    // A record that was known is not read again: this one could not be.
    const [one] = first;
    const text = readFileSync(one!.file);
    writeFileSync(one!.file, 'not a record');
    expect(await list()).toEqual(first);
    writeFileSync(one!.file, text);
    expect(await run('list', '--recordings', folder)).toContain(one!.session);
  }, 60_000);

  test('are filtered', async () => {
    expect(await list('--since', '2026-11-09')).toHaveLength(2 * A_DAY);
    expect(await list('--since', '2026-11-10T08:00:01Z')).toEqual([]);
    expect(await list('--identity', 'nobody*')).toEqual([]);
    expect(await list('--target', '*', '--since', '2026-11-10')).toHaveLength(A_DAY);
    const found = await list('--text', 'NEEDLE 10', '--since', '2026-11-10');
    expect(found.map(({ session }) => session)).toEqual([idOf(10, 7)]);
  }, 120_000);

  test('lose one whose record is gone, and gain one that is copied there', async () => {
    const day = join(folder, '2026-11-03');
    const [name] = readdirSync(day).filter((one) => one.endsWith('.jsonl'));
    const text = readFileSync(join(day, name!), 'utf8');
    renameSync(join(day, name!), join(folder, 'aside'));
    expect(await list()).toHaveLength(DAYS * A_DAY - 1);
    const elsewhere = join(folder, '2026-12-01');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, name!), text);
    expect(await list()).toHaveLength(DAYS * A_DAY);
    renameSync(join(folder, 'aside'), join(day, name!));
    expect(await list()).toHaveLength(DAYS * A_DAY + 1);
  }, 120_000);
});

test('an index that is damaged is left out, line by line', () => {
  const place = mkdtempSync(join(tmpdir(), 'sallyport-index-'));
  const summary = {
    ...{ session: 'a', openedAt: '2026-11-01T08:00:00.000Z', subject: null, target: 't', client: '' },
    ...{ commands: 0, denied: 0, state: 'client' },
  };
  addToIndex(place, [summary, { ...summary, session: 'b' }]);
  const file = join(place, 'sessions.index');
  writeFileSync(file, `null\n{"session":1}\n${readFileSync(file, 'utf8')}{"session":"c","opened`);
  expect([...readIndex(place).keys()]).toEqual(['a', 'b']);
  rmSync(place, { recursive: true });
});
