/** Texts that are meant to hurt: each ends in diagnostics or in a tree, and none in an exception. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderDiagnostic } from '../../../grammar/diagnostic.js';
import { RuleGrammar } from '../../../grammar/grammar.js';
import { parseExpression, parseModule } from '../../../grammar/parser.js';
import { printModule } from '../../../grammar/print/printer.js';
import { createLexer } from '../../../grammar/tokens.js';

const size = 1 << 20;
const head = 'package a\n\n';

/** A megabyte of a text. */
function fill(text: string, before = '', after = ''): string {
  const room = size - before.length - after.length;
  return before + text.repeat(Math.floor(room / text.length)) + after;
}

function nest(open: string, inner: string, close: string, depth = 50): string {
  return `${head}x := ${open.repeat(depth)}${inner}${close.repeat(depth)}`;
}

/** The codes of what is found, each once. */
function codes(text: string): string[] {
  const { diagnostics } = parseModule('hostile.rules', text);
  expect(diagnostics.length).toBeLessThanOrEqual(50);
  const rendered = diagnostics.map(renderDiagnostic).join('\n');
  expect(rendered.length).toBeLessThan(50_000);
  return [...new Set(diagnostics.map(({ code }) => code))].sort();
}

const refused: [string, string, string[]][] = [
  ['parentheses', fill('('), ['file-too-large']],
  ['open brackets', fill('[', `${head}x := `), ['file-too-large']],
  ['closing braces', fill('}'), ['file-too-large']],
  ['a path without end', fill('a.', `${head}x := `), ['file-too-large']],
  ['a long path', `${head}x := a${'.b'.repeat(100_000)}`, ['nesting-too-deep']],
  ['minus signs', `${head}x := ${'-'.repeat(200_000)}1`, ['too-many-operators']],
  ['nots', `${head}x if ${'not '.repeat(200_000)}y`, ['too-many-operators']],
  ['bangs', `${head}x if ${'!'.repeat(200_000)}y`, ['too-many-operators']],
  ['a sum', `${head}x := a${' + a'.repeat(100_000)}`, ['too-many-operators']],
  [
    'sums in parentheses',
    `${head}x := ${'('.repeat(50)}a${`${' + a'.repeat(50)})`.repeat(50)}`,
    ['too-many-operators'],
  ],
  ['memberships', `${head}x := a${' in a'.repeat(100_000)}`, ['too-many-operators']],
  ['calls of calls', `${head}x := f${'(1)'.repeat(50_000)}`, ['nesting-too-deep']],
  ['else after else', `${head}x := 1 if y\n${'else := 2 if z\n'.repeat(20_000)}`, ['too-many-branches']],
  ['brackets one too deep', nest('[', '', ']', 51), ['nesting-too-deep']],
  ['templates in templates', `${head}x := ${'$"{'.repeat(300)}`, ['nesting-too-deep', 'unclosed-string']],
  ['a megabyte of NUL', fill('\0'), ['hidden-character']],
  ['NUL in a text', fill('\0', `${head}x := "`, '"'), ['hidden-character']],
  ['half characters', fill('\ud800'), ['hidden-character']],
  ['escapes cut short', fill('\\u12', `${head}x := "`, '"'), ['bad-escape', 'too-many-errors']],
  ['escaped halves', fill('\\ud800', `${head}x := "`, '"'), ['bad-escape', 'too-many-errors']],
  ['digits', fill('1', `${head}x := `), ['number-range']],
  ['durations', fill('1s', `${head}x := `), ['number-range']],
  ['an exponent', `${head}x := 1e${'9'.repeat(300)}`, ['number-range']],
  ['quotes that do not close', fill('"a\n'), ['too-many-errors', 'unclosed-string']],
  ['a backtick that does not close', fill('a', '`'), ['unclosed-string']],
  ['carriage returns', fill('\r'), ['hidden-character']],
  ['byte order marks', fill('\ufeff'), ['hidden-character']],
  ['foreign quotes', fill('“'), ['strange-character']],
  ['comments only', fill('#\n'), ['missing-package']],
  ['nothing', '', ['missing-package']],
  ['a text that is too long', `${head}${'#'.repeat(size)}`, ['file-too-large']],
  [
    'the same mistake on every line',
    `${head}${'deny x if\n'.repeat(20_000)}`,
    ['missing-reason', 'too-many-errors'],
  ],
  ['the same mistake in one body', `${head}x if {\n${'a b\n'.repeat(50_000)}}`, ['missing-separator']],
  ['bodies that do not close', `${head}${'allow if {\n'.repeat(20_000)}`, ['nesting-too-deep']],
  ['statements cut short', `${head}${'x := (\n'.repeat(50)}`, ['unclosed-bracket']],
];

describe('is refused', () => {
  test.each(refused)('%s', (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });
});

const accepted: [string, string][] = [
  ['arrays', nest('[', '', ']')],
  ['objects', nest('{"a": ', '1', '}')],
  ['parentheses', nest('(', '1', ')')],
  ['calls', nest('f(', '1', ')')],
  ['indexes', nest('a[', '1', ']')],
  ['comprehensions', nest('[x | some x in ', '1', ']')],
  ['templates', nest('$"{', '1', '}"')],
  ['bodies', `${head}x if ${'{ every x in xs '.repeat(49)}{ y }${'}'.repeat(49)}`],
  ['a sum of five hundred', `${head}x := 0${' + 1'.repeat(500)}`],
  ['five hundred nots', `${head}x if ${'not '.repeat(500)}y`],
];

describe('is read and printed at the limit', () => {
  test.each(accepted)('%s', (_, text) => {
    const { module, diagnostics } = parseModule('limit.rules', text);
    expect(diagnostics).toEqual([]);
    const printed = printModule(module!);
    expect(printModule(parseModule('limit.rules', printed).module!)).toBe(printed);
  });
});

test('a caller that stands deep in the stack gets a diagnostic', () => {
  const text = nest('[x | some x in ', '1', ']');
  const found = new Set<string | undefined>();
  const descend = (): void => {
    let code: string | undefined;
    try {
      descend();
    } catch {
      // The end of the stack: the callers on the way back have ever more room.
    }
    if (found.size > 1) return;
    try {
      code = parseModule('deep.rules', text).diagnostics[0]?.code ?? 'accepted';
    } catch {
      return;
    }
    found.add(code);
  };
  descend();
  expect([...found]).toEqual(['nesting-too-deep', 'accepted']);
});

test('a byte order mark and carriage returns before line feeds mean nothing', () => {
  const { module, diagnostics } = parseModule(
    'windows.rules',
    '\ufeffpackage a\r\n\r\nallow if {\r\n  b\r\n  c\r\n}\r\n',
  );
  expect(diagnostics).toEqual([]);
  expect(printModule(module!)).toBe('package a\r\n\r\nallow if {\r\n  b\r\n  c\r\n}\r\n');
});

test('what a diagnostic shows cannot steer a terminal', () => {
  const { diagnostics } = parseModule('\u001b.rules', `${head}x = "\u001b[2J\u202e"`);
  expect(diagnostics.length).toBeGreaterThan(0);
  expect(diagnostics.map(renderDiagnostic).join('\n')).not.toMatch(/[\u001b\u202e]/);
});

const fragment = fc.oneof(
  fc.constantFrom(
    ...[
      'package a\n',
      'allow',
      'deny x ',
      'if ',
      'unless ',
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '"',
      '`',
      '$"',
      '$`',
      '\\',
      '\n',
    ],
    ...[
      ' in ',
      ' not ',
      'some ',
      'every ',
      ':=',
      '=',
      '|',
      ',',
      ';',
      ':',
      '.',
      '-',
      '=>',
      'test "t" ',
      'sql ',
      'with ',
      'as ',
    ],
    ...[
      'else ',
      'default ',
      'import ',
      'x',
      '_',
      '1',
      '30m',
      '#',
      '##',
      '\r',
      '\t',
      '\0',
      '\ud800',
      'é',
      'by ',
      'column ',
    ],
  ),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

test('no text makes the parser throw, and every place lies in the text', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (parts) => {
      const text = parts.join('');
      for (const parse of [parseModule, parseExpression]) {
        const { diagnostics } = parse('random.rules', text);
        for (const { span, help } of diagnostics) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
          expect(help).not.toBe('');
        }
      }
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1000) },
  );
});

test('the grammar and the lexer are sound', () => {
  const lexer = createLexer(true);
  expect(lexer.lexerDefinitionErrors).toEqual([]);
  expect(() => new RuleGrammar(false)).not.toThrow();
});
