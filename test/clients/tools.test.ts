/**
 * A part of `npm run test:clients` that is soon installed: the rest takes long. Whatever differs from a bare server fails here
 * as it does there.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openCache } from '../../scripts/clients/cache.js';
import { readExpected } from '../../scripts/clients/differences.js';
import { openDumper } from '../../scripts/clients/dump.js';
import type { RuleSetName } from '../../scripts/clients/rule-sets.js';
import type { Kit } from '../../scripts/clients/tool.js';
import { TOOLS } from '../../scripts/clients/tools.js';
import { runTool } from '../../scripts/clients/trial.js';

const MINUTES = 60_000;

let folder: string;
let kit: Kit;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-tools-'));
  const cache = openCache(resolve('.'));
  kit = { root: resolve('.'), cache, dumpOf: await openDumper(cache) };
}, 5 * MINUTES);

afterAll(() => rm(folder, { recursive: true, force: true }));

const expected = readExpected(readFileSync('scripts/clients/expected-differences.yaml', 'utf8'));

const RUNS: readonly (readonly [tool: string, rules: RuleSetName])[] = [
  ['knex', 'masked'],
  ['alembic', 'masked'],
  ['django', 'masked'],
  ['node-postgres', 'followed'],
];

test.each(RUNS)(
  '%s works unchanged (%s)',
  async (name, rules) => {
    const tool = TOOLS.find((one) => one.name === name)!;
    for await (const { comparison } of runTool({
      kit,
      tool,
      rules: [rules],
      version: 18,
      folder,
      expected,
    })) {
      expect(comparison.differing.filter(({ reason }) => reason === null)).toEqual([]);
      expect(comparison.stale).toEqual([]);
      expect(comparison.direct).toBe(comparison.all);
    }
  },
  10 * MINUTES,
);
