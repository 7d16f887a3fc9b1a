/**
 * Catalogues that were made from one another by reading some names again. What was derived under one of them holds under the
 * others as long as none of the names that it looked up was read again.
 */
import type { Catalogue } from './catalogue.js';

interface Family {
  readonly id: number;
  newest: number;
  /** When each name was read again. */
  readonly readAt: Map<string, number>;
}

export interface Member {
  readonly family: Family;
  /** Counts the readings within the family. */
  readonly reading: number;
}

/** A family with more names than this is dropped, so that it cannot grow without bound. */
const NAMES_MAX = 10_000;

const members = new WeakMap<Catalogue, Member>();
let families = 0;

export function memberOf(catalogue: Catalogue): Member {
  let member = members.get(catalogue);
  if (member === undefined) {
    member = { family: { id: ++families, newest: 0, readAt: new Map() }, reading: 0 };
    members.set(catalogue, member);
  }
  return member;
}

/** The second is the first with these names read again. Only the newest of a family is followed by another. */
export function follow(before: Catalogue, after: Catalogue, names: ReadonlySet<string>): void {
  const { family, reading } = memberOf(before);
  if (reading !== family.newest || family.readAt.size + names.size > NAMES_MAX) return;
  family.newest++;
  for (const name of names) family.readAt.set(name, family.newest);
  members.set(after, { family, reading: family.newest });
}

/** Whether what rests on these names is the same in both; they are of one family. */
export function isSameFor(names: Iterable<string>, one: Member, other: Member): boolean {
  if (one.reading === other.reading) return true;
  const since = Math.min(one.reading, other.reading);
  for (const name of names) if ((one.family.readAt.get(name) ?? 0) > since) return false;
  return true;
}
