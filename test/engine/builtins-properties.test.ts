import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BuiltinContext } from '../../src/engine/builtins/define/builtin.js';
import { callBuiltin } from '../../src/engine/builtins/call.js';
import { engineBuiltins, findBuiltin } from '../../src/engine/builtins/catalogue.js';
import {
  compare,
  equals,
  isArray,
  isObject,
  normalizeNumber,
  objectOf,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../src/values/value.js';

class Spent extends Error {}

function budget(steps: number): BuiltinContext {
  let left = steps;
  return {
    spend: (taken) => {
      expect(Number.isSafeInteger(taken) && taken >= 0).toBe(true);
      left -= taken;
      if (left < 0) throw new Spent();
    },
  };
}

const call = (name: string, ...args: readonly Value[]): Maybe =>
  callBuiltin(findBuiltin(name)!, args, budget(1_000_000));

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '',
    '\ud800',
    '%s %[9]*d %',
    '(a+)+$',
    '{a,[!b-',
    '10.0.0.0/8',
    '::ffff:1.2.3.4/96',
    '2026-02-29T24:00:00Z',
    '/a/-',
    'e30.e30.',
    '1e999',
    '$1${x}',
  ),
);
const numeric = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(-(2n ** 70n), 2n ** 70n).map(normalizeNumber),
  fc.constantFrom(0, -1, 1e18, 2 ** 53, 1.5),
);

const { known, value } = fc.letrec<{ known: Value; value: Value }>((tie) => ({
  known: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    numeric,
    text,
    ...collections(tie('known')),
  ),
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    numeric,
    text,
    fc.constant(new Unknown('for the test')),
    ...collections(tie('value')),
  ),
}));

function collections(member: fc.Arbitrary<Value>): fc.Arbitrary<Value>[] {
  return [
    fc.array(member, { maxLength: 4 }),
    fc.array(member, { maxLength: 4 }).map((members) => ValueSet.of(members)),
    fc.array(fc.tuple(text, member), { maxLength: 4 }).map(objectOf),
  ];
}

/** Numbers are finite, integers are bigints exactly where they are not safe, sets are sorted and all known. */
function isLegal(result: Maybe): boolean {
  if (typeof result === 'number') return Number.isFinite(result);
  if (typeof result === 'bigint') return normalizeNumber(result) === result;
  if (isArray(result)) return result.every(isLegal);
  if (result instanceof ValueSet) {
    return result.items.every(
      (item, i) => isLegal(item) && (i === 0 || compare(result.items[i - 1]!, item) < 0),
    );
  }
  return isObject(result) ? Object.values(result).every(isLegal) : true;
}

test('no arguments make a builtin throw anything but the spent budget', () => {
  const builtin = fc.constantFrom(...engineBuiltins);
  fc.assert(
    fc.property(builtin, fc.array(value, { maxLength: 4 }), (one, args) => {
      try {
        expect(isLegal(callBuiltin(one, args, budget(100_000)))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Spent);
      }
    }),
    { numRuns: 5_000 },
  );
});

test('arguments of the right types neither', () => {
  const fitting = (name: string): fc.Arbitrary<Value> =>
    fc.oneof({ weight: 8, arbitrary: byType[name] ?? known }, { weight: 1, arbitrary: value });
  const byType: Readonly<Record<string, fc.Arbitrary<Value>>> = {
    string: text,
    number: numeric,
    boolean: fc.boolean(),
    array: fc.oneof(fc.array(known), fc.array(text)),
    map: fc.array(fc.tuple(text, known)).map(objectOf),
    union: fc.oneof(text, numeric, ...collections(text), ...collections(known)),
    set: fc
      .array(fc.array(known).map((members) => ValueSet.of(members)))
      .map((members) => ValueSet.of(members)),
  };
  for (const one of engineBuiltins) {
    const args = fc.tuple(...one.parameters.map(({ type }) => fitting(type.kind)));
    const calls = fc.property(args, (given) => {
      try {
        expect(isLegal(callBuiltin(one, given, budget(100_000)))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Spent);
      }
    });
    fc.assert(calls, { numRuns: 60 });
  }
});

test('what an unknown member could change is unknown', () => {
  const hidden = new Unknown('hidden');
  const open = new Set(
    engineBuiltins.filter(({ seesUnknown }) => seesUnknown === true).map(({ name }) => name),
  );
  for (const one of engineBuiltins.filter(({ name }) => !open.has(name))) {
    const args = one.parameters.map((_, i): Value =>
      i === 0 ? { deep: [ValueSet.of([{ a: hidden }])] } : 'a',
    );
    expect([one.name, callBuiltin(one, args, budget(100))]).toEqual([one.name, hidden]);
  }
});

test.each([
  ['base64.encode', 'base64.decode'],
  ['base64url.encode', 'base64url.decode'],
  ['base64url.encode_no_pad', 'base64url.decode'],
  ['hex.encode', 'hex.decode'],
  ['urlquery.encode', 'urlquery.decode'],
])('%s and back', (encode, decode) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      expect(call(decode, call(encode, given)!)).toBe(given);
    }),
  );
});

test('JSON and back, for all that JSON has', () => {
  const json = fc.letrec<{ json: Value }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      numeric,
      fc.string({ unit: 'binary' }),
      fc.array(tie('json')),
      fc.array(fc.tuple(text, tie('json'))).map(objectOf),
    ),
  })).json;
  const layout = objectOf([['pretty', true]]);
  fc.assert(
    fc.property(json, (given) => {
      expect(equals(call('json.unmarshal', call('json.marshal', given)!)!, given)).toBe(true);
      expect(equals(call('json.unmarshal', call('json.marshal_with_options', given, layout)!)!, given)).toBe(
        true,
      );
    }),
  );
});

test('JSON is read as JavaScript reads it', () => {
  const texts = fc.oneof(
    fc.json(),
    fc.json().chain((json) => fc.subarray(Array.from(json)).map((part) => part.join(''))),
  );
  fc.assert(
    fc.property(texts, (given) => {
      let want = true;
      try {
        JSON.parse(given);
      } catch {
        want = false;
      }
      expect(call('json.is_valid', given)).toBe(want);
    }),
    { numRuns: 500 },
  );
});

test('sorting is idempotent and keeps every member', () => {
  fc.assert(
    fc.property(fc.array(known), (given) => {
      const sorted = call('sort', given) as readonly Value[];
      expect(equals(call('sort', sorted)!, sorted)).toBe(true);
      expect(equals(ValueSet.of(sorted), ValueSet.of(given))).toBe(true);
      expect(sorted).toHaveLength(given.length);
    }),
  );
});

test('split and concat undo each other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (given, delimiter) => {
      expect(call('concat', delimiter, call('split', given, delimiter)!)).toBe(given);
    }),
  );
});

test('reversing twice changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      expect(call('strings.reverse', call('strings.reverse', given)!)).toBe(given);
    }),
  );
});

test('quoted text matches itself alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (given, other) => {
      const quoted = call('glob.quote_meta', given)!;
      expect(call('glob.match', quoted, ['.'], given)).toBe(true);
      expect(call('glob.match', quoted, ['.'], other)).toBe(other === given);
    }),
  );
});

test('like agrees with a plain search for each wildcard', () => {
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
  const subject = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const matches = (value: string, pattern: string): boolean => {
    if (pattern === '') return value === '';
    if (pattern.startsWith('*')) {
      return matches(value, pattern.slice(1)) || (value !== '' && matches(value.slice(1), pattern));
    }
    return value !== '' && [value[0], '?'].includes(pattern[0]) && matches(value.slice(1), pattern.slice(1));
  };
  fc.assert(
    fc.property(subject, glob, (given, pattern) => {
      expect(call('like', given, pattern)).toBe(matches(given, pattern));
    }),
    { numRuns: 1_000 },
  );
});

test('a time formatted is read as the same time, in any zone', () => {
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia');
  const nanoseconds = fc.bigInt(-(2n ** 60n), 2n ** 63n - 1n).map(normalizeNumber);
  fc.assert(
    fc.property(nanoseconds, zone, (given, name) => {
      const written = call('time.format', [given, name, '2006-01-02T15:04:05.999999999Z07:00:00'])!;
      expect(call('time.parse_ns', '2006-01-02T15:04:05.999999999Z07:00:00', written)).toBe(given);
    }),
  );
});

test('merged networks hold the same addresses', () => {
  const octet = fc.integer({ min: 0, max: 7 });
  const cidr = fc
    .tuple(octet, octet, fc.integer({ min: 22, max: 32 }))
    .map(([a, b, size]) => `10.0.${a}.${b * 32}/${size}`);
  fc.assert(
    fc.property(fc.array(cidr), octet, octet, (given, a, b) => {
      const address = `10.0.${a}.${b * 32}`;
      const merged = [...(call('net.cidr_merge', given) as ValueSet)];
      const holds = (list: readonly Value[]): boolean =>
        list.some((one) => call('net.cidr_contains', one, address) === true);
      expect(holds(merged)).toBe(holds(given));
    }),
  );
});

test('the regular expression engine takes linear time', () => {
  const long = `${'a'.repeat(200_000)}!`;
  expect(call('regex.match', '^(a+)+$', long)).toBe(false);
  expect(call('regex.match', '^(a|a)*$', long)).toBe(false);
  expect(call('like', long, `${'*a'.repeat(20)}*b`)).toBe(false);
  expect(call('regex.split', '(x+x+)+y', 'x'.repeat(50_000))).toHaveLength(1);
});
