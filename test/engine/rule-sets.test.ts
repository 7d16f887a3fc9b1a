/** Properties of rule sets as a whole: order, recursion, conflicts. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Module } from '../../grammar/ast.js';
import { decideIn, newContext } from '../../src/engine/compile/compile.js';
import { readDataPath } from '../../src/engine/compile/document.js';
import type { Decision } from '../../src/engine/decision.js';
import { Unknown, type ValueObject } from '../../src/values/value.js';
import { facts, packages } from './random-rules.js';
import { assembleRandom, diagnose, factsOf, parse } from './rule-set.js';

function decide(modules: readonly Module[], given: ValueObject): Decision {
  const runnable = assembleRandom(modules);
  return decideIn(runnable, newContext(runnable, given));
}

describe('order never matters', () => {
  test('of files: not to a word of the decision', () => {
    fc.assert(
      fc.property(packages, facts, fc.nat(5), ([p, cross, q], given, turn) => {
        const texts = [
          p,
          `package p\n${cross.slice(0, 2).join('\n')}`,
          `package p\n${cross.slice(2).join('\n')}`,
          q,
        ];
        const modules = texts.map((text, i) => parse(text, `${i}.rules`));
        const turned = [...modules.slice(turn % 4), ...modules.slice(0, turn % 4)].reverse();
        expect(decide(turned, given)).toEqual(decide(modules, given));
      }),
      { numRuns: 100 },
    );
  });

  test('of rules in a file: not to the decision', () => {
    fc.assert(
      fc.property(packages, facts, ([p, cross, q], given) => {
        const outcome = (rules: readonly string[]) => {
          const modules = [p, `package p\n${rules.join('\n')}`, q].map((text, i) =>
            parse(text, `${i}.rules`),
          );
          return withoutPlaces(decide(modules, given));
        };
        expect(outcome([...cross].reverse())).toEqual(outcome(cross));
      }),
      { numRuns: 100 },
    );
  });
});

test('running out of steps never opens the gate: the decision stays, or is deny', () => {
  let cut = 0;
  fc.assert(
    fc.property(packages, facts, fc.nat(400), ([p, cross, q], given, budget) => {
      const modules = [p, `package p\n${cross.join('\n')}`, q].map((text, i) => parse(text, `${i}.rules`));
      const runnable = assembleRandom(modules);
      const short = { ...runnable, host: { ...runnable.host, budget } };
      const whole = decideIn(runnable, newContext(runnable, given));
      const less = decideIn(short, newContext(short, given));
      if (less.effect === 'deny') {
        if (less.unknowns.some(({ reason }) => reason === 'the step budget is spent')) cut++;
        return;
      }
      const { effect, reviews, masks, limits } = whole;
      expect(less).toMatchObject({ effect, reviews, masks, limits });
    }),
    { numRuns: 200 },
  );
  expect(cut).toBeGreaterThan(10);
});

/** Lines follow the text, and so does the order of the reasons of one rule. */
function withoutPlaces(decision: Decision): unknown {
  const place = ({ reasons, ...rule }: Decision['rules'][number]) => ({
    ...rule,
    line: 0,
    reasons: [...reasons].sort(),
  });
  return {
    ...decision,
    rules: decision.rules.map(place),
    shadows: decision.shadows.map(place),
    reasons: [...decision.reasons].sort(),
  };
}

/** Which of eight rules reads which, and whether by its name or as part of its package. */
const reading = fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.nat(3)), { minLength: 1, maxLength: 12 });

/** Four packages of two rules each. */
const packageOf = (rule: number): number => rule % 4;

test('recursion is refused, in a package and across packages, and nothing else is', () => {
  let recursive = 0;
  fc.assert(
    fc.property(reading, (edges) => {
      const texts = [0, 1, 2, 3].map((p) => {
        const rules = [p, p + 4].map((rule) => `r${rule} if ${bodyOf(rule, edges)}`);
        return `package p${p}\n${rules.join('\n')}`;
      });
      const refused = diagnose(texts).some(({ code }) => code === 'recursion');
      expect(refused).toBe(isRecursive(edges));
      if (refused) recursive++;
    }),
    { numRuns: 300 },
  );
  expect(recursive).toBeGreaterThan(50);
  expect(recursive).toBeLessThan(250);
});

type Edges = readonly (readonly [from: number, to: number, how: number])[];

function bodyOf(rule: number, edges: Edges): string {
  const conditions = edges
    .filter(([from]) => from === rule)
    .map(([, to, how]) => (how === 0 ? `data.p${packageOf(to)} != {}` : `data.p${packageOf(to)}.r${to}`));
  return `{ ${['now > 1', ...conditions].join('; ')} }`;
}

/** By what each rule can reach. */
function isRecursive(edges: Edges): boolean {
  const reads = (rule: number) =>
    edges
      .filter(([from]) => from === rule)
      .flatMap(([, to, how]) => (how === 0 ? [packageOf(to), packageOf(to) + 4] : [to]));
  const reached = (start: number): Set<number> => {
    const seen = new Set<number>();
    const open = reads(start);
    for (let rule = open.pop(); rule !== undefined; rule = open.pop()) {
      if (seen.has(rule)) continue;
      seen.add(rule);
      open.push(...reads(rule));
    }
    return seen;
  };
  return [0, 1, 2, 3, 4, 5, 6, 7].some((rule) => reached(rule).has(rule));
}

/** Which value, under which condition. */
const clauses = fc.array(fc.tuple(fc.nat(2), fc.constantFrom('1', '2', '"1"')), {
  minLength: 1,
  maxLength: 5,
});

/** What holds, what does not hold, and what is not known. */
const conditions = ['sql.read_only', 'not sql.read_only', 'count(identity.name) > 0'];

test('a rule with two values at once is unknown, with one it has it, with none it is absent', () => {
  const whole = factsOf({});
  const given = { ...whole, identity: { groups: [], claims: {}, name: new Unknown('forgotten') } };
  fc.assert(
    fc.property(clauses, (all) => {
      const rules = all.map(([when, value]) => `v := ${value} if ${conditions[when]!}`);
      const runnable = assembleRandom(`package p\n${rules.join('\n')}`);
      const { compiler, program } = runnable;
      const value = readDataPath(compiler, program.documents, ['p', 'v'], newContext(runnable, given));
      const values = (when: number) => all.filter(([one]) => one === when).map(([, text]) => text);
      const possible = new Set([...values(0), ...values(2)]);
      if (possible.size === 0) expect(value).toBeUndefined();
      else if (possible.size > 1 || values(0).length === 0) expect(value).toBeInstanceOf(Unknown);
      else expect(JSON.stringify(value)).toBe(values(0)[0]);
    }),
    { numRuns: 200 },
  );
});
