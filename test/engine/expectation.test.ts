import { describe, expect, test } from '@jest/globals';
import type { Expectation } from '../../grammar/ast.js';
import type { Decision, FiredRule } from '../../src/engine/decision.js';
import { compareDecision } from '../../src/engine/testing/expectation.js';

const span = { start: 0, end: 0 };

function fired(id: string, effect: FiredRule['effect']): FiredRule {
  return { id, effect, file: 'a.rules', line: 1, reasons: [] };
}

function decision(effect: Decision['effect'], rules: readonly FiredRule[]): Decision {
  const none = { unknowns: [], reasons: [], reviews: [], masks: [], limits: {}, shadows: [], revision: 'r' };
  return { effect, rules, ...none };
}

function expectation(effect: Expectation['effect'], ...names: readonly string[]): Expectation {
  const ruleIds = names.map((name) => ({ kind: 'identifier' as const, name, span }));
  const nothing = { masks: [], reviewers: [], quorum: null, within: null, limits: [], shadows: [] };
  return { kind: 'expectation', effect, ruleIds, ...nothing, span };
}

describe('the rules that a row names', () => {
  test('fired, and did not allow where the row expects a denial', () => {
    const denied = decision('deny', [fired('a', 'allow'), fired('b', 'deny'), fired('c', 'mask')]);
    expect(compareDecision(denied, expectation('deny', 'b', 'c'))).toEqual([]);
    expect(compareDecision(denied, expectation('deny', 'a'))).toEqual(['`a` did not fire']);
    expect(compareDecision(denied, expectation('deny', 'd'))).toEqual(['`d` did not fire']);
  });

  test('of an allowed command may be any that fired', () => {
    const allowed = decision('allow', [fired('a', 'allow'), fired('c', 'mask')]);
    expect(compareDecision(allowed, expectation('allow', 'a', 'c'))).toEqual([]);
  });

  test('L12: that could not be decided did not fire, which `undecided` expects', () => {
    const unknown = { ...fired('b', 'deny'), reason: 'the statement does not parse', fact: null };
    const denied = { ...decision('deny', []), unknowns: [unknown] };
    expect(compareDecision(denied, expectation('deny', 'b'))).toEqual([
      '`b` could not be decided, so that it did not fire: `=> undecided b` expects that',
    ]);
    expect(compareDecision(denied, expectation('deny'))).toEqual([]);
    expect(compareDecision(denied, expectation('undecided', 'b'))).toEqual([]);
    expect(compareDecision(denied, expectation('undecided'))).toEqual([]);
    expect(compareDecision(denied, expectation('undecided', 'c'))).toEqual([
      '`c` is not among what could not be decided',
    ]);
    const decided = decision('deny', [fired('b', 'deny')]);
    expect(compareDecision(decided, expectation('undecided'))).toEqual(['every rule could be decided']);
    expect(compareDecision(decision('allow', []), expectation('undecided'))).toEqual([
      'it is allow, not undecided',
    ]);
  });
});
