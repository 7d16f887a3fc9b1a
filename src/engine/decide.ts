/** The algebra: from the outcomes of the rules to one decision. Order never matters. */
import type { MaskRule, ReviewRule } from '../../grammar/ast.js';
import type { Outcome } from './context.js';
import type { DecisionGroup } from './core.js';
import {
  CANNOT_BE_DECIDED,
  NO_RULE_ALLOWS_IT,
  type Decision,
  type FiredRule,
  type Limits,
  type MaskInstruction,
  type MaskMethod,
  type ReviewRequirement,
  type UnknownRule,
} from './decision.js';
import { never } from '../errors.js';

/** One rule with what came of it. */
export interface Judged {
  readonly group: DecisionGroup;
  readonly outcome: Outcome;
}

const withinDefaultSeconds = 15 * 60;

/** `judged` in order of id; shadow rules apart. */
export function decide(judged: readonly Judged[], shadows: readonly Judged[], revision: string): Decision {
  const fired = judged.filter(({ outcome }) => outcome.fired);
  const unknown = judged.filter(isUndecided);
  const { effect, reasons } = settle(fired, unknown);
  const passes = effect !== 'deny';
  return {
    effect,
    rules: fired.map(toFired),
    unknowns: unknown.map(toUnknown),
    reasons,
    reviews: effect === 'review' ? requirements(fired) : [],
    masks: passes ? fired.flatMap(toMask) : [],
    limits: passes ? smallest(fired) : {},
    shadows: shadows.filter(({ outcome }) => outcome.fired || outcome.unknown !== null).map(toFired),
    revision,
  };
}

/** An allow that is unknown does not fire and that is all; any other rule that is unknown might have refused. */
function isUndecided({ group, outcome }: Judged): boolean {
  return outcome.failed || (outcome.unknown !== null && group.effect !== 'allow');
}

function settle(
  fired: readonly Judged[],
  unknown: readonly Judged[],
): { readonly effect: Decision['effect']; readonly reasons: readonly string[] } {
  if (unknown.length > 0) return { effect: 'deny', reasons: [CANNOT_BE_DECIDED] };
  for (const effect of ['deny', 'review', 'allow'] as const) {
    const settling = fired.filter(({ group }) => group.effect === effect);
    if (settling.length > 0) return { effect, reasons: settling.flatMap(({ outcome }) => outcome.reasons) };
  }
  return { effect: 'deny', reasons: [NO_RULE_ALLOWS_IT] };
}

function place({ group }: Judged) {
  const { id, effect, source, span } = group;
  return { id, effect, file: source.path, line: source.position(span.start).line };
}

function toFired(judged: Judged): FiredRule {
  return { ...place(judged), reasons: judged.outcome.reasons };
}

function toUnknown(judged: Judged): UnknownRule {
  const { unknown } = judged.outcome;
  return {
    ...place(judged),
    reason: unknown?.reason ?? 'the evaluation failed',
    fact: unknown?.fact ?? null,
  };
}

/** Every review that fired must be met, all of them within the shortest time. */
function requirements(fired: readonly Judged[]): ReviewRequirement[] {
  const reviews = fired.filter(({ group }) => group.effect === 'review');
  const withinSeconds = Math.min(...reviews.map(({ group }) => withinOf(group.written as ReviewRule)));
  return reviews.flatMap(({ group, outcome }) =>
    outcome.demands.map(({ groups, reasons }) => ({
      rule: group.id,
      reason: reasons.join('; '),
      groups,
      quorum: Number((group.written as ReviewRule).quorum?.text ?? 1),
      withinSeconds,
    })),
  );
}

function withinOf({ within }: ReviewRule): number {
  return within === null ? withinDefaultSeconds : within.nanoseconds / 1e9;
}

function toMask({ group }: Judged): MaskInstruction[] {
  if (group.written.effect !== 'mask') return [];
  const selectors = group.written.selectors.map(({ by, value }) => ({ by, value }));
  return [{ rule: group.id, selectors, method: toMethod(group.written.method) }];
}

export function toMethod({ name, argument }: MaskRule['method']): MaskMethod {
  switch (name) {
    case 'null':
    case 'redact':
    case 'hash':
    case 'email':
      return { kind: name };
    case 'replace':
      return { kind: 'replace', text: argument?.kind === 'string' ? argument.value : '' };
    case 'partial':
      return { kind: 'partial', keepLast: argument?.kind === 'number' ? Number(argument.text) : 0 };
    default:
      return never(name);
  }
}

function smallest(fired: readonly Judged[]): Limits {
  const limits: { rows?: number; bytes?: number; seconds?: number } = {};
  for (const { group } of fired) {
    if (group.written.effect !== 'limit') continue;
    const { unit, amount } = group.written;
    limits[unit] = Math.min(limits[unit] ?? Infinity, Number(amount.text));
  }
  return limits;
}
