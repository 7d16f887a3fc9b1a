/** Masks of values that are not text: still values of their types, in both formats, and of one number in both. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MaskMethod } from '../../src/engine/decision.js';
import { canonicalNumeric, encodeNumeric } from '../../src/masking/numeric.js';
import { permute } from '../../src/masking/postgres/permutation.js';
import { Unsearched } from '../../src/masking/methods.js';
import { fixedMask, maskValue, unreadMask } from '../../src/masking/postgres/value.js';
import type { FieldMask } from '../../src/masking/field-mask.js';

const key = Buffer.alloc(32, 7);
const as = (method: MaskMethod): FieldMask => ({ method, detectors: [], rules: [] });
const redact = as({ kind: 'redact' });
const hash = as({ kind: 'hash' });
const replace = (text: string): FieldMask => as({ kind: 'replace', text });

const shown = (mask: FieldMask, value: string | Buffer, type: number, format = 0): string | null => {
  const masked = maskValue(mask, Buffer.from(value as string), type, format, key);
  return masked === null ? null : Buffer.from(masked).toString(format === 0 ? 'utf8' : 'latin1');
};
const whole = (bytes: 2 | 4 | 8, value: bigint): Buffer => {
  const written = Buffer.alloc(8);
  written.writeBigInt64BE(value);
  return written.subarray(8 - bytes);
};
const [smallint, integer, bigint, numeric, uuid, bytea, json, jsonb, xml, texts, date, bool] = [
  21, 23, 20, 1700, 2950, 17, 114, 3802, 142, 1009, 1082, 16,
] as const;

test.each<[string, FieldMask, string, number, string | null]>([
  ['a document', redact, '{"a":1}', json, '"[redacted]"'],
  ['a document, replaced', replace('"x" & y'), '{"a":1}', jsonb, '"\\"x\\" & y"'],
  ['xml, replaced', replace('<a & b>'), '<x/>', xml, '&lt;a &amp; b&gt;'],
  ['an array of texts', redact, '{a,b}', texts, '{"[redacted]"}'],
  ['an array of texts, replaced', replace('a"b\\c'), '{a,b}', texts, '{"a\\"b\\\\c"}'],
  ['a number, redacted', redact, '7', integer, null],
  ['a number, replaced', replace('0'), '7', integer, '0'],
  ['a number, replaced by none', replace('none'), '7', integer, null],
  ['a number, replaced by one of another type', replace('40000'), '7', smallint, null],
  ['a numeric, replaced', replace('-0.50'), '7', numeric, '-0.50'],
  [
    'a UUID, replaced',
    replace('00000000-0000-0000-0000-00000000000F'),
    '7',
    uuid,
    '00000000-0000-0000-0000-00000000000f',
  ],
  ['a day, replaced', replace('2000-01-02'), '1970-05-05', date, '2000-01-02'],
  ['a day that is none', replace('2000-13-02'), '1970-05-05', date, null],
  ['a truth, replaced', replace('false'), 't', bool, 'false'],
  ['the end of a number', as({ kind: 'partial', keepLast: 2 }), '1234', integer, null],
  ['a UUID that is none', hash, 'x', uuid, null],
  ['a number that is none', hash, 'x', integer, null],
])('%s', (_, mask, value, type, wanted) => {
  expect(shown(mask, value, type)).toBe(wanted);
});

describe('hash', () => {
  test('is the same in text and binary, and under the same key alone', () => {
    const id = '0190a6c2-7b1e-7c3d-8f00-0123456789ab';
    const masked = shown(hash, id, uuid)!;
    expect(masked).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
    expect(Buffer.from(shown(hash, bytes, uuid, 1)!, 'latin1').toString('hex')).toBe(
      masked.replaceAll('-', ''),
    );
    expect(shown(hash, id.toUpperCase(), uuid)).toBe(masked);
    const other = maskValue(hash, Buffer.from(id), uuid, 0, Buffer.alloc(32, 8));
    expect(Buffer.from(other!).toString()).not.toBe(masked);
    expect(shown(hash, '\\x00ff', bytea)).toBe(
      `\\x${Buffer.from(shown(hash, Buffer.from([0, 255]), bytea, 1)!, 'latin1').toString('hex')}`,
    );
    expect(shown(hash, '{"a":1}', jsonb)).toBe(shown(hash, '\u0001{"a":1}', jsonb, 1)!.slice(1));
  });

  test.each([
    [smallint, 2],
    [integer, 4],
    [bigint, 8],
  ] as const)('whole numbers of type %d stay in their type', (type, bytes) => {
    const bits = BigInt(8 * bytes);
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }), (value) => {
        const masked = BigInt(shown(hash, value.toString(), type)!);
        expect(BigInt.asIntN(Number(bits), masked)).toBe(masked);
        expect(Buffer.from(shown(hash, whole(bytes, value), type, 1)!, 'latin1')).toEqual(
          whole(bytes, masked),
        );
      }),
    );
  });

  test('no two small numbers become one', () => {
    const masked = new Set(Array.from({ length: 65_536 }, (_, i) => permute(i - 32_768, 8, key)));
    expect(masked.size).toBe(65_536);
    const wider = new Set(Array.from({ length: 20_000 }, (_, i) => permute(i, 16, key)));
    expect(wider.size).toBe(20_000);
  });

  test('an integer and an equal bigint stay equal', () => {
    for (const value of ['0', '-1', '2147483647', '-2147483648'])
      expect(shown(hash, value, bigint)).toBe(shown(hash, value, integer));
    expect(shown(hash, '2147483648', bigint)).not.toBe('2147483648');
  });

  test('of equal numerics is equal, however they are written', () => {
    const masked = shown(hash, '1.50', numeric)!;
    expect(masked).toMatch(/^\d{1,18}$/);
    expect(shown(hash, '1.5', numeric)).toBe(masked);
    expect(shown(hash, '01.500', numeric)).toBe(masked);
    expect(Buffer.from(shown(hash, encodeNumeric('1.5', 1), numeric, 1)!, 'latin1')).toEqual(
      encodeNumeric(masked, 1),
    );
    expect(shown(hash, '-0.0', numeric)).toBe(shown(hash, '0', numeric));
    expect(shown(hash, 'NaN', numeric)).toBeNull();
  });

  test('of a number is not that of its digits as text', () => {
    expect(shown(hash, '7', 25)).toMatch(/^h:[0-9a-f]{32}$/);
    expect(shown(hash, '7', numeric)).not.toBe(shown(hash, '7', integer));
  });
});

test('a numeric is read back as it was written', () => {
  const digits = fc
    .stringMatching(/^-?(?:0|[1-9]\d{0,12})(?:\.\d{0,11}[1-9])?$/)
    .filter((text) => text !== '-0');
  fc.assert(fc.property(digits, (text) => expect(canonicalNumeric(encodeNumeric(text, 1), 1)).toBe(text)));
});

describe('without a look at the value', () => {
  test('what is the same for all is told', () => {
    expect(Buffer.from(fixedMask(redact, 25, 0)!).toString()).toBe('[redacted]');
    expect(fixedMask(redact, integer, 1)).toBeNull();
    expect(fixedMask(as({ kind: 'null' }), 25, 0)).toBeNull();
    expect(fixedMask(hash, integer, 0)).toBeUndefined();
    expect(fixedMask(hash, 1114, 0)).toBeNull();
    expect(fixedMask(as({ kind: 'email' }), 25, 0)).toBeUndefined();
    const both: FieldMask = { ...redact, detectors: [{ name: 'email', method: { kind: 'null' } }] };
    expect(fixedMask(both, 25, 0)).toBeUndefined();
  });

  test('fixed or not, the value is the same', () => {
    const methods: MaskMethod[] = [{ kind: 'redact' }, { kind: 'null' }, { kind: 'replace', text: '1' }];
    for (const method of methods) {
      for (const type of [25, json, jsonb, xml, texts, integer, numeric, uuid, date, bool, 99_999]) {
        for (const format of [0, 1])
          expect(fixedMask(as(method), type, format)).toEqual(
            maskValue(as(method), Buffer.from('1'), type, format, key),
          );
      }
    }
  });

  test('what is too long shows nothing where it is masked, and is not told where it is searched', () => {
    expect(Buffer.from(unreadMask(hash, 25, 0)!).toString()).toBe('[redacted]');
    expect(unreadMask(hash, bytea, 1)).toBeNull();
    const cards: FieldMask = {
      method: null,
      detectors: [{ name: 'credit_card', method: { kind: 'null' } }],
      rules: [],
    };
    expect(() => unreadMask(cards, 25, 0)).toThrow(Unsearched);
    expect(unreadMask({ ...cards, method: { kind: 'redact' } }, 25, 0)).toBeNull();
  });
});
