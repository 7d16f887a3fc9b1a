/** A decision in words: what every command prints of it. */
import { CANNOT_BE_DECIDED, type Decision, type MaskInstruction } from '../src/engine/decision.js';
import { describeMethod } from '../src/replay/difference.js';
import { paint } from './terminal.js';

export function effectWord(effect: Decision['effect']): string {
  if (effect === 'allow') return paint.green('allow');
  return effect === 'deny' ? paint.red('deny') : paint.yellow('review');
}

/** The rules behind it, its masks, limits and reviews; a line each, without the effect. */
export function describeDecision(decision: Decision): string[] {
  return [
    ...decision.unknowns.map(
      ({ id, reason, file, line }) =>
        `${paint.red(CANNOT_BE_DECIDED)}: ${id} ${paint.dim(`${file}:${line}`)}: ${reason}`,
    ),
    ...decision.rules.map(({ id, effect, file, line, reasons }) => {
      const place = file === '' ? '' : ` ${paint.dim(`${file}:${line}`)}`;
      return `${effect} ${id}${place}${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`;
    }),
    ...(decision.rules.length === 0 && decision.unknowns.length === 0 ? decision.reasons : []),
    ...decision.masks.map(describeMask),
    ...describeLimits(decision),
    ...decision.reviews.map(
      ({ rule, groups, quorum, withinSeconds }) =>
        `needs ${quorum} of ${groups.join(', ')} within ${withinSeconds / 60} minutes (${rule})`,
    ),
    ...decision.shadows.map(({ id, effect }) => paint.dim(`shadow ${effect} ${id}`)),
  ];
}

export function describeMask({ selectors, method }: MaskInstruction): string {
  const what = selectors.map(({ by, value }) => (by === 'column' ? value : `${by} ${value}`)).join(', ');
  return `masks ${what} with ${describeMethod(method)}`;
}

function describeLimits({ limits }: Decision): string[] {
  return Object.entries(limits).map(([unit, amount]) => `at most ${amount} ${unit}`);
}
