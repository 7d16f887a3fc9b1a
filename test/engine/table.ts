/** Tables of cases in YAML. What JSON lacks is written `{$set: […]}`, `{$unknown: why}` and `$absent`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { fromJson, isArray, isObject, Unknown, ValueSet, type Value } from '../../src/values/value.js';

/** Cases by the name of their file beside this one. */
export function readTable(name: string): unknown {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return parse(readFileSync(path, 'utf8'));
}

export function toValue(written: unknown): Value {
  if (Array.isArray(written)) return written.map(toValue);
  if (typeof written !== 'object' || written === null) return fromJson(written);
  const entries: [string, unknown][] = Object.entries(written);
  if (entries.length === 1) {
    const [key, inside] = entries[0]!;
    if (key === '$set') return ValueSet.of((inside as unknown[]).map(toValue));
    if (key === '$unknown') return new Unknown(String(inside));
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, toValue(member)]));
}

/** The same notation back, with objects in order of their keys. */
export function fromValue(value: Value | undefined): unknown {
  if (value === undefined) return '$absent';
  if (value instanceof Unknown) return { $unknown: value.reason };
  if (value instanceof ValueSet) return { $set: value.items.map(fromValue) };
  if (isArray(value)) return value.map(fromValue);
  if (!isObject(value)) return typeof value === 'bigint' ? String(value) : value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, fromValue(value[key])]),
  );
}
