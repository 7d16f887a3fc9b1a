/** What differs between two values that should be equal, or the nearest member if one is missing. */
import { isEqual, isMember, membersOf } from '../../values/kleene.js';
import { nearest } from '../../values/nearest.js';
import { renderValue, shorten } from '../../values/render.js';
import {
  isArray,
  isObject,
  isScalar,
  property,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';

const lengthMax = 120;
const linesMax = 3;

/** A few short sentences; none if the values themselves are enough. */
export function contrast(operator: '==' | 'in', left: Maybe, right: Maybe): readonly string[] {
  if (left === undefined || right === undefined) return [];
  if (operator === 'in') return missed(left, right);
  if (typeof left === 'string' && typeof right === 'string') return texts(left, right);
  if (left instanceof ValueSet && right instanceof ValueSet) return sets(left, right);
  if (isArray(left) && isArray(right)) return arrays(left, right);
  if (isObject(left) && isObject(right)) return objects(left, right);
  return typeName(left) === typeName(right) ? [] : [`${typeName(left)} is no ${typeName(right)}`];
}

function missed(value: Value, collection: Value): readonly string[] {
  if (typeof value !== 'string') return [];
  const words = membersOf(collection).filter((member) => typeof member === 'string');
  const folded = words.find((word) => word.toLowerCase() === value.toLowerCase());
  if (folded !== undefined) return [`${show(folded)} differs in case alone`];
  const near = nearest(value, words);
  return near === null ? [] : [`the nearest member is ${show(near)}`];
}

function texts(left: string, right: string): readonly string[] {
  if (left.toLowerCase() === right.toLowerCase()) return ['they differ in case alone'];
  return left.trim() === right.trim() ? ['they differ in white space alone'] : [];
}

function sets(left: ValueSet, right: ValueSet): readonly string[] {
  const only = (some: ValueSet, other: ValueSet): readonly Value[] =>
    some.items.filter((member) => isMember(member, other) === false);
  return [side('left', only(left, right)), side('right', only(right, left))].flat();
}

function side(name: string, members: readonly Value[]): readonly string[] {
  return members.length === 0 ? [] : [`only on the ${name}: ${members.map(show).join(', ')}`];
}

function arrays(left: readonly Value[], right: readonly Value[]): readonly string[] {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++)
    if (isEqual(left[at]!, right[at]!) === false)
      return [`at [${at}]: ${show(left[at]!)} and ${show(right[at]!)}`];
  return left.length === right.length ? [] : [`${left.length} members and ${right.length}`];
}

function objects(left: ValueObject, right: ValueObject): readonly string[] {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  const lines = keys.flatMap((key) => {
    const [a, b] = [property(left, key), property(right, key)];
    if (a !== undefined && b !== undefined)
      return isEqual(a, b) === false ? [`at ${show(key)}: ${show(a)} and ${show(b)}`] : [];
    return [`${show(key)} is only on the ${a === undefined ? 'right' : 'left'}`];
  });
  return lines.slice(0, linesMax);
}

function show(value: Value): string {
  return shorten(renderValue(value), lengthMax);
}

function typeName(value: Value): string {
  if (value instanceof ValueSet) return 'set';
  if (isArray(value)) return 'array';
  if (isScalar(value)) return value === null ? 'null' : typeof value === 'bigint' ? 'number' : typeof value;
  return isObject(value) ? 'object' : 'unknown value';
}
