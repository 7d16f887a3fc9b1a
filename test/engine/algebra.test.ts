import { describe, expect, test } from '@jest/globals';
import { CANNOT_BE_DECIDED, NO_RULE_ALLOWS_IT } from '../../src/engine/decision.js';
import type { Builtin } from '../../src/engine/builtins/define/builtin.js';
import { Unknown } from '../../src/values/value.js';
import { compile, factsOf, host } from './rule-set.js';

const notParsed = new Unknown('the statement does not parse');
const select = factsOf({ statements: [{ verb: 'select' }], labels: { env: 'prod' }, groups: ['ci'] });
const unknown = factsOf({ statements: notParsed, labels: { env: 'prod' }, groups: ['ci'] });

function decide(rules: string | readonly string[], facts = select) {
  const tags = { catalogue: { 't.c': ['pii'] } };
  return compile(
    [rules].flat().map((one) => `package p\n${one}`),
    tags,
  ).decide(facts);
}

const unknownCondition = 'if { some s in sql.statements; s.verb == "drop" }';

describe('how rules combine', () => {
  test('nothing fires: denied', () => {
    expect(decide('allow if target.name == "x"')).toMatchObject({
      effect: 'deny',
      rules: [],
      unknowns: [],
      reasons: [NO_RULE_ALLOWS_IT],
      revision: 'test',
    });
  });

  test('no rules at all: denied', () => {
    expect(decide('')).toMatchObject({ effect: 'deny', reasons: [NO_RULE_ALLOWS_IT] });
  });

  test('an allow fires', () => {
    expect(decide('allow\nallow reads "because" if sql.read_only')).toMatchObject({
      effect: 'allow',
      rules: [
        { id: 'p.allow', effect: 'allow', file: 'file0_test.rules', line: 2, reasons: [] },
        { id: 'p.reads', effect: 'allow', line: 3, reasons: ['because'] },
      ],
      reasons: ['because'],
    });
  });

  test('a deny beats an allow and a review, with all reasons in order of id', () => {
    const decision = decide(
      'allow\ndeny b "second"\ndeny a "first"\nreview r "look" by {"dba"}\nmask m column "t.c" with redact\nlimit l rows 5',
    );
    expect(decision).toMatchObject({
      effect: 'deny',
      reasons: ['first', 'second'],
      reviews: [],
      masks: [],
      limits: {},
    });
    expect(decision.rules.map(({ id }) => id)).toEqual(['p.a', 'p.allow', 'p.b', 'p.l', 'p.m', 'p.r']);
  });

  test('reviews that fire must all be met, within the shortest time', () => {
    const decision = decide(
      'review a "one" by {"dba"} quorum 2 within 30m\nreview b "two" by {"lead", "sec"} within 5m\nreview c "three" by ["ops"]',
    );
    expect(decision.effect).toBe('review');
    expect(decision.reviews).toEqual([
      { rule: 'p.a', reason: 'one', groups: ['dba'], quorum: 2, withinSeconds: 300 },
      { rule: 'p.b', reason: 'two', groups: ['lead', 'sec'], quorum: 1, withinSeconds: 300 },
      { rule: 'p.c', reason: 'three', groups: ['ops'], quorum: 1, withinSeconds: 300 },
    ]);
  });

  test('a review without a time has a quarter of an hour', () => {
    expect(decide('review a "one" by {"dba"}').reviews[0]?.withinSeconds).toBe(900);
  });

  test('groups may depend on the solution: each asks for its own', () => {
    const decision = decide('review a $"{g} looks" by {g} if some g in ["x", "y"]');
    expect(decision.reviews.map(({ groups, reason }) => [groups, reason])).toEqual([
      [['x'], 'x looks'],
      [['y'], 'y looks'],
    ]);
  });

  test.each(['{}', 'identity.claims.nobody', 'json.unmarshal("[1]")'].map((by) => by.replace('{}', 'set()')))(
    'a review by %s cannot be met, and is denied',
    (by) =>
      expect(decide(`review a "one" by ${by}`)).toMatchObject({ effect: 'deny', unknowns: [{ id: 'p.a' }] }),
  );

  test('masks and limits go with an allow; the smallest limit counts', () => {
    const decision = decide(
      'allow\nmask m column "t.c", tagged "pii" with partial(4)\nmask n pattern credit_card with replace("x")\nlimit a rows 10\nlimit b rows 5\nlimit c seconds 3',
    );
    expect(decision.masks).toEqual([
      {
        rule: 'p.m',
        selectors: [
          { by: 'column', value: 't.c' },
          { by: 'tagged', value: 'pii' },
        ],
        method: { kind: 'partial', keepLast: 4 },
      },
      {
        rule: 'p.n',
        selectors: [{ by: 'pattern', value: 'credit_card' }],
        method: { kind: 'replace', text: 'x' },
      },
    ]);
    expect(decision.limits).toEqual({ rows: 5, seconds: 3 });
  });

  test('masks go with a review too', () => {
    expect(decide('review r "look" by {"dba"}\nmask m column "t.c" with null').masks).toHaveLength(1);
  });
});

describe('what is unknown', () => {
  test.each([
    `deny d "no" ${unknownCondition}`,
    `review d "look" by {"dba"} ${unknownCondition}`,
    `mask d column "t.c" with redact ${unknownCondition}`,
    `limit d rows 5 ${unknownCondition}`,
  ])('denies: %s', (rule) => {
    expect(decide(`allow\n${rule}`, unknown)).toMatchObject({
      effect: 'deny',
      reasons: [CANNOT_BE_DECIDED],
      masks: [],
      unknowns: [{ id: 'p.d', line: 3, reason: 'the statement does not parse', fact: 'sql.statements' }],
    });
  });

  test('an allow that is unknown does not fire, and that is all', () => {
    expect(decide(`allow reads ${unknownCondition}\nallow`, unknown)).toMatchObject({
      effect: 'allow',
      unknowns: [],
    });
    expect(decide(`allow reads ${unknownCondition}`, unknown)).toMatchObject({
      effect: 'deny',
      reasons: [NO_RULE_ALLOWS_IT],
      unknowns: [],
      mightAllow: [{ id: 'p.reads', effect: 'allow', fact: 'sql.statements' }],
    });
  });

  test('an allow that is unknown is named where nothing settles the effect, and only there', () => {
    const open = `allow reads ${unknownCondition}`;
    expect(decide(`${open}\ndeny a "no"`, unknown)).not.toHaveProperty('mightAllow');
    expect(decide(`${open}\nallow`, unknown)).not.toHaveProperty('mightAllow');
    expect(decide(`${open}\nreview a "one" by {"dba"}`, unknown)).not.toHaveProperty('mightAllow');
    expect(decide(`${open}\ndeny a "perhaps" ${unknownCondition}`, unknown)).toMatchObject({
      unknowns: [{ id: 'p.a' }],
      mightAllow: [{ id: 'p.reads' }],
    });
  });

  test('comes before a deny that fired for certain', () => {
    const decision = decide(`deny a "no"\ndeny b "perhaps" ${unknownCondition}`, unknown);
    expect(decision).toMatchObject({ effect: 'deny', reasons: [CANNOT_BE_DECIDED], rules: [{ id: 'p.a' }] });
  });

  test('in one body of a rule that another body decides says nothing', () => {
    const decision = decide(`allow\ndeny a "no"\ndeny a "no" ${unknownCondition}`, unknown);
    expect(decision).toMatchObject({ effect: 'deny', reasons: ['no'], unknowns: [] });
  });

  test('in a guard that is false anyway says nothing', () => {
    const guarded = `applies if target.name == "elsewhere"\ndeny a "no" ${unknownCondition}`;
    expect(decide(['allow', guarded], unknown)).toMatchObject({ effect: 'allow', unknowns: [] });
  });

  test('in a guard makes its rules unknown', () => {
    const guarded = 'applies if sql.read_only\ndeny a "no"';
    expect(decide(['allow', guarded], unknown)).toMatchObject({
      effect: 'deny',
      unknowns: [{ id: 'p.a', fact: 'sql.read_only' }],
    });
  });

  test('in `unless` makes the rule unknown', () => {
    expect(decide('allow\ndeny a "no" unless sql.read_only', unknown)).toMatchObject({
      effect: 'deny',
      unknowns: [{ id: 'p.a' }],
    });
  });

  test('a fact that the schema promises and that is missing', () => {
    const rest = Object.fromEntries(Object.entries(select).filter(([root]) => root !== 'sql'));
    const decision = decide('allow\ndeny a "no" if not sql.read_only', rest);
    expect(decision.unknowns).toMatchObject([{ id: 'p.a', fact: 'sql' }]);
  });

  test('facts of another protocol are absent, not unknown', () => {
    expect(decide('allow\ndeny a "no" if http.method == "POST"')).toMatchObject({ effect: 'allow' });
  });
});

describe('clauses', () => {
  test('unless sees what the body binds', () => {
    const rule = 'allow\ndeny a $"{x} is bad" if some x in ["a", "b", "c"] unless x in {"a", "c"}';
    expect(decide(rule).reasons).toEqual(['b is bad']);
  });

  test('applies guards every decision rule of its file, and no other file', () => {
    const decision = decide([
      'applies if target.name == "elsewhere"\nallow inside\nhelper if true',
      'allow outside if helper',
    ]);
    expect(decision.rules.map(({ id }) => id)).toEqual(['p.outside']);
  });

  test('shadow rules take no part, and are shown', () => {
    const decision = decide(
      `allow\nshadow deny s "would be denied"\nshadow deny u "perhaps" ${unknownCondition}`,
      unknown,
    );
    expect(decision).toMatchObject({ effect: 'allow', unknowns: [] });
    expect(decision.shadows.map(({ id }) => id)).toEqual(['p.s', 'p.u']);
  });

  test('a decision rule is a document that is true where it fired', () => {
    const policy = compile('package p\nallow if not drop\ndeny drop "no" if target.name == "x"');
    expect(policy.decide(select).effect).toBe('allow');
    expect(policy.query(['p', 'allow'], select)).toBe(true);
    expect(policy.query(['p', 'drop'], select)).toBeUndefined();
  });

  test('each solution gives a reason, at most eight, each once', () => {
    const many = 'deny a $"no {x}" if some x in numbers.range(1, 20)';
    expect(decide(many).reasons).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `no ${n}`));
    expect(decide('deny a $"no {x}" if { some x in [1, 1]; some _ in [1, 2] }').reasons).toEqual(['no 1']);
  });

  test('a reason over what is absent or unknown still is a reason', () => {
    expect(decide('deny a $"{identity.claims.x} of {sql.statements}"', unknown).reasons).toEqual([
      '<undefined> of <unknown>',
    ]);
  });
});

describe('evaluation always ends', () => {
  const slow = 'some x in numbers.range(1, 1000); some y in numbers.range(1, 1000); x + y < 0';

  test('a rule that runs out of steps is unknown', () => {
    const policy = compile(
      `package p\nallow\ndeny slow "no" if { ${slow} }`,
      {},
      { ...host, budget: 10_000 },
    );
    expect(policy.decide(select)).toMatchObject({
      effect: 'deny',
      unknowns: [{ id: 'p.slow', reason: 'the step budget is spent', fact: null }],
    });
  });

  test('a shadow rule cannot use up the steps of the others', () => {
    const policy = compile(
      `package p\nallow\nshadow deny a "no" if { ${slow} }`,
      {},
      { ...host, budget: 10_000 },
    );
    expect(policy.decide(select)).toMatchObject({ effect: 'allow', shadows: [{ id: 'p.a' }] });
  });

  test('what fired before the steps ran out has fired', () => {
    const policy = compile(
      `package p\ndeny a $"no {z}" if { some z in [1, 2]; z == 1 or { x | ${slow} } != set() }`,
      {},
      { ...host, budget: 10_000 },
    );
    expect(policy.decide(select)).toMatchObject({ effect: 'deny', unknowns: [], reasons: ['no 1'] });
  });

  test('who must agree is not known where the steps ran out before all were found', () => {
    const rule = `review r $"{z}" by {z} if { some z in ["x", "y"]; z == "x" or { x | ${slow} } == set() }`;
    const policy = compile(`package p\nallow\n${rule}`, {}, { ...host, budget: 10_000 });
    expect(policy.decide(select)).toMatchObject({
      effect: 'deny',
      unknowns: [{ id: 'p.r', reason: 'the step budget is spent' }],
    });
  });

  test('a long chain of rules is unknown, not an error', () => {
    const chain = Array.from({ length: 2000 }, (_, i) => `r${i} if r${i + 1}`).join('\n');
    const policy = compile(`package p\nallow\n${chain}\nr2000 if target.name == "orders"\ndeny a "no" if r0`);
    expect(policy.decide(select)).toMatchObject({
      effect: 'deny',
      unknowns: [{ reason: 'rules are nested too deeply' }],
    });
  });

  test('an error of ours denies, whatever else fired', () => {
    const broken: Builtin = {
      name: 'broken',
      parameters: [],
      result: { kind: 'boolean' },
      doc: '',
      call: () => {
        throw new TypeError('a bug');
      },
    };
    const policy = compile('package p\nallow\nallow other if broken()', {}, { ...host, builtins: [broken] });
    expect(policy.decide(select)).toMatchObject({
      effect: 'deny',
      unknowns: [{ id: 'p.other', reason: 'the evaluation failed' }],
    });
  });
});
