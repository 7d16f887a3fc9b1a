/**
 * Values that may be absent, in rules that restrict. A comparison with an absent value does not hold, so a denial that rests on
 * `claims.region != "eu"` does not fire for a token without the claim: its author has to say which is meant.
 */
import { reportAt, type Checker } from './knowledge/checker.js';
import type { BinaryCore, CallCore, Core, CorePattern, EveryCore, HelperGroup, StepCore } from '../core.js';
import { literalParts, partsOf, patternSlots } from '../core-walk.js';
import { presenceKey } from './knowledge/condition-key.js';
import { knownTruth } from './knowledge/knowledge.js';
import type { RuleType } from '../resolve/inferred.js';
import { ruleType } from './knowledge/learn.js';
import { isDecision } from '../document.js';
import { placeOf } from './knowledge/place.js';
import { isOf } from './rule-type.js';
import { json, type Field, type Type } from '../../values/schema.js';

const contrary = { '!=': '==', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;
type Contrast = keyof typeof contrary;

export function checkComparison(checker: Checker, core: BinaryCore): void {
  if (checkFalse(checker, core) || !isContrasting(core.operator)) return;
  const part = absentIn(checker, core, [core.left, core.right]);
  if (part === null) return;
  const text = textOf(part);
  const other = `${textOf(core.left)} ${contrary[core.operator]} ${textOf(core.right)}`;
  report(checker, core, part, `\`not ${other}\`, which holds where \`${text}\` is not there`);
}

function isContrasting(operator: BinaryCore['operator']): operator is Contrast {
  return Object.hasOwn(contrary, operator);
}

/** `every x in xs { … }` does not hold if `xs` is absent. */
export function checkEveryMember(checker: Checker, core: EveryCore): void {
  const part = absentIn(checker, core, [core.collection]);
  if (part !== null) report(checker, core.collection, part, '`not { some … in …; not … }`');
}

/** A function that tests for a negative has no result if its argument is absent. */
export function checkContrastingCall(checker: Checker, core: CallCore): void {
  const { callee } = core;
  if (!('clauses' in callee)) return;
  const contrasting = core.arguments.filter((_, i) => contrasts(callee, i));
  const part = absentIn(checker, core, contrasting);
  if (part !== null) report(checker, core, part, '`not` and a function that says the contrary');
}

/** `trusted == false`, for a value that is true or absent, written to mean `not`. Returns whether it was reported. */
function checkFalse(checker: Checker, core: BinaryCore): boolean {
  const { operator, left, right } = core;
  const asked = isOf(right, operator === '!=') ? left : isOf(left, operator === '!=') ? right : null;
  if (asked === null || (operator !== '==' && operator !== '!=')) return false;
  const text = textOf(asked);
  if (isOnlyTrue(checker, asked)) {
    const message = `\`${text}\` is true or has no value: this never holds`;
    reportAt(checker, { code: 'impossible-comparison', message, help: `write \`not ${text}\`` }, core);
    return true;
  }
  // A claim that says `false` is something else than none.
  const part = placeOf(checker.aliases, asked) === null ? absentIn(checker, core, [asked]) : null;
  if (part !== null) report(checker, core, part, `\`not ${text}\`, which holds then`);
  return part !== null;
}

function isOnlyTrue(checker: Checker, core: Core): boolean {
  if (core.kind === 'rule') return ruleType(checker, core.rule).onlyTrue;
  if (core.kind === 'document') return isDecision(core.document);
  return core.kind === 'call' && 'clauses' in core.callee && ruleType(checker, core.callee).onlyTrue;
}

function absentIn(checker: Checker, core: Core, parts: readonly Core[]): Core | null {
  if (!checker.asked.lack || checker.world.tolerated.has(core)) return null;
  for (const part of parts) {
    const found = absentPart(checker, part);
    if (found !== null) return found;
  }
  return null;
}

function report(checker: Checker, at: Core, part: Core, third: string): void {
  const text = textOf(part);
  const message = `\`${text}\` may be absent; then this does not hold, and nobody is kept out by it`;
  const help = `say what absent means: \`has ${text}\` before it, \`(${text} ?? …)\`, or ${third}`;
  reportAt(checker, { code: 'absent-comparison', message, help }, at);
}

function textOf({ source, span }: Core): string {
  return source.text.slice(span.start, span.end).replace(/\s+/g, ' ');
}

/** The part of an expression that may be absent, and the whole expression; null if there is none. */
export function absentPart(checker: Checker, core: Core): Core | null {
  switch (core.kind) {
    case 'local':
      return isKnown(checker, core) ? null : (checker.absent.get(core.slot) ?? null);
    case 'rule':
      return isKnown(checker, core) || !ruleType(checker, core.rule).absent ? null : core;
    case 'step':
      return isKnown(checker, core) ? null : absentStep(checker, core);
    case 'call':
      if ('clauses' in core.callee && calledType(checker, core, core.callee).absent) return core;
      return firstAbsent(checker, core.arguments);
    case 'array':
    case 'set':
    case 'object':
    case 'negate':
    case 'membership':
      return firstAbsent(checker, partsOf(core));
    case 'binary':
      if (core.operator === 'and' || core.operator === 'or') return null;
      return firstAbsent(checker, core.operator === '??' ? [core.right] : [core.left, core.right]);
    case 'constant':
    case 'template':
    case 'comprehension':
    case 'input':
    case 'fact':
    case 'document':
    case 'not':
    case 'has':
    case 'every':
    case 'exists':
    case 'with':
      return null;
  }
}

/** The result of a checked call; for a call that was not checked, its function. */
function calledType(checker: Checker, core: CallCore, group: HelperGroup): RuleType {
  return checker.calls.get(core) ?? ruleType(checker, group);
}

function firstAbsent(checker: Checker, parts: readonly Core[]): Core | null {
  for (const part of parts) {
    const found = absentPart(checker, part);
    if (found !== null) return found;
  }
  return null;
}

/** A condition before it held that could not have held without it. */
function isKnown(checker: Checker, core: Core): boolean {
  const place = placeOf(checker.aliases, core);
  return place !== null && knownTruth(checker.knowledge, presenceKey(place)) === true;
}

function absentStep(checker: Checker, core: StepCore): Core | null {
  const type = checker.types.get(core.base) ?? json;
  const name = core.key.kind === 'constant' && typeof core.key.value === 'string' ? core.key.value : null;
  if (isCertain(type, name) || isPartOfTime(core))
    return absentPart(checker, core.base) ?? absentPart(checker, core.key);
  return core;
}

/** Builtins whose lists always have so many members. */
const LENGTHS: Readonly<Record<string, number>> = { 'time.clock': 3, 'time.date': 3, 'time.diff': 6 };

/** `time.clock(now)[0]` is there, whatever the time. */
function isPartOfTime({ base, key }: StepCore): boolean {
  if (base.kind !== 'call' || 'clauses' in base.callee || key.kind !== 'constant') return false;
  const index = Number(key.value);
  return Number.isInteger(index) && index >= 0 && index < (LENGTHS[base.callee.name] ?? 0);
}

/** Whether whatever is of the type has the field. */
function isCertain(type: Type, name: string | null): boolean {
  if (type.kind === 'union') return type.members.every((member) => isCertain(member, name));
  if (type.kind !== 'object' || name === null || !Object.hasOwn(type.fields, name)) return false;
  const field: Field = type.fields[name]!;
  return field.optional !== true || field.everywhere === true;
}

/** Variables bound to a value that may be absent: if it is absent, the rule ends there. */
export function bindAbsent(checker: Checker, pattern: CorePattern, value: Core): boolean {
  const part = checker.asked.lack ? absentPart(checker, value) : null;
  if (part !== null) for (const slot of patternSlots(pattern)) checker.absent.set(slot, part);
  return part !== null;
}

/** `some x in [a, b]`, if one of the members may be absent: the collection is then absent. */
export function bindMembers(checker: Checker, pattern: CorePattern, collection: Core): void {
  const { kind } = collection;
  if (kind === 'array' || kind === 'set' || kind === 'object') bindAbsent(checker, pattern, collection);
}

/** By index of the argument, as far as it was asked. */
const contrasting = new WeakMap<HelperGroup, Map<number, boolean>>();

/** Whether a function has a value because its argument is not something. */
function contrasts(group: HelperGroup, index: number): boolean {
  let known = contrasting.get(group);
  if (known === undefined) contrasting.set(group, (known = new Map<number, boolean>()));
  let found = known.get(index);
  if (found === undefined) {
    // A function that calls itself is refused as that.
    known.set(index, false);
    known.set(index, (found = isContrasted(group, index)));
  }
  return found;
}

function isContrasted({ clauses, default: fallback }: HelperGroup, index: number): boolean {
  return clauses.some(({ parameters, branches }) => {
    const slots = new Set(patternSlots(parameters[index]!));
    const asked = (core: Core): boolean => readsSlot(core, slots);
    const bodies = branches.map(({ body }) => body.literals.flatMap(literalParts));
    // The value after `else`, and a default, apply because the conditions before them do not hold.
    const others = fallback === null || isOf(fallback, false) ? bodies.slice(0, -1) : bodies;
    if (others.some((cores) => cores.some(asked))) return true;
    return branches.some(({ value }, i) => [...bodies[i]!, value].some((core) => contrastsIn(core, slots)));
  });
}

function contrastsIn(core: Core, slots: ReadonlySet<number>): boolean {
  if (isContrast(core)) return readsSlot(core, slots);
  if (core.kind === 'call' && 'clauses' in core.callee) {
    const { callee } = core;
    if (core.arguments.some((argument, i) => readsSlot(argument, slots) && contrasts(callee, i))) return true;
  }
  return partsOf(core).some((part) => contrastsIn(part, slots));
}

function isContrast(core: Core): boolean {
  return (
    core.kind === 'not' || core.kind === 'every' || (core.kind === 'binary' && isContrasting(core.operator))
  );
}

function readsSlot(core: Core, slots: ReadonlySet<number>): boolean {
  return (
    (core.kind === 'local' && slots.has(core.slot)) || partsOf(core).some((part) => readsSlot(part, slots))
  );
}
