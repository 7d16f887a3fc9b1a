/** The types of values that are there already: literals of the rules, and what data files hold. */
import { json, type Field, type Type } from '../../../values/schema.js';
import { joinAll } from './algebra.js';
import { isArray, isObject, ValueSet, type Value, type ValueObject } from '../../../values/value.js';

/** Literals have the type that holds nothing but them, as far as there is one. */
export function typeOfConstant(value: Value): Type {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'string') return { kind: 'string', values: [value], written: true };
  if (typeof value === 'boolean') return { kind: 'boolean' };
  if (typeof value === 'number' || typeof value === 'bigint') return { kind: 'number' };
  if (isArray(value)) return { kind: 'array', element: joinAll(value.map(typeOfConstant)) };
  if (value instanceof ValueSet) return { kind: 'set', element: joinAll(value.items.map(typeOfConstant)) };
  return isObject(value) ? { kind: 'map', value: json } : json;
}

/** Data is typed so deep, and collections up to so many members; what is beyond is dynamic. */
const depthMax = 6;
const membersMax = 5_000;

/**
 * The type of a value of a data file. Texts are any text: data changes without the rules, and a rule that compares with
 * a team which no file names yet is right. Its names are known, so that a slip in one is found, and any may be missing,
 * because a test can put other data in its place.
 */
export function typeOfData(value: Value, depth = depthMax): Type {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'string') return { kind: 'string' };
  if (typeof value === 'boolean') return { kind: 'boolean' };
  if (typeof value === 'number' || typeof value === 'bigint') return { kind: 'number' };
  if (depth === 0) return json;
  if (isArray(value)) {
    if (value.length > membersMax) return { kind: 'array', element: json };
    return { kind: 'array', element: joinAll(value.map((member) => typeOfData(member, depth - 1))) };
  }
  return isObject(value) ? typeOfObject(value, depth) : json;
}

function typeOfObject(value: ValueObject, depth: number): Type {
  const names = Object.keys(value);
  if (names.length > membersMax) return { kind: 'map', value: json };
  const fields = names.map((name): [string, Field] => [
    name,
    { type: typeOfData(value[name]!, depth - 1), doc: '', optional: true, everywhere: true },
  ]);
  return { kind: 'object', fields: Object.fromEntries(fields), dictionary: true };
}
