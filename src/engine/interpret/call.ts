/** Calls, and expressions with other facts, data or functions, in the tree walk. */
import { replaceAt } from '../../values/answer.js';
import type { Builtin } from '../builtins/define/builtin.js';
import { callBuiltin } from '../builtins/call.js';
import { deriveContext, type Context, type Mock } from '../context.js';
import type { CoreModifier, HelperGroup, WithCore } from '../core.js';
import { completeFacts } from '../default-facts.js';
import type { Environment, Interpreter } from './interpreter.js';
import { isObject, type Maybe, type Value } from '../../values/value.js';

export function callFunction(
  w: Interpreter,
  callee: Builtin | HelperGroup,
  args: readonly Value[],
  context: Context,
): Maybe {
  const mock = context.mocks.get(callee);
  if (mock !== undefined) return callMock(w, callee, mock, args, context);
  return 'clauses' in callee ? w.callRule(callee, args, context) : callBuiltin(callee, args, context.budget);
}

/** Inside the replacement of a function, calls reach the original. */
function callMock(
  w: Interpreter,
  callee: Builtin | HelperGroup,
  mock: Mock,
  args: readonly Value[],
  context: Context,
): Maybe {
  if ('value' in mock) return mock.value;
  const mocks = new Map([...context.mocks].filter(([mocked]) => mocked !== callee));
  return callFunction(w, mock.function, args, deriveContext(context, { mocks }));
}

/** Applies the modifiers in order; each value is read outside all of them. */
export function evaluateWith(w: Interpreter, core: WithCore, environment: Environment): Maybe {
  let { context } = environment;
  for (const modifier of core.modifiers) {
    const changed = modify(w, modifier, environment, context);
    if (changed === null) return undefined;
    context = changed;
  }
  return w.evaluate(core.operand, { ...environment, context });
}

/** Null if the value is absent. */
function modify(
  w: Interpreter,
  modifier: CoreModifier,
  environment: Environment,
  context: Context,
): Context | null {
  if (modifier.target === 'function') {
    const mock = mockOf(w, modifier.value, environment);
    return mock && deriveContext(context, { mocks: new Map([...context.mocks, [modifier.callee, mock]]) });
  }
  const value = w.evaluate(modifier.value, environment);
  if (value === undefined) return null;
  const { path } = modifier;
  if (modifier.target === 'data')
    return deriveContext(context, { overrides: [...context.overrides, { path, value }] });
  // `input` as a whole is the facts, unless the host has a fact of that name.
  const whole = Object.hasOwn(w.schema.roots, 'input') && path[0] !== 'input';
  const facts = replaceAt(context.facts, whole ? ['input', ...path] : path, value);
  return deriveContext(context, { facts: completeFacts(isObject(facts) ? facts : {}, w.schema) });
}

function mockOf(
  w: Interpreter,
  value: (CoreModifier & { target: 'function' })['value'],
  environment: Environment,
): Mock | null {
  if ('function' in value) return value;
  const found = w.evaluate(value.value, environment);
  return found === undefined ? null : { value: found };
}
