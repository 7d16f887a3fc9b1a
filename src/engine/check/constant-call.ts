/**
 * Calls with constants that their function refuses: a date in the thirteenth month, a pattern that is none. A call that
 * always fails is unknown whenever it is reached, so that the rule around it denies or never allows.
 */
import { engineBuiltins } from '../builtins/catalogue.js';
import type { Builtin } from '../builtins/define/builtin.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import type { CallCore, Core } from '../core.js';
import { tooMuch, tryCall } from './possible-values.js';
import { Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';

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
  const sample = samples[callee.name];
  if (sample === undefined) return;
  core.arguments.forEach((argument, i) => {
    const value = constantOf(argument, 0);
    if (value === undefined) return;
    const args = sample.map((other, at) => (at === i ? value : other));
    reportFailure(checker, callee, args, argument);
  });
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
  if (!(result instanceof Unknown) || result === tooMuch) return;
  const why = result.reason.startsWith(`${callee.name}: `)
    ? result.reason.slice(callee.name.length + 2)
    : result.reason;
  const message = `\`${callee.name}\` always fails here: ${why}`;
  const help = 'give it what it can take: as it stands the rule can never be decided';
  reportAt(checker, { code: 'failing-call', message, help }, at);
}
