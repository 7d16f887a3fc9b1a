import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideIn, newContext } from '../../src/engine/compile/compile.js';
import type { Decision } from '../../src/engine/decision.js';
import type { Facts } from '../../src/engine/policy.js';
import type { Value } from '../../src/values/value.js';
import { assembleRandom } from './rule-set.js';
import { conditions, denyRule, facts, forget, ruleSet } from './random-rules.js';

const runs = { numRuns: 200 };

/** What a client would notice. */
function outcome({ effect, rules, unknowns, masks, limits, reviews }: Decision): unknown {
  return { effect, rules, unknowns: unknowns.map(({ id }) => id), masks, limits, reviews };
}

function decideRandom(rules: string, facts: Facts, tracing = false): Decision {
  const runnable = assembleRandom(rules, tracing);
  return decideIn(runnable, newContext(runnable, facts));
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
        const before = decideRandom(rules, part).effect;
        const after = decideRandom(`${rules}\n${deny}`, part).effect;
        expect(['deny', before]).toContain(after);
      }),
      runs,
    );
  });

  test('knowing less never opens the gate: the effect stays, or is deny', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { whole, part }) => {
        const known = decideRandom(rules, whole);
        const less = decideRandom(rules, part);
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
        const runnable = assembleRandom(rules);
        const indexed = decideIn(runnable, newContext(runnable, part));
        const whole = decideIn({ ...runnable, index: null }, newContext(runnable, part));
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
            decideRandom(`package p\n${helpers}\nallow\ndeny d "no" if { ${list.join('; ')} }`, part);
          expect(outcome(decide(one))).toEqual(outcome(decide(other)));
        },
      ),
      runs,
    );
  });

  test('code compiled for tracing decides the same', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { part }) => {
        expect(decideRandom(rules, part, true)).toEqual(decideRandom(rules, part));
      }),
      runs,
    );
  });

  test('the same facts give the same decision twice', () => {
    fc.assert(
      fc.property(ruleSet, forgotten, (rules, { part }) => {
        const runnable = assembleRandom(rules);
        const decide = () => decideIn(runnable, newContext(runnable, part));
        expect(decide()).toEqual(decide());
      }),
      { numRuns: 100 },
    );
  });
});
