/** Whether names stand for the same in two readings of a catalogue. */
import { indexOf } from './lookup.js';
import type { Catalogue } from './catalogue.js';

export function isSameAt(names: ReadonlySet<string>, one: Catalogue, other: Catalogue): boolean {
  if (one === other) return true;
  const [before, now] = [indexOf(one), indexOf(other)];
  for (const name of names) {
    if (!areSame(before.byName.get(name), now.byName.get(name))) return false;
    if (!areSame(before.functions.get(name), now.functions.get(name))) return false;
  }
  return true;
}

/** Unchanged members are the same objects. A member that was rebuilt with the same content means the same. */
function areSame(one: readonly object[] = [], other: readonly object[] = []): boolean {
  if (one.length !== other.length) return false;
  return one.every((member) =>
    other.some(
      (it) => it === member || JSON.stringify({ ...it, oid: 0 }) === JSON.stringify({ ...member, oid: 0 }),
    ),
  );
}
