/** Conditions that contradict those before them. */
import type { Conflict } from './knowledge/learn.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import type { CoreLiteral } from '../core.js';
import { targetType } from './knowledge/place.js';
import type { Type } from '../../values/schema.js';
import { describeType, listOf } from './types/text.js';

export function reportConflict(
  checker: Checker,
  conflict: Conflict,
  { origin, expression: core }: CoreLiteral & { kind: 'condition' },
): void {
  if (origin === 'unless' && core.kind === 'not' && core.operand.kind === 'exists') {
    const message = '`unless` always holds here, and so the rule never applies';
    const help = 'the conditions before it ask for the same';
    reportAt(checker, { code: 'never-holds', message, help }, core);
    return;
  }
  if (conflict.kind === 'truth') {
    const message = 'this can never hold: a condition before it rules this out';
    const severity = checker.place === 'helper' ? 'warning' : 'error';
    reportAt(checker, { code: 'never-holds', message, help: 'one of the two is wrong', severity }, core);
    return;
  }
  const { place, known, needed } = conflict;
  if (place === targetType) {
    const message = `this needs a ${describeTexts(needed)} target, and \`target.type\` is ${describeTexts(known)} here`;
    reportAt(checker, { code: 'never-holds', message, help: 'ask for one type of target in a rule' }, core);
    return;
  }
  const message =
    known === needed
      ? 'this can never hold: the conditions before it leave no value'
      : `this can never hold: it needs ${describeTexts(needed)}, and the value is ${describeTexts(known)} here`;
  const help = 'this and what is known of the value cannot both be right';
  reportAt(checker, { code: 'never-holds', message, help }, core);
}

/** A type with its values, if there are few. */
export function describeTexts(type: Type): string {
  if (type.kind !== 'string' || type.values === undefined || type.values.length > 6)
    return describeType(type);
  return listOf(type.values);
}
