/** An explanation for the terminal: each rule, how far it got, and the values that decided. */
import type {
  BodyExplanation,
  ConditionExplanation,
  Explanation,
  RuleExplanation,
} from '../src/engine/explain.js';
import type { Fared, Part } from '../src/engine/trace.js';
import { shownPlace } from './decision.js';
import { paint } from './terminal.js';

const marks: Readonly<Record<Fared, string>> = {
  held: paint.green('✓'),
  failed: paint.red('✗'),
  unknown: paint.yellow('?'),
  'not reached': ' ',
};

/** Rules that made the decision, or could have, come first. */
export function renderRules({ rules }: Explanation): string[] {
  return (['unknown', 'fired', 'did not fire'] as const).flatMap((outcome) =>
    rules.filter((rule) => rule.outcome === outcome).flatMap(renderRule),
  );
}

function renderRule(rule: RuleExplanation): string[] {
  const name = `${rule.shadow ? 'shadow ' : ''}${rule.effect} ${paint.bold(rule.id)}`;
  const head = `${name} ${outcomeWord(rule)} ${paint.dim(`(${shownPlace(rule)})`)}`;
  return [
    head,
    ...(rule.outcome === 'did not fire' ? [] : (rule.doc?.split('\n') ?? [])).map((line) =>
      paint.dim(`  ${line}`),
    ),
    ...rule.reasons.map((reason) => `  reason: ${reason}`),
    ...(rule.unknown === null ? [] : [`  ${rule.unknown}`]),
    ...rule.bodies.flatMap((body) => renderBody(body, '  ')),
  ];
}

function outcomeWord({ outcome }: RuleExplanation): string {
  if (outcome === 'fired') return paint.green('fired');
  return outcome === 'unknown' ? paint.red('cannot be decided') : paint.dim('did not fire');
}

export function renderBody({ conditions }: BodyExplanation, indent: string): string[] {
  return conditions
    .filter(({ fared }) => fared !== 'not reached')
    .flatMap((condition) => renderCondition(condition, indent));
}

function renderCondition(condition: ConditionExplanation, indent: string): string[] {
  const { clause, fared, text, line, parts, within } = condition;
  const word = clause === 'unless' ? 'unless ' : '';
  return [
    `${indent}${marks[fared]} ${word}${text} ${paint.dim(`line ${line}`)}`,
    ...telling(parts, text).map((part) => `${indent}    ${paint.dim(`${part.text} is`)} ${part.value}`),
    ...within.flatMap((body) => renderBody(body, `${indent}    `)),
  ];
}

/** Values that say something: whole objects are in the facts above, and a literal is its own value. */
export function telling(parts: readonly Part[], whole: string): readonly Part[] {
  return parts.filter(
    ({ text, value }) =>
      text !== whole && text !== value && !/^(\{"|\[\{)/.test(value) && !text.startsWith(`${whole} `),
  );
}
