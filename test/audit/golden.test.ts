/** Recordings of every version of the format that was ever released: read for ever, and decided as they were decided then. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueFinder } from '../../cli/input/catalogue-file.js';
import { loadRuleSet } from '../../cli/input/rule-set.js';
import { readRecording, verifyRecording } from '../../src/audit/recording.js';
import { loadProtocols } from '../../src/protocols/list.js';
import { replayRecording } from '../../src/replay/replay.js';

const FOLDER = 'test/audit/golden';
const versions = readdirSync(FOLDER);

beforeAll(() => loadProtocols());

describe.each(versions)('%s', (version) => {
  const folder = join(FOLDER, version);
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));

  test('is whole', async () => {
    expect(files.length).toBeGreaterThan(2);
    for (const file of files)
      expect(await verifyRecording(join(folder, file))).toMatchObject({ broken: null, torn: false });
  });

  test('is decided as it was then, by the rules of then', async () => {
    const { policy } = loadRuleSet([join(folder, 'rules')]);
    const catalogue = catalogueFinder([join(folder, 'orders.catalogue.yaml')], 'targets');
    const world = (target: string) => ({ catalogue: catalogue.find(target) });
    let commands = 0;
    for (const file of files) {
      for await (const step of replayRecording(join(folder, file), { policy, base: null, world })) {
        if (step.kind !== 'command') throw new Error(`${file}:${step.line}: ${step.kind}`);
        commands++;
        expect(step.replayed).toMatchObject({ changes: [], after: { effect: step.replayed.before.effect } });
      }
    }
    expect(commands).toBeGreaterThan(60);
  });

  test('has its results in the form of today', async () => {
    const results = [];
    for (const file of files) {
      for await (const step of readRecording(join(folder, file)))
        if (step.kind === 'event' && step.event.kind === 'result') results.push(step.event);
    }
    expect(results).toContainEqual(
      expect.objectContaining({ outcome: 'completed', detail: expect.objectContaining({ tags: ['SET'] }) }),
    );
    expect(results).toContainEqual(
      expect.objectContaining({
        outcome: 'completed',
        detail: expect.objectContaining({ columns: ['id', 'email'] }),
      }),
    );
    expect(results).toContainEqual(expect.objectContaining({ outcome: 'error', code: '22012' }));
  });
});
