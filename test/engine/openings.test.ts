/**
 * A random search for openings: rule sets that check accepts, decided over facts with holes. The reference fills the
 * holes in every way that it can think of: what is absent may be anything, what is unknown may be anything, and so may
 * what is of another type than the rule asks for. Where a deny would fire for one of the fillings and says nothing of the
 * hole, the gate may not be open over it.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Facts } from '../../src/engine/policy.js';
import { Unknown, ValueSet, type Value, type ValueObject } from '../../src/values/value.js';
import { claimNames, documentRules, openRules } from './random-openings.js';
import { host, parse } from './rule-set.js';

/** More by hand: `OPENINGS_RUNS=100000`. */
const runs = Number(process.env['OPENINGS_RUNS'] ?? 500);

const names = ['region', 'level', 'roles'] as const;
type Claim = (typeof names)[number];

/** What a claim is when it is what the rules think of. */
const thought: Readonly<Record<Claim, readonly Value[]>> = {
  region: ['eu', 'us'],
  level: [1, 5],
  roles: [['admin'], ['admin', 'guest'], ['guest'], []],
};
/** What it may be instead. */
const odd: readonly Value[] = ['', 'true', 7, true, null, ['eu'], ['us', 1], { name: 'eu' }, [['admin']]];

/**
 * What may rest on a claim that is not there, because its author says so: positive claims, which are about those that have
 * it; `has`, `??` and `not`.
 */
const silent = [
  'identity.claims.region == "us"',
  '"guest" in identity.claims.roles',
  'identity.claims.region in {"us"}',
  '{ some r in identity.claims.roles; r == "guest" }',
  '{ has identity.claims.region; identity.claims.region != "eu" }',
  '{ has identity.claims.level; identity.claims.level > 3 }',
];

/** What says something of a claim in such a way that check has to refuse it where it may be absent. */
const contrasting = [
  'identity.claims.region != "eu"',
  'identity.claims.level > 3',
  'identity.claims.level <= 1',
  'count(identity.claims.roles) > 1',
  'identity.claims.region != identity.name',
  '{ x := identity.claims.region; x != "eu" }',
  '{ every r in identity.claims.roles { r == "guest" } }',
  'outside',
  'region != "eu"',
  'elsewhere(identity.claims.region)',
];

/** What holds where the claim is not there. */
const closed = [
  'not identity.claims.region == "eu"',
  'identity.claims.region not in {"eu"}',
  'not "admin" in identity.claims.roles',
  '(identity.claims.region ?? "none") != "eu"',
  '(identity.claims.level ?? 9) > 3',
  'not { some r in identity.claims.roles; r == "admin" }',
  'not identity.claims.level <= 3',
];

const helpers = `
outside if identity.claims.region != "eu"
region := identity.claims.region
elsewhere(place) if place != "eu"
`;

interface Denial {
  readonly before: string;
  /** One condition, or two that are joined. */
  readonly parts: readonly string[];
  readonly operator: string;
  readonly unless: string;
}

const all = [...silent, ...contrasting, ...closed];
const single = fc.constantFrom(...all).map((part) => [part]);
const pair = fc.array(fc.constantFrom(...all.filter((part) => !part.includes('{'))), {
  minLength: 2,
  maxLength: 2,
});
const deny: fc.Arbitrary<Denial> = fc.record({
  before: fc.constantFrom('', 'sql.read_only', 'target.name == "orders"', '"ci" in identity.groups'),
  parts: fc.oneof(single, pair),
  operator: fc.constantFrom('and', 'or'),
  unless: fc.constantFrom('', '', 'identity.claims.region == "us"', '"admin" in identity.claims.roles'),
});

function textOf({ before, parts, operator, unless }: Denial, name: string): string {
  const [only = ''] = parts;
  const asked =
    parts.length === 1
      ? only.replace(/^\{(.*)\}$/, '$1')
      : parts.map((part) => `(${part})`).join(` ${operator} `);
  const body = [before, asked].filter((part) => part !== '').join('; ');
  return `deny ${name} "no" if { ${body} }${unless === '' ? '' : ` unless ${unless}`}`;
}

function ruleSet(denials: readonly Denial[]): string {
  const denied = denials.map((denial, i) => textOf(denial, `d${i}`)).join('\n');
  return `package p\n${helpers}\nallow everything\n${denied}\n`;
}

type Hole = 'absent' | 'unknown' | 'odd' | 'known';
const hole: fc.Arbitrary<Hole> = fc.constantFrom('absent', 'unknown', 'odd', 'known');
const claims = fc.tuple(
  ...names.map((name) =>
    fc.tuple(fc.constant(name), hole, fc.constantFrom(...thought[name]), fc.constantFrom(...odd)),
  ),
);

function factsOf(given: ValueObject, labels: ValueObject = {}): Facts {
  return {
    identity: { name: 'ann', groups: ValueSet.of(['ci']), claims: given },
    target: { name: 'orders', type: 'postgres', labels },
    command: { protocol: 'postgres' },
    now: 5,
    sql: { read_only: true, statements: [] },
  };
}

function compiled(rules: string, data: ValueObject = {}) {
  return compilePolicy({ modules: [parse(rules)], data, revision: 'r' }, host);
}

/** Every way to fill the holes with what the rules think of. */
function fillings(given: ValueObject, holes: readonly Claim[]): readonly ValueObject[] {
  return holes.reduce<readonly ValueObject[]>(
    (all, name) => all.flatMap((one) => thought[name].map((value) => ({ ...one, [name]: value }))),
    [given],
  );
}

test('no denial that check accepts is lost over a hole, but for those that say so', () => {
  let refused = 0;
  let searched = 0;
  fc.assert(
    fc.property(fc.array(deny, { minLength: 1, maxLength: 3 }), claims, (denials, drawn) => {
      const { policy, diagnostics } = compiled(ruleSet(denials));
      const contrasts = denials.some(({ parts }) => parts.some((part) => contrasting.includes(part)));
      // What rests on an absent claim without a word is refused, and nothing else for that; a few contradict themselves.
      if (diagnostics.some(({ code }) => code === 'absent-comparison')) expect(contrasts).toBe(true);
      refused += policy === null && contrasts ? 1 : 0;
      if (policy === null) return;
      const given: Record<string, Value> = {};
      const holes: Claim[] = [];
      for (const [name, kind, known, strange] of drawn) {
        if (kind === 'known') given[name] = known;
        if (kind === 'unknown') given[name] = new Unknown('not established');
        if (kind === 'odd') given[name] = strange;
        if (kind !== 'known') holes.push(name);
      }
      if (policy.decide(factsOf(given)).effect !== 'allow') return;
      searched++;
      for (const [i, denial] of denials.entries()) {
        const open = holes.filter((name) => !isExcused(denial, name, given));
        const alone = compiled(ruleSet([denial])).policy!;
        const lost = fillings(given, open).filter(
          (filled) => alone.decide(factsOf(filled)).effect === 'deny',
        );
        if (lost.length > 0)
          throw new Error(`${textOf(denial, `d${i}`)} is lost: ${Object.keys(given).join(', ')}`);
      }
    }),
    // Most of what is drawn is refused, or denies: it takes many for a search.
    { numRuns: runs * 4 },
  );
  expect(refused).toBeGreaterThan(runs / 2);
  expect(searched).toBeGreaterThan(runs / 25);
});

/** What a claim or a label is when it is what the rules think of. */
const valuesOf = { region: ['eu', 'us'], level: [1, 5], roles: thought.roles, env: ['dev', 'prod'] } as const;
/** Claims of another form than any that the rules can make something of. */
const misfits = {
  region: [['eu'], { name: 'eu' }, ['us', 1]],
  level: ['5', [5], true, {}],
  roles: [5, true, 'admin'],
} as const;
type Given<T> = { readonly hole: 'absent' | 'none' | 'misfit'; readonly value: T | null };

function given<T>(known: readonly T[], wrong: readonly T[] = []): fc.Arbitrary<Given<T>> {
  return fc.oneof(
    fc.constantFrom(...known).map((value) => ({ hole: 'none' as const, value })),
    fc.constant({ hole: 'absent' as const, value: null }),
    ...(wrong.length === 0
      ? []
      : [fc.constantFrom(...wrong).map((value) => ({ hole: 'misfit' as const, value }))]),
  );
}

const holed = fc.record({
  region: given<Value>(valuesOf.region, misfits.region),
  level: given<Value>(valuesOf.level, misfits.level),
  roles: given<Value>(valuesOf.roles, misfits.roles),
  env: given<Value>(valuesOf.env),
});
type Holed = typeof holed extends fc.Arbitrary<infer T> ? T : never;

/** The facts with their holes, and the same where every hole could be anything. */
function bothOf({ env, ...all }: Holed): readonly [Facts, Facts] {
  const claims: Record<string, Value> = {};
  const anything: Record<string, Value> = {};
  for (const name of claimNames) {
    const { hole, value } = all[name];
    if (value !== null) claims[name] = value;
    anything[name] = hole === 'none' ? value : new Unknown('could be anything');
  }
  const label = env.value ?? new Unknown('could be anything');
  return [factsOf(claims, env.value === null ? {} : { env: env.value }), factsOf(anything, { env: label })];
}

test('whatever stands around a contrast: what check accepts is not open over a hole that could be anything', () => {
  let accepted = 0;
  let allowed = 0;
  fc.assert(
    fc.property(openRules, fc.array(holed, { minLength: 4, maxLength: 8 }), (rules, all) => {
      const { policy } = compiled(rules);
      if (policy === null) return;
      accepted++;
      // The count of a text is how long it is, and no hole.
      const counts = rules.includes('count(identity.claims') || /count\((?:c|i\.claims)\.roles\)/.test(rules);
      for (const one of all) {
        if (counts && one.roles.value === 'admin') continue;
        const [facts, reference] = bothOf(one);
        if (policy.decide(facts).effect !== 'allow') continue;
        allowed++;
        if (policy.decide(reference).effect !== 'allow') throw new Error(`open over ${JSON.stringify(one)}`);
      }
    }),
    { numRuns: runs },
  );
  expect(accepted).toBeGreaterThan(runs / 20);
  expect(allowed).toBeGreaterThan(runs / 20);
});

test('what allows without a document allows whatever the document says, but for `has` and `??`', () => {
  let allowed = 0;
  const fillings: readonly ValueObject[] = [[], ['ann'], ['eve', 'bob']].flatMap((people) =>
    [1, 5].flatMap((limit) => [{}, { ann: 1 }, { ann: 2 }].map((levels) => ({ people, limit, levels }))),
  );
  fc.assert(
    fc.property(documentRules, (rules) => {
      if (!rules.includes('data.') || /has data|\?\?/.test(rules)) return;
      const { policy } = compiled(rules);
      if (policy?.decide(factsOf({})).effect !== 'allow') return;
      allowed++;
      for (const data of fillings) {
        const filled = compiled(rules, data).policy;
        if (filled !== null && filled.decide(factsOf({})).effect !== 'allow')
          throw new Error(`open without ${JSON.stringify(data)}`);
      }
    }),
    { numRuns: runs * 4 },
  );
  expect(allowed).toBeGreaterThan(runs / 40);
});

/**
 * The exceptions. A positive claim, one after `has` and an exception are about those that have the claim; and what can be
 * compared and comes out otherwise is no hole: `7 == "us"` is false, so is `"guest"` among the values of an object, and the
 * count of a text is how long it is.
 */
function isExcused({ parts, unless }: Denial, name: Claim, given: ValueObject): boolean {
  const value = given[name];
  const reads = (part: string) => part.includes(`claims.${name}`);
  if (![...parts, unless].some(reads)) return true;
  if (value instanceof Unknown) return false;
  if (value === undefined) return parts.some((part) => reads(part) && silent.includes(part));
  const scalar = value === null || typeof value !== 'object';
  if (typeof value === 'string' && parts.some((part) => reads(part) && part.includes('count('))) return true;
  return name === 'region' ? scalar : name === 'level' ? typeof value === 'number' : !scalar;
}
