/** `docs/errors.md` and the source agree: on the codes, and on what each of them is said of. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { checkFiles, splitFiles } from '../language/checked.js';

/** What only a file of another size, or of bytes that no page can hold, shows; their own tests do. */
const unshown = new Set([
  'data-too-large',
  'file-too-large',
  'function-key',
  'hidden-character',
  'nesting-too-deep',
  'not-utf8',
  'outside-link',
  'rules-too-large',
  'too-many-branches',
  'too-many-errors',
  'too-many-operators',
]);

interface Entry {
  readonly code: string;
  readonly text: string;
  readonly wrong: string | null;
  readonly mended: string | null;
}

const entries: readonly Entry[] = readFileSync('docs/errors.md', 'utf8')
  .split(/^(?=#{2,3} )/m)
  .filter((section) => section.startsWith('### '))
  .map((section) => {
    const [, code = '', text = ''] = /^### (.+)\n\n((?:(?!```)[\s\S])*)/.exec(section) ?? [];
    const examples = [...section.matchAll(/```rules( whole)?\n([\s\S]*?)```/g)];
    const [wrong = null, mended = null] = examples.map(([, whole, example = '']) =>
      whole === undefined ? `package ci\n\n${example}` : example,
    );
    return { code, text, wrong, mended };
  });

/** The codes that the source gives to findings in rules and in the files beside them. */
function codesOf(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const text = files.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
  return [...text.matchAll(pattern)].map(([, code]) => code!);
}

const codes = new Set([
  ...codesOf('grammar', /problem\(\s*'([a-z0-9-]+)'/g),
  ...codesOf('src/engine', /(?:code: |code = |failed\(\s*source,\s*|fileProblem\(\s*)'([a-z0-9-]+)'/g),
]);

function codesIn(example: string): string[] {
  return checkFiles(splitFiles(example, 'ci.rules')).map(({ code }) => code);
}

describe('errors.md', () => {
  test('has an entry for every code, and none for others', () => {
    expect(entries.map(({ code }) => code).sort()).toEqual([...codes].sort());
  });

  test('shows every code that a page can show', () => {
    const without = entries.filter(({ wrong, mended }) => wrong === null || mended === null);
    expect(new Set(without.map(({ code }) => code))).toEqual(unshown);
  });

  test('says of every code what it means', () => {
    expect(
      entries.filter(({ text }) => !/^[A-Z`][\s\S]{20,}\.\n/.test(text)).map(({ code }) => code),
    ).toEqual([]);
  });

  const shown = entries.filter(({ wrong }) => wrong !== null);

  test.each(shown)('$code is said of what is wrong', ({ code, wrong }) => {
    expect(codesIn(wrong!)).toContain(code);
  });

  test.each(shown)('$code: what is mended is right', ({ mended }) => {
    const findings = checkFiles(splitFiles(mended!, 'ci.rules'));
    expect(findings.map(renderDiagnostic)).toEqual([]);
  });
});
