/** Name lookup in a scope, as PostgreSQL's parse analysis does it, with every candidate if the lookup is ambiguous here. */
import type { ColumnRef } from 'libpg-query';
import { addFilter, addRead, addUnknownColumns } from '../scope/entry.js';
import { callFunction } from '../code/functions.js';
import type { Lineage } from '../scope/lineage.js';
import { derive, nothing, ofAbsent, ofUnknown } from '../scope/lineage.js';
import { columnsCalled, itemsCalled, listedColumns, openSlots } from '../scope/namespace.js';
import type { Cte, Mode, Namespace, RangeItem, Scope } from '../scope/scope.js';
import { mergeAll, spend } from '../scope/scope.js';
import { texts } from '../parse/tree.js';

export function findCte(scope: Scope, name: string): Cte | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const cte = at.ctes.get(name);
    if (cte !== undefined) return cte;
  }
  return null;
}

export function itemColumn(scope: Scope, item: RangeItem, name: string): Lineage | null {
  spend(scope.derivation);
  const listed = columnsCalled(item, name);
  return listed.length > 0 ? mergeAll(scope, listed) : item.other(name);
}

/**
 * An unqualified column. A listed one wins over one that an open item might have; if only open items remain, each of them and
 * every enclosing query is a candidate, because the server may find any of them.
 */
export function findColumn(scope: Scope, name: string): Lineage | null {
  const candidates: Lineage[] = [];
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const { namespace } = at;
    const listed = listedColumns(scope, namespace, name);
    if (listed.length > 0) return mergeAll(scope, [...candidates, ...listed]);
    const open = openSlots(scope, namespace).map(({ item, except }) =>
      except.has(name) ? null : item.other(name),
    );
    candidates.push(...open.filter((lineage) => lineage !== null));
    if (candidates.length === 0) candidates.push(...systemColumns(scope, namespace, name));
  }
  return candidates.length === 0 ? null : mergeAll(scope, candidates);
}

function systemColumns(scope: Scope, { items }: Namespace, name: string): Lineage[] {
  spend(scope.derivation, items.length);
  const listed = items.filter((item) => item.columns !== null);
  return listed.map((item) => item.other(name)).filter((lineage) => lineage !== null);
}

/** The item that a qualifier means: the nearest of that alias, or of that schema and table. */
export function findItem(scope: Scope, schema: string | null, alias: string): RangeItem | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = itemsCalled(scope, at.namespace, alias).find(
      (item) => schema === null || item.schema === schema,
    );
    if (found !== undefined) return found;
  }
  return null;
}

const rows = new WeakMap<RangeItem, Lineage>();

/** Every column at once: `SELECT c FROM customers c`. */
export function wholeRow(scope: Scope, item: RangeItem, mode: Mode): Lineage {
  if (item.columns === null) {
    if (item.row !== undefined) return item.row;
    const reason = 'the columns of a table are not known';
    for (const table of item.tables) addUnknownColumns(scope.entry, table, mode, reason);
    return ofUnknown(reason);
  }
  let row = rows.get(item);
  if (row === undefined) {
    row = derive(mergeAll(scope, [nothing, ...item.columns.map((column) => column.lineage)]));
    rows.set(item, row);
  }
  return row;
}

/** Each column of it is noted with every statement around. */
const USE_STEPS = 4;

export function use(scope: Scope, lineage: Lineage, mode: Mode): Lineage {
  if (scope.entry.noted[mode].has(lineage)) return lineage;
  spend(scope.derivation, USE_STEPS * lineage.columns.length);
  if (mode === 'read') addRead(scope.entry, lineage);
  else addFilter(scope.entry, lineage);
  return lineage;
}

/** `a`, `t.a`, `s.t.a`, `db.s.t.a`; a name that is no column may be a whole row, or a function called as a column. */
export function resolveColumn(scope: Scope, reference: ColumnRef, mode: Mode): Lineage {
  const parts = texts(reference.fields);
  const column = parts.at(-1) ?? '';
  if (parts.length !== (reference.fields ?? []).length) return starInExpression(scope, parts, mode);
  if (parts.length === 1) return use(scope, resolveUnqualified(scope, column, mode), mode);
  const item = findItem(scope, parts.at(-3) ?? null, parts.at(-2) ?? '');
  if (item !== null) return use(scope, columnOfItem(scope, item, column, mode), mode);
  // A schema-qualified whole row: `public.customers`.
  const row = parts.length === 2 ? findItem(scope, parts[0]!, column) : null;
  if (row !== null) return use(scope, wholeRow(scope, row, mode), mode);
  return use(scope, notFound(scope, parts.join('.')), mode);
}

function resolveUnqualified(scope: Scope, name: string, mode: Mode): Lineage {
  const column = findColumn(scope, name);
  const item = findItem(scope, null, name);
  if (column === null) {
    return item === null ? notFound(scope, name) : wholeRow(scope, item, mode);
  }
  // If a column of that name is only assumed, the name may as well be the row of the item with that name.
  const assumed = item !== null && !isListed(scope, name);
  return assumed ? mergeAll(scope, [column, wholeRow(scope, item, mode)]) : column;
}

function notFound({ derivation }: Scope, name: string): Lineage {
  derivation.missing.found = true;
  return ofAbsent(name);
}

function isListed(scope: Scope, name: string): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (listedColumns(scope, at.namespace, name).length > 0) return true;
  }
  return false;
}

/** `c.f` is `f(c)` if `c` has no column `f`. */
function columnOfItem(scope: Scope, item: RangeItem, name: string, mode: Mode): Lineage {
  const column = itemColumn(scope, item, name);
  if (column !== null) return column;
  const { opaque, lineage } = callFunction(scope, [name], 1);
  const row = wholeRow(scope, item, mode);
  return opaque === null ? mergeAll(scope, [row, lineage]) : ofUnknown(opaque, row.columns);
}

/** `count(t.*)`, `row(t.*)`, `(t.*) IS NULL`: the whole row, or that of every item. */
function starInExpression(scope: Scope, parts: readonly string[], mode: Mode): Lineage {
  const qualifier = parts.at(-1);
  const items =
    qualifier === undefined ? scope.namespace.items : [findItem(scope, parts.at(-2) ?? null, qualifier)];
  const rows = items.map((item) =>
    item === null ? ofUnknown('a table of the query cannot be found') : wholeRow(scope, item, mode),
  );
  return use(scope, derive(mergeAll(scope, [nothing, ...rows])), mode);
}
