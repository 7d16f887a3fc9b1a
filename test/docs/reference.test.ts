/** The generated pages say what the catalogues say. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { factSchema } from '../../src/facts/schema/index.js';
import { LOG_CODES } from '../../src/log.js';
import { builtinsPage } from '../../scripts/reference/builtins-page.js';
import { configurationPage } from '../../scripts/reference/configuration-page.js';
import { factsPage } from '../../scripts/reference/facts-page.js';

test.each([
  ['docs/facts.md', factsPage(factSchema)],
  ['docs/builtins.md', builtinsPage([...engineBuiltins, ...factBuiltins])],
  ['docs/configuration.md', configurationPage()],
])('%s is as `npm run reference` writes it', (file, page) => {
  expect(readFileSync(file, 'utf8')).toBe(page);
});

test('every fact and builtin has a line of documentation that is a sentence', () => {
  const lines = [...factsPage(factSchema).split('\n'), ...builtinsPage(engineBuiltins).split('\n')];
  const rows = lines.filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(250);
  expect(rows.filter((row) => !/\. \|$/.test(row))).toEqual([]);
});

test('every code of the log is explained in docs/operations.md, and no other is', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  const table = /\| code .*\n(?:\|.*\n)+/.exec(page)![0];
  const cells = table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|')[1] ?? '');
  const explained = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));
  expect(explained.sort()).toEqual([...LOG_CODES].sort());
});
