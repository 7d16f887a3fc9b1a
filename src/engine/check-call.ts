/** Calls: how many arguments, and of which types. */
import { acceptsCount } from './builtins/call.js';
import type { Builtin } from './builtins/builtin.js';
import { reportAt, type Checker } from './checker.js';
import type { CallCore } from './core.js';
import { json, type Type } from './schema.js';
import { describeType, disjoint } from './type-algebra.js';

export function checkCall(checker: Checker, core: CallCore): Type {
  const types = core.arguments.map((argument) => checker.infer(argument));
  const { callee } = core;
  if ('clauses' in callee) {
    if (types.length !== callee.arity) reportCount(checker, core, countOf(callee.arity));
    return json;
  }
  if (!acceptsCount(callee.parameters, types.length)) reportCount(checker, core, describeCount(callee));
  else types.forEach((type, i) => checkArgument(checker, core, callee, type, i));
  return callee.result;
}

function countOf(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`;
}

function describeCount({ parameters }: Builtin): string {
  const names = parameters.map(({ name, optional, variadic }) =>
    variadic === true ? `${name}…` : optional === true ? `[${name}]` : name,
  );
  return `(${names.join(', ')})`;
}

function reportCount(checker: Checker, core: CallCore, wanted: string): void {
  const message = `\`${core.name}\` takes ${wanted}, not ${core.arguments.length}`;
  reportAt(checker, { code: 'argument-count', message }, core);
}

function checkArgument(checker: Checker, core: CallCore, callee: Builtin, type: Type, index: number): void {
  const parameter = callee.parameters[Math.min(index, callee.parameters.length - 1)]!;
  if (!disjoint(type, parameter.type)) return;
  const message = `\`${core.name}\` takes ${describeType(parameter.type)} as \`${parameter.name}\`, not ${describeType(type)}`;
  reportAt(checker, { code: 'argument-type', message }, core.arguments[index]!);
}
