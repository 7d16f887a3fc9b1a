import { expect, test } from '@jest/globals';
import { explain } from '../../src/engine/explain/explain.js';
import { renderExplanation } from '../../src/engine/explain/explain-text.js';
import { Unknown } from '../../src/values/value.js';
import { factsOf, host, parse } from './rule-set.js';

const rules = `package ci

applies if {
  target.name == "orders"
  ours
}

ours if "ci" in identity.groups

allow reads if sql.read_only

## A pipeline never drops.
deny drop "never" if {
  some s in sql.statements
  s.verb in {"drop", "truncate"}
  not s.has_where
}

deny late "too late" if now > 2000000000000000000 unless target.labels.env == "dev"

shadow deny all $"{target.name} is closed"
`;

function explainTo(facts: Parameters<typeof factsOf>[0]): string {
  const source = { modules: [parse(rules, 'ci.rules')], data: {}, revision: 'r' };
  return renderExplanation(explain(source, host, factsOf(facts))!);
}

test('a command that is allowed', () => {
  expect(explainTo({ statements: [{ verb: 'select' }], groups: ['ci'] })).toBe(`allow: allowed

shadow deny ci.all  fired  (ci.rules:21)
  reason: orders is closed
  + applies  (line 3)

allow ci.reads  fired  (ci.rules:10)
  + applies  (line 3)
  + sql.read_only  (line 10)

deny ci.drop  did not fire  (ci.rules:13)
  A pipeline never drops.
  + applies  (line 3)
  + some s in sql.statements  (line 14)
  - s.verb in {"drop", "truncate"}  (line 15)
      s.verb is "select"
      → s.verb would have to be one of {"drop", "truncate"}
    not s.has_where  (line 16)

deny ci.late  did not fire  (ci.rules:19)
  + applies  (line 3)
  - now > 2000000000000000000  (line 19)
      now is 1700000000000000000
      → now would have to be more than 2000000000000000000
    unless target.labels.env == "dev"  (line 19)`);
});

test('a guard that does not hold shows why, through the rules it reads', () => {
  const text = explainTo({ statements: [{ verb: 'drop' }] });
  expect(text).toContain('deny: no rule allows it');
  expect(text).toContain(`allow ci.reads  did not fire  (ci.rules:10)
  - applies  (line 3)
      + target.name == "orders"  (line 4)
      - ours  (line 5)
          - "ci" in identity.groups  (line 8)
              identity.groups is set()
              → identity.groups would have to hold "ci"`);
});

test('what cannot be known says which fact', () => {
  const text = explainTo({ statements: new Unknown('the statement does not parse'), groups: ['ci'] });
  expect(text.split('\n').slice(0, 7)).toEqual([
    'deny: cannot be decided',
    '',
    'deny ci.drop  unknown  (ci.rules:13)',
    '  A pipeline never drops.',
    '  unknown: the statement does not parse (sql.statements)',
    '  + applies  (line 3)',
    '  ? some s in sql.statements  (line 14)',
  ]);
});
