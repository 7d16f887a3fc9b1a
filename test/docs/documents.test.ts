/** What the documentation shows is what the product does: every rule file in it compiles and passes its own tests. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** The anchor that a heading gets: its words in lower case, without punctuation. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.+)$/gm);
  const slugs = [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
  return new Set(slugs);
}

describe('links', () => {
  const pages = ['README.md', 'CHANGELOG.md'].concat(
    readdirSync('docs', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name)),
  );
  test.each(pages)('of %s lead to files and headings that exist', (page) => {
    const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
    for (const [link, target = '', anchor] of text.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      const file = target === '' ? page : join(page, '..', target);
      expect([link, existsSync(file)]).toEqual([link, true]);
      if (anchor !== undefined && file.endsWith('.md'))
        expect([link, anchorsOf(readFileSync(file, 'utf8')).has(anchor)]).toEqual([link, true]);
    }
  });
});
