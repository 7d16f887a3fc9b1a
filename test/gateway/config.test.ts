import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import { goldenFiles } from '../language/syntax/golden.js';

function outcome(text: string): string {
  const { config, diagnostics } = parseConfig('/etc/sallyport/sallyport.yaml', text);
  if (config === null) return diagnostics.map(renderDiagnostic).join('\n\n');
  const shown = (_: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value;
  return JSON.stringify(config, shown, 2);
}

describe('a configuration', () => {
  goldenFiles(new URL('config/', import.meta.url), outcome);

  test('is either taken or has an error', () => {
    for (const text of [
      '',
      'rules: a',
      '{',
      '\0',
      '- ',
      '? a',
      '!!js/function x',
      '*a',
      '&a [*a]',
      '\ud800',
    ]) {
      const { config, diagnostics } = parseConfig('sallyport.yaml', text);
      expect(config).toBeNull();
      expect(diagnostics.length).toBeGreaterThan(0);
    }
  });

  test.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['dashes', '- '.repeat(100_000)],
    ['questions', '? '.repeat(100_000)],
    ['indents', Array.from({ length: 5000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a megabyte', `# ${'x'.repeat(1_100_000)}`],
    [
      'aliases that multiply',
      `a: &a [x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((key, i) => `${key}: &${key} [${Array(8).fill(`*${'abcdef'[i]!}`).join(', ')}]`).join('\n')}`,
    ],
  ])('nested without end or too large is refused: %s', (_, text) => {
    const { config, diagnostics } = parseConfig('sallyport.yaml', text);
    expect(config).toBeNull();
    expect(diagnostics.length).toBeGreaterThan(0);
  });

  test('never shows a secret that was written into it', () => {
    const texts = [
      'password: hunter2',
      'password:\n      hunter2',
      'password: |\n      hunter2',
      'password: "hunter2',
      'password: "\n hunter2',
      "password: 'hunter2",
      'password: [hunter2',
      'password:\n    - hunter2',
      '"password": hunter2 hunter2',
      'password: &hunter2 *hunter2',
      'password: !hunter2 x',
      'masking: {key: hunter2}',
      'key: hunter2\nkey: hunter2',
    ];
    for (const text of texts) expect(outcome(`targets:\n  orders:\n    ${text}\n`)).not.toContain('hunter2');
  });

  test('of any text is an answer, never an exception', () => {
    const complete = readFileSync(new URL('config/complete.golden', import.meta.url), 'utf8').split(
      '\n────',
    )[0]!;
    const spliced = fc
      .tuple(
        fc.nat(complete.length),
        fc.nat(40),
        fc.string({ unit: fc.constantFrom(...Array.from('{}[]:-"\'|>&*!#?,\n\t \0aé<%@')) }),
      )
      .map(([at, length, put]) => complete.slice(0, at) + put + complete.slice(at + length));
    fc.assert(
      fc.property(fc.oneof(fc.string(), spliced), (text) => {
        const { config, diagnostics } = parseConfig('sallyport.yaml', text);
        expect(config === null).toBe(diagnostics.length > 0);
        for (const one of diagnostics) renderDiagnostic(one);
      }),
      { numRuns: 2000 },
    );
  });
});
