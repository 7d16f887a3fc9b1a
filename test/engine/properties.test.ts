import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePolicy, decideIn, newContext, prepare } from '../../src/engine/compile.js';
import type { Decision } from '../../src/engine/decision.js';
import type { Policy } from '../../src/engine/policy.js';
import type { Value } from '../../src/engine/value.js';
import { compile, host, parse } from './rule-set.js';
import { conditions, denyRule, facts, forget, ruleSet } from './random-rules.js';

const runs = { numRuns: 200 };

/** What a client would notice. */
function outcome({ effect, rules, unknowns, masks, limits, reviews }: Decision): unknown {
  return { effect, rules, unknowns: unknowns.map(({ id }) => id), masks, limits, reviews };
}

/** Random rules are compiled as they are, except those that the checker refuses. */
function compileRandom(rules: string): Policy {
  const { policy, diagnostics } = compilePolicy({ modules: [parse(rules)], data: {}, revision: 'r' }, host);
  if (policy === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return policy;
}

const forgotten = fc.tuple(facts, fc.infiniteStream(fc.nat(9))).map(([whole, stream]) => {
  const choices = stream[Symbol.iterator]();
  const choose = () => choices.next().value === 0;
  const part = Object.fromEntries<Value>(
    Object.entries(whole).map(([root, value]) => [root, forget(value, choose)]),
  );
  return { whole, part };
});

describe('properties of decisions', () => {
  test('adding a deny never allows more', () => {
    fc.assert(
      fc.property(ruleSet, denyRule, forgotten, (rules, deny, { part }) => {
        const before = compileRandom(rules).decide(part).effect;
        const after = compileRandom(`${rules}\n${deny}`).decide(part).effect;
        expect(['deny', before]).toContain(after);
      }),
      runs,
    );
  });

  test('knowing less never opens the gate: the effect stays, or is deny', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { whole, part }) => {
        const policy = compileRandom(rules);
        const known = policy.decide(whole);
        const less = policy.decide(part);
        expect(['deny', known.effect]).toContain(less.effect);
        if (less.effect !== 'deny') {
          expect(outcome({ ...less, rules: [] })).toEqual(outcome({ ...known, rules: [] }));
        }
      }),
      { numRuns: 600 },
    );
  });

  test('the index never changes a decision', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { part }) => {
        const source = { modules: [parse(rules)], data: {}, revision: 'r' };
        const { runnable } = prepare(source, host, false);
        const indexed = decideIn(runnable!, newContext(runnable!, part));
        const whole = decideIn({ ...runnable!, index: null }, newContext(runnable!, part));
        expect(indexed).toEqual(whole);
      }),
      runs,
    );
  });

  test('the order of conditions never changes a decision', () => {
    fc.assert(
      fc.property(
        conditions.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        forgotten,
        ([one, other], { part }) => {
          const helpers = 'h0 if sql.read_only\nh1 if now > 5\nh2 if h0\nsize(_) := "large"';
          const decide = (list: readonly string[]) =>
            compile(`package p\n${helpers}\nallow\ndeny d "no" if { ${list.join('; ')} }`).decide(part);
          expect(outcome(decide(one))).toEqual(outcome(decide(other)));
        },
      ),
      runs,
    );
  });

  test('code compiled for tracing decides the same', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { part }) => {
        const source = { modules: [parse(rules)], data: {}, revision: 'r' };
        const { runnable } = prepare(source, host, true);
        const traced = decideIn(runnable!, newContext(runnable!, part));
        expect(traced).toEqual(compileRandom(rules).decide(part));
      }),
      runs,
    );
  });

  test('the same facts give the same decision twice', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { part }) => {
        const policy = compileRandom(rules);
        expect(policy.decide(part)).toEqual(policy.decide(part));
      }),
      { numRuns: 100 },
    );
  });
});
