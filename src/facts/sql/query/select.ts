/** SELECT in all its forms: plain, VALUES, set operations, with WITH, and what decides which rows are seen. */
import type { SelectStmt } from 'libpg-query';
import { withCtes } from './cte.js';
import { addEffect, addFilter } from '../scope/entry.js';
import { analyseExpression } from './expression.js';
import { analyseFrom, filter, nameOf } from './from.js';
import type { NamedLineage } from '../scope/lineage.js';
import { derive, merge } from '../scope/lineage.js';
import { findColumn } from './names.js';
import { columnsCalled } from '../scope/namespace.js';
import { outputColumns } from './output.js';
import type { Mode, QueryResult, Scope } from '../scope/scope.js';
import { childScope, lineageOfResult, spend, withNamespace } from '../scope/scope.js';
import { restricts } from './restricts.js';
import type { Node } from '../parse/tree.js';
import { as, listItems } from '../parse/tree.js';

export function analyseSelect(parent: Scope, select: SelectStmt, mode: Mode): QueryResult {
  const scope = withCtes(childScope(parent), select.withClause);
  const { result, tables } = body(scope, select, mode);
  if (select.limitCount !== undefined || select.limitOffset !== undefined) {
    filter(scope, select.limitCount);
    filter(scope, select.limitOffset);
  }
  scope.entry.selects.push({
    depth: scope.depth - 1,
    hasWhere: isRestricted(select),
    hasLimit: hasLimit(select),
    tables,
  });
  lock(scope, select);
  return result;
}

interface Body {
  readonly result: QueryResult;
  /** The tables in its own FROM. */
  readonly tables: ReadonlySet<string>;
}

/** The base cost of a query: scopes, lists, an entry of its own. */
const QUERY_STEPS = 8;

function body(scope: Scope, select: SelectStmt, mode: Mode): Body {
  spend(scope.derivation, QUERY_STEPS);
  if (select.op !== undefined && select.op !== 'SETOP_NONE') {
    return { result: setOperation(scope, select, mode), tables: new Set() };
  }
  if (select.valuesLists !== undefined) return { result: values(scope, select, mode), tables: new Set() };
  const inside = withNamespace(scope, analyseFrom(scope, select.fromClause));
  filter(inside, select.whereClause);
  const result = outputColumns(inside, select.targetList, mode);
  addEffect(scope.entry, 'read');
  arrange(inside, select, result);
  const tables = inside.namespace.items.flatMap((item) => item.tables);
  return { result, tables: new Set(tables.map((table) => `${table.schema}.${table.name}`)) };
}

/** GROUP BY, HAVING, WINDOW, DISTINCT, ORDER BY: nothing of them is seen, and all of them tell something. */
function arrange(scope: Scope, select: SelectStmt, result: QueryResult): void {
  for (const node of select.groupClause ?? []) byName(scope, node, result, 'input');
  filter(scope, select.havingClause);
  for (const node of select.windowClause ?? []) filter(scope, node);
  for (const node of select.distinctClause ?? []) {
    if (Object.keys(node).length === 0) filterAll(scope, result);
    else byName(scope, node, result, 'output');
  }
  for (const node of select.sortClause ?? []) byName(scope, as(node, 'SortBy')?.node, result, 'output');
}

function filterAll(scope: Scope, { columns, from }: QueryResult): void {
  if (from !== undefined) addFilter(scope.entry, from);
  else if (columns === null) scope.entry.flow.filteredUnknown = true;
  for (const column of columns ?? []) addFilter(scope.entry, column.lineage);
}

/** `ORDER BY 2`, `ORDER BY alias`, `GROUP BY alias`: which of the two names wins differs, as in the server. */
function byName(scope: Scope, node: Node | undefined, result: QueryResult, first: 'input' | 'output'): void {
  const set = as(node, 'GroupingSet');
  if (set !== null) {
    for (const member of set.content ?? []) byName(scope, member, result, first);
    return;
  }
  const position = as(node, 'A_Const')?.ival;
  const name = nameOf(node);
  const named = name === null ? [] : columnsCalled(result, name);
  if (position !== undefined) {
    const column = result.columns?.[(position.ival ?? 0) - 1];
    if (column === undefined) filterAll(scope, result);
    else addFilter(scope.entry, column.lineage);
  } else if (named.length > 0 && (first === 'output' || findColumn(scope, name!) === null)) {
    for (const lineage of named) addFilter(scope.entry, lineage);
  } else filter(scope, node);
}

/** A chain of UNIONs leans to the left and may be long: it is taken apart in a loop. */
function setOperation(scope: Scope, select: SelectStmt, mode: Mode): QueryResult {
  const arms: SelectStmt[] = [];
  let distinct = false;
  let at: SelectStmt | undefined = select;
  while (at?.op !== undefined && at.op !== 'SETOP_NONE' && (at === select || isBare(at))) {
    distinct ||= at.op !== 'SETOP_UNION' || at.all !== true;
    if (at.rarg !== undefined) arms.push(at.rarg);
    at = at.larg;
  }
  if (at !== undefined) arms.push(at);
  const results = arms.reverse().map((arm) => scope.derivation.parts.select(scope, arm, mode));
  const result = sideBySide(results);
  if (distinct) for (const arm of results) filterAll(scope, arm);
  for (const node of select.sortClause ?? []) byName(scope, as(node, 'SortBy')?.node, result, 'output');
  return result;
}

/** It has no clauses of its own, so its arms can be merged with those around it. */
const isBare = (select: SelectStmt): boolean =>
  select.withClause === undefined &&
  select.sortClause === undefined &&
  select.limitCount === undefined &&
  select.limitOffset === undefined &&
  select.lockingClause === undefined;

/** By position; the first arm names the columns. */
export function sideBySide(results: readonly QueryResult[]): QueryResult {
  const unknown = results.find((result) => result.columns === null);
  if (unknown !== undefined) {
    const all = merge(results.map(lineageOfResult));
    return { columns: null, reason: unknown.reason, ...(all.unknown === null ? { from: derive(all) } : {}) };
  }
  const [first] = results;
  const columns = (first?.columns ?? []).map((column, i): NamedLineage => {
    const lineages = results.flatMap((result) => result.columns?.[i]?.lineage ?? []);
    return { name: column.name, lineage: merge(lineages) };
  });
  return { columns, reason: '' };
}

function values(scope: Scope, select: SelectStmt, mode: Mode): QueryResult {
  addEffect(scope.entry, 'read');
  const rows = (select.valuesLists ?? []).map((row): QueryResult => {
    const members = listItems(row);
    const columns = members.map((member, i) => {
      spend(scope.derivation);
      return { name: `column${i + 1}`, lineage: analyseExpression(scope, member, mode) };
    });
    return { columns, reason: '' };
  });
  const result = sideBySide(rows);
  for (const node of select.sortClause ?? []) byName(scope, as(node, 'SortBy')?.node, result, 'output');
  return result;
}

/** Whether every arm of it has a WHERE. */
export function isRestricted(select: SelectStmt): boolean {
  const waiting: (SelectStmt | undefined)[] = [select];
  while (waiting.length > 0) {
    const arm = waiting.pop();
    if (arm === undefined) continue;
    if (arm.larg !== undefined || arm.rarg !== undefined) waiting.push(arm.larg, arm.rarg);
    else if (!restricts(arm.whereClause)) return false;
  }
  return true;
}

/** `LIMIT ALL` and `LIMIT NULL` limit nothing. */
export function hasLimit({ limitCount }: SelectStmt): boolean {
  return limitCount !== undefined && as(limitCount, 'A_Const')?.isnull !== true;
}

/** FOR UPDATE, FOR SHARE and the other locking clauses. */
function lock(scope: Scope, select: SelectStmt): void {
  for (const node of select.lockingClause ?? []) {
    const strength = as(node, 'LockingClause')?.strength ?? 'LCS_NONE';
    addEffect(scope.entry, 'lock');
    scope.entry.locks.add(lockNames[strength]);
  }
}

const lockNames = {
  LCS_NONE: 'none',
  LCS_FORKEYSHARE: 'for key share',
  LCS_FORSHARE: 'for share',
  LCS_FORNOKEYUPDATE: 'for no key update',
  LCS_FORUPDATE: 'for update',
} as const;
