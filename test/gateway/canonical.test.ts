import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fromJson,
  isObject,
  objectOf,
  toJson,
  Unknown,
  ValueSet,
  type Value,
} from '../../src/engine/value.js';
import { canonical, digestOf } from '../../src/gateway/canonical.js';

const value = fc.jsonValue({ maxDepth: 4 }).map(fromJson);
const facts = fc
  .dictionary(
    fc.string(),
    fc.oneof(
      value,
      fc.array(value).map((items) => ValueSet.of(items)),
    ),
  )
  .map((entries) => objectOf(Object.entries(entries)));

function shuffled(of: Value): Value {
  if (!isObject(of)) return of;
  return objectOf(
    Object.entries(of)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)] as const),
  );
}

test('equal facts have one text, which is JSON of the same facts', () => {
  fc.assert(
    fc.property(facts, (one) => {
      expect(canonical(one)).toBe(canonical(shuffled(one)));
      expect(JSON.parse(canonical(one))).toEqual(JSON.parse(JSON.stringify(toJson(one))));
    }),
  );
});

test('the digest is that of the whole text, however often a part was seen before', () => {
  fc.assert(
    fc.property(facts, fc.integer(), (shared, now) => {
      for (const moment of [now, now + 1]) {
        const all = objectOf([
          [
            'sql',
            objectOf([
              ['statements', shared],
              ['now', moment],
            ]),
          ],
          ['again', shared],
          ['now', moment],
        ]);
        expect(digestOf(all)).toBe(createHash('sha256').update(canonical(all)).digest('hex'));
      }
    }),
  );
});

test('what is unknown is part of it', () => {
  expect(canonical(objectOf([['a', new Unknown('why')]]))).toBe('{"a":{"$unknown":"why"}}');
});
