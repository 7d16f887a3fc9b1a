/**
 * Calls with constants that their function refuses: a date in the thirteenth month, a pattern that is none. A call that
 * always fails is unknown whenever it is reached, so that the rule around it denies or never allows.
 */
import { callBuiltin } from '../builtins/call.js';
import { engineBuiltins } from '../builtins/catalogue.js';
import type { Builtin } from '../builtins/define/builtin.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import { Budget, EvaluationLimit } from '../context.js';
import type { CallCore, Core } from '../core.js';
import type { Type } from '../../values/schema.js';
import { listOf } from './types/text.js';
import { Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';

/** A trial costs so much at most: what is larger is left to the decision. */
const stepsMax = 10_000;

/** Arguments with which a constant in the place of one of them is tried, where the others are not known. */
const samples: Readonly<Record<string, readonly Value[]>> = {
  'glob.match': ['a', [], 'a'],
  'net.cidr_contains': ['10.0.0.0/8', '10.0.0.1'],
  'net.cidr_intersects': ['10.0.0.0/8', '10.0.0.0/8'],
  'regex.find_all_string_submatch_n': ['a', 'a', 1],
  'regex.find_n': ['a', 'a', 1],
  'regex.match': ['a', 'a'],
  'regex.replace': ['a', 'a', 'a'],
  'regex.split': ['a', 'a'],
  'semver.compare': ['1.0.0', '1.0.0'],
  'time.clock': [0],
  'time.date': [0],
  'time.format': [0],
  'time.weekday': [0],
};

export function checkConstantCall(checker: Checker, core: CallCore, callee: Builtin): void {
  // A test asks about what fails, and the builders of facts are for tests.
  if (checker.place === 'test' || !engineBuiltins.includes(callee)) return;
  const constants = core.arguments.map((argument) => constantOf(argument, undefined));
  if (constants.every((value) => value !== undefined)) {
    reportFailure(checker, callee, constants, core);
    return;
  }
  checkValues(checker, core, callee, constants);
  const sample = samples[callee.name];
  if (sample === undefined) return;
  core.arguments.forEach((argument, i) => {
    const value = constantOf(argument, 0);
    if (value === undefined) return;
    const args = sample.map((other, at) => (at === i ? value : other));
    reportFailure(checker, callee, args, argument);
  });
}

/** `startswith(s.verb, "dorp")`: a question that none of the values of an enumeration answers with yes. */
function checkValues(checker: Checker, core: CallCore, callee: Builtin, constants: readonly Maybe[]): void {
  const open = constants.indexOf(undefined);
  const type = checker.types.get(core.arguments[open]!);
  if (callee.result.kind !== 'boolean' || constants.lastIndexOf(undefined) !== open) return;
  // Of what a condition before it has left one value, that one is the enumeration no more.
  if (type?.kind !== 'string' || type.values === undefined || type.values.length < 2) return;
  const holds = (text: string): boolean =>
    tryCall(callee, constants.map((value, i) => (i === open ? text : value)) as readonly Value[]) !== false;
  if (type.values.some(holds)) return;
  const message = `\`${callee.name}\` holds for none of the values that there are`;
  const help = type.values.length > 12 ? {} : { help: `there is ${listOf(type.values, 'and')}` };
  reportAt(checker, { code: 'impossible-comparison', message, ...help }, core);
}

/** Beyond so many texts what a call makes of them is any text. */
const textsMax = 300;

/** `upper(s.verb)`, `concat(" ", ["x", s.verb])`: what a function makes of each value of an enumeration. */
export function textsOf(checker: Checker, core: CallCore, callee: Builtin): Type {
  if (callee.result.kind !== 'string') return callee.result;
  const choices = choicesOfAll(checker, core.arguments);
  if (choices === null) return callee.result;
  const texts = new Set<string>();
  for (const args of choices) {
    const text = tryCall(callee, args);
    if (typeof text !== 'string') return callee.result;
    texts.add(text);
  }
  const written = core.arguments.every((argument) => constantOf(argument, undefined) !== undefined);
  return { kind: 'string', values: [...texts], ...(written ? { written } : {}) };
}

/** The values that each may have, in every combination; null where there are too many, or any. */
function choicesOfAll(checker: Checker, cores: readonly Core[]): readonly (readonly Value[])[] | null {
  let all: (readonly Value[])[] = [[]];
  for (const core of cores) {
    const choices = choicesOf(checker, core);
    if (choices === null || all.length * choices.length > textsMax) return null;
    all = all.flatMap((before) => choices.map((value) => [...before, value]));
  }
  return all;
}

function choicesOf(checker: Checker, core: Core): readonly Value[] | null {
  const constant = constantOf(core, undefined);
  if (constant !== undefined) return [constant];
  if (core.kind === 'array') return choicesOfAll(checker, core.elements);
  const type = checker.types.get(core);
  return type?.kind === 'string' ? (type.values ?? null) : null;
}

/** The value of an expression without facts; `hole` stands for the members of an array that have one. */
function constantOf(core: Core, hole: Maybe): Maybe {
  if (core.kind === 'constant') return core.value;
  if (core.kind !== 'array' && core.kind !== 'set') return undefined;
  const members: Value[] = [];
  for (const element of core.elements) {
    const value = constantOf(element, undefined) ?? hole;
    if (value === undefined) return undefined;
    members.push(value);
  }
  return core.kind === 'set' ? ValueSet.of(members) : members;
}

function reportFailure(checker: Checker, callee: Builtin, args: readonly Maybe[], at: Core): void {
  const result = tryCall(callee, args as readonly Value[]);
  if (!(result instanceof Unknown)) return;
  const why = result.reason.startsWith(`${callee.name}: `)
    ? result.reason.slice(callee.name.length + 2)
    : result.reason;
  const message = `\`${callee.name}\` always fails here: ${why}`;
  const help = 'give it what it can take: as it stands the rule can never be decided';
  reportAt(checker, { code: 'failing-call', message, help }, at);
}

function tryCall(callee: Builtin, args: readonly Value[]): Maybe {
  try {
    return callBuiltin(callee, args, new Budget(stepsMax));
  } catch (error) {
    if (error instanceof EvaluationLimit || error instanceof RangeError) return undefined;
    throw error;
  }
}
