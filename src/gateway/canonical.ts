/** Facts as one text: JSON with sorted keys and no white space, so that equal facts have equal digests. */
import { createHash } from 'node:crypto';
import {
  compare,
  isArray,
  isObject,
  toJson,
  ValueSet,
  type Value,
  type ValueObject,
} from '../engine/value.js';

/** Of facts that stay the same from command to command, by the object, array or set that holds them. */
const known = new WeakMap<object, string>();

/** Hex SHA-256. */
export function digestOf(facts: ValueObject): string {
  const text = objectText(facts, (root) => (isObject(root) ? objectText(root, remembered) : canonical(root)));
  return createHash('sha256').update(text).digest('hex');
}

/** Bound values change with every command; the statements beside them do not. */
function remembered(value: Value): string {
  if (value === null || typeof value !== 'object') return canonical(value);
  let text = known.get(value);
  if (text === undefined) known.set(value, (text = canonical(value)));
  return text;
}

export function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof ValueSet) return `[${value.items.map(canonical).join(',')}]`;
  return isObject(value) ? objectText(value, canonical) : JSON.stringify(toJson(value));
}

function objectText(value: ValueObject, textOf: (member: Value) => string): string {
  const keys = Object.keys(value).sort(compare);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${textOf(value[key]!)}`).join(',')}}`;
}
