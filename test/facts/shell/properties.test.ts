/** What holds for every text, however it was cut, spliced or wrapped. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isArray, Unknown, ValueSet, type Value, type ValueObject } from '../../../src/values/value.js';
import type { Type } from '../../../src/values/schema.js';
import { shell as schema } from '../../../src/facts/schema/shell.js';
import { deriveArgv, deriveShell } from '../../../src/facts/shell/derive.js';
import { commands, readCases } from './read-case.js';

const corpus = ['commands.yaml', 'wrappers.yaml', 'hostile.yaml', 'arithmetic.yaml'].flatMap((file) =>
  readCases(file).map(({ sh }) => sh),
);
const anyText = fc.constantFrom(...corpus);
/** Signs that shells give a meaning, and a few that they do not. */
const anySigns = fc.string({
  unit: fc.constantFrom(...Array.from(' \t\n\\\'"`$(){}[]<>|&;#*?~=!-+@:,./^%rmx1\r\u00a0é😀')),
  maxLength: 40,
});

/** Where a value does not fit its type in the schema; null where it does. Unknown fits everywhere. */
function misfit(value: Value, type: Type, path: string): string | null {
  if (value instanceof Unknown) return null;
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' && (type.values?.includes(value) ?? true) ? null : path;
    case 'number':
    case 'boolean':
      return typeof value === type.kind ? null : path;
    case 'array':
      return isArray(value) ? first(value.map((one, i) => misfit(one, type.element, `${path}[${i}]`))) : path;
    case 'set':
      return value instanceof ValueSet
        ? first(value.items.map((one) => misfit(one, type.element, path)))
        : path;
    case 'object': {
      const object = value as ValueObject;
      const extra = Object.keys(object).find((key) => !Object.hasOwn(type.fields, key));
      if (extra !== undefined) return `${path}.${extra} is not in the schema`;
      return first(
        Object.entries(type.fields).map(([key, field]) => {
          if (Object.hasOwn(object, key)) return misfit(object[key]!, field.type, `${path}.${key}`);
          return field.optional === true ? null : `${path}.${key} is missing`;
        }),
      );
    }
    case 'null':
    case 'map':
    case 'union':
    case 'json':
      return `${path}: no fact has the type ${type.kind}`;
  }
}

const first = (problems: readonly (string | null)[]): string | null =>
  problems.find((problem) => problem !== null) ?? null;

function expectWhole(shell: ValueObject): void {
  expect(misfit(shell, schema.type, 'shell')).toBeNull();
  expect(shell['commands'] instanceof Unknown).toBe(shell['names'] instanceof Unknown);
}

/** Whether `rm` is seen, or nothing says that it is not there. */
function admits(shell: ValueObject, name: string): boolean {
  const names = shell['names']!;
  if (!(names instanceof ValueSet)) return true;
  return names.has(name) || names.items.some((one) => one instanceof Unknown);
}

describe('facts have the shape of the schema', () => {
  test('of every case', () => {
    for (const text of corpus) expectWhole(deriveShell(text));
  });

  test('of every beginning and every end of a case', () => {
    for (const text of corpus) {
      for (let at = 0; at <= text.length; at += 5) {
        expectWhole(deriveShell(text.slice(0, at)));
        expectWhole(deriveShell(text.slice(at)));
      }
    }
  });

  test('of cases spliced with one another, and with signs', () => {
    fc.assert(
      fc.property(anyText, anyText, anySigns, fc.nat(), (left, right, signs, cut) => {
        const at = cut % (left.length + 1);
        expectWhole(deriveShell(left.slice(0, at) + right + left.slice(at)));
        expectWhole(deriveShell(left.slice(0, at) + signs + left.slice(at)));
        expectWhole(deriveShell(signs));
      }),
      { numRuns: 500 },
    );
  });

  test('of argv, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, anySigns), { maxLength: 5 }), (argv) => {
        const shell = deriveArgv([argv.map((text) => ({ kind: 'text', text }) as const)]);
        expectWhole(shell);
        if (isArray(shell['commands'])) expect(commands(shell)[0]!['argv']).toEqual(argv);
      }),
    );
  });
});

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** Ways to run a command from within another one. */
const wrappers: readonly ((text: string) => string)[] = [
  (text) => `( ${text}\n)`,
  (text) => `{ ${text}\n}`,
  (text) => `echo "$(${text}\n)"`,
  (text) => `cat <(${text}\n) | tee x`,
  (text) => `if true; then\n${text}\nfi`,
  (text) => `while :; do\n${text}\ndone &`,
  (text) => `case x in *) ${text}\n;; esac`,
  (text) => `f() {\n${text}\n}\nf`,
  (text) => `! true && false || { ${text}\n}`,
  (text) => `sh -c ${quote(text)}`,
  (text) => `sudo -u bob env A=1 nice timeout 5 bash -ec ${quote(text)}`,
  (text) => `eval ${quote(text)}`,
  (text) => `trap ${quote(text)} EXIT`,
  (text) => `ssh host ${quote(text)}`,
  (text) => `su - bob -c ${quote(text)}`,
  (text) => `find . -exec sh -c ${quote(text)} \\;`,
  (text) => `xargs -0 sh -c ${quote(text)}`,
  (text) => `bash <<'end of text'\n${text}\nend of text\n`,
  (text) => `bash <<< ${quote(text)}`,
  (text) => `watch ${quote(text)}`,
];

describe('what is wrapped stays visible', () => {
  test('a command in any wrapper in any wrapper', () => {
    for (const outer of wrappers) {
      for (const inner of wrappers) {
        const text = outer(inner('/bin/rm -rf /x'));
        const shell = deriveShell(text);
        expect([text, admits(shell, 'rm')]).toEqual([text, true]);
      }
    }
  });

  test('most of them are seen with all their words', () => {
    for (const wrap of wrappers) {
      const text = wrap('rm -rf /x');
      const seen = commands(deriveShell(text)).filter(({ name }) => name === 'rm');
      expect([text, seen.map(({ argv }) => argv)]).toEqual([text, [['rm', '-rf', '/x']]]);
    }
  });

  test('every case in wrappers: its commands are there, or more is said to be hidden', () => {
    for (const [index, text] of corpus.entries()) {
      const alone = deriveShell(text);
      // Every wrapper meets many cases; all of them with all would take long and show no more.
      for (const wrap of wrappers.filter((_, at) => (at + index) % 4 === 0)) {
        const wrapped = deriveShell(wrap(text));
        for (const { name } of commands(alone)) {
          if (typeof name === 'string')
            expect([wrap(text), name, admits(wrapped, name)]).toEqual([wrap(text), name, true]);
        }
      }
    }
  });
});

describe('size', () => {
  test.each([
    ['subshells', (n: number) => `${'( '.repeat(n)}rm${' )'.repeat(n)}`],
    ['substitutions', (n: number) => `${'$('.repeat(n)}rm${')'.repeat(n)}`],
    ['braces', (n: number) => `echo ${'${x:-'.repeat(n)}y${'}'.repeat(n)}`],
    ['quotes', (n: number) => `echo ${'"$(echo '.repeat(n)}y${')"'.repeat(n)}`],
    ['if', (n: number) => `${'if a; then '.repeat(n)}b; ${'fi; '.repeat(n)}`],
    ['arithmetic', (n: number) => `echo $((${'('.repeat(n)}1${')'.repeat(n)})); rm`],
    ['open braces', (n: number) => `echo ${'{'.repeat(n * 3)}; rm`],
    ['open brackets', (n: number) => `echo ${'['.repeat(n * 3)}; rm`],
    ['eval', (n: number) => `${'eval '.repeat(n)}rm`],
    ['sudo', (n: number) => `${'sudo '.repeat(n)}rm`],
  ])('%s: deep nesting ends in unknown, or in an answer', (_, text) => {
    expect(admits(deriveShell(text(20_000)), 'rm')).toBe(true);
    expectWhole(deriveShell(text(500)));
    expect(isArray(deriveShell(text(3))['commands'])).toBe(true);
  });

  test('a text that is too long is not read', () => {
    expect(deriveShell('a '.repeat(100_000))['commands']).toEqual(
      new Unknown('the text is too long', 'shell.commands'),
    );
    expect(isArray(deriveShell(`echo ${'a'.repeat(60_000)}`)['commands'])).toBe(true);
  });
});
