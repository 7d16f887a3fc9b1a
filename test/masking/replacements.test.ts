/**
 * What a session was shown is recognised when it comes back, in whatever dress; and what it was not shown passes. The oracle
 * are the masks themselves: whatever `maskValue` gives for a value was shown.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MaskMethod } from '../../src/engine/decision.js';
import type { ColumnName } from '../../src/facts/sql/catalogue/catalogue.js';
import type { FieldMask } from '../../src/masking/field-mask.js';
import { Replacements, scalarOf, textOf } from '../../src/masking/sql/replacements.js';
import { maskValue } from '../../src/masking/postgres/value.js';

const key = Buffer.alloc(32, 7);
const TEXT = 25;
const EMAIL: ColumnName = { schema: 'public', table: 'people', column: 'email' };
const PHONE: ColumnName = { schema: 'public', table: 'people', column: 'phone' };

const maskOf = (method: MaskMethod | null, given: Partial<FieldMask> = {}): FieldMask => ({
  method,
  detectors: [],
  rules: ['r'],
  columns: [EMAIL],
  ...given,
});

/** The bytes that the client sees; they are noted as the proxy does it. */
function show(
  shown: Replacements,
  mask: FieldMask,
  value: Buffer,
  type = TEXT,
  format = 0,
): Uint8Array | null {
  const masked = maskValue(mask, value, type, format, key);
  if (masked !== value) shown.note(mask, masked, type, format);
  return masked;
}

const showText = (shown: Replacements, mask: FieldMask, value: string): string | null => {
  const masked = show(shown, mask, Buffer.from(value));
  return masked === null ? null : Buffer.from(masked).toString('utf8');
};

const methods: readonly MaskMethod[] = [
  { kind: 'redact' },
  { kind: 'hash' },
  { kind: 'email' },
  { kind: 'partial', keepLast: 4 },
  { kind: 'partial', keepLast: 2 },
  { kind: 'replace', text: 'withheld' },
];

const anyMethod = fc.constantFrom(...methods);
const emails = fc
  .tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}\.(?:com|org)$/))
  .map(([name, domain]) => `${name}@${domain}`);
const values = fc.oneof(emails, fc.string({ minLength: 9, maxLength: 40 }), fc.stringMatching(/^\d{9,19}$/));

/** The ways in which a program writes a text that it was given. */
const dresses: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text),
  (text) => JSON.stringify({ was: { it: text }, n: 1 }),
  (text) => JSON.stringify([1, text]),
  (text) => JSON.stringify({ a: [text] }, null, 2),
  (text) => JSON.stringify({ nested: JSON.stringify({ it: text }) }),
  (text) => `{a,"${text.replaceAll(/["\\]/g, '\\$&')}",b}`,
];

/** Asterisks with fewer than four are how people write; such a replacement is known by its column. */
const tells = (text: string): boolean => !/^\*{0,3}(?!\*)/.test(text) || /^\*{3}@/.test(text);

describe('what was shown is known again', () => {
  test('of every method, in every dress', () => {
    fc.assert(
      fc.property(anyMethod, values, fc.constantFrom(...dresses), (method, value, dress) => {
        const shown = new Replacements();
        const text = showText(shown, maskOf(method), value)!;
        if (method.kind === 'partial' && !tells(text)) {
          expect(shown.wasShownFor([EMAIL], text, null)).toBe(true);
        } else expect([text, shown.holds(dress(text))]).toEqual([text, true]);
      }),
      { numRuns: 2000 },
    );
  });

  test('beyond what is kept, by its form', () => {
    fc.assert(
      fc.property(anyMethod, fc.array(values, { minLength: 3, maxLength: 12 }), (method, all) => {
        const shown = new Replacements({ values: 2, characters: 1000 });
        for (const value of all) {
          const text = showText(shown, maskOf(method), value)!;
          const known = shown.holds(text) || shown.wasShownFor([EMAIL], text, null);
          // Beyond the bound what follows the asterisks must read like the end of a value.
          if (method.kind !== 'partial' || /^\*+[\p{L}\p{N}]*$/u.test(text))
            expect([text, known]).toEqual([text, true]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('of a pattern mask, the parts that it has replaced, whatever stands around them', () => {
    const methodsOfParts: readonly MaskMethod[] = [
      { kind: 'redact' },
      { kind: 'hash' },
      { kind: 'partial', keepLast: 4 },
      { kind: 'replace', text: 'withheld' },
    ];
    for (const method of methodsOfParts) {
      const shown = new Replacements();
      const mask = maskOf(null, { detectors: [{ name: 'credit_card', method }] });
      const text = showText(shown, mask, 'paid with 4111 1111 1111 1111 today')!;
      expect(shown.holds(text)).toBe(true);
      expect(shown.holds(`${text} and more`)).toBe(true);
      expect(shown.holds(text.slice(10))).toBe(true);
      expect(shown.holds('paid with nothing')).toBe(false);
    }
  });

  test.each<[string, number, Buffer, number]>([
    ['an integer in text', 23, Buffer.from('7001'), 0],
    ['an integer in binary', 23, Buffer.from([0, 0, 27, 89]), 1],
    ['a bigint in binary', 20, Buffer.from('00000002540be400', 'hex'), 1],
    ['a number', 1700, Buffer.from('12.50'), 0],
    ['a UUID in text', 2950, Buffer.from('6f1f5c1e-3c56-4d1c-9a53-0a8f4a1d9c01'), 0],
    ['a UUID in binary', 2950, Buffer.from('6f1f5c1e3c564d1c9a530a8f4a1d9c01', 'hex'), 1],
    ['bytes in text', 17, Buffer.from('\\x0102'), 0],
    ['bytes in binary', 17, Buffer.from([1, 2]), 1],
    ['a document', 3802, Buffer.from('\u0001{"a": 1}'), 1],
    ['an element', 1009, Buffer.from('{a,b}'), 0],
  ])('hash of %s, in both formats of the protocol', (_, type, value, format) => {
    const shown = new Replacements();
    const masked = Buffer.from(show(shown, maskOf({ kind: 'hash' }), value, type, format)!);
    const texts = [scalarOf(masked, type, format)?.spelling ?? textOf(masked, type, format)];
    for (const text of texts)
      expect([text, shown.holds(text) || shown.wasShownFor([EMAIL], text, null)]).toEqual([text, true]);
  });

  test('a UUID without its hyphens, in capitals, in braces', () => {
    const shown = new Replacements();
    const id = '6f1f5c1e-3c56-4d1c-9a53-0a8f4a1d9c01';
    const masked = Buffer.from(show(shown, maskOf({ kind: 'hash' }), Buffer.from(id), 2950)!).toString();
    for (const written of [masked.toUpperCase(), masked.replaceAll('-', ''), `{${masked}}`])
      expect([written, shown.holds(written)]).toEqual([written, true]);
    expect(shown.holds(id)).toBe(false);
  });

  test('an address whose domain is written in capitals', () => {
    const shown = new Replacements();
    expect(showText(shown, maskOf({ kind: 'email' }), 'ada@Example.com')).toBe('***@Example.com');
    expect(shown.holds('***@example.com')).toBe(true);
    expect(shown.holds('***@example.org')).toBe(false);
  });
});

describe('what was not shown passes', () => {
  test('any text that a program may write', () => {
    const shown = new Replacements();
    for (const method of methods) showText(shown, maskOf(method), 'someone@example.com');
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.lorem(), fc.json(), values, fc.uuid()), (text) => {
        const own = ['[redacted]', 'withheld', '***@', 'h:', '****'].some((mark) => text.includes(mark));
        expect(own || !shown.holds(text)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    '**** NOTE ****',
    '*',
    '** bold **',
    '****2222',
    'h:1',
    `h:${'0'.repeat(32)}`,
    '1234567890',
    '0',
    '',
  ])('%j, though others like it were shown', (text) => {
    const shown = new Replacements();
    for (const method of methods) showText(shown, maskOf(method), '4111111111111111');
    showText(shown, maskOf({ kind: 'partial', keepLast: 4 }), 'four');
    expect(shown.holds(text)).toBe(false);
  });

  test('a word that a rule has chosen, inside other words', () => {
    const shown = new Replacements();
    showText(shown, maskOf({ kind: 'replace', text: 'hidden' }), 'x');
    expect(shown.holds('hidden')).toBe(true);
    expect(shown.holds('a hidden file')).toBe(false);
    expect(shown.holds('{"a": "a hidden file"}')).toBe(false);
  });
});

describe('common replacements are known by their columns', () => {
  test('NULL, of the column for which it was shown', () => {
    const shown = new Replacements();
    expect(show(shown, maskOf({ kind: 'null' }), Buffer.from('x'))).toBeNull();
    expect(shown.wasShownFor([EMAIL], null, null)).toBe(true);
    expect(shown.wasShownFor([PHONE], null, null)).toBe(false);
    expect(shown.wasShownFor([EMAIL], 'x', null)).toBe(false);
  });

  test('where nobody knows the columns: of any', () => {
    const shown = new Replacements();
    const untraced: FieldMask = { method: { kind: 'null' }, detectors: [], rules: ['r'] };
    show(shown, untraced, Buffer.from('x'));
    expect(shown.wasShownFor([PHONE], null, null)).toBe(true);
  });

  test.each([
    [{ kind: 'replace', text: '0' } as const, 23, '7', ['0', '0.0', ' 0 '], ['1', '10']],
    [{ kind: 'replace', text: 'false' } as const, 16, 't', ['f', 'false', 'off'], ['t', 'true']],
    [{ kind: 'replace', text: '2000-01-01' } as const, 1082, '1990-02-03', ['2000-01-01'], ['2000-01-02']],
    [{ kind: 'replace', text: '' } as const, 25, 'x', [''], ['x']],
    [{ kind: 'replace', text: 'n/a' } as const, 25, 'x', ['n/a'], ['na']],
  ])('%j of type %i', (method, type, value, same, others) => {
    const shown = new Replacements();
    show(shown, maskOf(method), Buffer.from(value), type);
    for (const text of same) {
      expect([text, shown.wasShownFor([EMAIL], text, null)]).toEqual([text, true]);
      expect([text, shown.holds(text), shown.wasShownFor([PHONE], text, null)]).toEqual([text, false, false]);
    }
    for (const text of others) expect([text, shown.wasShownFor([EMAIL], text, null)]).toEqual([text, false]);
  });

  test('numbers beyond what is kept: of that column all are', () => {
    const shown = new Replacements({ values: 2, characters: 1000 });
    for (let number = 1; number < 9; number++)
      show(shown, maskOf({ kind: 'hash' }), Buffer.from(String(number)), 23);
    expect(shown.wasShownFor([EMAIL], '5', null)).toBe(true);
    expect(shown.wasShownFor([PHONE], '5', null)).toBe(false);
    expect(shown.holds('1234567890')).toBe(false);
  });
});

test('looking through a text takes time in proportion to its length', () => {
  const shown = new Replacements();
  for (const method of methods) showText(shown, maskOf(method), 'someone@example.com');
  const hostile = ['*', '***@', '{"', '[', 'h:', '9', '\\', '"\\u0022', 'ab-', '[redacted', 'withheld,'];
  for (const piece of hostile) {
    const timeOf = (length: number): number => {
      const text = piece.repeat(Math.ceil(length / piece.length));
      const started = performance.now();
      shown.holds(text);
      return performance.now() - started;
    };
    timeOf(10_000);
    // A hundred times as long: quadratic would be ten thousand times as slow.
    expect([piece, timeOf(1_000_000) < 3_000]).toEqual([piece, true]);
  }
});
