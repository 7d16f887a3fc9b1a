/** The generated pages say what the catalogues say. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { factSchema } from '../../src/facts/schema/index.js';
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
