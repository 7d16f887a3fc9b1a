/** Recordings decided again, with a catalogue and without, and against another policy instead of the record. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayRecording, type ReplayedCommand, type ReplayOptions } from '../../src/replay/replay.js';
import { ReplayTally } from '../../src/replay/summary.js';
import { policyOf, record, shop } from '../support/recording.js';

const READS = 'package a\n\nallow reads if sql.read_only\n';
const MASKED = `${READS}\nmask email column "customers.email" with redact\n`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-replay-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function replay(
  rules: string,
  commands: readonly string[],
  options: Partial<ReplayOptions> & Pick<ReplayOptions, 'policy'>,
): Promise<ReplayedCommand[]> {
  const file = record(folder, { session: 's', rules, subject: 'ci', groups: [], target: 'orders', commands });
  const replayed: ReplayedCommand[] = [];
  for await (const step of replayRecording(file, {
    base: null,
    world: () => ({ catalogue: null }),
    ...options,
  })) {
    if (step.kind !== 'command') throw new Error(step.kind);
    replayed.push(step.replayed);
  }
  return replayed;
}

test('the same rules change nothing', async () => {
  const commands = ['SELECT 1', 'DROP TABLE orders', 'SELECT email FROM customers', 'SELEC 1', ''];
  const replayed = await replay(MASKED, commands, { policy: policyOf(MASKED) });
  expect(replayed.map(({ text }) => text)).toEqual(commands);
  expect(replayed.flatMap(({ changes }) => changes)).toEqual([]);
});

test('a lost mask is told where the column comes out, and nowhere else', async () => {
  const commands = [
    'SELECT email FROM customers',
    'SELECT id FROM customers',
    'SELECT email AS e FROM customers c',
  ];
  const replayed = await replay(MASKED, commands, { policy: policyOf(READS) });
  expect(replayed.map(({ changes }) => changes.map(({ text }) => text))).toEqual([
    ['mask customers.email with redact lost'],
    [],
    ['mask customers.email with redact lost'],
  ]);
});

test('a catalogue says what `*` is', async () => {
  const commands = ['SELECT * FROM customers', 'SELECT * FROM orders'];
  const replayed = await replay(READS, commands, {
    policy: policyOf(MASKED),
    world: () => ({ catalogue: shop }),
  });
  expect(replayed.map(({ changes }) => changes.map(({ text }) => text))).toEqual([
    ['mask customers.email with redact gained'],
    [],
  ]);
});

test('a base takes the place of what was decided then', async () => {
  const none = 'package a\n\nallow nothing if target.name == "nowhere"\n';
  const [replayed] = await replay(none, ['SELECT 1'], { policy: policyOf(READS), base: policyOf(READS) });
  expect(replayed!.before.effect).toBe('allow');
  expect(replayed!.changes).toEqual([]);
});

test('a refusal by the gateway itself stands, whatever the rules say', async () => {
  const script = { session: 's', rules: READS, subject: 'ci', groups: [], target: 'orders' };
  const file = record(folder, { ...script, commands: ['SELECT id FROM orders'], blind: true });
  const options = {
    policy: policyOf('package a\n\nallow everything\n'),
    base: null,
    world: () => ({ catalogue: shop }),
  };
  for await (const step of replayRecording(file, options)) {
    if (step.kind !== 'command') throw new Error(step.kind);
    const { before, after, changes } = step.replayed;
    expect(before.rules.map(({ id }) => id)).toContain('gateway.catalogue');
    expect([before.effect, after.effect, changes]).toEqual(['deny', 'deny', []]);
  }
});

test('changes that say the same are told once, those that open first', async () => {
  const commands = ['DELETE FROM orders', 'SELECT 1', 'SELECT 1', 'DROP TABLE orders'];
  const open = 'package a\n\nallow if sql.read_only == false\n';
  const tally = new ReplayTally();
  for (const one of await replay(READS, commands, { policy: policyOf(open) })) tally.add(one);
  const { changes, ...counts } = tally.summary();
  expect(counts).toEqual({ commands: 4, changed: 4, opened: 2, closed: 2 });
  expect(changes.map(({ replayed, times, opens }) => [replayed.text, times, opens])).toEqual([
    ['DELETE FROM orders', 1, true],
    ['DROP TABLE orders', 1, true],
    ['SELECT 1', 2, false],
  ]);
});
