/** What a failed condition of a test says of the values that it compared. */
import { expect, test } from '@jest/globals';
import { runTests } from '../../src/engine/testing/cases.js';
import type { Part } from '../../src/engine/explain/trace.js';
import { host, parse } from './rule-set.js';

function parts(condition: string): readonly Part[] {
  const source = {
    modules: [parse(`package ci\ntest "t" {\n${condition}\n}`, 'ci_test.rules')],
    data: {},
    revision: 'r',
  };
  const { tests, diagnostics } = runTests(source, host, {});
  expect(diagnostics).toEqual([]);
  const [row] = tests[0]!.rows;
  if (row?.kind !== 'condition' || row.failure === null) throw new Error('the condition holds');
  return row.failure.parts;
}

test.each([
  ['split("a,b", ",") == ["a", "c"]', ['at [1]: "b" and "c"']],
  ['split("a,b", ",") == ["a"]', ['2 members and 1']],
  ['{x | some x in split("a,b", ",")} == {"b", "c"}', ['only on the left: "a"', 'only on the right: "c"']],
  [
    'json.unmarshal(`{"a": 1, "b": 2}`) == {"b": 3, "c": 4}',
    ['"a" is only on the left', 'at "b": 2 and 3', '"c" is only on the right'],
  ],
  ['upper("prod") == "prod"', ['they differ in case alone']],
  ['concat("", ["a", " "]) == "a"', ['they differ in white space alone']],
  ['concat("", ["dro", "pp"]) in {"drop", "select"}', ['the nearest member is "drop"']],
  ['upper("drop") in {"drop", "select"}', ['"drop" differs in case alone']],
  ['json.unmarshal("5") == "5"', ['number is no string']],
])('%s', (condition, notes) => {
  expect(parts(condition).at(-1)!.notes).toEqual(notes);
});

test('values of nested calls come from the inside out', () => {
  expect(
    parts('count(split(lower("A,B"), ",")) == 3').map(({ text, value }) => `${text} is ${value}`),
  ).toEqual([
    'lower("A,B") is "a,b"',
    'split(lower("A,B"), ",") is ["a", "b"]',
    'count(split(lower("A,B"), ",")) is 2',
    'count(split(lower("A,B"), ",")) == 3 is false',
  ]);
});

test('a comprehension shows the solutions that were tried', () => {
  const shown = parts('count([x | some x in [1, 2, 3]; x > 2]) == 2').map(
    ({ text, value }) => `${text} is ${value}`,
  );
  expect(shown).toEqual(
    expect.arrayContaining([
      'x is 1, then 2, then 3',
      'x > 2 is false, then true',
      'count([x | some x in [1, 2, 3]; x > 2]) is 1',
    ]),
  );
});

test('an `every` shows the member that fails', () => {
  const shown = parts('every x in [1, 5, 2] { x < 3 }').map(({ text, value }) => `${text} is ${value}`);
  expect(shown).toEqual(expect.arrayContaining(['x is 5', 'x < 3 is false']));
});

test('many values are counted', () => {
  const shown = parts('count([x | some x in numbers.range(1, 20); x > 0]) == 1');
  expect(shown.find(({ text }) => text === 'x')!.value).toBe(
    '1, then 2, then 3, then 4, then 20, then 15 others',
  );
});
