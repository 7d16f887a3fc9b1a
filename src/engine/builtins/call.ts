/** The only way from the engine to a builtin: any failure in it gives an unknown value, never an answer. */
import { findUnknown } from '../../values/kleene.js';
import type { Type } from '../../values/schema.js';
import {
  isArray,
  isObject,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../values/value.js';
import { never } from '../../errors.js';
import { BuiltinError, type Builtin, type BuiltinContext, type Parameter } from './define/builtin.js';
import { typeName } from '../../values/type-name.js';

/**
 * The result; `undefined` if Rego has none; unknown for a built-in error, a wrong number or type of arguments, or an
 * unknown member that matters. Errors of `context.spend` pass through.
 */
export function callBuiltin(builtin: Builtin, args: readonly Value[], context: BuiltinContext): Maybe {
  context.spend(cost(args));
  const trouble = misfit(builtin, args, context);
  if (trouble !== null) return trouble;
  try {
    return finite(builtin, builtin.call(args, context));
  } catch (error) {
    if (error instanceof BuiltinError) return new Unknown(`${builtin.name}: ${error.message}`);
    // The JavaScript engine's own limits (stack, length of a string) count as too large as well.
    if (error instanceof RangeError) return new Unknown(`${builtin.name}: the arguments are too large`);
    throw error;
  }
}

/** Every call is a step. Long texts cost more, because nearly every function reads its text. */
function cost(args: readonly Value[]): number {
  let steps = 1;
  for (const arg of args) if (typeof arg === 'string') steps += arg.length >> 8;
  return steps;
}

function misfit(builtin: Builtin, args: readonly Value[], context: BuiltinContext): Unknown | null {
  for (const arg of args) {
    const unknown = builtin.seesUnknown === true ? (arg instanceof Unknown ? arg : null) : findUnknown(arg);
    if (unknown !== null) return unknown;
  }
  if (!acceptsCount(builtin.parameters, args.length)) {
    return new Unknown(`\`${builtin.name}\` takes ${arity(builtin.parameters)}, not ${args.length}`);
  }
  for (const [i, arg] of args.entries()) {
    const parameter = builtin.parameters[Math.min(i, builtin.parameters.length - 1)]!;
    if (fits(arg, parameter.type, context)) continue;
    const wanted = `\`${builtin.name}\` takes ${describe(parameter.type)} as \`${parameter.name}\``;
    return new Unknown(`${wanted}, ${objection(arg, parameter.type)}`);
  }
  return null;
}

/** Whether this number of arguments is accepted; also used by the checker. */
export function acceptsCount(parameters: readonly Parameter[], count: number): boolean {
  const required = parameters.filter((p) => p.optional !== true && p.variadic !== true).length;
  const most = parameters.at(-1)?.variadic === true ? Infinity : parameters.length;
  return count >= required && count <= most;
}

function arity(parameters: readonly Parameter[]): string {
  const count = parameters.length;
  return count === 1 ? '1 argument' : `${count} arguments`;
}

function finite(builtin: Builtin, result: Maybe): Maybe {
  if (typeof result === 'number' && !Number.isFinite(result)) {
    return new Unknown(`${builtin.name}: the number is too large`);
  }
  return result;
}

/** Whether a value is of a type, members included. */
export function fits(value: Value, type: Type, context: BuiltinContext): boolean {
  switch (type.kind) {
    case 'json':
      return true;
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'string':
      return typeof value === 'string' && (type.values === undefined || type.values.includes(value));
    case 'array':
      return isArray(value) && allFit(value, type.element, context);
    case 'set':
      return value instanceof ValueSet && allFit(value.items, type.element, context);
    case 'map':
      return (
        isObject(value) && (type.value.kind === 'json' || allFit(Object.values(value), type.value, context))
      );
    case 'object':
      return (
        isObject(value) &&
        Object.entries(type.fields).every(([key, field]) => {
          const member = property(value, key);
          return member === undefined ? field.optional === true : fits(member, field.type, context);
        })
      );
    case 'union':
      return type.members.some((member) => fits(value, member, context));
    default:
      return never(type);
  }
}

function allFit(values: readonly Value[], type: Type, context: BuiltinContext): boolean {
  if (type.kind === 'json') return true;
  context.spend(1 + (values.length >> 3));
  return values.every((value) => fits(value, type, context));
}

const withArticle = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

/** Why a value does not fit. A collection of the right kind fails because of one of its members. */
function objection(value: Value, type: Type): string {
  if (value === null) return 'not null';
  const name = typeName(value);
  return kindsOf(type).includes(name) ? 'and a member is none' : `not ${withArticle(name)}`;
}

const kindsOf = (type: Type): readonly string[] =>
  type.kind === 'union' ? type.members.flatMap(kindsOf) : [type.kind === 'map' ? 'object' : type.kind];

function describe(type: Type): string {
  switch (type.kind) {
    case 'json':
      return 'a value';
    case 'null':
      return 'null';
    case 'map':
      return 'an object';
    case 'array':
    case 'set':
      return type.element.kind === 'json'
        ? withArticle(type.kind)
        : `${withArticle(type.kind)} of ${describe(type.element).replace(/^an? /, '')}s`;
    case 'union':
      return [...new Set(type.members.flatMap((member) => describe(member).split(' or ')))].join(' or ');
    case 'boolean':
    case 'number':
    case 'string':
    case 'object':
      return withArticle(type.kind);
    default:
      return never(type);
  }
}
