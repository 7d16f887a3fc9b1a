/** Figures of `policy test --bench`: that they are there and add up, not how large they are. */
import { expect, test } from '@jest/globals';
import { benchTable, measure, rowsPerSecond, type Figures } from '../../cli/testing/bench.js';
import { openTests } from '../../src/engine/testing/cases.js';
import { host, parse } from '../engine/rule-set.js';

function open(tests: string) {
  const modules = [parse('package ci\nallow reads if sql.read_only', 'ci.rules')];
  const source = {
    modules: [...modules, parse(`package ci\n${tests}`, 'ci_test.rules')],
    data: {},
    revision: 'r',
  };
  const opened = openTests(source, host, { sql: () => ({ sql: { read_only: true, statements: [] } }) });
  expect(opened.diagnostics).toEqual([]);
  return opened.tests;
}

test('a test is measured row by row, and its decisions alone', () => {
  const [one, two] = open('test "a" {\n  sql "x" => allow\n  sql "y" => deny\n  1 == 1\n}\ntest_b if 1 == 1');
  expect(one!.decisions().map((decide) => decide().effect)).toEqual(['allow', 'allow']);
  const figures = measure(one!);
  expect(figures).toMatchObject({ package: 'ci', title: 'a', rows: 3 });
  expect(figures.nsPerRow).toBeGreaterThan(0);
  expect(figures.nsPerDecision).toBeGreaterThan(0);
  expect(measure(two!)).toMatchObject({ title: 'test_b', rows: 1, nsPerDecision: null });
});

test('rows a second are over all tests together', () => {
  const common: Figures = { package: 'ci', title: 'a', rows: 3, nsPerRow: 1_000_000, nsPerDecision: null };
  const figures = [common, { ...common, title: 'b', rows: 1, nsPerRow: 7_000_000, nsPerDecision: 1234.4 }];
  expect(rowsPerSecond(figures)).toBe(400);
  expect(rowsPerSecond([])).toBe(0);
  const lines = benchTable(figures)
    .replace(/\u001b\[\d+m/g, '')
    .split('\n');
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['test', 'rows', 'ns a row', 'ns a decision'],
    ['ci: a', '3', '1,000,000'],
    ['ci: b', '1', '7,000,000', '1,234'],
    [''],
    ['400 rows a second'],
  ]);
});
