/** From what the solutions of a rule give to its value, by the tree walk. */
import type { Given } from './interpreter.js';
import { isEqual } from '../../values/kleene.js';
import { Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';

/** One value; two different ones at once are an error. A value that is only possible must be the same, or nothing is known. */
export function gatherValue(given: readonly Given[], conflict: string): Maybe {
  const open = firstOpen(given, conflict);
  if (open !== null) return open;
  const certain = given.find(({ doubt }) => doubt === null);
  const possible = given.filter(({ doubt }) => doubt !== null);
  const agrees =
    certain !== undefined && possible.every(({ value }) => isEqual(value, certain.value) === true);
  return agrees ? certain.value : (possible[0]?.doubt ?? undefined);
}

/** Why the value is not known although there is one: it is unknown itself, or there are two. */
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

/** Whether something is there for certain, be it unknown what. */
export function isThereForCertain(given: readonly Given[]): boolean {
  return given.some(({ value, doubt }) => doubt === null || value instanceof Unknown);
}

/** The members that are certain, and an unknown one wherever there may be more. */
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

/** An object; nothing is known of it where a key is unknown, or where one key has two values. */
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

/** What has no part that is there for certain may be absent itself. */
function gatherAt(group: readonly Entry[], conflict: string): Value {
  const doubtful = group.map(valueOf).filter((value) => value instanceof Unknown);
  if (doubtful.length === group.length) return doubtful[0]!;
  switch (kindOf(group[0]!)) {
    case 'object':
      return gatherObject(group, conflict);
    case 'set':
      return ValueSet.of(gatherMembers(group));
    case 'value':
      return group.map(valueOf).reduce(merge);
  }
}

/** A value that is not certain is as good as unknown. */
function valueOf({ value, doubt }: Entry): Value {
  return doubt ?? value;
}

function merge(left: Value, right: Value): Value {
  const equal = isEqual(left, right);
  return equal instanceof Unknown ? equal : left;
}

/** Whether the last of them is certain to differ from what the others come to. */
function hasTwoValues(group: readonly Entry[]): boolean {
  if (kindOf(group[0]!) !== 'value' || group.length === 1) return false;
  const before = group.slice(0, -1).map(valueOf).reduce(merge);
  return isEqual(before, valueOf(group.at(-1)!)) === false;
}
