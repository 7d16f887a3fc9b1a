/**
 * What a rule is asked for: whether somebody is let in where it holds, or where it does not. A helper that a denial reads
 * must not fall silent because a claim is missing; one that an allow reads must not hold because a claim is odd.
 */
import type { Core, CoreBody, CoreLiteral, DecisionGroup, HelperGroup, Program } from './core.js';
import { literalParts, partsOf } from './core-walk.js';
import { rulesBelow } from './document.js';

export interface Asked {
  /** Where it does not hold, more is allowed. */
  readonly lack: boolean;
  /** Where it holds, more is allowed. */
  readonly grant: boolean;
  /** A rule that denies, reviews, masks or limits reads it. */
  readonly refuses: boolean;
  /** A rule that takes part in decisions reads it, not one that is only tried out. */
  readonly decides: boolean;
}

export const unasked: Asked = { lack: false, grant: false, refuses: false, decides: false };

export function askedOfDecision({ effect, shadow }: DecisionGroup): Asked {
  const refuses = effect !== 'allow';
  return { lack: refuses, grant: !refuses, refuses, decides: !shadow };
}

/** Below a `not` it is the other way round. */
export function turned(asked: Asked): Asked {
  return { ...asked, lack: asked.grant, grant: asked.lack };
}

/** `unless` is read as `not { … }` and written by people who think of the exception. */
export function isUnless(core: Core): core is Core & { kind: 'not' } {
  if (core.kind !== 'not' || core.operand.kind !== 'exists') return false;
  const { literals } = core.operand.body;
  return literals.length > 0 && literals.every(({ origin }) => origin === 'unless');
}

/** What all rules together ask of each helper rule and function. */
export function askedOfHelpers({ decisions }: Program): ReadonlyMap<HelperGroup, Asked> {
  const asked = new Map<HelperGroup, Asked>();
  const open: { readonly group: HelperGroup; readonly asked: Asked }[] = [];
  const found = (group: HelperGroup, how: Asked): void => {
    const before = asked.get(group) ?? unasked;
    const both = union(before, how);
    if (asked.has(group) && isSame(before, both)) return;
    asked.set(group, both);
    open.push({ group, asked: both });
  };
  for (const group of decisions)
    for (const { body, by, reason } of group.clauses) {
      const how = askedOfDecision(group);
      walkBody(body, how, found);
      for (const core of [by, reason]) if (core !== null) walk(core, how, found);
    }
  for (let next = open.pop(); next !== undefined; next = open.pop())
    walkHelper(next.group, next.asked, found);
  return asked;
}

type Found = (group: HelperGroup, asked: Asked) => void;

function walkHelper(group: HelperGroup, asked: Asked, found: Found): void {
  for (const { branches } of group.clauses)
    for (const { body, value, keys } of branches) {
      walkBody(body, asked, found);
      for (const core of [value, ...keys]) walk(core, asked, found);
    }
  if (group.default !== null) walk(group.default, asked, found);
}

function walkBody({ literals }: CoreBody, asked: Asked, found: Found): void {
  for (const literal of literals) walkLiteral(literal, asked, found);
}

function walkLiteral(literal: CoreLiteral, asked: Asked, found: Found): void {
  for (const core of literalParts(literal)) walk(core, asked, found);
}

function walk(core: Core, asked: Asked, found: Found): void {
  if (core.kind === 'rule') found(core.rule, asked);
  if (core.kind === 'call' && 'clauses' in core.callee) found(core.callee, asked);
  if (core.kind === 'document')
    for (const rule of rulesBelow(core.document)) if (rule.kind !== 'decision') found(rule, asked);
  const inside = core.kind === 'not' ? turned(asked) : asked;
  for (const part of partsOf(core)) walk(part, inside, found);
}

function union(one: Asked, other: Asked): Asked {
  return {
    lack: one.lack || other.lack,
    grant: one.grant || other.grant,
    refuses: one.refuses || other.refuses,
    decides: one.decides || other.decides,
  };
}

function isSame(one: Asked, other: Asked): boolean {
  return (
    one.lack === other.lack &&
    one.grant === other.grant &&
    one.refuses === other.refuses &&
    one.decides === other.decides
  );
}
