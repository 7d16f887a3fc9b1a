/**
 * What may be absent, in rules that keep somebody out. A comparison over an absent value does not hold, so a denial that
 * rests on `claims.region != "eu"` says nothing of a token without the claim: its author has to say what that means.
 */
import { reportAt, type Checker } from './checker.js';
import type { BinaryCore, CallCore, Core, CorePattern, EveryCore, HelperGroup, StepCore } from './core.js';
import { literalParts, partsOf, patternSlots } from './core-walk.js';
import { presenceKey } from './condition-key.js';
import { knownTruth } from './knowledge.js';
import { ruleType } from './learn.js';
import { placeOf } from './place.js';
import { json, type Field, type Type } from './schema.js';

const contrary = { '!=': '==', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;
export type Contrast = keyof typeof contrary;

export function checkComparison(checker: Checker, core: BinaryCore, operator: Contrast): void {
  const part = absentIn(checker, core, [core.left, core.right]);
  if (part === null) return;
  const text = textOf(part);
  const other = `${textOf(core.left)} ${contrary[operator]} ${textOf(core.right)}`;
  report(checker, core, part, `\`not ${other}\`, which holds where \`${text}\` is not there`);
}

/** `every x in xs { … }` of what is absent does not hold. */
export function checkEveryMember(checker: Checker, core: EveryCore): void {
  const part = absentIn(checker, core, [core.collection]);
  if (part !== null) report(checker, core.collection, part, '`not { some … in …; not … }`');
}

/** A function says what something is not: called with what is absent, it says nothing. */
export function checkContrastingCall(checker: Checker, core: CallCore): void {
  const { callee } = core;
  if (!('clauses' in callee)) return;
  const contrasting = core.arguments.filter((_, i) => contrasts(callee, i));
  const part = absentIn(checker, core, contrasting);
  if (part !== null) report(checker, core, part, `\`not\` and a function that says the contrary`);
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

/** The part of an expression that may be absent, and the expression with it; null where there is none. */
export function absentPart(checker: Checker, core: Core): Core | null {
  switch (core.kind) {
    case 'local':
      return isKnown(checker, core) ? null : (checker.absent.get(core.slot) ?? null);
    case 'rule':
      return isKnown(checker, core) || !ruleType(checker, core.rule).absent ? null : core;
    case 'step':
      return isKnown(checker, core) ? null : absentStep(checker, core);
    case 'call':
      if ('clauses' in core.callee && ruleType(checker, core.callee).absent) return core;
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

/** Variables that stand for what may be absent: where it is, the rule ends there. */
export function bindAbsent(checker: Checker, pattern: CorePattern, value: Core): boolean {
  const part = checker.asked.lack ? absentPart(checker, value) : null;
  if (part !== null) for (const slot of patternSlots(pattern)) checker.absent.set(slot, part);
  return part !== null;
}

const contrasting = new WeakMap<HelperGroup, ReadonlySet<number>>();

/** Whether a function has a value because its argument is not something. */
function contrasts(group: HelperGroup, index: number): boolean {
  let found = contrasting.get(group);
  if (found === undefined) {
    found = new Set(Array.from({ length: group.arity }, (_, i) => i).filter((i) => isContrasted(group, i)));
    contrasting.set(group, found);
  }
  return found.has(index);
}

function isContrasted({ clauses }: HelperGroup, index: number): boolean {
  return clauses.some(({ parameters, branches }) => {
    const slots = new Set(patternSlots(parameters[index]!));
    const cores = branches.flatMap(({ body, value }) => [...body.literals.flatMap(literalParts), value]);
    return cores.some((core) => contrastsIn(core, slots));
  });
}

function contrastsIn(core: Core, slots: ReadonlySet<number>): boolean {
  const contrast = core.kind === 'not' || (core.kind === 'binary' && core.operator in contrary);
  return contrast ? readsSlot(core, slots) : partsOf(core).some((part) => contrastsIn(part, slots));
}

function readsSlot(core: Core, slots: ReadonlySet<number>): boolean {
  return (
    (core.kind === 'local' && slots.has(core.slot)) || partsOf(core).some((part) => readsSlot(part, slots))
  );
}
