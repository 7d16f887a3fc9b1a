import { describe, expect, test } from '@jest/globals';
import { Unsearched } from '../../src/masking/methods.js';
import type { FieldMask } from '../../src/masking/field-mask.js';
import { maskValue } from '../../src/masking/postgres/value.js';

const key = Buffer.alloc(32, 7);
const card = '4111111111111111';
const cards: FieldMask = {
  method: null,
  detectors: [{ name: 'credit_card', method: { kind: 'redact' } }],
  rules: [],
};
const whole: FieldMask = { method: { kind: 'redact' }, detectors: [], rules: [] };

const text = (value: string): Buffer => Buffer.from(value, 'utf8');
const shown = (mask: FieldMask, value: Uint8Array, type: number, format: number): string | null => {
  const masked = maskValue(mask, value, type, format, key);
  return masked === null ? null : Buffer.from(masked).toString('utf8');
};

function int8(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** numeric_send of a whole number. */
function numeric(digits: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + 2 * digits.length);
  bytes.writeInt16BE(digits.length, 0);
  bytes.writeInt16BE(digits.length - 1, 2);
  digits.forEach((digit, i) => bytes.writeInt16BE(digit, 8 + 2 * i));
  return bytes;
}

/** array_send of one dimension of texts. */
function textArray(values: readonly string[]): Buffer {
  const header = Buffer.alloc(20);
  [1, 0, 25, values.length, 1].forEach((word, i) => header.writeInt32BE(word, 4 * i));
  return Buffer.concat([
    header,
    ...values.map((value) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(Buffer.byteLength(value));
      return Buffer.concat([length, text(value)]);
    }),
  ]);
}

describe('a method on a whole value', () => {
  test('text carries the mask in both formats', () => {
    expect(shown(whole, text('ann'), 25, 0)).toBe('[redacted]');
    expect(shown(whole, text('ann'), 1043, 1)).toBe('[redacted]');
  });

  test.each([16, 17, 20, 23, 1082, 1114, 1700, 2950, 99_999])('type %d becomes NULL', (type) => {
    expect(shown(whole, text('1'), type, 0)).toBeNull();
    expect(shown(whole, text('1'), type, 1)).toBeNull();
  });
});

describe('detectors', () => {
  test('leave the bytes alone where they find nothing', () => {
    const value = text('\ufeffnothing');
    expect(maskValue(cards, value, 25, 0, key)).toBe(value);
  });

  test.each<[string, Buffer, number, number]>([
    ['int8 as text', text(card), 20, 0],
    ['int8 as binary', int8(4_111_111_111_111_111n), 20, 1],
    ['numeric as text', text(`${card}.00`), 1700, 0],
    ['numeric as binary', numeric([4111, 1111, 1111, 1111]), 1700, 1],
    ['float8 as text', text(card), 701, 0],
    ['bytea as text', text(`\\x${text(card).toString('hex')}`), 17, 0],
    ['bytea as binary', text(`\u0000${card}`), 17, 1],
    ['text[] as text', text(`{x,${card}}`), 1009, 0],
    ['text[] as binary', textArray(['x', card]), 1009, 1],
    ['jsonb as binary', text(`\u0001{"card":"${card}"}`), 3802, 1],
    ['a number in json', text(`{"card":${card}}`), 114, 0],
    ['a record as text', text(`(1,${card})`), 2249, 0],
  ])('make NULL of %s', (_, value, type, format) => {
    expect(maskValue(cards, value, type, format, key)).toBeNull();
  });

  test.each<[string, Buffer, number]>([
    ['a record', Buffer.from([0, 0, 0, 1]), 2249],
    ['a type that is not known', Buffer.from([1, 0, 1]), 99_999],
    ['a numeric that is cut short', Buffer.from([0, 1]), 1700],
  ])('do not tell of %s in binary, which is masked by its own mask alone', (_, value, type) => {
    expect(() => maskValue(cards, value, type, 1, key)).toThrow(Unsearched);
    expect(maskValue({ ...cards, method: { kind: 'redact' } }, value, type, 1, key)).toBeNull();
  });

  test.each<[string, Buffer, number, number]>([
    ['int8 as binary', int8(42n), 20, 1],
    ['numeric as binary', numeric([42]), 1700, 1],
    ['a long fraction', text('0.4111111111111111'), 701, 0],
    ['timestamptz as binary', int8(4_111_111_111_111_111n), 1184, 1],
    ['text[] as binary', textArray(['a', 'b']), 1009, 1],
    ['jsonb as binary', text('\u0001{"a":1}'), 3802, 1],
    ['a label of an enum as binary', text('shipped'), 99_999, 1],
    ['uuid as text', text('41111111-1111-1111-0000-000000000000'), 2950, 0],
  ])('pass %s', (_, value, type, format) => {
    expect(maskValue(cards, value, type, format, key)).toBe(value);
  });

  test('read what a document spells in escapes', () => {
    const spelt = '4111\\u003111111111111';
    expect(shown(cards, text(`{"card":"${spelt}"}`), 114, 0)).toBeNull();
    expect(shown(cards, text(`{"at":"a\\u0040b","card":"${card}"}`), 114, 1)).toBe(
      '{"at":"a\\u0040b","card":"[redacted]"}',
    );
    // A backslash that is written twice takes the letter behind it no further.
    expect(shown(cards, text('{"path":"C:\\\\u0041"}'), 114, 0)).toBe('{"path":"C:\\\\u0041"}');
  });

  test('replace a text inside a document', () => {
    expect(shown(cards, text(`{"card":"${card}","id":1}`), 3802, 0)).toBe('{"card":"[redacted]","id":1}');
    expect(shown(cards, text(`{"card":"${card}"}`), 114, 1)).toBe('{"card":"[redacted]"}');
  });
});
