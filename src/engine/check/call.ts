/** Calls: how many arguments, and of which types. */
import { ruleType } from './knowledge/learn.js';
import { acceptsCount } from '../builtins/call.js';
import type { Builtin } from '../builtins/define/builtin.js';
import { engineBuiltins } from '../builtins/catalogue.js';
import { checkContrastingCall } from './absent.js';
import { conversion } from './help.js';
import { checkParts } from './part.js';
import { typeHandedOn } from './types/result.js';
import { checkConstantCall } from './constant-call.js';
import { checkPossible } from './possible.js';
import { reportAt, tolerant, type Checker } from './knowledge/checker.js';
import type { CallCore, Core, HelperGroup } from '../core.js';
import { checkSpelling } from './spelling.js';
import { stepOfGet } from './get.js';
import { typeOfResults } from './possible-values.js';
import { json, type Type } from '../../values/schema.js';
import { disjoint, withDefault } from './types/algebra.js';
import { describeType } from './types/text.js';

export function checkCall(checker: Checker, core: CallCore): Type {
  const before = checker.world.diagnostics.length;
  const types = core.arguments.map((argument) => checker.infer(argument));
  const { callee } = core;
  if ('clauses' in callee) return checkFunction(checker, core, callee, types);
  if (!acceptsCount(callee.parameters, types.length)) reportCount(checker, core, describeCount(callee));
  else checkArguments(checker, core, callee, types);
  return checker.world.diagnostics.length === before ? resultOf(checker, core, callee, types) : callee.result;
}

/** What comes out, as far as it is known of this call. */
function resultOf(checker: Checker, core: CallCore, callee: Builtin, types: readonly Type[]): Type {
  // A test asks what functions make of what they are given.
  if (checker.place === 'test' || !engineBuiltins.includes(callee)) return callee.result;
  const step = stepOfGet(core);
  // What is missing in an object that is written on the spot is left out on purpose.
  if (step !== null && core.arguments[0]!.kind !== 'object') {
    for (let at: Core = step; at.kind === 'step' && at !== core.arguments[0]; at = at.base)
      checker.world.tolerated.add(at);
    const type = tolerant(checker, () => checker.infer(step));
    return withDefault(type, core.arguments[2]!, types[2]!);
  }
  checkParts(checker, core);
  return typeOfResults(checker, core, typeHandedOn(callee.name, core.arguments, types) ?? callee.result);
}

function checkArguments(checker: Checker, core: CallCore, callee: Builtin, types: readonly Type[]): void {
  const before = checker.world.diagnostics.length;
  types.forEach((type, i) => checkArgument(checker, core, callee, type, i));
  if (checker.world.diagnostics.length === before) checkConstantCall(checker, core, callee);
  if (checker.world.diagnostics.length === before) checkSpelling(checker, core);
  if (checker.world.diagnostics.length === before && callee.result.kind === 'boolean')
    checkPossible(checker, core);
}

/** A function of the rules takes what its body can do something with. */
function checkFunction(checker: Checker, core: CallCore, callee: HelperGroup, types: readonly Type[]): Type {
  const { parameters } = ruleType(checker, callee);
  if (types.length !== callee.arity) {
    reportCount(checker, core, countOf(callee.arity));
    return json;
  }
  const before = checker.world.diagnostics.length;
  types.forEach((type, i) => {
    const wanted = familyOf(parameters[i] ?? json);
    if (!disjoint(type, wanted)) return;
    const message = `\`${core.name}\` takes ${describeType(wanted)} here, not ${describeType(type)}`;
    reportAt(checker, { code: 'argument-type', message, ...conversion(type, wanted) }, core.arguments[i]!);
  });
  if (checker.world.diagnostics.length > before) return ruleType(checker, callee).value;
  checkContrastingCall(checker, core);
  return checker.call(core, callee, types).value;
}

/** Without the values of texts: calling a function with one that it has no answer for is how it says no. */
function familyOf(type: Type): Type {
  if (type.kind === 'union') return { kind: 'union', members: type.members.map(familyOf) };
  return type.kind === 'string' ? { kind: 'string' } : type;
}

function countOf(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`;
}

function signatureOf({ name, callee }: CallCore): string {
  if (!('clauses' in callee)) return `${name}${describeCount(callee)}`;
  const [first] = callee.clauses;
  const written = first?.parameters.map(({ source, span }) => source.text.slice(span.start, span.end));
  return `${name}(${(written ?? []).join(', ')})`;
}

function describeCount({ parameters }: Builtin): string {
  const names = parameters.map(({ name, optional, variadic }) =>
    variadic === true ? `${name}…` : optional === true ? `[${name}]` : name,
  );
  return `(${names.join(', ')})`;
}

function reportCount(checker: Checker, core: CallCore, wanted: string): void {
  const message = `\`${core.name}\` takes ${wanted}, not ${core.arguments.length}`;
  reportAt(checker, { code: 'argument-count', message, help: `write \`${signatureOf(core)}\`` }, core);
}

function checkArgument(checker: Checker, core: CallCore, callee: Builtin, type: Type, index: number): void {
  const parameter = callee.parameters[Math.min(index, callee.parameters.length - 1)]!;
  if (!disjoint(type, parameter.type)) return;
  const message = `\`${core.name}\` takes ${describeType(parameter.type)} as \`${parameter.name}\`, not ${describeType(type)}`;
  const help = conversion(type, parameter.type);
  reportAt(checker, { code: 'argument-type', message, ...help }, core.arguments[index]!);
}
