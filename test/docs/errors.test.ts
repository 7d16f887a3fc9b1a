/** `docs/errors.md` and the source agree: on the codes, and on what each of them is said of. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { renderDiagnostic, type Diagnostic } from '../../grammar/diagnostic.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import { LOG_CODES } from '../../src/log.js';
import { checkFiles, splitFiles } from '../language/checked.js';

/** What only a file of another size, of bytes that no page can hold, or another machine shows; their own tests do. */
const unshown = new Set([
  'config-too-large',
  'config-unusable',
  'data-too-large',
  'deep-calls',
  'file-too-large',
  'function-key',
  'hidden-character',
  'lint-config',
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
    const examples = [...section.matchAll(/```(.+)\n([\s\S]*?)```/g)];
    const [wrong = null, mended = null] = examples.map(([, language, example = '']) =>
      language === 'rules' ? `package ci\n\n${example}` : language === 'yaml' ? completed(example) : example,
    );
    return { code, text, wrong, mended };
  });

/** A configuration with what else it must hold. */
function completed(example: string): string {
  const rest = {
    rules: './rules',
    identity: '{issuers: [{issuer: "https://token.example.com", audience: sallyport}]}',
    targets: '{orders: {type: postgres, address: "127.0.0.1:5432", database: orders, user: app}}',
    listen: '{postgres: "127.0.0.1:15432"}',
    recordings: './var/recordings',
  };
  const missing = Object.entries(rest).filter(([key]) => !new RegExp(`^${key}:`, 'm').test(example));
  return `${example}${missing.map(([key, value]) => `${key}: ${value}\n`).join('')}`;
}

/** The codes that the source gives to findings in rules and in the files beside them. */
function codesOf(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const text = files.map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('\n');
  return [...text.matchAll(pattern)].map(([, code]) => code!);
}

const inLog: ReadonlySet<string> = new Set(LOG_CODES);

const codes = new Set([
  ...codesOf('grammar', /problem\(\s*'([a-z0-9-]+)'/g),
  // The log has codes of its own; docs/troubleshooting.md lists them.
  ...codesOf('src/gateway', /'(config-[a-z-]+)'/g).filter((code) => !inLog.has(code)),
  ...codesOf('cli/lint', /'(lint-config)'/g),
  ...codesOf('src/engine', /(?:code: |code = |failed\(\s*source,\s*|fileProblem\(\s*)'([a-z0-9-]+)'/g),
]);

function findingsIn({ code }: Entry, example: string): readonly Diagnostic[] {
  return code.startsWith('config-')
    ? parseConfig('sallyport.yaml', example).diagnostics
    : checkFiles(splitFiles(example, 'ci.rules'));
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

  test.each(shown)('$code is said of what is wrong', (entry) => {
    expect(findingsIn(entry, entry.wrong!).map(({ code }) => code)).toContain(entry.code);
  });

  test.each(shown)('$code: what is mended is right', (entry) => {
    const findings = findingsIn(entry, entry.mended!);
    expect(findings.map(renderDiagnostic)).toEqual([]);
  });
});
