/** Whether a value has a type: for the arguments of builtins. */
import { never } from '../errors.js';
import type { Type } from './schema.js';
import { isArray, isObject, ValueSet, type Value } from './value.js';

export function fits(value: Value, type: Type): boolean {
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
      return isArray(value) && everyFits(value, type.element);
    case 'set':
      return value instanceof ValueSet && everyFits(value.items, type.element);
    case 'object':
      return isObject(value);
    case 'map':
      return isObject(value) && everyFits(Object.values(value), type.value);
    case 'union':
      return type.members.some((member) => fits(value, member));
    default:
      return never(type);
  }
}

function everyFits(values: readonly Value[], type: Type): boolean {
  return type.kind === 'json' || values.every((value) => fits(value, type));
}

/** A type in words: for messages. */
export function typeName(type: Type): string {
  switch (type.kind) {
    case 'json':
      return 'any value';
    case 'array':
      return 'an array';
    case 'object':
    case 'map':
      return 'an object';
    case 'union':
      return type.members.map(typeName).join(' or ');
    case 'null':
      return 'null';
    default:
      return `a ${type.kind}`;
  }
}
