/** However many tests there are and fail, what `policy test` prints ends within a screen or two. */
import { describe, expect, test } from '@jest/globals';
import { prettyTests } from '../../cli/testing/pretty.js';
import type { RowResult, TestResult } from '../../src/engine/testing/result.js';

function row(line: number, passed: boolean): RowResult {
  const complaints = passed ? [] : ['it is deny, not allow'];
  return { kind: 'command', text: `sql "SELECT ${line}" => allow`, line, passed, decision: null, complaints };
}

function results(file: string, passed: number, failed: number, rows = 1): TestResult[] {
  return Array.from({ length: passed + failed }, (_, at) => {
    const passes = at < passed;
    const own = Array.from({ length: rows }, (_unused, line) => row(line + 1, passes));
    return { package: 'a', title: `test ${at}`, file, line: at + 1, passed: passes, rows: own };
  });
}

function print(...tests: readonly TestResult[][]): string[] {
  return prettyTests(tests.flat())
    .replace(/\u001b\[\d+m/g, '')
    .split('\n');
}

describe('a few tests', () => {
  test('are a line each, and failures stand in their place', () => {
    expect(print(results('a.rules', 2, 1))).toEqual([
      '✓ a: test 0',
      '✓ a: test 1',
      '✗ a: test 2 a.rules:3',
      '    line 1: sql "SELECT 1" => allow',
      '      it is deny, not allow',
      '',
      '2 passed, 1 failed (3 rows)',
    ]);
  });

  test('of which one has many rows that fail show five of them', () => {
    const lines = print(results('a.rules', 0, 1, 8));
    expect(lines.filter((line) => line.includes('line '))).toHaveLength(5);
    expect(lines).toContain('    and 3 more rows');
  });
});

describe('many tests', () => {
  test('are a line a file, with what fails at the end', () => {
    expect(print(results('a.rules', 50, 0), results('b.rules', 49, 1))).toEqual([
      '✓ a.rules (50 tests)',
      '✗ b.rules (50 tests) 1 failed',
      '',
      '✗ a: test 49 b.rules:50',
      '    line 1: sql "SELECT 1" => allow',
      '      it is deny, not allow',
      '',
      '99 passed, 1 failed (100 rows)',
    ]);
  });

  test('that fail are told in full ten times, and counted by file beyond', () => {
    const lines = print(results('a.rules', 0, 12), results('b.rules', 0, 3_000));
    expect(lines.length).toBeLessThan(45);
    expect(lines.filter((line) => /^✗ a: test/.test(line))).toHaveLength(10);
    expect(lines.slice(-5)).toEqual([
      '✗ and 3002 more tests failed',
      '    a.rules: 2',
      '    b.rules: 3000',
      '',
      '0 passed, 3012 failed (3012 rows)',
    ]);
  });
});
