/** An explanation as text, for the terminal. */
import type { BodyExplanation, ConditionExplanation, Explanation, RuleExplanation } from './explain.js';
import { changeLines } from './change-text.js';
import type { Fared } from './trace.js';

const marks: Readonly<Record<Fared, string>> = { held: '+', failed: '-', unknown: '?', 'not reached': ' ' };

/** Rules that determined or could have determined the decision come first; the others in order of id. */
export function renderExplanation({ decision, rules }: Explanation): string {
  const lines = [`${decision.effect}: ${decision.reasons.join('; ') || 'allowed'}`];
  for (const outcome of ['unknown', 'fired', 'did not fire'] as const) {
    for (const rule of rules.filter((one) => one.outcome === outcome)) lines.push('', ...renderRule(rule));
  }
  return lines.join('\n');
}

function renderRule(rule: RuleExplanation): string[] {
  const shadow = rule.shadow ? 'shadow ' : '';
  const lines = [`${shadow}${rule.effect} ${rule.id}  ${rule.outcome}  (${rule.file}:${rule.line})`];
  for (const line of rule.doc?.split('\n') ?? []) lines.push(`  ${line}`);
  for (const reason of rule.reasons) lines.push(`  reason: ${reason}`);
  if (rule.unknown !== null) lines.push(`  unknown: ${rule.unknown}`);
  for (const body of rule.bodies) lines.push(...renderBody(body, '  '));
  return lines;
}

export function renderBody(body: BodyExplanation, indent: string): string[] {
  return body.conditions.flatMap((condition) => renderCondition(condition, indent));
}

function renderCondition(
  { clause, fared, text, line, parts, changes, within }: ConditionExplanation,
  indent: string,
): string[] {
  const word = clause === 'unless' ? 'unless ' : '';
  const lines = [`${indent}${marks[fared]} ${word}${text}  (line ${line})`];
  if (fared !== 'held')
    for (const part of parts)
      if (part.text !== text) lines.push(`${indent}    ${part.text} is ${part.value}`);
  lines.push(...changeLines(changes).map((change) => `${indent}    ${change}`));
  for (const body of within) lines.push(...renderBody(body, `${indent}    `));
  return lines;
}
