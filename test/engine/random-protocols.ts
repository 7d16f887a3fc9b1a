/** Random rules over targets of two protocols, each rule with a name of its own, and facts of either. */
import fc from 'fast-check';
import { ValueSet, type ValueObject } from '../../src/values/value.js';

const type = fc.constantFrom('"postgres"', '"http"');

/** Conditions that stand alone: what is said of one of them is said of the body. */
const plain: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: type.map((t) => `target.type == ${t}`) },
  type.map((t) => `target.type != ${t}`),
  fc.tuple(type, type).map(([a, b]) => `target.type in {${a}, ${b}}`),
  type.map((t) => `${t} == kind`),
  fc.constantFrom(
    'sql.read_only',
    'count(sql.statements) >= 0',
    'http.method == "GET"',
    'startswith(http.method, "G")',
    'http.method in {"GET", "PUT"}',
    'has http.method',
    'has sql.read_only',
    'on_sql',
    'on_http',
    'reads',
    'gets("GET")',
    'size == "large"',
    'size in {"large", "small"}',
    'is_string(identity.claims.x)',
    'identity.claims.x == 1',
    'identity.claims.x == "a"',
    'startswith(identity.claims.x, "a")',
    'has target.labels.env',
    'target.labels.env == "prod"',
    'target.labels.env in {"dev", "test"}',
    'every s in sql.statements { s.verb == "select" }',
    'http.method in methods',
    '"orders" in tables',
  ),
);

const nested: fc.Arbitrary<string> = fc.oneof(
  plain.filter((text) => !text.startsWith('every')).map((a) => `not ${a}`),
  fc.tuple(plain, plain).map(([a, b]) => `not { ${a}; ${b} }`),
  fc
    .tuple(plain, fc.constantFrom('and', 'or'), plain)
    .filter(([a, , b]) => !`${a}${b}`.includes('every'))
    .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
  plain.map((a) => `count({1 | ${a}}) == 0`),
);

const literal = fc.oneof({ weight: 3, arbitrary: plain }, nested);
const body = fc.array(literal, { minLength: 1, maxLength: 4 }).map((all) => all.join('; '));

const helpers = fc
  .tuple(body, body)
  .map(([a, b]) =>
    [a, b].map((one) =>
      one.replaceAll(
        /gets\("GET"\)|size == "large"|size in \{"large", "small"\}|\b(reads|on_sql|on_http)\b/g,
        'on_other',
      ),
    ),
  )
  .map(
    ([a, b]) => `
kind := target.type
on_other if now > 5
on_sql if target.type == "postgres"
on_http if { on_other; target.type == "http" }
on_http if { http.method == "GET" }
reads if { ${a} }
reads if http.method == "GET"
gets(m) if http.method == m
default size := "small"
size := "large" if { ${b} }
methods contains http.method
tables contains t.name if { some s in sql.statements; some t in s.tables }
`,
  );

const guard = fc.option(fc.tuple(body, fc.option(literal, { nil: null })), { nil: null });

/** Rules `a0`, `a1`, …; where there is an `applies`, it guards them all. */
export const protocolRules: fc.Arbitrary<string> = fc
  .tuple(
    helpers,
    guard,
    fc.array(fc.tuple(body, fc.option(literal, { nil: null })), { minLength: 1, maxLength: 6 }),
  )
  .map(([h, applies, rules]) => {
    const texts = rules.map(
      ([b, unless], i) => `allow a${i} if { ${b} }${unless === null ? '' : ` unless { ${unless} }`}`,
    );
    const first =
      applies === null
        ? ''
        : `applies if { ${applies[0]} }${applies[1] === null ? '' : ` unless { ${applies[1]} }`}\n`;
    return `package p\n${first}${h}\n${texts.join('\n')}`;
  });

const table = fc.record({
  name: fc.constantFrom('orders', 'events'),
  access: fc.constantFrom('read', 'write'),
});
const statement = fc.record({
  verb: fc.constantFrom('select', 'drop'),
  has_where: fc.boolean(),
  effects: fc.constant(ValueSet.of(['read'])),
  tables: fc.array(table, { maxLength: 2 }),
});
const sql = fc.record({ read_only: fc.boolean(), statements: fc.array(statement, { maxLength: 2 }) });
const http = fc.record({ method: fc.constantFrom('GET', 'PUT', 'DELETE') });

export const protocolFacts: fc.Arbitrary<ValueObject> = fc
  .record({
    protocol: fc.constantFrom('postgres', 'http'),
    claims: fc.constantFrom<ValueObject>({}, { x: 1 }, { x: 'a' }, { x: 'b' }),
    labels: fc.constantFrom<ValueObject>({}, { env: 'prod' }, { env: 'dev' }),
    now: fc.constantFrom(1, 10),
    sql,
    http,
  })
  .map(({ protocol, claims, labels, now, ...roots }) => ({
    identity: { name: 'ci', groups: ValueSet.of(['ci']), claims },
    target: { name: 'orders', type: protocol, labels },
    command: { protocol },
    now,
    ...(protocol === 'http' ? { http: roots.http } : { sql: roots.sql }),
  }));
