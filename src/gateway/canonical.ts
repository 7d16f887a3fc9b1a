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

/** Facts that stay the same from command to command, by the object that holds them. */
const known = new WeakMap<ValueObject, string>();

/** Hex SHA-256. */
export function digestOf(facts: ValueObject): string {
  const roots = Object.keys(facts).sort(compare);
  const members = roots.map((root) => `${JSON.stringify(root)}:${remembered(facts[root]!)}`);
  return createHash('sha256')
    .update(`{${members.join(',')}}`)
    .digest('hex');
}

function remembered(value: Value): string {
  if (!isObject(value)) return canonical(value);
  let text = known.get(value);
  if (text === undefined) known.set(value, (text = canonical(value)));
  return text;
}

export function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof ValueSet) return `[${value.items.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(toJson(value));
  const keys = Object.keys(value).sort(compare);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join(',')}}`;
}
