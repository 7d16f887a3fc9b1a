/** A decision in words: what every command prints of it. */
import { isAbsolute, relative } from 'node:path';
import { never } from '../../src/errors.js';
import {
  CANNOT_BE_DECIDED,
  describeMethod,
  type Decision,
  type FiredRule,
  type ShadowRule,
} from '../../src/engine/decision.js';
import { paint } from './terminal.js';

export function effectWord(effect: Decision['effect']): string {
  switch (effect) {
    case 'allow':
      return paint.green('allow');
    case 'deny':
      return paint.red('deny');
    case 'review':
      return paint.yellow('review');
    default:
      return never(effect);
  }
}

/** All of it but the effect, one line each: what decided first, what else fired last. */
export function describeDecision(decision: Decision): string[] {
  const others = decision.rules.filter((rule) => !settles(rule, decision) && rule.effect !== 'limit');
  const shown = new Set(decision.masks.map(({ rule }) => rule));
  return [
    ...describeCause(decision),
    ...describeMasks(decision),
    ...Object.entries(decision.limits).map(([unit, amount]) => `at most ${amount} ${unit}`),
    ...others
      .filter(({ id }) => !shown.has(id))
      .map((rule) => paint.dim(`also ${rule.effect} ${rule.id} (${shownPlace(rule)})`)),
    ...decision.shadows.map((rule) => paint.dim(describeShadow(rule))),
  ];
}

function describeShadow(rule: ShadowRule): string {
  const text = `in shadow ${rule.effect} ${rule.id} (${shownPlace(rule)})`;
  return rule.undecided === undefined ? text : `${text}: ${CANNOT_BE_DECIDED}: ${rule.undecided}`;
}

/** The rules that led to it, or a note that there was none. */
export function describeCause(decision: Decision): string[] {
  const unknowns = decision.unknowns.map(
    (rule) => `${CANNOT_BE_DECIDED}: ${rule.id} (${shownPlace(rule)}): ${rule.reason}`,
  );
  const open = (decision.mightAllow ?? []).map(
    (rule) => `might be allowed by ${rule.id} (${shownPlace(rule)}): ${rule.reason}`,
  );
  const settling = decision.rules.filter((rule) => settles(rule, decision));
  const rules = settling.map((rule) => {
    const reasons = rule.reasons.length === 0 ? '' : `: ${rule.reasons.join('; ')}`;
    return `by ${rule.id}${rule.file === '' ? '' : ` (${shownPlace(rule)})`}${reasons}`;
  });
  const reviews = decision.reviews.map(
    ({ groups, quorum, withinSeconds }) =>
      `needs ${quorum === 1 ? '' : `${quorum} of `}${groups.join(' or ')} within ${withinSeconds / 60} minutes`,
  );
  const lines = [...unknowns, ...rules, ...reviews];
  return lines.length === 0 ? [...decision.reasons, ...open] : [...lines, ...open];
}

export function describeMasks({ masks, rules }: Decision): string[] {
  return masks.map(({ rule: id, selectors, method }) => {
    const what = selectors.map(({ by, value }) => (by === 'column' ? value : `${by} ${value}`)).join(', ');
    const rule = rules.find((one) => one.id === id);
    return `masks ${what} with ${describeMethod(method)} by ${id}${rule === undefined ? '' : ` (${shownPlace(rule)})`}`;
  });
}

function settles(rule: FiredRule, { effect }: Decision): boolean {
  return rule.effect === effect;
}

/** `rules/orders.rules:12`, relative to this folder if it is below it. */
export function shownPlace({ file, line }: { readonly file: string; readonly line: number }): string {
  const near = isAbsolute(file) ? relative(process.cwd(), file) : file;
  return `${near.startsWith('..') ? file : near}:${line}`;
}
