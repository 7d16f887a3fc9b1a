/**
 * How a rule is used: whether access is granted if it holds, or if it does not. A helper that a denial reads must not fail to
 * hold because a claim is missing; one that an allow reads must not hold because a claim has an unexpected value.
 */
import type {
  BinaryCore,
  Core,
  CoreBody,
  CoreLiteral,
  DecisionGroup,
  HelperGroup,
  Program,
} from '../../core.js';
import { literalParts, partsOf } from '../../core-walk.js';
import { rulesBelow } from '../../document.js';

export interface Asked {
  /** If it does not hold, more is allowed. */
  readonly lack: boolean;
  /** If it holds, more is allowed. */
  readonly grant: boolean;
  /** A rule that denies, reviews, masks or limits reads it. */
  readonly refuses: boolean;
  /** A rule that takes part in decisions reads it, not one that is only tried out. */
  readonly decides: boolean;
}

export const unasked: Asked = { lack: false, grant: false, refuses: false, decides: false };

function askedOfDecision({ effect, shadow }: DecisionGroup): Asked {
  const refuses = effect !== 'allow';
  return { lack: refuses, grant: !refuses, refuses, decides: !shadow };
}

/** Below a `not` it is the other way round. */
export function turned(asked: Asked): Asked {
  return { ...asked, lack: asked.grant, grant: asked.lack };
}

/** `unless` is compiled as `not { … }`, and authors write the exception in it. */
export function isUnless(core: Core): core is Core & { kind: 'not' } {
  if (core.kind !== 'not' || core.operand.kind !== 'exists') return false;
  const { literals } = core.operand.body;
  return literals.length > 0 && literals.every(({ origin }) => origin === 'unless');
}

type Rule = HelperGroup | DecisionGroup;

/** The uses of each rule by all rules together: for a decision rule its effect, and the uses by rules that read it by name. */
export function askedOfRules({ decisions }: Program): ReadonlyMap<Rule, Asked> {
  const asked = new Map<Rule, Asked>();
  const open: { readonly rule: Rule; readonly asked: Asked }[] = [];
  const found = (rule: Rule, how: Asked): void => {
    const before = asked.get(rule) ?? unasked;
    const both = union(before, how);
    if (asked.has(rule) && askedKey(before) === askedKey(both)) return;
    asked.set(rule, both);
    open.push({ rule, asked: both });
  };
  for (const rule of decisions) found(rule, askedOfDecision(rule));
  for (let next = open.pop(); next !== undefined; next = open.pop()) walkRule(next.rule, next.asked, found);
  return asked;
}

type Found = (rule: Rule, asked: Asked) => void;

function walkRule(rule: Rule, asked: Asked, found: Found): void {
  if (rule.kind === 'decision') {
    for (const { body, by, reason } of rule.clauses) {
      walkBody(body, asked, found);
      for (const core of [by, reason]) if (core !== null) walk(core, asked, found);
    }
    return;
  }
  for (const { branches } of rule.clauses)
    for (const { body, value, keys } of branches) {
      walkBody(body, asked, found);
      for (const core of [value, ...keys]) walk(core, asked, found);
    }
  if (rule.default !== null) walk(rule.default, asked, found);
}

function walkBody({ literals }: CoreBody, asked: Asked, found: Found): void {
  for (const literal of literals) walkLiteral(literal, asked, found);
}

function walkLiteral(literal: CoreLiteral, asked: Asked, found: Found): void {
  for (const core of literalParts(literal)) walk(core, asked, found, isSoughtBy(literal, core));
}

/** A condition is asked whether it holds, and a collection that is gone through for its members. */
function isSoughtBy(literal: CoreLiteral, core: Core): boolean {
  return (
    core ===
    (literal.kind === 'condition' ? literal.expression : literal.kind === 'some' ? literal.collection : null)
  );
}

function walk(core: Core, asked: Asked, found: Found, sought = false): void {
  for (const rule of rulesIn(core)) found(rule, askedOfRule(rule, asked, sought));
  const inside = askedInside(core, asked, sought);
  const body = 'body' in core ? core.body : null;
  const inBody = new Set(body?.literals.flatMap(literalParts));
  if (body !== null) walkBody(body, inside, found);
  const asking = soughtParts(core, sought);
  for (const part of partsOf(core)) if (!inBody.has(part)) walk(part, inside, found, asking.includes(part));
}

function rulesIn(core: Core): readonly Rule[] {
  if (core.kind === 'rule') return [core.rule];
  if (core.kind === 'call') return 'clauses' in core.callee ? [core.callee] : [];
  return core.kind === 'document' ? [...rulesBelow(core.document)] : [];
}

function askedInside(core: Core, asked: Asked, sought: boolean): Asked {
  if (core.kind === 'not') return turned(asked);
  return core.kind === 'comprehension' ? askedOfMembers(asked, sought) : asked;
}

/** For an expression that gathers members: if it misses a member, a condition may hold for that reason. */
export function askedOfMembers(asked: Asked, sought: boolean): Asked {
  return sought ? asked : union(asked, turned(asked));
}

/**
 * For a rule that is read. After `else`, and by its default, it has a value because a condition does not hold. The same applies
 * to comparisons with a default or a set: one tests whether it holds, the other looks for a member.
 */
export function askedOfRule(rule: Rule, asked: Asked, sought: boolean): Asked {
  if (rule.kind === 'decision') return asked;
  const otherwise = rule.clauses.some(({ branches }) => branches.length > 1);
  const holds = sought && !otherwise && isFalseOrNone(rule.default);
  const plain = rule.kind !== 'set' && rule.kind !== 'object' && rule.default === null && !otherwise;
  return askedOfMembers(asked, holds || plain);
}

function isFalseOrNone(fallback: Core | null): boolean {
  return fallback === null || isTruth(fallback, false);
}

function isTruth(core: Core, truth: boolean): boolean {
  return core.kind === 'constant' && core.value === truth;
}

/** The parts that are asked whether they hold, or whether they have some member: `x in xs`, `xs[x]`, `count(xs) > 0`. */
export function soughtParts(core: Core, sought: boolean): readonly Core[] {
  if (core.kind === 'not') return [core.operand];
  if (core.kind === 'membership') return [core.collection];
  if (core.kind === 'step') return [core.base];
  if (core.kind === 'binary') return soughtOperands(core);
  const counts = core.kind === 'call' && !('clauses' in core.callee) && core.callee.name === 'count';
  return sought && counts ? core.arguments : [];
}

function soughtOperands({ operator, left, right }: BinaryCore): readonly Core[] {
  if (operator === 'and' || operator === 'or') return [left, right];
  if (operator === '==') return isTruth(right, true) ? [left] : isTruth(left, true) ? [right] : [];
  if (left.kind !== 'call' || right.kind !== 'constant') return [];
  return operator === '>' || operator === '>=' || (operator === '!=' && right.value === 0) ? [left] : [];
}

function union(one: Asked, other: Asked): Asked {
  return {
    lack: one.lack || other.lack,
    grant: one.grant || other.grant,
    refuses: one.refuses || other.refuses,
    decides: one.decides || other.decides,
  };
}

/** Equal for those that ask the same of a rule. */
export function askedKey({ lack, grant, refuses, decides }: Asked): string {
  return [lack, grant, refuses, decides].map(Number).join('');
}
