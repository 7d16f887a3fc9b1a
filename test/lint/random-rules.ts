/** Random rule sets that are full of what `policy lint --fix` mends, over the schema of test/engine/rule-set.ts. */
import fc from 'fast-check';

const atom = fc.constantFrom(
  'sql.read_only == true',
  'sql.read_only != true',
  'sql.read_only == false',
  'false != sql.read_only',
  'prod == true',
  'not prod == true',
  'odd == true',
  'odd == false',
  'not not prod',
  'not not identity.claims.x',
  'not "ci" not in identity.groups',
  'not "ci" in identity.groups',
  'not target.name in {"orders", "events"}',
  'not target.labels.env in {"prod"}',
  'target.labels.env in {"prod"}',
  'target.labels.env == "prod" or target.labels.env == "dev"',
  'target.name == "orders" or "events" == target.name or target.name == "other"',
  'not (target.labels.env == "prod" or target.labels.env == "dev")',
  '"orders" == target.name',
  '5 < now',
  '1 >= count(sql.statements)',
  'identity.claims.x ?? false',
  'prod ?? false',
  'not (identity.claims.x ?? false)',
  'input.target.name == "orders"',
  'has input.target.labels.env',
  'input.sql.read_only',
  'regex.match("^\\\\w+s$", target.name)',
  '"prod" != target.labels.env',
  'x_is("prod")',
  'identity.claims.x or identity.claims.x',
  'not (prod and prod)',
);

/** Conditions that are mended together. */
const several = fc.constantFrom(
  'some g in identity.groups; g == "ci"',
  'some l in target.labels; "prod" == l',
  'some s in sql.statements; s.has_where == false',
  'some s in sql.statements; not s.has_where == true; s.verb == "drop"',
  'has target.labels.env; target.labels.env == "prod"',
  'target.labels.env != "prod"; has target.labels.env',
  'has target.labels.env; target.labels.env in {"prod", "dev"}',
  'sql.read_only; sql.read_only',
  'has target.labels.env; some s in sql.statements; target.labels.env != "x"; not s.has_where',
  'now > 5; not prod; now > 5',
  'every s in sql.statements { not s.verb in {"drop"} }',
  'not { "ci" in identity.groups; "ci" in identity.groups }',
);

const conditions = fc.array(fc.oneof(atom, several), { minLength: 1, maxLength: 3 });
const body = conditions.map((list) => `{ ${list.join('; ')} }`);
const exception = fc.option(
  fc.oneof(
    atom,
    atom.map((one) => `not (${one})`),
    fc.constant('"ci" not in identity.groups'),
  ),
  { nil: null },
);
const guard = fc
  .tuple(fc.option(fc.oneof(body, atom), { nil: null, freq: 5 }), exception)
  .map(([own, unless]) => `${own === null ? '' : ` if ${own}`}${unless === null ? '' : ` unless ${unless}`}`);

const rule = fc.oneof(
  fc.tuple(fc.nat(4), guard).map(([n, g]) => `allow a${n}${g}`),
  fc.tuple(fc.nat(4), guard).map(([n, g]) => `deny d${n} "no"${g}`),
  fc.tuple(fc.nat(2), guard).map(([n, g]) => `review r${n} "look" by {"dba"}${g}`),
  fc.tuple(fc.nat(2), guard).map(([n, g]) => `mask m${n} column "t.c" with redact${g}`),
);

const helpers = `
prod := true if target.labels.env == "prod"
odd := "yes" if target.labels.env == "dev"
x_is(value) := true if identity.claims.x == value
`;

export const mendable: fc.Arbitrary<string> = fc
  .tuple(fc.option(body, { nil: null }), fc.array(rule, { minLength: 1, maxLength: 8 }))
  .map(
    ([applies, rules]) =>
      `package p\n${applies === null ? '' : `applies if ${applies}\n`}${helpers}\n${rules.join('\n')}\n`,
  );
