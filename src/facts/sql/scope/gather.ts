/** Merges what was analysed on its own, or as a result, into the statement that it counts for. */
import { addMoved, addMovedUnknown, type Entry } from './entry.js';
import type { Adopted, QueryResult, Scope } from './scope.js';

/** All that a query answers is put there. */
export function addMovedResult(entry: Entry, { columns, from }: QueryResult): void {
  for (const { lineage } of columns ?? []) addMoved(entry, lineage);
  if (columns !== null) return;
  if (from !== undefined) addMoved(entry, from);
  else addMovedUnknown(entry);
}

/**
 * Adds statements that were analysed on their own as nested in this one: rules see them where they run. Those of a function are
 * listed once, even if it is reached in several ways.
 */
export function adopt(
  { entry, derivation }: Scope,
  statements: readonly Entry[],
  planned = entry.inert,
): void {
  const own = new Map<Entry, Entry>();
  for (const one of statements) {
    const parent = (one.parent === null ? undefined : own.get(one.parent)) ?? entry;
    const executed = one.executed && entry.executed && !planned;
    if (isAdopted(derivation.adopted, one, executed)) continue;
    const copy: Entry = { ...one, parent, executed, text: entry.text, flow: entry.flow };
    own.set(one, copy);
    derivation.entries.push(copy);
  }
}

function isAdopted(adopted: Adopted, { origin }: Entry, executed: boolean): boolean {
  if (origin === null) return false;
  const before = adopted.get(origin.of) ?? new Set();
  adopted.set(origin.of, before);
  const number = 2 * origin.index;
  if (before.has(number) || (!executed && before.has(number + 1))) return true;
  before.add(executed ? number : number + 1);
  return false;
}
