/** Every lint rule has a page, and the page's examples are what they say they are. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { host } from '../../cli/input/rule-set.js';
import { parseLintConfig } from '../../cli/lint/config-file.js';
import { fixAll } from '../../cli/lint/fix.js';
import { lintRules } from '../../cli/lint/rules.js';
import { alsoChecked } from './one-rule.js';
import { blocksOf, lintExample, readExample, readPage, type Example } from './page.js';

const shown = (example: Example): string[] => lintExample(example).map(renderDiagnostic);

function errorsOf({ modules, context }: Example): string[] {
  const { diagnostics } = compilePolicy({ modules, data: context.data, revision: 'page' }, host);
  return diagnostics.filter(({ severity }) => severity === 'error').map(renderDiagnostic);
}

test('there is a page for every rule, and a rule for every page', () => {
  const pages = readdirSync('docs/lint').filter((name) => name !== 'README.md');
  expect(pages.sort()).toEqual(lintRules.map(({ id }) => `${id}.md`).sort());
  expect(lintRules.length).toBeGreaterThanOrEqual(30);
});

test('the index has every rule with its level, and says what it requires', () => {
  const index = readFileSync('docs/lint/README.md', 'utf8');
  const rows = index
    .split('\n')
    .filter((line) => line.startsWith('| [`'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const wanted = lintRules.map(({ id, level, doc, fixes = false }) => [
    '',
    `[\`${id}\`](${id}.md)`,
    level,
    fixes ? 'yes' : '',
    doc,
    '',
  ]);
  const byId = (a: readonly string[], b: readonly string[]) => (a[1]! < b[1]! ? -1 : 1);
  expect(rows.sort(byId)).toEqual(wanted.sort(byId));
  for (const { name, text } of blocksOf(index).filter((block) => block.name.endsWith('.yaml')))
    expect(parseLintConfig(name, text).diagnostics.map(renderDiagnostic)).toEqual([]);
});

describe.each(lintRules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const page = readPage(id);
  const wrong = readExample(blocksOf(page.sections.get('Wrong') ?? ''));
  const right = readExample(blocksOf(page.sections.get('Right') ?? ''));

  test('says what the rule says of itself, under the same headings as the others', () => {
    expect(page.title).toBe(`# \`${id}\``);
    expect(page.doc.replaceAll('\n', ' ')).toBe(rule.doc);
    expect(page.cells).toEqual([rule.category, rule.level, rule.fixes === true ? 'yes' : 'no']);
    expect([...page.sections.keys()]).toEqual(['What', 'Why', 'Wrong', 'Right', 'Configuration']);
  });

  test('shows a wrong example that gives exactly this finding', () => {
    const errors = errorsOf(wrong);
    if (alsoChecked.has(id) && errors.length === 1) {
      expect(errors[0]).toMatch(/^error\[(never-holds|always-holds|impossible-comparison)\]/);
      return;
    }
    expect(errors).toEqual([]);
    // An ignore without a reason ignores nothing, so that what it is about is found as well.
    const found = lintExample(wrong).filter(({ code }) => id !== 'ignore-without-reason' || code === id);
    expect(found.map(renderDiagnostic).filter((text) => !text.includes(`[${id}]`))).toEqual([]);
    expect(found.map(({ code }) => code)).toEqual([id]);
  });

  test('shows a right example that gives none', () => {
    expect(errorsOf(right)).toEqual([]);
    expect(shown(right)).toEqual([]);
  });

  test('shows what `--fix` makes of the wrong one', () => {
    const { modules, context } = wrong;
    const lint = (all: Example['modules']) => lintExample({ modules: all, context });
    const compiles = (all: Example['modules']) => errorsOf({ modules: all, context }).length === 0;
    const fixed = fixAll(modules, { lint, compiles });
    expect(fixed.count).toBe(rule.fixes === true ? 1 : 0);
    if (rule.fixes === true)
      expect(fixed.modules.map(({ source }) => source.text)).toEqual(
        right.modules.map(({ source }) => source.text),
      );
  });

  test('shows a configuration that can be read', () => {
    const blocks = blocksOf(page.sections.get('Configuration') ?? '');
    for (const { name, text } of blocks)
      expect(parseLintConfig(name, text).diagnostics.map(renderDiagnostic)).toEqual([]);
    for (const option of Object.keys(rule.options)) expect(page.text).toContain(option);
  });
});
