/**
 * The values that an expression can have, if they are few: literals of rules, the words of an enumeration, and the results of
 * functions and operators on those. All comparisons share this notion: a condition that none of the values fulfils never holds,
 * whichever function or operator tests it.
 */
import { never } from '../../errors.js';
import { absentPart } from './absent.js';
import { callBuiltin } from '../builtins/call.js';
import { engineBuiltins } from '../builtins/catalogue.js';
import type { Builtin } from '../builtins/define/builtin.js';
import type { Checker } from './knowledge/checker.js';
import { Budget, EvaluationLimit } from '../context.js';
import type { BinaryCore, CallCore, Core, HelperGroup, TemplateCore } from '../core.js';
import { isEqual, isMember, membersOf as membersOfValue, step } from '../../values/kleene.js';
import { negate } from '../../values/number.js';
import { calculate, combine, isNumber, isOrdered } from '../../values/operators.js';
import { renderInTemplate } from '../../values/render.js';
import { json, type Field, type Type } from '../../values/schema.js';
import {
  isArray,
  isObject,
  objectOf,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';

/** A trial of a call costs so much at most: what is larger is left to the decision. */
const stepsMax = 10_000;

/** A value with more characters and members than this is not computed further. */
const weightMax = 10_000;
/** Lists share their members, so that a few lines can write one of any size. */
const weights = new WeakMap<object, number>();

function weightOf(value: Value): number {
  if (typeof value === 'string') return 1 + value.length;
  if (value === null || typeof value !== 'object') return 1;
  let weight = weights.get(value);
  if (weight === undefined) {
    weight = 1 + membersOfValue(value).reduce<number>((sum, member) => sum + weightOf(member), 0);
    weights.set(value, weight);
  }
  return weight;
}

export interface Trial {
  /** Values that expressions have for the moment, in the place of all that they can have. */
  readonly fixed: ReadonlyMap<Core, readonly Value[]>;
  /** The values of a fact without an enumeration: the names in the configuration. */
  readonly values: (core: Core, type: Type) => readonly Value[] | null;
  readonly choicesMax: number;
  /** Called if a claim is assumed to be as its issuer describes it: it may still have any value. */
  readonly uncertain: (claim: Core) => void;
  /** The values computed for what variables and helpers stand for: each may be read many times. */
  readonly known: Map<Core, readonly Maybe[] | null>;
}

export function newTrial(trial: Omit<Trial, 'known'>): Trial {
  return { ...trial, known: new Map() };
}

/** Lists of which one member is enough: whatever is asked of them is asked of each. */
export const listedArguments: Readonly<Record<string, readonly number[]>> = {
  'strings.any_prefix_match': [0, 1],
  'strings.any_suffix_match': [0, 1],
};

/** Null if it can be anything, or too much; `undefined` is among them if it may have no value. */
export function possibleValues(checker: Checker, core: Core, trial: Trial): readonly Maybe[] | null {
  const given = trial.fixed.get(core);
  if (given !== undefined) return given;
  switch (core.kind) {
    case 'constant':
      return [core.value];
    case 'array':
    case 'set':
      return over(checker, core.elements, trial, (values) =>
        core.kind === 'array' ? values : ValueSet.of(values),
      );
    case 'object':
      return over(
        checker,
        core.entries.flatMap(({ key, value }) => [key, value]),
        trial,
        (values) =>
          objectOf(core.entries.map((_, i) => [renderInTemplate(values[2 * i]), values[2 * i + 1]!])),
      );
    case 'call':
      return possibleResults(checker, core, trial);
    case 'negate':
      return over(checker, [core.operand], trial, ([value]) =>
        isNumber(value!) ? negate(value) : new Unknown('`-` takes numbers'),
      );
    case 'binary':
      return over(checker, [core.left, core.right], trial, ([left, right]) => operate(core, left!, right!));
    case 'membership':
      return core.key !== null
        ? null
        : over(checker, [core.value, core.collection], trial, ([value, members]) =>
            isMember(value!, members!),
          );
    case 'step':
      return (
        valuesOfType(checker, core, trial) ??
        over(checker, [core.base, core.key], trial, ([base, key]) => step(base!, key!))
      );
    case 'template':
      return possibleTexts(checker, core, trial);
    case 'local': {
      return valuesOfType(checker, core, trial) ?? possibleBound(checker, core.slot, trial);
    }
    case 'rule': {
      const written = writtenValue(core.rule);
      return valuesOfType(checker, core, trial) ?? (written && possibleOnce(checker, written, trial));
    }
    case 'fact':
      return valuesOfType(checker, core, trial);
    case 'comprehension':
    case 'document':
    case 'every':
    case 'exists':
    case 'has':
    case 'input':
    case 'not':
    case 'with':
      return null;
    default:
      return never(core);
  }
}

function possibleBound(checker: Checker, slot: number, trial: Trial): readonly Maybe[] | null {
  const bound = checker.bound.get(slot);
  return bound === undefined ? null : possibleOnce(checker, bound, trial);
}

/** What variables and helpers stand for is worked out once, however often they are read. */
function possibleOnce(checker: Checker, core: Core, trial: Trial): readonly Maybe[] | null {
  let values = trial.known.get(core);
  if (values === undefined) {
    // A variable that is bound to itself is reported elsewhere.
    trial.known.set(core, null);
    trial.known.set(core, (values = possibleValues(checker, core, trial)));
  }
  return values;
}

/** A part that may be absent has a text all the same, which says that it is. */
function possibleTexts(checker: Checker, core: TemplateCore, trial: Trial): readonly Maybe[] | null {
  const parts = core.parts.filter((part) => typeof part !== 'string');
  if (parts.some((part) => absentPart(checker, part) !== null)) return null;
  return over(checker, parts, trial, (values) => {
    let next = 0;
    return core.parts
      .map((part) => (typeof part === 'string' ? part : renderInTemplate(values[next++])))
      .join('');
  });
}

function valuesOfType(checker: Checker, core: Core, trial: Trial): readonly Value[] | null {
  const type = checker.types.get(core);
  const expected = type?.kind === 'json' ? type.expected : undefined;
  if (expected?.kind === 'string' && expected.values !== undefined) {
    trial.uncertain(core);
    return expected.values;
  }
  return type?.kind === 'string' ? (type.values ?? trial.values(core, type)) : null;
}

function possibleResults(checker: Checker, core: CallCore, trial: Trial): readonly Maybe[] | null {
  const { callee } = core;
  if ('clauses' in callee || !engineBuiltins.includes(callee)) return null;
  const listed = listedArguments[callee.name] ?? [];
  const each = new Map(trial.fixed);
  for (const i of listed) {
    const argument = core.arguments[i];
    const members = argument === undefined || each.has(argument) ? null : membersOf(checker, argument);
    if (members !== null) each.set(argument!, members);
  }
  return over(checker, core.arguments, { ...trial, fixed: each }, (args) => tryCall(callee, args));
}

/** Each of the words that a list of an enumeration can hold. */
function membersOf(checker: Checker, core: Core): readonly Value[] | null {
  const type = checker.types.get(core);
  if (type?.kind !== 'set' && type?.kind !== 'array') return null;
  return type.element.kind === 'string' ? (type.element.values ?? null) : null;
}

/** The results for every combination of the parts' values; a part without a value leaves none. */
function over(
  checker: Checker,
  parts: readonly Core[],
  trial: Trial,
  make: (values: readonly Value[]) => Maybe,
): readonly Maybe[] | null {
  let all: (readonly Value[])[] = [[]];
  let absent = false;
  for (const part of parts) {
    const choices = possibleValues(checker, part, trial);
    if (choices === null || all.length * choices.length > trial.choicesMax) return null;
    const there = choices.filter((value) => value !== undefined);
    absent ||= there.length < choices.length;
    all = all.flatMap((before) => there.map((value) => [...before, value]));
  }
  const results: Maybe[] = absent ? [undefined] : [];
  for (const values of all) {
    const result = make(values);
    // A failure is unknown, which is not a value that could be looked for.
    if (result instanceof Unknown || (result !== undefined && weightOf(result) > weightMax)) return null;
    results.push(result);
  }
  return results;
}

function operate({ operator }: BinaryCore, left: Value, right: Value): Maybe {
  switch (operator) {
    case '==':
    case '!=': {
      const equal = isEqual(left, right);
      return typeof equal === 'boolean' ? equal === (operator === '==') : equal;
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isOrdered(operator, left, right);
    case '|':
    case '&':
      return combine(operator, left, right);
    case '-':
      return left instanceof ValueSet ? combine(operator, left, right) : calculate(operator, left, right);
    case '+':
    case '*':
    case '/':
    case '%':
      return calculate(operator, left, right);
    case 'and':
    case 'or':
    case '??':
      return new Unknown(`\`${operator}\` is not worked out`);
  }
}

export const tooMuch = new Unknown('it costs too much to be tried');

/** The result of a call; unknown if it fails, or `tooMuch` to try. */
export function tryCall(callee: Builtin, args: readonly Value[]): Maybe {
  try {
    return callBuiltin(callee, args, new Budget(stepsMax));
  } catch (error) {
    if (error instanceof EvaluationLimit || error instanceof RangeError) return tooMuch;
    throw error;
  }
}

/** Beyond so many texts what a call makes of them is any text. */
const textsMax = 300;

/** `upper(s.verb)`, `split(s.verb, "_")`: what a function makes of each value that its arguments can have. */
export function typeOfResults(checker: Checker, core: CallCore, declared: Type): Type {
  const claims = new Set<Core>();
  const trial = newTrial({
    fixed: new Map(),
    values: () => null,
    choicesMax: textsMax,
    uncertain: (claim) => claims.add(claim),
  });
  const results = possibleValues(checker, core, trial);
  if (results === null) return declared;
  const there = results.filter((value) => value !== undefined);
  const written = core.arguments.every((argument) => isWritten(argument));
  const type = there.length === 0 ? declared : typeOfValues(there, written, declared);
  return claims.size === 0 ? type : { kind: 'json', expected: type };
}

function typeOfValues(values: readonly Value[], written: boolean, declared: Type): Type {
  if (values.every((value) => typeof value === 'string'))
    return { kind: 'string', values: [...new Set(values)], ...(written ? { written } : {}) };
  if (values.every((value) => isObject(value))) return objectOfValues(values, written, declared);
  // A test may put something else in the place of a function: what is but written is what it was written for.
  if (!written && values.every((value) => isNumber(value))) return typeOfNumbers(values);
  if (values.every(isArray)) return listOfValues('array', values.flat(), written, declared);
  if (values.every((value) => value instanceof ValueSet))
    return listOfValues(
      'set',
      values.flatMap(({ items }) => items),
      written,
      declared,
    );
  return declared;
}

function typeOfNumbers(values: readonly (number | bigint)[]): Type {
  const numbers = values.map(Number);
  const whole = values.every((value) => typeof value === 'bigint' || Number.isInteger(value));
  return { kind: 'number', range: { least: Math.min(...numbers), most: Math.max(...numbers), whole } };
}

function objectOfValues(values: readonly ValueObject[], written: boolean, declared: Type): Type {
  const names = [...new Set(values.flatMap((value) => Object.keys(value)))];
  const fields = names.map((name): [string, Field] => {
    const there = values.map((value) => property(value, name)).filter((value) => value !== undefined);
    return [name, { type: typeOfValues(there, written, json), doc: '', optional: true }];
  });
  return names.length === 0 ? declared : { kind: 'object', fields: Object.fromEntries(fields) };
}

function listOfValues(
  kind: 'array' | 'set',
  members: readonly Value[],
  written: boolean,
  declared: Type,
): Type {
  if (members.length === 0 || !members.every((member) => typeof member === 'string')) return declared;
  return { kind, element: typeOfValues(members, written, declared) };
}

const writtenValues = new WeakMap<HelperGroup, Core | null>();

/** The value of a helper that is but a name for it. */
function writtenValue(helper: HelperGroup): Core | null {
  let value = writtenValues.get(helper);
  if (value === undefined) {
    // Helpers that name each other in a circle are reported elsewhere.
    writtenValues.set(helper, null);
    writtenValues.set(helper, (value = findWrittenValue(helper)));
  }
  return value;
}

function findWrittenValue({ kind, clauses, default: fallback }: HelperGroup): Core | null {
  const [clause, ...others] = clauses;
  const [branch, ...further] = clause?.branches ?? [];
  if (kind !== 'complete' || fallback !== null || others.length > 0 || further.length > 0) return null;
  return branch !== undefined && branch.body.literals.length === 0 && isWritten(branch.value)
    ? branch.value
    : null;
}

/** Without facts. */
function isWritten(core: Core): boolean {
  if (core.kind === 'constant') return true;
  if (core.kind === 'rule') return writtenValue(core.rule) !== null;
  if (core.kind === 'array' || core.kind === 'set') return core.elements.every(isWritten);
  if (core.kind === 'object')
    return core.entries.every(({ key, value }) => isWritten(key) && isWritten(value));
  return core.kind === 'call' && !('clauses' in core.callee) && core.arguments.every(isWritten);
}

export function isTrue(values: readonly Maybe[]): boolean {
  return values.some((value) => value !== undefined && value !== false);
}
