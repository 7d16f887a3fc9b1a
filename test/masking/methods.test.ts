import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MaskMethod } from '../../src/engine/decision.js';
import {
  applyMethod,
  masksAsText,
  maskText,
  searchedCharactersMax,
  Unsearched,
} from '../../src/masking/methods.js';
import { compareMethods, forDerived, strictest } from '../../src/masking/strictness.js';
import type { FieldMask } from '../../src/masking/field-mask.js';

const key = Buffer.alloc(32, 7);

const method = fc.oneof<fc.Arbitrary<MaskMethod>[]>(
  fc.constant({ kind: 'null' as const }),
  fc.constant({ kind: 'redact' as const }),
  fc.constant({ kind: 'hash' as const }),
  fc.constant({ kind: 'email' as const }),
  fc.record({ kind: fc.constant('replace' as const), text: fc.string({ maxLength: 5 }) }),
  fc.record({ kind: fc.constant('partial' as const), keepLast: fc.nat({ max: 30 }) }),
);

function whole(own: MaskMethod): FieldMask {
  return { method: own, detectors: [], rules: ['a.b'] };
}

function searching(name: string, own: MaskMethod): FieldMask {
  return { method: null, detectors: [{ name, method: own }], rules: ['a.b'] };
}

describe('methods on a whole value', () => {
  test.each<[MaskMethod, string, string | null]>([
    [{ kind: 'null' }, 'ann@example.com', null],
    [{ kind: 'redact' }, 'ann@example.com', '[redacted]'],
    [{ kind: 'redact' }, '', '[redacted]'],
    [{ kind: 'replace', text: 'xxx' }, 'ann@example.com', 'xxx'],
    [{ kind: 'partial', keepLast: 4 }, '4111111111111111', '************1111'],
    [{ kind: 'partial', keepLast: 4 }, '12345678', '****5678'],
    [{ kind: 'partial', keepLast: 4 }, '1234567', '*******'],
    [{ kind: 'partial', keepLast: 4 }, '', ''],
    [{ kind: 'partial', keepLast: 0 }, 'abc', '***'],
    [{ kind: 'partial', keepLast: 2 }, 'ab💳💳', '**💳💳'],
    [{ kind: 'email' }, 'ann@example.com', '***@example.com'],
    [{ kind: 'email' }, 'Ann <ann@example.com>', '[redacted]'],
    [{ kind: 'email' }, 'ann@example.com, bob@example.com', '[redacted]'],
    [{ kind: 'email' }, 'bob@home@example.com', '[redacted]'],
    [{ kind: 'email' }, 'not an address', '[redacted]'],
  ])('%j of %j', (own, text, masked) => {
    expect(maskText(whole(own), text, key)).toBe(masked);
  });

  test('hash is keyed and keeps equality', () => {
    const hash = (text: string, with_: Uint8Array = key): string | null =>
      applyMethod({ kind: 'hash' }, text, with_);
    expect(hash('a')).toMatch(/^h:[0-9a-f]{32}$/);
    expect(hash('a', Buffer.alloc(32, 8))).not.toBe(hash('a'));
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(hash(a) === hash(b)).toBe(a === b);
      }),
    );
  });

  test('partial never shows more than it keeps, nor more than half', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 20 }), (text, keepLast) => {
        const characters = Array.from(text);
        const masked = Array.from(applyMethod({ kind: 'partial', keepLast }, text, key)!);
        const shown = masked.filter(
          (character, i) => character !== '*' || i >= masked.length - keepLast,
        ).length;
        expect(masked).toHaveLength(characters.length);
        expect(masked.slice(0, Math.ceil(characters.length / 2)).every((c) => c === '*')).toBe(true);
        expect(shown).toBeLessThanOrEqual(keepLast);
      }),
    );
  });
});

describe('the strictest of several', () => {
  test('is found whatever their order', () => {
    fc.assert(
      fc.property(fc.array(method, { minLength: 1, maxLength: 6 }), (methods) => {
        const expected = strictest(methods)!;
        expect(strictest([...methods].reverse())).toEqual(expected);
        expect(strictest([...methods].sort(compareMethods))).toEqual(expected);
        expect(methods.every((one) => compareMethods(expected, one) <= 0)).toBe(true);
      }),
    );
  });

  test('of equal kinds shows less', () => {
    expect(
      strictest([
        { kind: 'partial', keepLast: 4 },
        { kind: 'partial', keepLast: 2 },
      ]),
    ).toEqual({
      kind: 'partial',
      keepLast: 2,
    });
    expect(strictest([])).toBeNull();
  });

  test('of a derived value shows no part of it', () => {
    expect(forDerived({ kind: 'partial', keepLast: 4 })).toEqual({ kind: 'redact' });
    expect(forDerived({ kind: 'email' })).toEqual({ kind: 'redact' });
    expect(forDerived({ kind: 'hash' })).toEqual({ kind: 'redact' });
    expect(forDerived({ kind: 'replace', text: 'x' })).toEqual({ kind: 'replace', text: 'x' });
  });
});

describe('detectors inside a value', () => {
  test.each<[string, MaskMethod, string, string | null]>([
    ['credit_card', { kind: 'redact' }, 'paid with 4111 1111 1111 1111 today', 'paid with [redacted] today'],
    ['credit_card', { kind: 'partial', keepLast: 4 }, 'card 4111111111111111', 'card ************1111'],
    ['credit_card', { kind: 'null' }, 'card 4111111111111111', null],
    ['credit_card', { kind: 'redact' }, 'nothing here', 'nothing here'],
    ['email', { kind: 'email' }, 'to ann@example.com', 'to ***@example.com'],
    ['email', { kind: 'replace', text: '' }, 'to ann@example.com', 'to '],
    ['no_such_detector', { kind: 'redact' }, 'anything', '[redacted]'],
  ])('%s with %j on %j', (name, own, text, masked) => {
    expect(maskText(searching(name, own), text, key)).toBe(masked);
  });

  test('where findings overlap the strictest method takes all of them', () => {
    const mask: FieldMask = {
      method: null,
      detectors: [
        { name: 'email', method: { kind: 'email' } },
        { name: 'connection_string', method: { kind: 'redact' } },
      ],
      rules: [],
    };
    expect(maskText(mask, 'at postgres://ann:secret@db.example.com/x', key)).toBe(
      'at postgres://[redacted]/x',
    );
  });

  test('a stricter detector that finds something takes the whole of a masked value', () => {
    const mask: FieldMask = {
      method: { kind: 'partial', keepLast: 4 },
      detectors: [{ name: 'credit_card', method: { kind: 'redact' } }],
      rules: [],
    };
    expect(maskText(mask, '4111111111111111', key)).toBe('[redacted]');
    expect(maskText(mask, 'harmless text', key)).toBe('*********text');
  });

  test('a value too long to search is not told, and shows nothing where it is masked anyway', () => {
    const text = 'a'.repeat(searchedCharactersMax + 1);
    const cards = searching('credit_card', { kind: 'partial', keepLast: 4 });
    expect(() => maskText(cards, text, key)).toThrow(Unsearched);
    expect(maskText({ ...cards, method: { kind: 'partial', keepLast: 4 } }, text, key)).toBe('[redacted]');
    expect(maskText(whole({ kind: 'replace', text: '-' }), text, key)).toBe('-');
  });

  test.each(['4111111111111111', '5500 0000 0000 0004', '3782-822463-10005'])('%s never survives', (card) => {
    const before = fc.string({ unit: 'binary' }).filter((text) => !/\d$/.test(text));
    const after = fc.string({ unit: 'binary' }).filter((text) => !/^\d/.test(text));
    fc.assert(
      fc.property(before, after, (left, right) => {
        expect(
          maskText(searching('credit_card', { kind: 'redact' }), left + card + right, key),
        ).not.toContain(card);
      }),
    );
  });

  test('an address never survives', () => {
    const near = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('.', '-', '@', '"', '5', '%') }),
    );
    fc.assert(
      fc.property(near, near, (left, right) => {
        const text = `${left}ann@example.com${right}`;
        expect(maskText(searching('email', { kind: 'redact' }), text, key)).not.toContain('ann@example.com');
      }),
    );
  });
});

test('text types carry masked text, others do not', () => {
  expect([25, 1043, 1042, 19].every(masksAsText)).toBe(true);
  expect([16, 17, 20, 23, 114, 1009, 1114, 1700, 2950, 3802, 16_999].some(masksAsText)).toBe(false);
});
