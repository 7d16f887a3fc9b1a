import { describe, expect, test } from '@jest/globals';
import { candidates, newContext, prepare } from '../../src/engine/compile/compile.js';
import { Unknown, type ValueObject } from '../../src/values/value.js';
import { factsOf, host, parse } from './rule-set.js';

const copies = 8;

/** Whether a rule is looked at, given these facts. It is written several times: few rules need no index. */
function looksAt(rule: string, facts: ValueObject): boolean {
  const modules = Array.from({ length: copies }, (_, i) => parse(`package p${i}\n${rule}`, `p${i}.rules`));
  const { runnable, diagnostics } = prepare({ modules, data: {}, revision: 'r' }, host, false);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const found = candidates(runnable!, newContext(runnable!, facts)).length;
  expect([0, copies]).toContain(found);
  return found > 0;
}

const tables = [{ name: 'orders', access: 'write' }];
const here = factsOf({ statements: [{ verb: 'delete', tables }], groups: ['ci'], labels: { env: 'prod' } });
const elsewhere = factsOf({ statements: [{ verb: 'select' }], target: 'events', groups: ['ops'] });

const lone = 'deny it "no"';

describe('a rule is looked at only where it can fire', () => {
  test.each([
    `${lone} if target.name == "orders"`,
    `${lone} if "orders" == target.name`,
    `${lone} if target.name in {"orders", "customers"}`,
    `${lone} if target.labels.env == "prod"`,
    `${lone} if "ci" in identity.groups`,
    `${lone} if { some s in sql.statements; s.verb == "delete" }`,
    `${lone} if { some s in sql.statements; s.verb in {"delete", "drop"}; not s.has_where }`,
    `${lone} if { some s in sql.statements; some t in s.tables; t.name == "orders" }`,
    `${lone} if { now > 1; target.name == "orders" and sql.read_only }`,
    `${lone} if target.name == "orders" or target.name == "customers"`,
    `${lone} if here\nhere if target.name == "orders"`,
    `${lone} if here\nhere if target.name == "orders"\nhere if target.name == "customers"`,
    `${lone} if target.name == "orders"\n${lone} if target.name == "customers"`,
    `${lone} unless now < 1\napplies if target.name == "orders"`,
  ])('%s', (rule) => {
    expect(looksAt(rule, here)).toBe(true);
    expect(looksAt(rule, elsewhere)).toBe(false);
  });
});

describe('a rule is looked at wherever it might fire', () => {
  const unknown = new Unknown('forgotten');
  const rules = [
    `${lone} if target.name == "orders"`,
    `${lone} if "ci" in identity.groups`,
    `${lone} if { some s in sql.statements; some t in s.tables; t.name == "orders" }`,
  ];

  test.each(rules)('nothing is known: %s', (rule) =>
    expect(looksAt(rule, { target: unknown, identity: unknown, sql: unknown })).toBe(true),
  );

  test.each([
    ['the statements', unknown],
    ['a statement among them', [unknown]],
    ['the tables', [{ verb: 'select', tables: unknown }]],
    ['a table', [{ verb: 'select', tables: [unknown] }]],
    ['its name', [{ verb: 'select', tables: [{ name: unknown }] }]],
    ['whether it has a name', [{ verb: 'select', tables: [{ access: 'read' }] }]],
    ['whether there are tables', [{ verb: 'select' }]],
  ])('unknown: %s', (_, statements) =>
    expect(looksAt(rules[2]!, { ...elsewhere, sql: { read_only: true, statements } })).toBe(true),
  );

  test.each([
    `${lone} if not target.name == "orders"`,
    `${lone} if target.name == "orders" or now > 1`,
    `${lone} if here\ndefault here := true\nhere := true if target.name == "orders"`,
    `${lone} if here == false\ndefault here := false\nhere := true if target.name == "orders"`,
    `${lone} unless target.name == "orders"`,
    `${lone} if target.name == "orders"\n${lone} if now > 1`,
  ])('%s', (rule) => expect(looksAt(rule, elsewhere)).toBe(true));
});

test('among a thousand rules as many are looked at as among ten', () => {
  const rulesOf = (i: number) =>
    Array.from(
      { length: 10 },
      (_, n) => `deny d${n} "no" if { some s in sql.statements; s.verb == "delete" }`,
    )
      .concat(`applies if target.name == "target${i}"`)
      .join('\n');
  const looked = [1, 100].map((packages) => {
    const modules = Array.from({ length: packages }, (_, i) =>
      parse(`package p${i}\n${rulesOf(i)}`, `p${i}.rules`),
    );
    const { runnable } = prepare({ modules, data: {}, revision: 'r' }, host, false);
    const facts = factsOf({ statements: [{ verb: 'delete' }], target: 'target0' });
    return candidates(runnable!, newContext(runnable!, facts)).map(({ id }) => id);
  });
  expect(looked[0]).toHaveLength(10);
  expect(looked[1]).toEqual(looked[0]);
});
