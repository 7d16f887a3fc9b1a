/** A failed row as lines: the row, the outcome, and every known reason. */
import type { RowResult, TestResult } from '../../src/engine/testing/result.js';
import { describeDecision, effectWord } from '../output/decision.js';
import { renderBody, renderParts, telling } from '../output/explanation.js';
import { paint } from '../output/terminal.js';

export function failedRows({ rows }: TestResult): readonly RowResult[] {
  return rows.filter((row) => !row.passed);
}

export function describeFailure(row: RowResult): string[] {
  const head = `${paint.dim(`line ${row.line}:`)} ${row.text}`;
  return [head, ...(row.kind === 'command' ? describeCommand(row) : describeCondition(row))];
}

function describeCommand({ decision, complaints }: RowResult & { kind: 'command' }): string[] {
  const [first = '', ...more] = decision === null ? [] : describeDecision(decision);
  const whole = decision === null ? [] : [`${effectWord(decision.effect)} ${first}`, ...more];
  return [...complaints.map((complaint) => `  ${paint.red(complaint)}`), ...whole.map((line) => `  ${line}`)];
}

function describeCondition({ failure }: RowResult & { kind: 'condition' }): string[] {
  if (failure === null) return [];
  const { outcome, parts, bodies } = failure;
  return [
    `  ${paint.red(outcome === 'false' ? 'it does not hold' : `it is ${outcome}`)}`,
    ...renderParts(telling(parts, '')).map((line) => `  ${line}`),
    ...bodies.flatMap((body) => renderBody(body, '  ')),
  ];
}

/** Without colours: those are for the terminal's reader alone. */
export function plainFailure(row: RowResult): string[] {
  return describeFailure(row).map((line) => line.replace(/\u001b\[\d+m/g, ''));
}
