/** Describes in words what would have to differ. */
import type { Change, FactChange } from './change.js';

/** One line per change; each of several alternatives begins a line of its own. */
export function changeLines(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'fact') return [`→ ${sentence(change)}`];
    return change.of.map((way, at) => `${at === 0 ? '→ either' : '  or'} ${together(way, sentence)}`);
  });
}

/** To follow an "if": one alternative per line. */
export function conditionLines(changes: readonly Change[]): string[] {
  const [only, ...others] = changes;
  if (only?.kind !== 'any' || others.length > 0) return [together(changes, condition)];
  return only.of.map((way, at) => `${at === 0 ? '' : 'or '}${together(way, condition)}`);
}

type Say = (change: FactChange) => string;

function together(changes: readonly Change[], say: Say): string {
  return changes.map((change) => inside(change, say)).join(' and ');
}

function inside(change: Change, say: Say): string {
  if (change.kind === 'fact') return say(change);
  return `(${change.of.map((way) => together(way, say)).join(' or ')})`;
}

function sentence({ text, wanted }: FactChange): string {
  return wanted.startsWith('not ') ? `${text} must ${wanted}` : `${text} would have to ${wanted}`;
}

const past: Readonly<Record<string, string>> = { be: 'were', hold: 'held', have: 'had' };

function condition({ text, wanted }: FactChange): string {
  const [, negation, verb = '', rest] = /^(not )?(\w+)(.*)$/s.exec(wanted)!;
  if (negation === undefined) return `${text} ${past[verb]}${rest}`;
  return verb === 'be' ? `${text} were not${rest}` : `${text} did not ${verb}${rest}`;
}
