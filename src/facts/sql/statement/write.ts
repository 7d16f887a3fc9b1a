/** INSERT, UPDATE, DELETE and MERGE: what is written, from which sources, under which condition, and what is returned. */
import type {
  DeleteStmt, InsertStmt, MergeStmt, MergeWhenClause, OnConflictClause, RangeVar, ReturningClause, UpdateStmt,
} from 'libpg-query'; // prettier-ignore
import { writeSetsOff } from '../code/behaviour.js';
import type { ColumnName, WriteEvent } from '../catalogue/catalogue.js';
import { withCtes } from '../query/cte.js';
import { addEffect, addMoved, addTable, addUnknownColumns } from '../scope/entry.js';
import { addMovedResult } from '../scope/gather.js';
import { analyseExpression } from '../query/expression.js';
import { analyseFrom, filter } from '../query/from.js';
import type { Lineage } from '../scope/lineage.js';
import { columnKey, merge, uniqueColumns } from '../scope/lineage.js';
import type { Literals } from '../scope/literals.js';
import { literalOf } from '../scope/literals.js';
import { itemColumn } from '../query/names.js';
import { outputColumns } from '../query/output.js';
import type { Resolved } from '../query/relations.js';
import { targetItem, withHeirs } from '../query/relations.js';
import type { Namespace, QueryResult, RangeItem, Scope, Slot } from '../scope/scope.js';
import { recordCatalogue, recordSettingsTable } from '../session/changes.js';
import { keepsShape } from './reshape.js';
import { beside } from '../scope/namespace.js';
import { childScope, lineageOfResult, namespaceOf, spend, withNamespace } from '../scope/scope.js';
import { restricts } from '../query/restricts.js';
import type { Body, Node } from '../parse/tree.js';
import { as } from '../parse/tree.js';

const noRows: QueryResult = { columns: [], reason: '' };

interface Target {
  readonly item: RangeItem;
  readonly tables: readonly Resolved[];
  /** The lineage that the statement gives each column: RETURNING shows it again. */
  readonly assigned: Map<string, Lineage[]>;
  /** The literals of the row that is to be inserted, by column: EXCLUDED has them. */
  readonly inserted: Map<string, Literals>;
  /** Lineage put into columns that cannot be distinguished. */
  readonly scattered: Lineage[];
}

function writeTarget(scope: Scope, name: RangeVar | undefined, events: readonly WriteEvent[]): Target {
  const target: Target = {
    ...targetItem(scope, name ?? {}),
    assigned: new Map(),
    inserted: new Map(),
    scattered: [],
  };
  addEffect(scope.entry, 'write');
  for (const table of target.tables) {
    addTable(scope.entry, table, 'write');
    recordSettingsTable(scope.entry, table);
    recordCatalogue(scope.entry, table);
    scope.entry.objects.push({ schema: table.schema, name: table.name });
    // Writing to a view writes to what it shows.
    for (const below of scope.derivation.parts.viewTables(scope, table.relation)) {
      addTable(scope.entry, below, 'write');
      recordCatalogue(scope.entry, below);
      addUnknownColumns(scope.entry, below, 'write', 'it is written through a view');
      for (const event of events) writeSetsOff(scope, below, event);
    }
    for (const event of events) writeSetsOff(scope, table, event);
  }
  // An INSERT goes to the table itself; the others reach those that inherit from it, too.
  const reached = events.every((event) => event === 'insert')
    ? []
    : withHeirs(scope, name ?? {}, target.tables);
  for (const heir of reached) addTable(scope.entry, heir, 'write');
  return target;
}

function writeColumn(scope: Scope, target: Target, column: string): void {
  for (const table of target.tables) addTable(scope.entry, table, 'write', column);
}

export function analyseInsert(parent: Scope, insert: InsertStmt): QueryResult {
  const scope = withCtes(childScope(parent), insert.withClause);
  const updates = insert.onConflictClause?.action === 'ONCONFLICT_UPDATE';
  const target = writeTarget(scope, insert.relation, updates ? ['insert', 'update'] : ['insert']);
  const named = (insert.cols ?? []).map((node) => as(node, 'ResTarget')?.name ?? '');
  const columns = named.length > 0 ? named : (target.item.columns?.map((column) => column.name) ?? null);
  for (const column of columns ?? []) writeColumn(scope, target, column);
  if (columns === null) {
    for (const table of target.tables)
      addUnknownColumns(scope.entry, table, 'write', 'INSERT does not name its columns');
  }
  if (insert.selectStmt !== undefined) {
    const given = scope.derivation.parts.query(scope, insert.selectStmt, 'read');
    addMovedResult(scope.entry, given);
    put(target, columns, given);
  }
  if (insert.onConflictClause !== undefined) onConflict(scope, target, insert.onConflictClause);
  return returning(scope, target, namespaceOf(target.item), insert.returningClause);
}

function put(target: Target, names: readonly string[] | null, given: QueryResult): void {
  if (given.columns === null) target.scattered.push(lineageOfResult(given));
  for (const [i, { lineage }] of (given.columns ?? []).entries()) {
    const name = names?.[i];
    if (name === undefined) target.scattered.push(lineage);
    else putOne(target, name, lineage);
    if (name !== undefined && lineage.literals !== null) target.inserted.set(name, lineage.literals);
  }
}

function putOne(target: Target, name: string, lineage: Lineage): void {
  if (lineage.columns.length === 0 && lineage.unknown === null) return;
  target.assigned.set(name, [...(target.assigned.get(name) ?? []), lineage]);
}

/** The target's row after the statement: each column as it was, or as it was set. */
function rowAfter({ item, assigned, scattered }: Target): RangeItem {
  const after = (name: string, lineage: Lineage): Lineage => {
    const given = [...(assigned.get(name) ?? []), ...scattered];
    return given.length === 0 ? lineage : merge([lineage, ...given]);
  };
  const columns = item.columns?.map(({ name, lineage }) => ({ name, lineage: after(name, lineage) })) ?? null;
  const other = (name: string): Lineage | null => {
    const lineage = item.other(name);
    return lineage === null ? null : after(name, lineage);
  };
  return { ...item, columns, other };
}

function onConflict(scope: Scope, target: Target, clause: OnConflictClause): void {
  // EXCLUDED is the row that was to be inserted: its columns are those of the target.
  const withInserted = (name: string, lineage: Lineage): Lineage => ({
    ...lineage,
    literals: target.inserted.get(name) ?? null,
  });
  const { item } = target;
  const excluded: RangeItem = {
    ...item,
    alias: 'excluded',
    schema: null,
    columns:
      item.columns?.map(({ name, lineage }) => ({ name, lineage: withInserted(name, lineage) })) ?? null,
    other: (name) => {
      const lineage = item.other(name);
      return lineage === null ? null : withInserted(name, lineage);
    },
  };
  const seen: Namespace = { items: [target.item, excluded], slots: namespaceOf(target.item).slots };
  const inside = withNamespace(scope, seen);
  for (const element of clause.infer?.indexElems ?? []) filter(inside, as(element, 'IndexElem')?.expr);
  filter(inside, clause.infer?.whereClause);
  filter(inside, clause.whereClause);
  if (clause.action === 'ONCONFLICT_UPDATE')
    scope.entry.actions.push({ verb: 'update', hasCondition: restricts(clause.whereClause) });
  assign(inside, target, clause.targetList);
}

export function analyseUpdate(parent: Scope, update: UpdateStmt): QueryResult {
  const scope = withCtes(childScope(parent), update.withClause);
  const target = writeTarget(scope, update.relation, ['update']);
  const own = namespaceOf(target.item);
  const seen = analyseFrom(withNamespace(scope, own), update.fromClause);
  const inside = withNamespace(scope, seen);
  scope.entry.hasWhere = restricts(update.whereClause);
  filter(inside, update.whereClause);
  assign(inside, target, update.targetList);
  return returning(scope, target, seen, update.returningClause);
}

/** `SET a = …, (b, c) = (…)`. A value that only goes back to its own column moves nowhere. */
function assign(scope: Scope, target: Target, targets: readonly Node[] | undefined): void {
  const sources = new Map<unknown, Lineage>();
  for (const node of targets ?? []) {
    const assignment = as(node, 'ResTarget');
    const name = assignment?.name ?? '';
    writeColumn(scope, target, name);
    const several = as(assignment?.val, 'MultiAssignRef');
    // The same row is written beside each of its columns: once is enough.
    const source = several === null ? assignment?.val : several.source;
    const key = several === null ? node : JSON.stringify(several.source);
    const lineage = sources.get(key) ?? analyseExpression(scope, source, 'read');
    sources.set(key, lineage);
    putOne(target, name, lineage);
    const itself = ({ schema, table, column }: ColumnName) =>
      column === name && target.tables.some((t) => t.schema === schema && t.name === table);
    const columns = lineage.columns.filter((column) => !itself(column));
    addMoved(scope.entry, { ...lineage, columns });
    if (columns.length < lineage.columns.length)
      reshape(scope, lineage.columns.filter(itself), source, several === null);
    overwrite(scope, target, name, several === null ? lineage.literals : memberLiterals(lineage, several));
  }
}

/** A row of values is not looked into. */
function reshape(scope: Scope, own: readonly ColumnName[], source: Node | undefined, single: boolean): void {
  const keys = new Set(own.map(columnKey));
  if (single && source !== undefined && keepsShape(scope, source, keys)) return;
  for (const column of own) scope.entry.flow.reshaped.set(columnKey(column), column);
}

/** The columns of `(a, b) = ROW(1, 2)` that the column's own member sets. */
function memberLiterals(
  { literals }: Lineage,
  { source, colno = 1 }: Body<'MultiAssignRef'>,
): Literals | null {
  const row = as(source, 'RowExpr');
  return row === null ? literals : (literalOf(row.args?.[colno - 1]) ?? literals);
}

function overwrite(scope: Scope, { item, tables }: Target, column: string, literals: Literals | null): void {
  if (literals === null) return;
  const own = tables.map(({ schema, name }) => ({ schema, table: name, column }));
  const columns = uniqueColumns([...own, ...(itemColumn(scope, item, column)?.columns ?? [])]);
  scope.entry.flow.overwritten.push({ columns, literals });
}

export function analyseDelete(parent: Scope, statement: DeleteStmt): QueryResult {
  const scope = withCtes(childScope(parent), statement.withClause);
  const target = writeTarget(scope, statement.relation, ['delete']);
  const own = namespaceOf(target.item);
  const seen = beside(scope, own, analyseFrom(scope, statement.usingClause));
  scope.entry.hasWhere = restricts(statement.whereClause);
  filter(withNamespace(scope, seen), statement.whereClause);
  return returning(scope, target, seen, statement.returningClause);
}

export function analyseMerge(parent: Scope, statement: MergeStmt): QueryResult {
  const scope = withCtes(childScope(parent), statement.withClause);
  const target = writeTarget(scope, statement.relation, mergeEvents(statement));
  const source = analyseFrom(scope, statement.sourceRelation === undefined ? [] : [statement.sourceRelation]);
  const seen = beside(scope, namespaceOf(target.item), source);
  const inside = withNamespace(scope, seen);
  scope.entry.hasWhere = restricts(statement.joinCondition);
  filter(inside, statement.joinCondition);
  for (const node of statement.mergeWhenClauses ?? []) {
    const clause = as(node, 'MergeWhenClause');
    if (clause !== null) mergeAction(inside, target, clause);
  }
  return returning(scope, target, beside(scope, source, namespaceOf(target.item)), statement.returningClause);
}

function mergeEvents({ mergeWhenClauses }: MergeStmt): WriteEvent[] {
  const verbs = (mergeWhenClauses ?? []).map(
    (node) => actionVerbs[as(node, 'MergeWhenClause')?.commandType ?? ''],
  );
  return (['insert', 'update', 'delete'] as const).filter((event) => verbs.includes(event));
}

const actionVerbs: Readonly<Record<string, string>> = {
  CMD_UPDATE: 'update',
  CMD_INSERT: 'insert',
  CMD_DELETE: 'delete',
  CMD_NOTHING: 'nothing',
};

function mergeAction(scope: Scope, target: Target, clause: MergeWhenClause): void {
  const verb = actionVerbs[clause.commandType ?? ''] ?? 'unknown';
  scope.entry.actions.push({ verb, hasCondition: restricts(clause.condition) });
  filter(scope, clause.condition);
  if (verb === 'update') {
    assign(scope, target, clause.targetList);
    return;
  }
  if (verb !== 'insert') return;
  const named = clause.targetList?.map((node) => as(node, 'ResTarget')?.name ?? '');
  const columns = named ?? target.item.columns?.map((column) => column.name) ?? null;
  for (const column of columns ?? []) writeColumn(scope, target, column);
  const values = (clause.values ?? []).map((value) => analyseExpression(scope, value, 'read'));
  for (const lineage of values) addMoved(scope.entry, lineage);
  put(target, columns, { columns: values.map((lineage) => ({ name: '', lineage })), reason: '' });
}

/** RETURNING sees the target, what is joined to it, and OLD and NEW or the names given to them. */
function returning(
  scope: Scope,
  target: Target,
  seen: Namespace,
  clause: ReturningClause | undefined,
): QueryResult {
  if (clause === undefined) return noRows;
  scope.entry.returning = true;
  addEffect(scope.entry, 'read');
  for (const table of target.tables) addTable(scope.entry, table, 'read');
  const names = (clause.options ?? []).map((node) => as(node, 'ReturningOption'));
  const named = (kind: string, usual: string): string =>
    names.find((option) => option?.option === kind)?.value ?? usual;
  const after = rowAfter(target);
  const items = seen.items.map((item) => (item === target.item ? after : item));
  const rows = [
    { ...target.item, alias: named('RETURNING_OPTION_OLD', 'old'), schema: null },
    { ...after, alias: named('RETURNING_OPTION_NEW', 'new'), schema: null },
  ].filter((row) => items.every((item) => item.alias !== row.alias));
  // Each slot is looked for among the target's columns.
  spend(scope.derivation, (seen.slots.length * (target.item.columns?.length ?? 1)) / 16);
  const slots = seen.slots.map((slot) => slotAfter(target, after, slot));
  return outputColumns(withNamespace(scope, { items: [...items, ...rows], slots }), clause.exprs, 'read');
}

function slotAfter({ item }: Target, after: RangeItem, slot: Slot): Slot {
  if (slot.kind === 'open') return slot.item === item ? { ...slot, item: after } : slot;
  const place =
    item.columns?.findIndex(({ name, lineage }) => name === slot.name && lineage === slot.lineage) ?? -1;
  return place < 0 ? slot : { ...slot, lineage: after.columns![place]!.lineage };
}
