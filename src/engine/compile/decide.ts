/** Combines the outcomes of the rules into one decision. Order never matters. */
import type { MaskRule, ReviewRule } from '../../../grammar/ast.js';
import type { Outcome } from '../context.js';
import type { CompiledRule } from './compiled-rule.js';
import {
  CANNOT_BE_DECIDED,
  NO_RULE_ALLOWS_IT,
  type Decision,
  type FiredRule,
  type Limits,
  type MaskInstruction,
  type MaskMethod,
  type ReviewRequirement,
  type ShadowRule,
  type UnknownRule,
} from '../decision.js';
import { never } from '../../errors.js';

/** A rule that fired or might have, with its outcome. */
export interface Evaluated {
  readonly rule: CompiledRule;
  readonly outcome: Outcome;
}

const withinDefaultSeconds = 15 * 60;

/** `evaluated` in order of id; shadow rules apart. */
export function decide(
  evaluated: readonly Evaluated[],
  shadows: readonly Evaluated[],
  revision: string,
): Decision {
  const fired: Evaluated[] = [];
  const unknown: Evaluated[] = [];
  for (const one of evaluated) {
    if (one.outcome.fired) fired.push(one);
    if (isUndecided(one)) unknown.push(one);
  }
  const { effect, reasons } = effectOf(fired, unknown);
  const passes = effect !== 'deny';
  return {
    effect,
    rules: fired.map(toFired),
    unknowns: unknown.map(toUnknown),
    ...mightAllow(fired, evaluated),
    reasons,
    reviews: effect === 'review' ? requirements(fired) : [],
    masks: passes ? masksOf(fired) : [],
    limits: passes ? smallest(fired) : {},
    shadows: shadows.filter(({ outcome }) => outcome.fired || outcome.unknown !== null).map(toShadow),
    revision,
  };
}

/** An unknown allow merely does not fire; any other unknown rule might have refused. */
function isUndecided({ rule, outcome }: Evaluated): boolean {
  return outcome.failed || (outcome.unknown !== null && rule.place.effect !== 'allow');
}

function effectOf(
  fired: readonly Evaluated[],
  unknown: readonly Evaluated[],
): { readonly effect: Decision['effect']; readonly reasons: readonly string[] } {
  if (unknown.length > 0) return { effect: 'deny', reasons: [CANNOT_BE_DECIDED] };
  const has = (effect: Decision['effect']) => fired.some(({ rule }) => rule.place.effect === effect);
  const effect = has('deny') ? 'deny' : has('review') ? 'review' : has('allow') ? 'allow' : null;
  if (effect === null) return { effect: 'deny', reasons: [NO_RULE_ALLOWS_IT] };
  const reasons: string[] = [];
  for (const { rule, outcome } of fired) if (rule.place.effect === effect) reasons.push(...outcome.reasons);
  return { effect, reasons };
}

const SETTLING: ReadonlySet<string> = new Set(['deny', 'review', 'allow']);

function mightAllow(
  fired: readonly Evaluated[],
  evaluated: readonly Evaluated[],
): Pick<Decision, 'mightAllow'> {
  if (fired.some(({ rule }) => SETTLING.has(rule.place.effect))) return {};
  const open = evaluated.filter(({ rule, outcome }) => {
    return rule.place.effect === 'allow' && outcome.unknown !== null && !outcome.failed;
  });
  return open.length === 0 ? {} : { mightAllow: open.map(toUnknown) };
}

function toFired({ rule: { place }, outcome: { reasons } }: Evaluated): FiredRule {
  return { id: place.id, effect: place.effect, file: place.file, line: place.line, reasons };
}

function toShadow(evaluated: Evaluated): ShadowRule {
  const fired = toFired(evaluated);
  return evaluated.outcome.fired ? fired : { ...fired, undecided: toUnknown(evaluated).reason };
}

function toUnknown({ rule: { place }, outcome: { unknown } }: Evaluated): UnknownRule {
  const reason = unknown?.reason ?? 'the evaluation failed';
  return { ...place, reason, fact: unknown?.fact ?? null };
}

/** Every review that fired must be met, within the shortest of their times. */
function requirements(fired: readonly Evaluated[]): ReviewRequirement[] {
  const reviews = fired.filter(({ rule }) => rule.place.effect === 'review');
  const withinSeconds = Math.min(...reviews.map(({ rule }) => withinOf(rule.group.written as ReviewRule)));
  return reviews.flatMap(({ rule: { group }, outcome }) =>
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

function masksOf(fired: readonly Evaluated[]): MaskInstruction[] {
  const masks: MaskInstruction[] = [];
  for (const { rule } of fired) {
    const { id, written } = rule.group;
    if (written.effect !== 'mask') continue;
    const selectors = written.selectors.map(({ by, value }) => ({ by, value }));
    masks.push({ rule: id, selectors, method: toMethod(written.method) });
  }
  return masks;
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

function smallest(fired: readonly Evaluated[]): Limits {
  const limits: { rows?: number; bytes?: number; seconds?: number } = {};
  for (const { rule } of fired) {
    const { written } = rule.group;
    if (written.effect !== 'limit') continue;
    const { unit, amount } = written;
    limits[unit] = Math.min(limits[unit] ?? Infinity, Number(amount.text));
  }
  return limits;
}
