import { describe, expect, test } from '@jest/globals';
import type { EngineHost } from '../../src/engine/policy.js';
import { json, optional } from '../../src/values/schema.js';
import { Unknown, ValueSet, type Maybe, type ValueObject } from '../../src/values/value.js';
import { compile } from './rule-set.js';
import { fromValue, readTable, toValue } from './table.js';

/** Free-form facts, as Rego has them. */
const free: EngineHost = { schema: { roots: { input: optional(json, 'Anything.') } }, builtins: [] };

const why = new Unknown('why');
const input: ValueObject = {
  t: true,
  f: false,
  u: why,
  n: 1,
  null: null,
  s: 'text',
  list: [1],
  nested: [[1], 2],
  flat: ValueSet.of([1, 2]),
  hostile: {},
  pair: [1, why],
  mixed: [1, why, 3],
  object: { x: 1, y: why },
  vague: { x: why },
  part: ValueSet.of(['orders', new Unknown('more')]),
};
const prelude =
  'package test\nt := input.t\nf := input.f\nu := input.u\na := input.nothing\npart := input.part\n';

/** `{$unknown: '*'}` fits any reason. */
function expectValue(value: Maybe, want: unknown): void {
  const shown = fromValue(value);
  if (JSON.stringify(want) === '{"$unknown":"*"}') expect(value).toBeInstanceOf(Unknown);
  else expect(shown).toEqual(want);
}

type ExpressionCase = readonly [expression: string, want: unknown];

describe.each(readTable('semantics/expressions.yaml') as { group: string; cases: ExpressionCase[] }[])(
  'expressions: $group',
  ({ cases }) => {
    test.each(cases)('%s', (expression, want) => {
      const policy = compile(`${prelude}result := ${expression}\n`, {}, free);
      expectValue(policy.query(['test', 'result'], { input }), want);
    });
  },
);

interface RuleCase {
  readonly note: string;
  readonly rules: string;
  readonly more?: string;
  readonly data?: unknown;
  readonly want: unknown;
}

describe('rules', () => {
  test.each(readTable('semantics/rules.yaml') as RuleCase[])('$note', ({ rules, more, data, want }) => {
    const files = [`package test\n${rules}`, ...(more === undefined ? [] : [more])];
    const policy = compile(files, toValue(data ?? {}) as ValueObject, free);
    expectValue(policy.query(['test', 'p'], { input }), want);
  });
});
