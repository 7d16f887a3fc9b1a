import { isArray, isScalar, ValueSet, type Value } from './value.js';

/** Rego's name of the type of a known value. */
export function typeName(value: Value): string {
  if (value === null) return 'null';
  if (isScalar(value)) return typeof value === 'bigint' ? 'number' : typeof value;
  if (isArray(value)) return 'array';
  return value instanceof ValueSet ? 'set' : 'object';
}
