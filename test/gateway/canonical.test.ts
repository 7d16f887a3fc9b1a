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
  type ValueObject,
} from '../../src/values/value.js';
import { SqlMeaning } from '../../src/protocols/sql/meaning.js';
import { canonical, digestOf } from '../../src/gateway/digest.js';

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

const session = { identity: {}, target: {}, session: {} };
const analysis = (sql: ValueObject): SqlMeaning =>
  new SqlMeaning({
    text: '',
    catalogue: null,
    analysis: {
      ...{ sql, statements: [], inert: new Set(), missing: false },
      ...{ names: new Set(), unread: [], error: null },
    },
  });

test('equal facts have one digest, however often they were seen before', () => {
  fc.assert(
    fc.property(facts, facts, (one, other) => {
      const first = analysis(one);
      const digest = digestOf(session, first);
      expect(digestOf(session, first)).toBe(digest);
      expect(digestOf({ ...session }, analysis(shuffled(one) as ValueObject))).toBe(digest);
      const same = canonical(one) === canonical(other);
      expect(digestOf(session, analysis(other)) === digest).toBe(same);
    }),
  );
});

test('another session, another meaning and other bound values have another digest; another text has not', () => {
  const sql = (text: string, verb: string, bound: number): ValueObject => ({
    statements: [{ text, verb }],
    parameters: [bound],
  });
  const digest = (of: ValueObject, by = session): string => digestOf(by, analysis(of));
  const one = digest(sql('SELECT 1', 'select', 1));
  expect(digest(sql('SELECT  1', 'select', 1))).toBe(one);
  expect(digest(sql('SELECT 1', 'delete', 1))).not.toBe(one);
  expect(digest(sql('SELECT 1', 'select', 2))).not.toBe(one);
  expect(digest(sql('SELECT 1', 'select', 1), { ...session, identity: { subject: 'ci' } })).not.toBe(one);
});

test('what is unknown is part of it', () => {
  expect(canonical(objectOf([['a', new Unknown('why')]]))).toBe('{"a":{"$unknown":"why"}}');
});
