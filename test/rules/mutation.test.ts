/** A bounded part of `npm run mutate`: the packs' tests notice small mistakes in the rules. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { parseModule } from '../../grammar/parser.js';
import { diffLines } from '../../cli/mutation/diff.js';
import { judge, percentCaught, type Equivalent } from '../../cli/mutation/judgement.js';
import { mutantsOf } from '../../cli/mutation/mutants.js';
import { createTrials } from '../../cli/mutation/trial.js';
import { printModule } from '../../grammar/print/printer.js';
import { loadBundle } from '../../src/engine/bundle/bundle.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';

beforeAll(loadSqlParser);

/** What each mutant changes. */
function changes(rules: string): string[] {
  const { module } = parseModule('a.rules', `package a\n\n${rules}\n`);
  const before = printModule(module!);
  return [...mutantsOf(module!)].map(({ what, module: mutant }) => {
    const lines = diffLines(before, printModule(mutant));
    return `${what}: ${lines.map(({ sign, text }) => `${sign}${text.trim()}`).join(' ')}`;
  });
}

describe('mutants', () => {
  test('of a rule with conditions', () => {
    expect(changes('deny drop "no" if {\n  sql.read_only\n  sql.count > 5\n} unless admin')).toEqual([
      'drop a rule: -deny drop "no" if { -sql.read_only -sql.count > 5 -} unless admin',
      'flip the effect: -deny drop "no" if { +allow drop "no" if {',
      'make it a shadow: -deny drop "no" if { +shadow deny drop "no" if {',
      'drop `unless`: -} unless admin +}',
      'drop a condition: -sql.read_only',
      'negate a condition: -sql.read_only +not sql.read_only',
      'drop a condition: -sql.count > 5',
      'negate a condition: -sql.count > 5 +not sql.count > 5',
      'widen or narrow a comparison: -sql.count > 5 +sql.count >= 5',
      'change a literal: -sql.count > 5 +sql.count > 6',
      'negate a condition: -} unless admin +} unless not admin',
    ]);
  });

  test('of a mask', () => {
    const from = 'mask m column "a.b", "c.d" with partial(4)';
    expect(changes(from)).toEqual([
      `drop a rule: -${from}`,
      `flip the effect: -${from} +allow m "changed"`,
      `flip the effect: -${from} +deny m "changed"`,
      `make it a shadow: -${from} +shadow ${from}`,
      `drop a selector: -${from} +mask m column "c.d" with partial(4)`,
      `drop a selector: -${from} +mask m column "a.b" with partial(4)`,
      `change a selector: -${from} +mask m column "a.bx", "c.d" with partial(4)`,
      `change a selector: -${from} +mask m column "a.b", "c.dx" with partial(4)`,
      `change a literal: -${from} +mask m column "a.b", "c.d" with partial(5)`,
    ]);
  });

  test('leave tests alone', () => {
    expect(changes('test "t" {\n  1 == 1\n}\n\ntest_a if 1 == 1')).toEqual([]);
  });
});

test('every fortieth mutant of the packs is caught, or is known to mean the same', () => {
  const bundle = loadBundle(['rules']);
  const trials = createTrials(bundle);
  const all = bundle.modules.flatMap((module) => [...trials(module, 40)]);
  const known = parseYaml(readFileSync('test/rules/equivalent-mutants.yaml', 'utf8')) as Equivalent[];
  const judgement = judge(all, known);
  expect(judgement.caught).toBeGreaterThan(15);
  expect(percentCaught(judgement)).toBeGreaterThanOrEqual(95);
});

test('a rule set whose tests say little lets mutants live', () => {
  const rules = 'package a\n\nallow reads if sql.read_only\n';
  const modules = [parseModule('a.rules', rules).module!];
  const tests = [
    parseModule('a_test.rules', 'package a\n\ntest "t" {\n  sql "SELECT 1" => allow\n}\n').module!,
  ];
  const bundle = { modules, tests, data: {}, revision: 'r', catalogues: [], diagnostics: [] };
  const trials = [...createTrials(bundle)(modules[0]!)];
  expect(trials.map(({ what, outcome }) => [what, outcome])).toEqual([
    ['drop a rule', 'caught'],
    ['flip the effect', 'caught'],
    ['make it a shadow', 'caught'],
    ['drop a condition', 'survived'],
    ['negate a condition', 'caught'],
  ]);
  const dropped = { file: 'a.rules', what: 'drop a condition', reason: 'none' };
  const change = ['- allow reads if sql.read_only', '+ allow reads'];
  const other = { ...dropped, change: ['- nothing'] };
  expect(judge(trials, [{ ...dropped, change }, other])).toMatchObject({
    caught: 4,
    survivors: [],
    equivalent: 1,
    stale: [other],
  });
  expect(percentCaught(judge(trials, []))).toBe(80);
});

test('where the tests fail already, nothing is tried', () => {
  const modules = [parseModule('a.rules', 'package a\n\nallow reads if sql.read_only\n').module!];
  const failing = 'package a\n\ntest "t" {\n  sql "DROP TABLE a" => allow\n}\n';
  const tests = [parseModule('a_test.rules', failing).module!];
  const bundle = { modules, tests, data: {}, revision: 'r', catalogues: [], diagnostics: [] };
  expect(() => createTrials(bundle)).toThrow('the tests do not pass with the rules unchanged');
});
