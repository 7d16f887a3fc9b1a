import { describe, expect, test } from '@jest/globals';
import { parseModule } from '../../../grammar/parser.js';
import { printModule } from '../../../grammar/print/printer.js';

const text = [
  'package p # c',
  '',
  '## Doc.',
  'x := `two',
  'lines` # beside',
  '',
  'y := $`and {x}',
  'more`',
  '',
].join('\n');

function read(source: string) {
  const { module, diagnostics } = parseModule('a.rules', source);
  expect(diagnostics).toEqual([]);
  return module!;
}

function shape(source: string): unknown {
  const places = new Set(['span', 'source']);
  return JSON.parse(
    JSON.stringify(read(source), (key, value: unknown) => (places.has(key) ? undefined : value)),
  );
}

describe('lines that end in CR LF', () => {
  test('L17: mean the same as lines that end in LF, in raw texts too', () => {
    expect(shape(text.replaceAll('\n', '\r\n'))).toEqual(shape(text));
  });

  test('L17: are kept by the layout', () => {
    const windows = text.replaceAll('\n', '\r\n');
    expect(printModule(read(windows))).toBe(printModule(read(text)).replaceAll('\n', '\r\n'));
    expect(printModule(read(printModule(read(windows))))).toBe(printModule(read(windows)));
  });

  test('a file of both is laid out as its first line ends', () => {
    expect(printModule(read('package p\r\nx := 1\ny := 2\n'))).toBe('package p\r\n\r\nx := 1\r\ny := 2\r\n');
    expect(printModule(read('package p\nx := 1\r\ny := 2\r\n'))).toBe('package p\n\nx := 1\ny := 2\n');
  });

  test('a carriage return of its own is refused', () => {
    const { diagnostics } = parseModule('a.rules', 'package p\rx := 1\n');
    expect(diagnostics.map(({ code }) => code)).toContain('hidden-character');
  });
});
