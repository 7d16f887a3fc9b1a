/**
 * Random rule sets in which everything that is asked of a claim or a label is a contrast (`!=`, an order, a
 * count), wherever it stands: in helpers, functions, sets, comprehensions, defaults, behind `else` and under any number of `not`. What says of itself
 * what absent means (a positive comparison that denies, a `not` written over a claim in an allow) is left out.
 */
import fc from 'fast-check';

/** Which way round a condition is asked: whether it makes the rule hold, or keeps it from holding. */
type Way = 'makes' | 'breaks';

/** A condition, and the rules that it reads. */
interface Text {
  readonly asked: string;
  readonly rules: readonly string[];
}

export const claimNames = ['region', 'level', 'roles'] as const;

const contrasts: readonly string[] = [
  '@.region != "eu"',
  '"eu" != @.region',
  '@.level > 3',
  '@.level <= 1',
  'count(@.roles) > 1',
  'lower(@.region) != "eu"',
  '(@.region == "eu") == false',
  'startswith(@.region, "e") != true',
  '@.level - 1 > 2',
  '[@.region] != ["eu"]',
  'target.labels.env != "dev"',
  'startswith(target.labels.env, "d") != true',
];
const positives: readonly string[] = [
  '@.region == "us"',
  '"admin" in @.roles',
  '@.region in {"us", "uk"}',
  'target.labels.env == "prod"',
];
/** What holds where the claim is not there. */
const closed: readonly string[] = [
  'not @.region == "eu"',
  '@.region not in {"eu"}',
  'not "admin" in @.roles',
  'not @.level <= 3',
  'not target.labels.env == "dev"',
];

const other = fc.constantFrom(
  'sql.read_only',
  '"ci" in identity.groups',
  'target.name == "orders"',
  'now > 3',
);

const turned = (way: Way): Way => (way === 'makes' ? 'breaks' : 'makes');

let names = 0;

/** A condition of a rule that denies or lets in, made once; `claims` is how the claims are written where it stands. */
function condition(denies: boolean, way: Way, claims: string, depth: number): fc.Arbitrary<Text> {
  const key = [denies, way, claims, depth].join(' ');
  let known = conditions.get(key);
  if (known === undefined) conditions.set(key, (known = newCondition(denies, way, claims, depth)));
  return known;
}

const conditions = new Map<string, fc.Arbitrary<Text>>();

function newCondition(denies: boolean, way: Way, claims: string, depth: number): fc.Arbitrary<Text> {
  // What makes a denial hold and is not there is a stated exception where it is positive.
  const spoken = denies === (way === 'makes');
  const atom = fc
    .constantFrom(...contrasts, ...(spoken ? [...closed, ...closed] : positives))
    .map((text): Text => ({ asked: text.replaceAll('@', claims), rules: [] }));
  if (depth === 0) return atom;
  const inner = (next: Way = way, at = claims) => condition(denies, next, at, depth - 1);
  const wrap = (
    made: fc.Arbitrary<Text>,
    by: (text: string, name: string) => readonly [string, ...string[]],
  ) =>
    made.map((text): Text => {
      const [asked, ...rules] = by(text.asked, `n${names++}`);
      return { asked, rules: [...text.rules, ...rules] };
    });
  // A rule of its own, which cannot see the parameters of a function.
  const apart = (next: Way = way) => inner(next, 'identity.claims');
  const keeps = [
    wrap(apart(), (text, name) => [name, `${name} if { ${text} }`]),
    wrap(apart(), (text, name) => [`${name} == true`, `default ${name} := false\n${name} if { ${text} }`]),
    wrap(apart(), (text, name) => [`1 in ${name}`, `${name} contains 1 if { ${text} }`]),
    wrap(apart(), (text, name) => [`count(${name}) > 0`, `${name} contains 1 if { ${text} }`]),
    wrap(apart(), (text, name) => [`has ${name}.k`, `${name}["k"] := 1 if { ${text} }`]),
    wrap(apart(), (text, name) => [`${name} != set()`, `${name} contains 1 if { ${text} }`]),
    wrap(inner(way, 'c'), (text, name) => [`${name}(${claims})`, `${name}(c) if { ${text} }`]),
    wrap(inner(way, 'i.claims'), (text, name) => [`${name}(identity)`, `${name}(i) if { ${text} }`]),
    wrap(inner(way, 'c'), (text, name) => [
      `${name}(${claims}) == "yes"`,
      `${name}(c) := "yes" if { ${text} } else := "no"`,
    ]),
    wrap(inner(), (text) => [`count([1 | ${text}]) > 0`]),
    wrap(inner(), (text) => [`1 in {1 | ${text}}`]),
    wrap(apart(), (text, name) => [name, `${name} if { every i in [1] { i == 1; ${text} } }`]),
    wrap(inner(), (text) => [`count([1 | every i in [1] { i == 1; ${text} }]) > 0`]),
    wrap(inner(), (text) => [`(${text}) == true`]),
    fc.tuple(inner(), fc.constantFrom('and', 'or'), other).map(([text, operator, second]): Text => ({
      asked: `((${text.asked}) ${operator} ${second})`,
      rules: text.rules,
    })),
    fc.tuple(inner(), fc.constantFrom('and', 'or'), inner()).map(([one, operator, two]): Text => ({
      asked: `((${one.asked}) ${operator} (${two.asked}))`,
      rules: [...one.rules, ...two.rules],
    })),
  ];
  const turns = [
    wrap(apart(turned(way)), (text, name) => [
      name,
      `default ${name} := true\n${name} := false if { ${text} }`,
    ]),
    wrap(apart(turned(way)), (text, name) => [name, `${name} := false if { ${text} } else := true`]),
    wrap(apart(turned(way)), (text, name) => [`${name} == set()`, `${name} contains 1 if { ${text} }`]),
    wrap(apart(turned(way)), (text, name) => [`count(${name}) == 0`, `${name} contains 1 if { ${text} }`]),
    wrap(apart(turned(way)), (text, name) => [
      `${name} == false`,
      `default ${name} := false\n${name} if { ${text} }`,
    ]),
    wrap(inner(turned(way), 'c'), (text, name) => [
      `${name}(${claims}) == "no"`,
      `${name}(c) := "yes" if { ${text} } else := "no"`,
    ]),
    wrap(inner(turned(way)), (text) => [`count([1 | ${text}]) == 0`]),
    wrap(inner(turned(way)), (text) => [`[1 | ${text}] == []`]),
    wrap(inner(turned(way)), (text) => [`count({1 | ${text}}) < 1`]),
    denies
      ? wrap(inner(turned(way)), (text) => [`not { ${text} }`])
      : wrap(apart(turned(way)), (text, name) => [`not ${name}`, `${name} if { ${text} }`]),
    wrap(inner(turned(way), 'c'), (text, name) => [`not ${name}(${claims})`, `${name}(c) if { ${text} }`]),
  ];
  return fc.oneof({ weight: 2, arbitrary: atom }, ...keeps, ...turns);
}

function rule(head: string, denies: boolean): fc.Arbitrary<Text> {
  const body = fc.nat(3).chain((depth) => condition(denies, 'makes', 'identity.claims', depth));
  const unless = fc.nat(2).chain((depth) => condition(denies, 'breaks', 'identity.claims', depth));
  return fc
    .tuple(other, body, fc.option(unless, { nil: null, freq: 4 }))
    .map(([before, asked, except]): Text => ({
      asked: `${head} if { ${before}; ${asked.asked} }${except === null ? '' : ` unless { ${except.asked} }`}`,
      rules: [...asked.rules, ...(except?.rules ?? [])],
    }));
}

/** A package: an allow of everything or of something, and rules that deny. */
export const openRules: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(fc.constant<Text>({ asked: 'allow everything', rules: [] }), rule('allow part', false)),
    fc.array(rule('deny D "no"', true), { maxLength: 2 }),
  )
  .map(([allowed, denied]) => {
    const rules = [allowed, ...denied];
    const written = rules.map(({ asked }, i) => asked.replace(' D ', ` d${i} `));
    return ['package p', ...rules.flatMap((one) => one.rules), ...written].join('\n');
  });

const ofDocuments: readonly string[] = [
  'identity.name in data.people',
  'identity.name not in data.people',
  '{ some one in data.people; one == identity.name }',
  '{ every one in data.people { one != identity.name } }',
  'count(data.people) > 1',
  'count([one | some one in data.people; one == "eve"]) == 0',
  'data.limit > 3',
  'data.limit != 5',
  'data.levels[identity.name] == 2',
  'data.levels.ann != 1',
  'object.get(data.levels, "ann", 0) < 2',
  'has data.levels.ann',
  '(data.limit ?? 9) > 3',
];

/** A condition over documents and other facts, and the rules that it reads. */
const overDocuments: fc.Arbitrary<Text> = fc.letrec<{ whole: Text }>((tie) => {
  const atom = (texts: fc.Arbitrary<string>) => texts.map((asked): Text => ({ asked, rules: [] }));
  const named = (made: fc.Arbitrary<Text>, by: (name: string, text: string) => string, not = '') =>
    made.map(({ asked, rules }): Text => {
      const name = `n${names++}`;
      return { asked: `${not}${name}`, rules: [...rules, by(name, asked.replace(/^\{(.*)\}$/, '$1'))] };
    });
  const joined = fc
    .tuple(tie('whole'), fc.constantFrom('and', 'or'), tie('whole'))
    .filter(([one, , two]) => !one.asked.includes('{') && !two.asked.includes('{'))
    .map(([one, operator, two]): Text => ({
      asked: `((${one.asked}) ${operator} (${two.asked}))`,
      rules: [...one.rules, ...two.rules],
    }));
  return {
    whole: fc.oneof(
      { maxDepth: 3 },
      atom(fc.constantFrom(...ofDocuments)),
      atom(other),
      joined,
      named(tie('whole'), (name, text) => `${name} if { ${text} }`),
      named(tie('whole'), (name, text) => `${name} if { ${text} }`, 'not '),
      named(tie('whole'), (name, text) => `default ${name} := false\n${name} if { ${text} }`),
      named(tie('whole'), (name, text) => `${name} := false if { ${text} } else := true`),
    ),
  };
}).whole;

/** A package that allows what asks documents for something. */
export const documentRules: fc.Arbitrary<string> = overDocuments.map(({ asked, rules }) =>
  ['package p', ...rules, `allow some_of_it if { ${asked.replace(/^\{(.*)\}$/, '$1')} }`].join('\n'),
);
