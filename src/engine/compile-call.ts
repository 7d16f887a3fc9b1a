/** Calls of builtins and of the functions of rules, and what tests put in their place. */
import { BuiltinError, type Builtin } from './builtins/builtin.js';
import type { Compiler, Evaluate } from './compiler.js';
import type { Context, Mock } from './context.js';
import { deriveContext } from './context.js';
import type { CallCore, HelperGroup } from './core.js';
import { fits, typeName } from './fit.js';
import { findUnknown } from './kleene.js';
import { Unknown, type Maybe, type Value } from './value.js';

export function compileCall(c: Compiler, core: CallCore): Evaluate {
  const args = core.arguments.map((argument) => c.expression(argument));
  const { callee } = core;
  return (frame) => {
    frame.context.budget.spend(1);
    const values: Value[] = [];
    for (const argument of args) {
      const value = argument(frame);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return call(c, callee, values, frame.context);
  };
}

function call(c: Compiler, callee: Builtin | HelperGroup, args: readonly Value[], context: Context): Maybe {
  if (context.mocks.size > 0) {
    const mock = context.mocks.get(callee);
    if (mock !== undefined) return callMock(c, callee, mock, args, context);
  }
  return 'clauses' in callee ? c.callFunction(callee, args, context) : callBuiltin(callee, args, context);
}

/** Inside what stands in for a function, the function is itself again. */
function callMock(
  c: Compiler,
  callee: Builtin | HelperGroup,
  mock: Mock,
  args: readonly Value[],
  context: Context,
): Maybe {
  if ('value' in mock) return mock.value;
  const mocks = new Map(context.mocks);
  mocks.delete(callee);
  return call(c, mock.function, args, deriveContext(context, { mocks }));
}

/** A partly unknown argument makes the result unknown: a builtin sees only what is known. */
function callBuiltin(builtin: Builtin, args: readonly Value[], context: Context): Maybe {
  for (const argument of args) {
    const unknown = findUnknown(argument);
    if (unknown !== null) return unknown;
  }
  const misfit = findMisfit(builtin, args);
  if (misfit !== null) return new Unknown(misfit);
  try {
    return builtin.call(args, context.budget);
  } catch (error) {
    if (error instanceof BuiltinError) return new Unknown(`${builtin.name}: ${error.message}`);
    throw error;
  }
}

function findMisfit({ name, parameters }: Builtin, args: readonly Value[]): string | null {
  for (let i = 0; i < args.length; i++) {
    const parameter = parameters[Math.min(i, parameters.length - 1)];
    if (parameter === undefined) return `${name} takes no arguments`;
    if (!fits(args[i]!, parameter.type))
      return `${name}: \`${parameter.name}\` is not ${typeName(parameter.type)}`;
  }
  return null;
}
