/** Decisions that are made once are told apart by everything that they hold. */
import { expect, test } from '@jest/globals';
import { compile, factsOf } from './rule-set.js';

const rules = `package ci
allow both "because" if target.name == "a"
deny both "because" if target.name == "b"
allow all "because" if target.name in {"c", "d"}
shadow deny all "because" if target.name == "d"
limit most rows 5 if target.name == "e"
allow most "because" if target.name in {"e", "f"}
`;

test.each([
  ['a', 'allow', ['ci.both']],
  ['b', 'deny', ['ci.both']],
  ['c', 'allow', ['ci.all']],
  ['d', 'allow', ['ci.all']],
])('target %s', (name, effect, ids) => {
  const policy = compile(rules);
  // Each of them in the memory of the others.
  for (const other of ['a', 'b', 'c', 'd', 'e', 'f']) policy.decide(factsOf({ target: other }));
  const decision = policy.decide(factsOf({ target: name }));
  expect(decision).toMatchObject({ effect, rules: ids.map((id) => ({ id, effect })) });
  expect(decision.shadows.length).toBe(name === 'd' ? 1 : 0);
});

test('a rule of the same name and another effect counts for itself', () => {
  const policy = compile(rules);
  expect(policy.decide(factsOf({ target: 'f' })).limits).toEqual({});
  expect(policy.decide(factsOf({ target: 'e' })).limits).toEqual({ rows: 5 });
});
