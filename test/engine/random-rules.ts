/** Random rule sets and facts over the schema of `rule-set.ts`, for properties. */
import fc from 'fast-check';
import { Unknown, ValueSet, type Value, type ValueObject } from '../../src/values/value.js';

const verbs = ['select', 'insert', 'delete', 'drop'];
const verb = fc.constantFrom(...verbs).map((name) => JSON.stringify(name));
const names = fc.constantFrom('"orders"', '"events"', '"other"');

const atom: fc.Arbitrary<string> = fc.oneof(
  names.map((name) => `target.name == ${name}`),
  names.map((name) => `${name} != target.name`),
  fc.tuple(names, names).map(([a, b]) => `target.name in {${a}, ${b}}`),
  fc.constantFrom('"prod"', '"dev"').map((env) => `target.labels.env == ${env}`),
  fc.constantFrom('"ci"', '"ops"').map((group) => `${group} in identity.groups`),
  fc.constantFrom('"ci"', '"ops"').map((group) => `not ${group} in identity.groups`),
  fc.constantFrom(
    'sql.read_only',
    'has target.labels.env',
    'has sql.statements',
    'not sql.read_only',
    'h0',
    'h1',
    'h2',
  ),
  fc.constantFrom(
    'command.protocol == "postgres"',
    'identity.claims.x == 1',
    'has identity.claims.x',
    'now > 5',
  ),
  fc.constant('(target.labels.env ?? "none") == "none"'),
  fc.constantFrom(0, 1, 2).map((n) => `count(sql.statements) == ${n}`),
  fc.constant('count(identity.groups) < 2'),
  verb.map((v) => `count([s | some s in sql.statements; s.verb == ${v}]) > 0`),
  verb.map((v) => `${v} in {s.verb | some s in sql.statements}`),
  names.map((name) => `${name} in {t.name | some s in sql.statements; some t in s.tables}`),
  names.map((name) => `size(target.name) == "large" and target.name == ${name}`),
);

const every = verb.map((v) => `every s in sql.statements { s.verb == ${v} }`);

const condition: fc.Arbitrary<string> = fc.oneof(
  every,
  every.map((e) => `not { ${e} }`),
  { weight: 4, arbitrary: atom },
  fc.tuple(atom, fc.constantFrom('and', 'or'), atom).map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
  atom.map((a) => `not (${a})`),
  fc.tuple(atom, atom).map(([a, b]) => `not { ${a}; ${b} }`),
);

/** Literals that may stand in any order. */
export const conditions = fc.array(condition, { minLength: 1, maxLength: 4 });

const statementNeeds = fc.oneof(
  verb.map((v) => `s.verb == ${v}`),
  fc.tuple(verb, verb).map(([a, b]) => `s.verb in {${a}, ${b}}`),
  fc.constant('not s.has_where'),
  fc.constant('"write" in s.effects'),
  names.map((name) => `some t in s.tables; t.name == ${name}`),
);
const binding = fc
  .array(statementNeeds, { minLength: 1, maxLength: 1 })
  .map((needs) => ['some s in sql.statements', ...needs]);

export const body: fc.Arbitrary<string> = fc
  .tuple(conditions, fc.option(binding, { nil: [] }), fc.boolean())
  .map(([some, bound, first]) => `{ ${(first ? [...bound, ...some] : [...some, ...bound]).join('; ')} }`);

const guard = fc
  .tuple(body, fc.option(condition, { nil: null }))
  .map(([b, unless]) => `if ${b}${unless === null ? '' : ` unless ${unless}`}`);

export const denyRule = fc.tuple(fc.nat(5), guard).map(([n, g]) => `deny d${n} "no" ${g}`);
const rule: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.nat(5), guard).map(([n, g]) => `allow a${n} ${g}`) },
  { weight: 2, arbitrary: denyRule },
  fc.tuple(fc.nat(2), guard).map(([n, g]) => `review r${n} "look" by {"dba"} ${g}`),
  fc.tuple(fc.nat(2), guard).map(([n, g]) => `mask m${n} column "t.c" with redact ${g}`),
  fc.tuple(fc.nat(2), guard).map(([n, g]) => `limit l${n} rows ${n} ${g}`),
);

const helpers = fc
  .tuple(atom, atom, atom)
  .map((atoms) => atoms.map((a) => a.replaceAll(/\bh\d\b/g, 'sql.read_only')))
  .map(
    ([a, b, c]) =>
      `h0 if ${a}\nh1 if ${b}\nh1 if ${c}\ndefault h2 := false\nh2 := true if ${a} else := false if ${b}\n` +
      `size(x) := "large" if x in {"orders", "events"} else := "small"`,
  );

/** A package: helpers, perhaps a guard, rules. */
export const ruleSet: fc.Arbitrary<string> = fc
  .tuple(helpers, fc.option(body, { nil: null }), fc.array(rule, { minLength: 1, maxLength: 12 }))
  .map(
    ([h, applies, rules]) =>
      `package p\n${applies === null ? '' : `applies if ${applies}\n`}${h}\n${rules.join('\n')}`,
  );

const fromElsewhere = fc.constantFrom(
  'data.q.h0',
  'not data.q.h1',
  'data.q.h2 == true',
  'data.q.d0',
  'not data.q.d0',
  'count(data.q) > 4',
  'has data.q.h0',
  'data.q.size(target.name) == "large"',
);

/** Rules of the package `p` that read the package `q`; their reasons and reviewers come from what they bind. */
export const crossRule: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      ['allow x', ''],
      ['deny y $"{target.name} in {target.labels.env}"', ''],
      ['deny z $"{s.verb}"', 'some s in sql.statements; '],
      ['review v $"look, {g}" by {g}', 'some g in identity.groups; '],
      ['review w "look" by {"dba"} quorum 2 within 5m', ''],
      ['shadow deny s "no"', ''],
      ['shadow mask t column "t.c" with hash', 'some s in sql.statements; s.has_where; '],
      ['limit u seconds 5', 'every s in sql.statements { s.verb != "drop" }; '],
    ),
    fromElsewhere,
    condition,
  )
  .map(([[head, before], read, needs]) => `${head} if { ${before}${read}; ${needs} }`);

/** Two packages in three files: rules of `p`, rules of `p` that read `q`, and `q`. The second is given rule by rule. */
export const packages: fc.Arbitrary<readonly [p: string, cross: readonly string[], q: string]> = fc
  .tuple(ruleSet, fc.array(crossRule, { minLength: 2, maxLength: 8 }), ruleSet)
  .map(([p, cross, q]) => [p, cross, `${q.replace('package p', 'package q')}\ndeny d0 "no" if now > 5`]);

const table = fc.record({
  name: fc.constantFrom('orders', 'events', 'other'),
  access: fc.constantFrom('read', 'write'),
});
const statement = fc.record({
  verb: fc.constantFrom(...verbs),
  has_where: fc.boolean(),
  effects: fc.subarray(['read', 'write', 'schema']).map((effects) => ValueSet.of(effects)),
  tables: fc.array(table, { maxLength: 2 }),
});

export const facts: fc.Arbitrary<ValueObject> = fc.record({
  identity: fc.record({
    name: fc.constant('ci'),
    groups: fc.subarray(['ci', 'ops', 'dba']).map((groups) => ValueSet.of(groups)),
    claims: fc.constantFrom({}, { x: 1 }, { x: 'y' }),
  }),
  target: fc.record({
    name: fc.constantFrom('orders', 'events', 'other'),
    type: fc.constant('postgres'),
    labels: fc.constantFrom({}, { env: 'prod' }, { env: 'dev' }),
  }),
  command: fc.constant({ protocol: 'postgres' }),
  now: fc.constantFrom(1, 10),
  sql: fc.record({ read_only: fc.boolean(), statements: fc.array(statement, { maxLength: 3 }) }),
});

/**
 * The same facts with less known of them: parts replaced by what is unknown, members of collections hidden behind an
 * unknown member. `choose` says at each part whether to forget it.
 */
export function forget(value: Value, choose: () => boolean): Value {
  if (choose()) return new Unknown('forgotten');
  if (value instanceof ValueSet) return ValueSet.of(forgetMembers(value.items, choose));
  if (Array.isArray(value)) return forgetTail(value as readonly Value[], choose);
  if (typeof value !== 'object' || value === null || value instanceof Unknown) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, forget(member, choose)]));
}

function forgetMembers(members: readonly Value[], choose: () => boolean): Value[] {
  return members.map((member) => forget(member, choose));
}

/** An unknown member of an array stands for any number of members. */
function forgetTail(members: readonly Value[], choose: () => boolean): Value[] {
  const kept = forgetMembers(members, choose);
  if (!choose()) return kept;
  return [...kept.slice(0, Math.floor(kept.length / 2)), new Unknown('perhaps more')];
}
