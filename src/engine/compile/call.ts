/** Calls of builtins and of rule functions, and their replacements in tests. */
import type { Builtin } from '../builtins/define/builtin.js';
import { callBuiltin } from '../builtins/call.js';
import type { Compiler, Evaluate } from './compiler.js';
import { deriveContext, type Context, type Mock } from '../context.js';
import type { CallCore, HelperGroup } from '../core.js';
import type { Maybe, Value } from '../../values/value.js';

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
  return 'clauses' in callee
    ? c.callFunction(callee, args, context)
    : callBuiltin(callee, args, context.budget);
}

/** Inside the replacement of a function, calls reach the original. */
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
