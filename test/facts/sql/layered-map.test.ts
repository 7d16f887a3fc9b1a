import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { withEntries } from '../../../src/facts/sql/catalogue/layered-map.js';

const key = fc.integer({ min: 0, max: 400 });
const step = fc.record({
  gone: fc.array(key, { maxLength: 8 }),
  added: fc.uniqueArray(fc.tuple(key, fc.option(fc.nat(9), { nil: undefined })), {
    maxLength: 30,
    selector: ([one]) => one,
  }),
});

test('it is the map that copying would give, step after step', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.option(fc.nat(9), { nil: undefined }))),
      fc.array(step, { maxLength: 20 }),
      (first, steps) => {
        let plain = new Map(first);
        let map: ReadonlyMap<number, number | undefined> = new Map(first);
        for (const { gone, added } of steps) {
          const before = [...map];
          const old = map;
          plain = new Map(plain);
          for (const one of gone) plain.delete(one);
          for (const [one, value] of added) {
            plain.delete(one);
            plain.set(one, value);
          }
          map = withEntries(map, gone, added);
          expect([...old]).toEqual(before);
          expect(new Map(map)).toEqual(plain);
          expect(map.size).toBe(plain.size);
          expect([...map.keys()]).toEqual([...map].map(([one]) => one));
          expect([...map.values()]).toEqual([...map].map(([, value]) => value));
          const keys = Array.from({ length: 401 }, (_, one) => one);
          const found = (of: typeof map): unknown => keys.map((one) => [of.has(one), of.get(one)]);
          expect(JSON.stringify(found(map))).toBe(JSON.stringify(found(plain)));
          const each: unknown[] = [];
          map.forEach((value, one) => each.push([one, value]));
          expect(each).toEqual([...map]);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('it is the same object where nothing is another', () => {
  const map = new Map([['a', 1]]);
  expect(withEntries(map, ['b'], [])).toBe(map);
  expect(withEntries(map, ['a'], [])).not.toBe(map);
});
