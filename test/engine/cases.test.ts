import { describe, expect, test } from '@jest/globals';
import { runTests, type Extractors, type TestOptions, type TestRun } from '../../src/engine/testing/cases.js';
import { Unknown, ValueSet } from '../../src/values/value.js';
import { host, parse } from './rule-set.js';

/** Reads a verb and a table, and nothing of what does not begin with a verb. */
const extractors: Extractors = {
  sql: (text) => {
    const [verb = '', table = ''] = text.toLowerCase().split(' ');
    if (verb === 'selec')
      return { sql: { read_only: new Unknown('no SQL'), statements: new Unknown('no SQL') } };
    const tables = [{ name: table, access: verb === 'select' ? 'read' : 'write' }];
    const statement = { verb, has_where: text.includes(' where '), effects: ValueSet.of(['read']), tables };
    return { sql: { read_only: verb === 'select', statements: [statement] } };
  },
};

const rules = `package ci
applies if target.name == "orders"
allow reads if sql.read_only
deny drop "never" if { some s in sql.statements; s.verb == "drop" }
review schema "look" by {"dba"} if { some s in sql.statements; s.verb == "alter" }
mask pii column "customers.email" with partial(4)
prod if target.labels.env == "prod"
`;

function run(tests: string, options: TestOptions = {}): TestRun {
  const modules = [parse(rules, 'ci.rules'), parse(`package ci\n${tests}`, 'ci_test.rules')];
  return runTests({ modules, data: {}, revision: 'r' }, host, extractors, options);
}

/** The rows of a block named `t`. */
function rows(lines: string) {
  const { tests, diagnostics } = run(`test "t" {\ngiven target.name := "orders"\n${lines}\n}`);
  expect(diagnostics).toEqual([]);
  return tests[0]!.rows;
}

describe('rows that pass', () => {
  test.each([
    'sql "SELECT orders" => allow',
    'sql "SELECT orders" => allow ci.reads',
    'sql "SELECT orders" => allow mask "customers.email"',
    'sql "DROP orders" => deny',
    'sql "DROP orders" => deny ci.drop',
    'sql "SELEC orders" => undecided ci.drop',
    'sql "ALTER orders" => review by "dba"',
    'sql "SELECT orders" with target.name as "other" => deny',
    'sql "DROP orders" with sql.statements as [] => deny',
    'prod with target.labels.env as "prod"',
    'not prod',
    'identity.groups == set()',
    'reads with sql.read_only as true',
    'data.ci.drop with sql.statements as [{"verb": "drop"}]',
    'some 1 in [1, 2]',
    '_ := 1',
    'not { sql.read_only == false with sql as {"read_only": true} }',
  ])('%s', (row) => {
    expect(rows(row)[0]).toMatchObject({ passed: true });
  });

  test('names bound by one line stand in those below', () => {
    expect(rows('x := 5\nx == 5').map(({ passed }) => passed)).toEqual([true, true]);
  });
});

describe('rows that fail', () => {
  test.each([
    ['sql "SELECT orders" => deny', ['it is allow, not deny']],
    ['sql "SELECT orders" => allow ci.drop', ['`ci.drop` did not fire']],
    ['sql "SELECT orders" => allow mask "customers.name"', ['`customers.name` is not masked']],
    ['sql "ALTER orders" => review by "lead"', ['`lead` need not agree']],
    ['sql "DROP orders" => allow ci.reads', ['it is deny, not allow', '`ci.reads` did not fire']],
    ['kubectl "get pods" => allow', ['nothing reads `kubectl` commands yet']],
    ['sql $"{1 / 0}" => allow', ['the command is not a text']],
  ])('%s', (row, complaints) => {
    expect(rows(row)[0]).toMatchObject({ kind: 'command', passed: false, complaints });
  });

  test('a command shows the whole decision', () => {
    expect(rows('sql "DROP orders" => allow')[0]).toMatchObject({
      text: 'sql "DROP orders" => allow',
      line: 4,
      decision: { effect: 'deny', reasons: ['never'], rules: [{ id: 'ci.drop' }, { id: 'ci.pii' }] },
    });
  });

  test('a condition shows the value of every part', () => {
    expect(rows('count(identity.groups) + 1 == 2')[0]).toMatchObject({
      kind: 'condition',
      passed: false,
      failure: {
        outcome: 'false',
        parts: [
          { text: 'identity.groups', value: 'set()' },
          { text: 'count(identity.groups)', value: '0' },
          { text: 'count(identity.groups) + 1', value: '1' },
          { text: 'count(identity.groups) + 1 == 2', value: 'false' },
        ],
      },
    });
  });

  test('a condition over a helper rule shows why that does not hold', () => {
    expect(rows('prod')[0]).toMatchObject({
      failure: {
        outcome: 'absent',
        bodies: [
          {
            file: 'ci.rules',
            line: 7,
            conditions: [{ text: 'target.labels.env == "prod"', fared: 'failed' }],
          },
        ],
      },
    });
  });

  test('a condition that cannot be known does not hold', () => {
    const [row] = rows('sql.read_only');
    expect(row).toMatchObject({ passed: false, failure: { outcome: 'unknown' } });
    expect(JSON.stringify(row)).toContain('the fact is not established');
  });
});

describe('test rules', () => {
  test('pass where they hold', () => {
    const { tests } = run('test_prod if prod with target.labels.env as "prod"\ntest_not if { not prod }');
    expect(tests.map(({ title, passed, package: name }) => [name, title, passed])).toEqual([
      ['ci', 'test_prod', true],
      ['ci', 'test_not', true],
    ]);
  });

  test('show the condition that stopped them', () => {
    const { tests } = run('test_prod if {\n  target.name == ""\n  prod\n}');
    expect(tests[0]).toMatchObject({
      passed: false,
      rows: [
        {
          failure: {
            outcome: 'absent',
            bodies: [{ conditions: [{ fared: 'held' }, { fared: 'failed', text: 'prod' }] }],
          },
        },
      ],
    });
  });
});

test('tests are chosen by package and title, and come in the order of the text', () => {
  const tests = 'test "b" { 1 == 1 }\ntest "a" { 1 == 1 }\ntest_c if 1 == 1';
  expect(run(tests).tests.map(({ title }) => title)).toEqual(['b', 'a', 'test_c']);
  const filter = (name: string) => name === 'ci: a';
  expect(run(tests, { filter }).tests.map(({ title }) => title)).toEqual(['a']);
});

test('rules that do not compile run no tests', () => {
  expect(run('test "t" { nothing == 1 }')).toMatchObject({ tests: [], diagnostics: [{ code: 'unbound' }] });
});

test('a given of the wrong type is an error', () => {
  expect(run('test "t" {\ngiven target.name := 5\nprod\n}').diagnostics).toMatchObject([
    { code: 'fact-type' },
  ]);
  expect(run('test "t" {\ngiven target.nam := "x"\nprod\n}').diagnostics).toMatchObject([
    { code: 'unknown-field', help: 'did you mean `name`?' },
  ]);
});
