/** Combines the solutions of a rule into its value, in the tree walk. */
import type { Given } from './interpreter.js';
import { isEqual } from '../../values/kleene.js';
import { Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';

/**
 * One value; two different ones at once are an error. A merely possible value must be the same, or the result is
 * unknown.
 */
export function gatherValue(given: readonly Given[], conflict: string): Maybe {
  const open = firstOpen(given, conflict);
  if (open !== null) return open;
  const certain = given.find(({ doubt }) => doubt === null);
  const possible = given.filter(({ doubt }) => doubt !== null);
  const agrees =
    certain !== undefined && possible.every(({ value }) => isEqual(value, certain.value) === true);
  return agrees ? certain.value : (possible[0]?.doubt ?? undefined);
}

/** Why an existing value is unknown: it is unknown itself, or there are two. */
function firstOpen(given: readonly Given[], conflict: string): Unknown | null {
  let certain: Maybe;
  for (const { value, doubt } of given) {
    if (value instanceof Unknown) return value;
    if (doubt !== null) continue;
    const equal = certain === undefined ? true : isEqual(certain, value);
    if (equal === false) return new Unknown(conflict);
    if (equal !== true) return equal;
    certain ??= value;
  }
  return null;
}

/** Whether something exists for certain, even if its value is unknown. */
export function isThereForCertain(given: readonly Given[]): boolean {
  return given.some(({ value, doubt }) => doubt === null || value instanceof Unknown);
}

/** The members that are certain, and an unknown one wherever there may be more members. */
export function gatherMembers(given: readonly Given[]): readonly Value[] {
  const members: Value[] = [];
  for (const { value, doubt } of given) {
    if (doubt === null) members.push(value);
    else if (!(members.at(-1) instanceof Unknown)) members.push(doubt);
  }
  return members;
}

/** One entry of an object: the keys that lead to it, and a value or a member of the set there. */
export interface Entry extends Given {
  readonly keys: readonly Value[];
  readonly member: boolean;
}

/** An object; it is unknown if a key is unknown or has two values. */
export function gatherObject(entries: readonly Entry[], conflict: string): Value {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const [key, ...keys] = entry.keys;
    if (key instanceof Unknown) return key;
    if (typeof key !== 'string') return new Unknown('the keys of an object are strings');
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push({ ...entry, keys });
    if (kindOf(group[0]!) !== kindOf(group.at(-1)!) || hasTwoValues(group)) return new Unknown(conflict);
  }
  const object = Object.create(null) as Record<string, Value>;
  for (const [key, group] of groups) object[key] = gatherAt(group, conflict);
  return object;
}

function kindOf({ keys, member }: Entry): 'object' | 'set' | 'value' {
  return keys.length > 0 ? 'object' : member ? 'set' : 'value';
}

/** A value without any certain part may itself be absent. */
function gatherAt(group: readonly Entry[], conflict: string): Value {
  const unknowns = group.map(valueOf).filter((value) => value instanceof Unknown);
  if (unknowns.length === group.length) return unknowns[0]!;
  switch (kindOf(group[0]!)) {
    case 'object':
      return gatherObject(group, conflict);
    case 'set':
      return ValueSet.of(gatherMembers(group));
    case 'value':
      return group.map(valueOf).reduce(merge);
  }
}

/** An uncertain value counts as unknown. */
function valueOf({ value, doubt }: Entry): Value {
  return doubt ?? value;
}

function merge(left: Value, right: Value): Value {
  const equal = isEqual(left, right);
  return equal instanceof Unknown ? equal : left;
}

/** Whether the last one certainly differs from the combination of the others. */
function hasTwoValues(group: readonly Entry[]): boolean {
  if (kindOf(group[0]!) !== 'value' || group.length === 1) return false;
  const before = group.slice(0, -1).map(valueOf).reduce(merge);
  return isEqual(before, valueOf(group.at(-1)!)) === false;
}
