import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EventBody } from '../../src/audit/event.js';
import { SessionLog } from '../../src/audit/log.js';
import {
  readRecording,
  verifyRecording,
  type ReadStep,
  type Verification,
} from '../../src/audit/recording.js';
import { closed, command, opened, result } from './events.js';

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-audit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = new Date('2026-11-21T08:00:00Z');
const whole: readonly EventBody[] = [opened, command, result, { ...command, command: 2 }, closed];

function write(events: readonly EventBody[], sync: 'write' | 'fsync' = 'write'): string {
  const log = new SessionLog({ folder: join(folder, 'recordings'), sync }, `session-${files++}`, at);
  for (const event of events) log.append(event, at);
  log.close();
  return log.path;
}

function altered(bytes: Buffer): string {
  const path = join(folder, `altered-${files++}.jsonl`);
  writeFileSync(path, bytes);
  return path;
}

async function steps(path: string): Promise<ReadStep[]> {
  const found: ReadStep[] = [];
  for await (const step of readRecording(path)) found.push(step);
  return found;
}

const lost = ({ broken, torn }: Verification): boolean => broken !== null || torn;

describe('a record', () => {
  test.each(['write', 'fsync'] as const)('is read as it was written (%s)', async (sync) => {
    const path = write(whole, sync);
    const events = (await steps(path)).map((step) => (step.kind === 'event' ? step.event : step));
    expect(events).toEqual(
      whole.map((event, seq) => ({
        seq,
        at: at.toISOString(),
        prev: expect.stringMatching(/^[0-9a-f]{64}$/),
        ...event,
      })),
    );
    expect(await verifyRecording(path)).toMatchObject({
      events: 5,
      session: opened.session,
      closed: true,
      torn: false,
      broken: null,
    });
  });

  test('is private, by day, and never written over', () => {
    const path = write([opened]);
    expect(path).toContain('/2026-11-21/');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(statSync(dirname(dirname(path))).mode & 0o777).toBe(0o700);
    const again = (): SessionLog =>
      new SessionLog({ folder: join(folder, 'recordings'), sync: 'write' }, `session-${files - 1}`, at);
    expect(again).toThrow(expect.objectContaining({ code: 'record-failed' }));
  });

  test('takes nothing after its end', () => {
    const log = new SessionLog({ folder, sync: 'write' }, 'ended', at);
    log.close();
    expect(() => log.append(opened, at)).toThrow(expect.objectContaining({ code: 'record-closed' }));
  });

  test('writes a decision out once, and again when it was forgotten', async () => {
    const decided = Array.from({ length: 1500 }, (_, at) => ({ ...command.decision, revision: `r${at}` }));
    const order = [...decided.keys(), 1499, 600, 500, 400, 0, 0, 1, 1499];
    const commands = order.map((at, seq) => ({ ...command, command: seq + 1, decision: decided[at]! }));
    const path = write([opened, ...commands]);
    const read = (await steps(path)).flatMap((step) =>
      step.kind === 'event' && step.event.kind === 'command' ? [step.event.decision.revision] : [],
    );
    expect(read).toEqual(order.map((at) => `r${at}`));
    const referring = readFileSync(path, 'utf8').match(/"decision":\{"as":\d+\}/g);
    expect(referring).toEqual([
      '"decision":{"as":1500}',
      '"decision":{"as":601}',
      '"decision":{"as":501}',
      '"decision":{"as":1505}',
      '"decision":{"as":1500}',
    ]);
  });

  test('keeps a statement of a megabyte whole', async () => {
    const text = '\0é'.repeat(500_000);
    const [, second] = await steps(write([opened, { ...command, text }]));
    expect(second?.kind === 'event' && second.event.kind === 'command' && second.event.text === text).toBe(
      true,
    );
  });
});

describe('an altered record is found out', () => {
  const original = (): Buffer => readFileSync(write(whole));

  test('with any byte changed anywhere', async () => {
    const bytes = original();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (index, change) => {
        const copy = Buffer.from(bytes);
        copy[index]! ^= change;
        expect(lost(await verifyRecording(altered(copy)))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  test('with bytes taken out or put in anywhere', async () => {
    const bytes = original();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.uint8Array({ maxLength: 3 }),
        fc.nat(3),
        async (index, put, out) => {
          const copy = Buffer.concat([bytes.subarray(0, index), put, bytes.subarray(index + out)]);
          fc.pre(!copy.equals(bytes) && !endsWhole(bytes, copy));
          expect(lost(await verifyRecording(altered(copy)))).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('with lines left out, doubled or in another order', async () => {
    const lines = linesOf(original());
    const index = fc.nat(lines.length - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(index, { maxLength: 7 }), async (order) => {
        const isPrefix = order.every((line, position) => line === position);
        fc.pre(!isPrefix);
        const copy = Buffer.concat(order.map((line) => lines[line]!));
        expect((await verifyRecording(altered(copy))).broken).not.toBeNull();
      }),
    );
  });

  test('with a line of another session', async () => {
    const [first, second] = [
      linesOf(original()),
      linesOf(readFileSync(write([opened, { ...command, text: 'x' }, result]))),
    ];
    const copy = Buffer.concat([first[0]!, first[1]!, second[2]!]);
    expect((await verifyRecording(altered(copy))).broken).toMatchObject({ line: 3 });
  });
});

function linesOf(bytes: Buffer): Buffer[] {
  return bytes
    .toString('latin1')
    .split(/(?<=\n)/)
    .map((line) => Buffer.from(line, 'latin1'));
}

/** What is left is the beginning of the original, cut at a line's end. */
function endsWhole(bytes: Buffer, copy: Buffer): boolean {
  return bytes.subarray(0, copy.length).equals(copy) && copy.at(-1) === 10;
}

describe('a record that was cut', () => {
  test('in the middle of a line is torn, and whole up to there', async () => {
    const bytes = readFileSync(write(whole));
    const end = bytes.lastIndexOf(10, bytes.length - 2);
    for (const length of [end + 2, bytes.length - 1]) {
      const verification = await verifyRecording(altered(bytes.subarray(0, length)));
      expect(verification).toMatchObject({ events: 4, torn: true, broken: null, closed: false });
    }
    expect(await verifyRecording(altered(Buffer.alloc(0)))).toMatchObject({ events: 0, torn: true });
  });

  // The chain cannot know what was never there: that is what `closed` is for, and no more than a hint.
  test('at the end of a line verifies, and does not claim to be complete', async () => {
    const lines = linesOf(readFileSync(write(whole)));
    for (let length = 1; length < lines.length; length++)
      expect(await verifyRecording(altered(Buffer.concat(lines.slice(0, length))))).toMatchObject({
        events: length,
        closed: false,
        torn: false,
        broken: null,
      });
  });
});

describe('a well-chained file of something else', () => {
  const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
  const broken = async (events: readonly unknown[]): Promise<unknown> =>
    (await verifyRecording(write(events as EventBody[]))).broken;
  const cases: readonly (readonly [string, readonly unknown[], number])[] = [
    ['has a kind that is not listed', [opened, { ...command, kind: 'surprise' }], 2],
    ['has an inherited property as its kind', [opened, { kind: 'constructor' }], 2],
    ['does not begin with a session', [command], 1],
    ['opens twice', [opened, opened], 2],
    ['goes on after its end', [opened, closed, command], 3],
    [
      'runs commands that were never let in',
      [{ ...opened, kind: 'refused', requested: { target: '', user: '' }, reason: '' }, command],
      2,
    ],
    ['is of a version to come', [{ ...opened, version: 3 }], 1],
    ['refers to a decision that is not there', [opened, { ...command, decision: { as: 7 } }], 2],
    ['refers to its own decision', [opened, { ...command, decision: { as: 1 } }], 2],
    ['has a decision that is none', [opened, { ...command, decision: { effect: 'allow' } }], 2],
    [
      'has an effect that is none',
      [opened, { ...command, decision: { ...command.decision, effect: 'perhaps' } }],
      2,
    ],
    [
      'has claims nested without end',
      [{ ...opened, identity: { ...opened.identity, claims: nested(2000) } }],
      1,
    ],
    ['has a detail that is none', [opened, { ...result, detail: [[1]] }], 2],
    ['has a context without end', [opened, { ...command, context: { a: nested(2000) } }], 2],
  ];
  test.each(cases)('%s', async (_, events, line) => expect(await broken(events)).toMatchObject({ line }));

  test.each(['', '{}', '[]', 'null', '{"seq":0}', '\ufeff{}', '\xff\xfe'])('is garbage: %j', async (text) =>
    expect((await verifyRecording(altered(Buffer.from(`${text}\n`, 'latin1')))).broken).toMatchObject({
      line: 1,
    }),
  );

  test('is one line without end', async () => {
    const path = join(folder, 'endless');
    // A sparse file: 65 MiB of zeros without a line break.
    writeFileSync(path, '');
    truncateSync(path, 65 * 1024 * 1024);
    expect((await verifyRecording(path)).broken).toMatchObject({ line: 1 });
  });
});
