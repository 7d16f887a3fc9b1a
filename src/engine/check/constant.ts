/** Conditions that say nothing: those that always hold, and those that never do. */
import { reportAt, type Checker } from './knowledge/checker.js';
import type { BinaryCore, Core, CoreLiteral, MembershipCore } from '../core.js';
import { placeOf } from './knowledge/place.js';
import { compare } from '../../values/value.js';

export function checkConstant(checker: Checker, literal: CoreLiteral & { kind: 'condition' }): void {
  if (checker.place === 'test') return;
  const truth = constantTruth(checker, literal.expression);
  if (truth === null) return;
  // A helper is switched on or off this way while it is tried; a decision rule has `shadow` for that.
  const severity = checker.place === 'helper' && literal.origin === 'body' ? 'warning' : 'error';
  const finding = truth
    ? {
        code: 'always-holds',
        message: 'this condition always holds',
        help: 'leave it out, or name what it was meant to ask',
      }
    : {
        code: 'never-holds',
        message: 'this condition never holds, and so the rule never applies',
        help: 'take the rule out, or name what it was meant to ask',
      };
  reportAt(checker, { ...finding, severity }, literal.expression);
}

/** Null if it depends on something. */
function constantTruth(checker: Checker, core: Core): boolean | null {
  if (core.kind === 'constant') return typeof core.value === 'boolean' ? core.value : null;
  if (core.kind === 'binary') return binaryTruth(checker, core);
  if (core.kind === 'membership') return memberTruth(core);
  if (core.kind !== 'not') return null;
  const inner = constantTruth(checker, core.operand);
  return inner === null ? null : !inner;
}

function memberTruth({ key, value, collection }: MembershipCore): boolean | null {
  if (key !== null || value.kind !== 'constant') return null;
  if (collection.kind !== 'set' && collection.kind !== 'array') return null;
  const members = collection.elements.filter((element) => element.kind === 'constant');
  if (members.length < collection.elements.length) return null;
  return members.some((member) => compare(member.value, value.value) === 0);
}

function binaryTruth(checker: Checker, { operator, left, right }: BinaryCore): boolean | null {
  if (operator === 'and' || operator === 'or') {
    const [one, other] = [constantTruth(checker, left), constantTruth(checker, right)];
    const enough = operator === 'or';
    return one === enough || other === enough ? enough : one === null || other === null ? null : !enough;
  }
  if (left.kind === 'constant' && right.kind === 'constant')
    return comparisons[operator]?.(compare(left.value, right.value)) ?? null;
  const [one, other] = [placeOf(checker.aliases, left), placeOf(checker.aliases, right)];
  if (one === null || one !== other) return null;
  return operator === '!=' || operator === '<' || operator === '>' ? false : null;
}

const comparisons: { readonly [operator in BinaryCore['operator']]?: (order: number) => boolean } = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
