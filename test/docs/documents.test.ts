/** What the documentation shows is what the product does: every rule file in it compiles and passes its own tests. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseModule } from '../../grammar/parser.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { testBundle } from '../../cli/testing/bundle-tests.js';

function blocks(file: string, language: string): { title: string; text: string }[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))];
  return found.map((match) => {
    const line = text.slice(0, match.index).split('\n').length + 1;
    return { title: `${file}:${line}`, text: match[1]! };
  });
}

beforeAll(async () => {
  await loadSqlParser();
});

describe('rule files in the documentation', () => {
  const examples = [
    'docs/language.md',
    'docs/masking.md',
    'docs/from-rego.md',
    'docs/testing.md',
    'README.md',
  ].flatMap((file) => blocks(file, 'rules'));

  test('are there', () => expect(examples.length).toBeGreaterThan(5));

  test.each(examples)('$title compiles and passes', ({ title, text }) => {
    const { module, diagnostics } = parseModule(title, text);
    expect(diagnostics.map(renderDiagnostic)).toEqual([]);
    const run = testBundle({ modules: [module!], tests: [], data: {}, revision: title, catalogues: [] });
    expect(run.diagnostics.map(renderDiagnostic)).toEqual([]);
    const failed = run.tests.filter((result) => !result.passed);
    expect(JSON.stringify(failed, null, 1)).toBe('[]');
    expect(run.tests.flatMap((result) => result.rows).length).toBeGreaterThan(
      title.startsWith('docs') ? 0 : -1,
    );
  });
});

describe('links', () => {
  const pages = [
    'README.md',
    ...[
      'install',
      'quickstart',
      'configuration',
      'ci',
      'language',
      'masking',
      'from-rego',
      'architecture',
      'operations',
      'threat-model',
      'decisions',
    ].map((name) => `docs/${name}.md`),
  ];
  test.each(pages)('of %s lead to files that exist', (page) => {
    const text = readFileSync(page, 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(join(page, '..', target!))).not.toThrow();
    }
  });
});
