/**
 * Estimates the memory that plain data takes, in bytes, as V8 lays it out on a 64-bit machine: accurate enough to bound a cache.
 */

const OBJECT = 28;
const MEMBER = 12;
const COLLECTION = 180;
const TEXT = 16;

/** Shared objects within `data` count once. Stops as soon as the total exceeds `max`. */
export function roomOf(data: unknown, max: number): number {
  const seen = new Set<object>();
  const waiting: unknown[] = [data];
  let room = 0;
  const take = (members: Iterable<unknown>): void => {
    for (const member of members) {
      room += MEMBER;
      if (typeof member === 'string') room += TEXT + member.length;
      else if (typeof member === 'object' && member !== null) waiting.push(member);
    }
  };
  while (waiting.length > 0 && room <= max) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    room += OBJECT;
    if (Array.isArray(next)) take(next);
    else if (next instanceof Set) {
      room += COLLECTION;
      take(next);
    } else if (next instanceof Map) {
      room += COLLECTION;
      for (const entry of next) take(entry);
    } else take(Object.values(next));
  }
  return room;
}
