/** What would have to differ, for each kind of condition. */
import { describe, expect, test } from '@jest/globals';
import { changeLines, conditionLines } from '../../src/engine/explain/change-text.js';
import { explain, type Explanation } from '../../src/engine/explain/explain.js';
import { Unknown } from '../../src/values/value.js';
import { factsOf, host, parse } from './rule-set.js';

type Given = Parameters<typeof factsOf>[0];

function explained(rules: string, given: Given = {}): Explanation {
  const source = { modules: [parse(`package ci\n${rules}`, 'ci.rules')], data: {}, revision: 'r' };
  return explain(source, host, factsOf(given))!;
}

function lines(condition: string, given: Given = {}): string[] {
  const helpers =
    'admin if "admin" in identity.groups\nlabelled if target.labels.env == "prod"\nlabelled if has target.labels.team';
  const { rules } = explained(`allow a if { ${condition} }\n${helpers}`, given);
  return changeLines(rules[0]!.changes);
}

const drop = { verb: 'drop', tables: [{ name: 'a', access: 'read' }] };

describe('for a rule to fire', () => {
  test.each<readonly [string, Given, readonly string[]]>([
    ['target.name == "x"', {}, ['→ target.name would have to be "x"']],
    ['"x" == target.name', {}, ['→ target.name would have to be "x"']],
    ['target.name != "orders"', {}, ['→ target.name must not be "orders"']],
    ['not target.name == "orders"', {}, ['→ target.name must not be "orders"']],
    ['now < 5', {}, ['→ now would have to be less than 5']],
    ['5 > now', {}, ['→ now would have to be less than 5']],
    ['not now >= 5', {}, ['→ now would have to be less than 5']],
    ['count(identity.groups) > 2', {}, ['→ count(identity.groups) would have to be more than 2']],
    ['target.name in {"x", "y"}', {}, ['→ target.name would have to be one of {"x", "y"}']],
    ['"x" in identity.groups', {}, ['→ identity.groups would have to hold "x"']],
    ['"x" not in identity.groups', { groups: ['x'] }, ['→ identity.groups must not hold "x"']],
    ['has target.labels.team', {}, ['→ target.labels.team would have to be there']],
    ['not sql.read_only', {}, ['→ sql.read_only must not be true']],
    ['not (target.name == "orders" or now > 5)', {}, ['→ target.name must not be "orders"']],
    ['target.name == "x" and now > 5', {}, ['→ target.name would have to be "x"']],
    [
      'target.name == "x" or now < 5',
      {},
      ['→ either target.name would have to be "x"', '  or now would have to be less than 5'],
    ],
    ['admin', {}, ['→ identity.groups would have to hold "admin"']],
    ['not admin', { groups: ['admin'] }, ['→ identity.groups must not hold "admin"']],
    [
      'labelled',
      {},
      [
        '→ either target.labels.env would have to be "prod"',
        '  or target.labels.team would have to be there',
      ],
    ],
    ['some s in sql.statements; s.verb == "drop"', {}, ['→ sql.statements would have to have a member']],
    [
      'some s in sql.statements; s.verb == "select"',
      { statements: [drop, { verb: 'alter' }] },
      ['→ s.verb would have to be "select"'],
    ],
    [
      'every s in sql.statements { s.verb == "drop" }',
      { statements: [drop, { verb: 'alter' }, drop] },
      ['→ s.verb would have to be "drop"'],
    ],
    [
      'not { some s in sql.statements; s.verb == "drop" }',
      { statements: [drop] },
      ['→ s.verb must not be "drop"'],
    ],
    [
      'some s in sql.statements; s.limit < 5',
      { statements: [drop] },
      ['→ s.limit would have to be less than 5'],
    ],
    [
      'sql.statements == []; sql.read_only',
      { statements: new Unknown('no SQL') },
      ['→ sql.statements would have to be known'],
    ],
  ])('%s', (condition, given, expected) => {
    expect(lines(condition, given)).toEqual(expected);
  });

  test('the fact behind a name is said with its path, and what it is', () => {
    const { rules } = explained(
      'deny a "no" if {\n  some s in sql.statements\n  some t in s.tables\n  t.name == "b"\n}',
      { statements: [drop] },
    );
    expect(rules[0]!.changes).toEqual([
      { kind: 'fact', text: 't.name', fact: 'sql.statements[].tables[].name', is: '"a"', wanted: 'be "b"' },
    ]);
  });
});

describe('for a decision to be otherwise', () => {
  const otherwise = (rules: string, given: Given = {}): string[] =>
    explained(rules, given).otherwise.flatMap(({ id, changes }) => [id, ...conditionLines(changes)]);

  test('a rule that refuses is stopped by any of its conditions, and by what it makes an exception of', () => {
    const rules = `applies if target.type == "postgres"
deny a "no" if { "x" in identity.groups; now > 5 } unless target.labels.env == "dev"
allow b if sql.read_only`;
    expect(otherwise(rules, { groups: ['x'] })).toEqual([
      'ci.a',
      'identity.groups did not hold "x"',
      'or now were at most 5',
      'or target.labels.env were "dev"',
    ]);
  });

  test('where nothing allows, each allow says what it lacks', () => {
    const rules = 'allow a if { "x" in identity.groups; sql.read_only }\nallow b if target.name == "x"';
    expect(otherwise(rules)).toEqual(['ci.a', 'identity.groups held "x"', 'ci.b', 'target.name were "x"']);
  });

  test('what cannot be decided says what would have to be known', () => {
    const rules = 'allow a\ndeny b "no" if { some s in sql.statements; s.verb == "drop" }';
    expect(otherwise(rules, { statements: new Unknown('no SQL') })).toEqual([
      'ci.b',
      'sql.statements were known',
    ]);
  });

  test('an allowed command needs nothing', () => {
    expect(otherwise('allow a')).toEqual([]);
  });
});
