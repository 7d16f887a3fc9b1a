import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MaskMethod } from '../../src/engine/decision.js';
import type { FieldMask } from '../../src/masking/field-mask.js';
import { JsonMasker, UnmaskableJson, type JsonMaskPlan } from '../../src/masking/json/masker.js';
import { parsePath, type JsonMask } from '../../src/masking/json/paths.js';
import { maskText } from '../../src/masking/methods.js';

const KEY = Buffer.alloc(32, 7);
const REDACT: MaskMethod = { kind: 'redact' };
const nothing: FieldMask = { method: null, detectors: [], rules: [] };
const mails: FieldMask = { method: null, detectors: [{ name: 'email', method: REDACT }], rules: ['a.b'] };

function planOf(paths: Readonly<Record<string, MaskMethod>>, everywhere = nothing): JsonMaskPlan {
  const masks = Object.entries(paths).map(([path, method]): JsonMask => ({ path: parsePath(path)!, method }));
  return { paths: masks, everywhere };
}

/** One UTF-16 unit each: pairs of surrogates are cut, too. */
function unitsOf(text: string): string[] {
  return Array.from({ length: text.length }, (_, at) => text[at]!);
}

function mask(plan: JsonMaskPlan, chunks: readonly string[], many = false): string {
  const masker = new JsonMasker(plan, KEY, many);
  return chunks.map((chunk) => masker.push(chunk)).join('') + masker.end();
}

describe('a path', () => {
  test.each([
    ['{"a": {"b": "x", "c": 1}}', { 'a.b': REDACT }, '{"a": {"b": "[redacted]", "c": 1}}'],
    [
      '{"a": [{"b": 1}, {"b": [2]}, 3]}',
      { 'a.*.b': REDACT },
      '{"a": [{"b": "[redacted]"}, {"b": "[redacted]"}, 3]}',
    ],
    ['{"a": {"b": {"c": "x"}}, "d": 1}', { 'a.b': { kind: 'null' } as const }, '{"a": {"b": null}, "d": 1}'],
    ['[["a@example.com"]]', { '*.*': { kind: 'email' } as const }, '[["***@example.com"]]'],
    ['{"\\u0061": "x"}', { a: REDACT }, '{"\\u0061": "[redacted]"}'],
    ['{"a": "x", "a": "y"}', { a: REDACT }, '{"a": "[redacted]", "a": "[redacted]"}'],
    [
      '{"a": 41111, "b": true}',
      { a: { kind: 'partial', keepLast: 2 } as const, b: REDACT },
      '{"a": "***11", "b": "[redacted]"}',
    ],
    ['{"a": [1]}', { a: { kind: 'hash' } as const }, '{"a": "[redacted]"}'],
    ['{"a": {"b": 1}}', { 'a.b': REDACT, '*': { kind: 'null' } as const }, '{"a": null}'],
    ['{"a": {}}', { 'a.b': REDACT }, '{"a": {}}'],
  ])('%s', (json, paths, wanted) => {
    expect(mask(planOf(paths), [json])).toBe(wanted);
    expect(mask(planOf(paths), unitsOf(json))).toBe(wanted);
  });

  test.each(['', 'a..b', '.a', 'a.'])('is none: %j', (path) => expect(parsePath(path)).toBeNull());
});

describe('a detector', () => {
  test.each([
    ['{"to": "write to a@example.com"}', '{"to": "write to [redacted]"}'],
    ['{"to": "a\\u0040example.com"}', '{"to": "[redacted]"}'],
    ['{"a@example.com": 1}', '{"[redacted]": 1}'],
    ['["x", "\\u00e9", "a\\nb"]', '["x", "\\u00e9", "a\\nb"]'],
  ])('%s', (json, wanted) => {
    expect(mask(planOf({}, mails), [json])).toBe(wanted);
    expect(mask(planOf({}, mails), unitsOf(json))).toBe(wanted);
  });
});

test('values that follow each other are masked each', () => {
  expect(mask(planOf({ a: REDACT }), ['{"a":1}\n{"a":2', '}\n[3]\n'], true)).toBe(
    '{"a":"[redacted]"}\n{"a":"[redacted]"}\n[3]\n',
  );
  expect(mask(planOf({}), [''], true)).toBe('');
});

test.each([
  '',
  '{',
  '[1,]',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{a:1}',
  '[1 2]',
  '"a',
  '"a\nb"',
  '01',
  '1.',
  '+1',
  '.5',
  'nul',
  'tru e',
  '[1]]',
  '{}{}',
  '1 2',
  '{]',
  '[}',
  ',',
  ':',
  "['a']",
  '"\\x"',
  '[1]x',
  '\u00a01',
  '\ufeff1',
  '--1',
  '[-]',
])('what is not JSON is not passed: %j', (text) => {
  for (const chunks of [[text], unitsOf(text)])
    expect(() => mask(planOf({}), chunks)).toThrow(UnmaskableJson);
  expect(() => JSON.parse(text) as unknown).toThrow();
});

test('depth is bounded', () => {
  expect(mask(planOf({}), ['['.repeat(1000), ']'.repeat(1000)]).length).toBe(2000);
  expect(() => mask(planOf({}), ['['.repeat(1001)])).toThrow(UnmaskableJson);
});

test('a text is read once, however it is cut', () => {
  const text = `"${'x\\\\'.repeat(300_000)}"`;
  const started = process.cpuUsage();
  const chunks = text.match(/.{1,3}/gs)!;
  expect(mask(planOf({}), chunks)).toBe(text);
  // Twenty passes over all that was read before would take minutes.
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(20);
});

/** The same by walking the parsed value. Of objects without repeated names. */
function reference(value: unknown, masks: readonly JsonMask[], everywhere: FieldMask): unknown {
  const scalar = (one: unknown): unknown => {
    if (typeof one === 'object' && one !== null) return one;
    const text = typeof one === 'string' ? one : JSON.stringify(one);
    const masked = maskText(everywhere, text, KEY);
    return masked === text ? one : masked;
  };
  if (typeof value !== 'object' || value === null) return scalar(value);
  const child = (name: string | null, member: unknown): unknown => {
    const on = masks.filter(({ path }) => path[0] === '*' || path[0] === name);
    if (on.some(({ path }) => path.length === 1)) return '[redacted]';
    return reference(
      member,
      on.map(({ path, method }) => ({ path: path.slice(1), method })),
      everywhere,
    );
  };
  if (Array.isArray(value)) return value.map((member) => child(null, member));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      maskText(everywhere, name, KEY) ?? '',
      child(name, member),
    ]),
  );
}

describe('whatever the JSON and its chunks', () => {
  const names = fc.constantFrom('a', 'b', 'c', '0', 'é"');
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
        fc.constant('x a@example.com'),
      ),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(names, tie('json'), { maxKeys: 4 }),
    ),
  }));
  const written = fc
    .tuple(json, fc.constantFrom(undefined, 1, '\t'))
    .map(([value, space]) => JSON.stringify(value, null, space));
  const cut = (text: string, places: readonly number[]): string[] => {
    const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
    return [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
  };
  const path = fc.array(fc.oneof(names, fc.constant('*')), { minLength: 1, maxLength: 3 });

  test('it passes as it is under no mask', () => {
    fc.assert(
      fc.property(written, fc.array(fc.nat(), { maxLength: 6 }), (text, places) => {
        expect(mask(planOf({}), cut(text, places))).toBe(text);
      }),
    );
  });

  test('it is what masking the parsed value gives', () => {
    fc.assert(
      fc.property(
        written,
        fc.array(path, { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        (text, paths, places) => {
          const masks = paths.map((one) => ({ path: one, method: REDACT }));
          const found = mask({ paths: masks, everywhere: mails }, cut(text, places));
          expect(JSON.parse(found)).toEqual(reference(JSON.parse(text), masks, mails));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
