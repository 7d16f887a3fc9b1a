/** Inline ignores and the configuration: what they cover, and what is said of them. */
import { describe, expect, test } from '@jest/globals';
import { parseLintConfig } from '../../cli/lint/config-file.js';
import { pathMatches } from '../../cli/lint/path-glob.js';
import { lintExample, readExample } from './page.js';

const quiet = `rules:
  missing-doc: error
  always-fires: off
  file-name: off
`;

/** `line: rule` of what is found. */
function found(text: string, config = quiet): string[] {
  const example = readExample([
    { name: 'p.rules', text },
    { name: '.sallyport/lint.yaml', text: config },
  ]);
  return lintExample(example).map(({ code, source, span }) => `${source.position(span.start).line}: ${code}`);
}

describe('an ignore', () => {
  test('alone on its line covers the whole rule below it', () => {
    const rule = 'allow a if {\n  "ci" in identity.groups\n  "x" == target.name\n}\n';
    expect(found(`package p\n\n## Why.\n${rule}`)).toEqual(['6: literal-first']);
    expect(found(`package p\n\n# lint:ignore literal-first It reads better.\n## Why.\n${rule}`)).toEqual([]);
  });

  test('behind a line covers what begins there', () => {
    const at = (comment: string) =>
      `package p\n\n## Why.\nallow a if {\n  "ci" in identity.groups\n  "x" == target.name${comment}\n}\n`;
    expect(found(at(' # lint:ignore literal-first It reads better.'))).toEqual([]);
    expect(found(at('').replace('groups\n', 'groups # lint:ignore literal-first No.\n'))).toEqual([
      '5: unused-ignore',
      '6: literal-first',
    ]);
  });

  test('covers only the rule that it names', () => {
    const text = 'package p\n\n# lint:ignore literal-first Why not.\nallow a if "x" == target.name\n';
    expect(found(text)).toEqual(['4: broad-allow', '4: missing-doc']);
  });

  test('several stand one above the other', () => {
    const text =
      'package p\n\n# lint:ignore missing-doc One.\n# lint:ignore broad-allow Two.\nallow a if target.name == "x"\n';
    expect(found(text)).toEqual([]);
  });

  test('without a reason ignores nothing', () => {
    const text = 'package p\n\n# lint:ignore missing-doc\nmask a column "t.c" with redact\n# lint:ignore\n';
    expect(found(text)).toEqual(['3: ignore-without-reason', '4: missing-doc', '5: ignore-without-reason']);
  });

  test('of nothing is found, also where there is no such rule', () => {
    const text = 'package p\n\n# lint:ignore mising-doc One.\n## Why.\nmask a column "t.c" with redact\n';
    expect(found(text)).toEqual(['3: unused-ignore']);
  });

  test('of a rule that is off, or that needs more files, is left in peace', () => {
    const ignores = '# lint:ignore always-fires One.\n# lint:ignore untested-rule Two.\n';
    const rule = '## Why.\nmask a column "t.c" with redact\n';
    expect(found(`package p\n\n${ignores}${rule}`)).toEqual([]);
  });
});

/** Each line holds ten times the one before. */
const bomb = Array.from({ length: 9 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i === 0 ? 0 : 10)}]`)
  .concat('ignore: *a8')
  .join('\n');

describe('the configuration', () => {
  test('turns rules off, up and down, and leaves files out', () => {
    const text = 'package p\n\nmask a column "t.c" with redact\n';
    expect(found(text)).toEqual(['3: missing-doc']);
    expect(found(text, 'rules: {missing-doc: off}')).toEqual([]);
    expect(found(text, 'ignore: ["*.rules"]')).toEqual([]);
    expect(found(text, 'ignore: ["q/**"]')).toEqual(['3: missing-doc']);
  });

  test('may be empty', () => {
    expect(parseLintConfig('lint.yaml', '').config?.rules.size).toBe(0);
    expect(parseLintConfig('lint.yaml', '# nothing yet\n').config?.ignore).toEqual([]);
  });

  test.each([
    ['a list', '- missing-doc\n'],
    ['an unknown level', 'rules: {missing-doc: maybe}\n'],
    ['a number for a level', 'rules: {missing-doc: 3}\n'],
    ['a negative limit', 'rules: {line-length: {max: -1}}\n'],
    ['an empty glob', 'ignore: [""]\n'],
    ['a text for a list', 'ignore: "*"\n'],
    ['a key twice', 'ignore: []\nignore: []\n'],
    ['nesting without end', `rules: ${'['.repeat(20_000)}`],
    ['aliases that multiply', bomb],
    ['a text without end', `# ${'x'.repeat(300_000)}`],
  ])('is refused with a place: %s', (_, text) => {
    const { config, diagnostics } = parseLintConfig('lint.yaml', text);
    expect(config).toBeNull();
    expect(diagnostics.length).toBeGreaterThan(0);
    for (const { source, span, message } of diagnostics) {
      expect(source.position(span.start).line).toBeGreaterThan(0);
      expect(message).toMatch(/^[^A-Z].*[^.]$/);
    }
  });
});

test.each([
  ['*.rules', 'rules/a.rules', true],
  ['rules/*.rules', 'rules/a.rules', true],
  ['rules/*.rules', 'rules/b/a.rules', false],
  ['rules/**/*.rules', 'rules/b/c/a.rules', true],
  ['rules/**/*.rules', 'rules/a.rules', true],
  ['legacy/**', 'rules/legacy/a/b.rules', true],
  ['legacy/**', 'rules/legacies/a.rules', false],
  ['a?.rules', 'ab.rules', true],
  ['a.rules', 'a-rules', false],
  ['./a.rules', 'a.rules', true],
  ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
])('the glob `%s` over `%s`: %s', (glob, path, matches) => expect(pathMatches(glob, path)).toBe(matches));
