/** The rule packs that people start from give no finding, and what a new lint rule says of them is looked at. */
import { expect, test } from '@jest/globals';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { loadBundle } from '../../src/engine/bundle/bundle.js';
import { host } from '../../cli/input/rule-set.js';
import { defaultConfig } from '../../cli/lint/config.js';
import { lint } from '../../cli/lint/linter.js';
import { lintContext } from '../../cli/lint/load.js';

test('the rule packs lint clean', async () => {
  const bundle = loadBundle(['rules']);
  const context = await lintContext(['rules'], bundle, defaultConfig);
  const modules = [...bundle.modules, ...bundle.tests];
  expect(context.whole).toBe(true);
  expect(modules.length).toBeGreaterThan(10);
  expect(lint(modules, context, host).map(renderDiagnostic)).toEqual([]);
});
