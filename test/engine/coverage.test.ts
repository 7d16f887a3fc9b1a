import { describe, expect, test } from '@jest/globals';
import { runTests, type Extractors } from '../../src/engine/testing/cases.js';
import { percentOf, type ConditionCoverage, type CoverageReport } from '../../src/engine/testing/coverage.js';
import { Unknown, ValueSet } from '../../src/values/value.js';
import { host, parse } from './rule-set.js';

/** The first word is the verb; what begins with `?` cannot be read. */
const extractors: Extractors = {
  sql: (text) => {
    const [verb = '', table = ''] = text.split(' ');
    if (verb === '?') return { sql: { statements: new Unknown('no SQL'), read_only: new Unknown('no SQL') } };
    const statement = {
      verb,
      has_where: false,
      effects: ValueSet.of([]),
      tables: [{ name: table, access: 'read' }],
    };
    return { sql: { read_only: verb === 'select', statements: [statement] } };
  },
};

function cover(rules: string, tests: string): CoverageReport {
  const modules = [parse(`package ci\n${rules}`, 'ci.rules'), parse(`package ci\n${tests}`, 'ci_test.rules')];
  const { coverage, diagnostics } = runTests({ modules, data: {}, revision: 'r' }, host, extractors, {
    covers: (file) => file === 'ci.rules',
  });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return coverage!;
}

/** Conditions as `text: true/false/absent/unknown/excluded state`. */
function conditions(report: CoverageReport): string[] {
  const line = (one: ConditionCoverage) =>
    `${one.text}: ${[one.true, one.false, one.absent, one.unknown, one.excluded].join('/')} ${one.state}`;
  return report.files.flatMap(({ rules }) => rules.flatMap((rule) => rule.conditions.map(line)));
}

function block(...rows: readonly string[]): string {
  return `test "t" {\n${rows.join('\n')}\n}`;
}

describe('how a condition came out', () => {
  const rules = 'deny prod "no" if target.labels.env == "prod"';
  test.each([
    ['true', 'sql "select a" with target.labels.env as "prod" => deny', '1/0/0/0/0 partly'],
    ['false', 'sql "select a" with target.labels.env as "dev" => deny', '0/1/0/0/0 partly'],
    ['absent', 'sql "select a" => deny', '0/0/1/0/0 partly'],
    ['never evaluated', '1 == 1', '0/0/0/0/0 never reached'],
  ])('%s', (_, row, expected) => {
    expect(conditions(cover(rules, block(row)))).toEqual([`target.labels.env == "prod": ${expected}`]);
  });

  test('unknown', () => {
    const report = cover('allow reads if sql.read_only', block('sql "?" => deny'));
    expect(conditions(report)).toEqual(['sql.read_only: 0/0/0/1/0 partly']);
  });

  test('covered by both ways', () => {
    const report = cover(
      'allow reads if sql.read_only',
      block('sql "select a" => allow', 'sql "drop a" => deny'),
    );
    expect(conditions(report)).toEqual(['sql.read_only: 1/1/0/0/0 covered']);
    expect(report).toMatchObject({ covered: 3, wanted: 3, decisions: 2 });
  });
});

test('a condition behind one that never holds is never reached', () => {
  const rules = 'deny a "no" if {\n  sql.read_only\n  target.name == "x"\n}';
  expect(conditions(cover(rules, block('sql "drop a" => deny')))).toEqual([
    'sql.read_only: 0/1/0/0/0 partly',
    'target.name == "x": 0/0/0/0/0 never reached',
  ]);
});

test('what the index leaves out on every decision is told apart', () => {
  const others = [1, 2, 3, 4].map((n) => `deny d${n} "no" if { target.name == "n${n}"; sql.read_only }`);
  const report = cover(others.join('\n'), block('sql "select a" with target.name as "n1" => deny'));
  expect(conditions(report).slice(0, 4)).toEqual([
    'target.name == "n1": 1/0/0/0/0 partly',
    'sql.read_only: 1/0/0/0/0 partly',
    'target.name == "n2": 0/1/0/0/0 partly',
    'sql.read_only: 0/0/0/0/0 never reached',
  ]);
  const more = cover(
    [...others, 'deny d5 "no" if { target.name == "n5"; sql.read_only }'].join('\n'),
    block('sql "select a" with target.name as "n1" => deny'),
  );
  expect(conditions(more).slice(2, 4)).toEqual([
    'target.name == "n2": 0/1/0/0/1 partly',
    'sql.read_only: 0/0/0/0/1 index-excluded',
  ]);
});

test('operands of `and`, `or` and their negation are conditions of their own', () => {
  const rules = 'allow a if not (sql.read_only and (target.name == "x" or target.name == "y"))';
  expect(conditions(cover(rules, block('sql "select a" with target.name as "y" => deny')))).toEqual([
    'sql.read_only: 1/0/0/0/0 partly',
    'target.name == "x": 0/1/0/0/0 partly',
    'target.name == "y": 1/0/0/0/0 partly',
  ]);
});

test('bodies inside of expressions, `unless` and `applies` are covered, each once', () => {
  const rules = `applies if target.name == "o"
deny a "no" if {
  every s in sql.statements { s.verb == "drop" }
  count([t | some s in sql.statements; some t in s.tables; t.access == "read"]) > 0
  not { some s in sql.statements; s.has_where }
} unless "admin" in identity.groups
deny b "no" if sql.read_only`;
  const row = 'sql "drop a" with target.name as "o" => deny ci.a';
  expect(conditions(cover(rules, block(row))).map((line) => line.replace(/\s+/g, ' '))).toEqual([
    'target.name == "o": 1/0/0/0/0 partly',
    'every s in sql.statements { s.verb == "drop" }: 1/0/0/0/0 partly',
    's.verb == "drop": 1/0/0/0/0 partly',
    'count([t | some s in sql.statements; some t in s.tables; t.access == "read"]) > 0: 1/0/0/0/0 partly',
    'some s in sql.statements: 1/0/0/0/0 covered',
    'some t in s.tables: 1/0/0/0/0 covered',
    't.access == "read": 1/0/0/0/0 partly',
    'not { some s in sql.statements; s.has_where }: 1/0/0/0/0 partly',
    'some s in sql.statements: 1/0/0/0/0 covered',
    's.has_where: 0/1/0/0/0 partly',
    '"admin" in identity.groups: 0/1/0/0/0 partly',
    'sql.read_only: 0/1/0/0/0 partly',
  ]);
});

describe('rules', () => {
  const hits = (report: CoverageReport) =>
    report.files.flatMap(({ rules }) => rules.map((rule) => `${rule.name} ${rule.hits}`));

  test('count how often they fired or gave a value', () => {
    const rules = `deny a "no" if reader
shadow deny c "no" if sql.read_only
reader if "r" in identity.groups
default most := 1
most := 5 if reader
names contains t.name if { some s in sql.statements; some t in s.tables }`;
    const rows = [
      'sql "select a" with identity.groups as {"r"} => deny',
      'sql "select a" => deny',
      'most == 1',
      'names == {"b"} with sql as facts_of("b")',
    ];
    const facts =
      'facts_of(name) := {"statements": [{"verb": "drop", "has_where": false, "effects": set(), "tables": [{"name": name, "access": "read"}]}]}';
    expect(hits(cover(rules, `${facts}\n${block(...rows)}`))).toEqual([
      'deny ci.a 1',
      'shadow deny ci.c 2',
      'ci.reader 1',
      'default ci.most 1',
      'ci.most 0',
      'ci.names 1',
    ]);
  });

  test('a binding wants a solution and nothing else', () => {
    const report = cover(
      'deny a "no" if { some s in sql.statements; s.has_where }',
      block('sql "drop a" => deny'),
    );
    expect(report.files[0]!.rules[0]!.conditions.map(({ kind, missing }) => [kind, missing])).toEqual([
      ['binding', []],
      ['condition', ['true']],
    ]);
    expect(report).toMatchObject({ covered: 2, wanted: 4 });
  });
});

test('nothing to cover is covered, and a percentage is never rounded up', () => {
  expect(percentOf({ covered: 0, wanted: 0 })).toBe(100);
  expect(percentOf({ covered: 99_999, wanted: 100_000 })).toBe(99.99);
  expect(percentOf({ covered: 1, wanted: 3 })).toBe(33.33);
});
