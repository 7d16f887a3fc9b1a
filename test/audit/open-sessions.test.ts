/** Who brings the record of a gateway to its end that is on another machine: nobody, while its heart beats. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionLog, type LogOptions } from '../../src/audit/log.js';
import { OpenSessions, type InterruptedSession } from '../../src/audit/open-sessions.js';
import { verifyRecording } from '../../src/audit/recording.js';
import { command, opened } from './events.js';

const MINUTE = 60_000;
const at = new Date('2026-11-21T08:00:00Z');
let options: LogOptions;
let told: InterruptedSession[];
let gateways: OpenSessions[];

beforeEach(() => {
  options = { folder: mkdtempSync(join(tmpdir(), 'sallyport-open-')), sync: 'write' };
  told = [];
  gateways = [];
});
afterEach(() => {
  jest.useRealTimers();
  for (const one of gateways) one.close();
  rmSync(options.folder, { recursive: true });
});

function gateway(): OpenSessions {
  const made = new OpenSessions(options, (session) => told.push(session));
  gateways.push(made);
  return made;
}

/** A session with a command that the target has. Gives its record. */
function openSession(of: OpenSessions): string {
  of.add(opened.session, at);
  const log = new SessionLog(options, opened.session, at);
  log.append(opened, at);
  log.append({ ...command, forwarded: true }, at);
  log.close();
  return log.path;
}

/** The file that says which process has the only folder there is. */
function ownerFile(): string {
  const [name] = readdirSync(join(options.folder, '.open'));
  return join(options.folder, '.open', name!, 'process.json');
}

/** As if it ran on another machine, and its heart had beaten for the last time so long ago. */
function moveAway(silentMs: number): void {
  const file = ownerFile();
  const owner = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...owner, place: 'another machine' }));
  const beat = new Date(Date.now() - silentMs);
  utimesSync(file, beat, beat);
}

describe('the record of a gateway on another machine', () => {
  test('is left to it while its heart beats', async () => {
    const file = openSession(gateway());
    moveAway(9 * MINUTE);
    await gateway().recover();
    expect(told).toEqual([]);
    expect(await verifyRecording(file)).toMatchObject({ events: 2, closed: false });
  });

  test('is brought to its end when it was silent for ten minutes', async () => {
    const file = openSession(gateway());
    moveAway(11 * MINUTE);
    await gateway().recover();
    expect(told).toEqual([{ session: opened.session, file, lost: 1 }]);
    expect(await verifyRecording(file)).toMatchObject({ events: 4, closed: true, broken: null });
    expect(readFileSync(file, 'utf8')).toContain('"reason":"interrupted"');
  });

  test('is brought to its end once, however many gateways start', async () => {
    const file = openSession(gateway());
    moveAway(11 * MINUTE);
    await Promise.all([gateway(), gateway(), gateway()].map((one) => one.recover()));
    expect(told).toHaveLength(1);
    expect(await verifyRecording(file)).toMatchObject({ events: 4, closed: true, broken: null });
  });
});

test('the heart of a gateway with sessions beats every minute', () => {
  jest.useFakeTimers();
  openSession(gateway());
  const file = ownerFile();
  // Whole seconds: a file system need not keep a millisecond as it was given.
  const long = new Date(Math.floor(Date.now() / 1000) * 1000 - 30 * MINUTE);
  utimesSync(file, long, long);
  jest.advanceTimersByTime(MINUTE - 1);
  expect(statSync(file).mtimeMs).toBe(long.getTime());
  jest.advanceTimersByTime(1);
  expect(Math.abs(statSync(file).mtimeMs - Date.now())).toBeLessThan(MINUTE);
});
