/** `with`: evaluates an expression with other facts, data or functions. */
import { replaceAt } from '../../values/answer.js';
import type { Compiler, Evaluate } from './compiler.js';
import { deriveContext, type Context, type Frame, type Mock } from '../context.js';
import type { CoreModifier, WithCore } from '../core.js';
import { completeFacts } from '../default-facts.js';
import { isObject, type Maybe } from '../../values/value.js';

export function compileWith(c: Compiler, core: WithCore): Evaluate {
  const modify = compileModifiers(c, core.modifiers);
  const operand = c.expression(core.operand);
  return (frame) => {
    const context = modify(frame, frame.context);
    return context === null ? undefined : operand({ slots: frame.slots, context });
  };
}

/** Derives a context with the modifiers applied; null if a value is absent. Later ones override earlier ones. */
export function compileModifiers(
  c: Compiler,
  modifiers: readonly CoreModifier[],
): (frame: Frame, base: Context) => Context | null {
  const steps = modifiers.map((modifier) => compileModifier(c, modifier));
  return (frame, base) => {
    let context: Context | null = base;
    for (const step of steps) {
      context = step(frame, context);
      if (context === null) return null;
    }
    return context;
  };
}

function compileModifier(
  c: Compiler,
  modifier: CoreModifier,
): (frame: Frame, base: Context) => Context | null {
  if (modifier.target === 'function') return compileMock(c, modifier);
  const evaluate = c.expression(modifier.value);
  const { path } = modifier;
  return (frame, base) => {
    const value = evaluate(frame);
    if (value === undefined) return null;
    if (modifier.target === 'data')
      return deriveContext(base, { overrides: [...base.overrides, { path, value }] });
    const facts = replaceAt(base.facts, rooted(c, path), value);
    return deriveContext(base, { facts: completeFacts(isObject(facts) ? facts : {}, c.schema) });
  };
}

/** `input` as a whole is the facts, unless the host has a fact of that name. */
function rooted(c: Compiler, path: readonly string[]): readonly string[] {
  return Object.hasOwn(c.schema.roots, 'input') && path[0] !== 'input' ? ['input', ...path] : path;
}

function compileMock(
  c: Compiler,
  { callee, value }: CoreModifier & { target: 'function' },
): (frame: Frame, base: Context) => Context | null {
  const evaluate = 'value' in value ? c.expression(value.value) : null;
  return (frame, base) => {
    const mock = 'function' in value ? value : asMock(evaluate!(frame));
    return mock && deriveContext(base, { mocks: new Map([...base.mocks, [callee, mock]]) });
  };
}

function asMock(value: Maybe): Mock | null {
  return value === undefined ? null : { value };
}
