/** What `policy audit verify` says of records that lack something which no chain of one file can tell. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SessionRefused } from '../../src/audit/event.js';
import { SessionLog } from '../../src/audit/log.js';
import { RefusalLog } from '../../src/audit/refusals.js';
import { closed, command, opened } from './events.js';

const at = new Date('2026-11-21T08:00:00Z');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-complete-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function verify(...options: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const args = [resolve('dist/policy.mjs'), 'audit', 'verify', ...options, folder];
  return new Promise((done) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

function record(events: readonly (typeof opened | typeof command | typeof closed)[]): string {
  const log = new SessionLog({ folder, sync: 'write' }, opened.session, at);
  for (const event of events) log.append(event, at);
  log.close();
  return log.path;
}

describe('a record without its end', () => {
  test('holds, and fails where it must be complete', async () => {
    record([opened, command]);
    const said = 'the record has no end: the session is still running, or the end was removed';
    expect(await verify()).toEqual({ code: 0, output: expect.stringContaining(said) });
    expect(await verify('--complete')).toEqual({ code: 1, output: expect.stringContaining(said) });
  });

  test('is one that was torn, too', async () => {
    appendFileSync(record([opened, command]), '{"seq":2,');
    expect((await verify()).code).toBe(0);
    expect(await verify('--complete')).toEqual({ code: 1, output: expect.stringContaining('torn') });
  });

  test('is not one with its end', async () => {
    record([opened, command, closed]);
    expect(await verify('--complete')).toEqual({ code: 0, output: expect.stringContaining('complete') });
  });
});

describe('files of refused logins', () => {
  const refused: SessionRefused = {
    kind: 'refused',
    version: 1,
    session: opened.session,
    protocol: 'postgres',
    client: opened.client,
    requested: { target: 'orders', user: 'ci' },
    reason: 'the token has expired',
  };
  /** The oldest first. */
  const files = (): string[] =>
    readdirSync(join(folder, 'refused'))
      .sort()
      .map((name) => join(folder, 'refused', name));

  /** An eighth of the bound is what a file takes before it goes over into the next. */
  function refuse(times: number): void {
    const log = new RefusalLog({ folder, sync: 'write' }, 1 << 16);
    for (let n = 0; n < times; n++) log.append(refused, new Date(at.getTime() + n * 1000));
    log.close(new Date(at.getTime() + times * 1000));
  }

  test('go on from one another, and may lack the first ones', async () => {
    refuse(100);
    expect(files().length).toBeGreaterThanOrEqual(4);
    expect((await verify('--complete')).code).toBe(0);
    rmSync(files()[0]!);
    rmSync(files()[0]!);
    expect((await verify('--complete')).code).toBe(0);
  });

  test('lack none in between', async () => {
    refuse(100);
    const [before, gone, after] = files();
    rmSync(gone!);
    const { code, output } = await verify();
    expect(code).toBe(1);
    expect(output).toContain(`${after!}: it does not continue ${before!}: a file in between is missing`);
  });

  test('lack no line at the end of one that others follow', async () => {
    refuse(100);
    const [first, second] = files();
    // The chain of the file itself still holds without its last line.
    const bytes = readFileSync(first!);
    truncateSync(first!, bytes.lastIndexOf(10, bytes.length - 2) + 1);
    const { code, output } = await verify();
    expect(code).toBe(1);
    expect(output).toContain(`${second!}: it does not continue ${first!}`);
  });

  test('of two processes are looked at one by one', async () => {
    refuse(100);
    refuse(100);
    expect((await verify('--complete')).code).toBe(0);
  });
});
