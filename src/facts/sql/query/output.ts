/** The columns of a select list: their names as PostgreSQL chooses them, `*` expanded, each with its lineage. */
import type { FuncCall, ResTarget } from 'libpg-query';
import { COLUMNS_MOST, DerivationError } from '../parse/budget.js';
import { addUnknownColumns } from '../scope/entry.js';
import { analyseExpression } from './expression.js';
import type { Lineage, NamedLineage } from '../scope/lineage.js';
import { derive, merge, ofUnknown } from '../scope/lineage.js';
import { findColumn, findItem, use } from './names.js';
import type { Mode, QueryResult, RangeItem, Scope, Slot } from '../scope/scope.js';
import { slotsOf, spend } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, kindOf, text, texts } from '../parse/tree.js';

const notExpanded = 'the columns that `*` stands for are not known';

export function outputColumns(scope: Scope, targets: readonly Node[] | undefined, mode: Mode): QueryResult {
  const columns: NamedLineage[] = [];
  /** The lineage of columns that cannot be counted. */
  const uncounted: Lineage[] = [];
  for (const node of targets ?? []) {
    atMost(columns);
    const target = as(node, 'ResTarget');
    const star = starOf(target);
    const expression = starOfExpression(target);
    if (expression !== null) {
      // `(c).*`: the columns of a composite value, of which the text does not tell how many there are.
      const row = rowOf(scope, expression);
      if (row === null) uncounted.push(analyseExpression(scope, expression, mode));
      else for (const column of row) columns.push({ ...column, lineage: use(scope, column.lineage, mode) });
    } else if (star === null) columns.push(outputColumn(scope, target, mode));
    else expandStar(scope, star, mode, columns, uncounted);
  }
  atMost(columns);
  if (uncounted.length === 0) return { columns, reason: '' };
  const all = merge([...columns.map(({ lineage }) => lineage), ...uncounted]);
  return { columns: null, reason: notExpanded, ...(all.unknown === null ? { from: derive(all) } : {}) };
}

/** With more columns the server says that there are too many, of whatever query they are. */
function atMost(columns: readonly unknown[]): void {
  if (columns.length > COLUMNS_MOST)
    throw new DerivationError(`a select list has more than ${COLUMNS_MOST} columns`);
}

function outputColumn(scope: Scope, target: ResTarget | null, mode: Mode): NamedLineage {
  const lineage = analyseExpression(scope, target?.val, mode);
  return { name: target?.name ?? columnName(target?.val), lineage };
}

/** The qualifier of `*` and `t.*`; null if the target is anything else. */
function starOf(target: ResTarget | null): string[] | null {
  const fields = as(target?.val, 'ColumnRef')?.fields ?? [];
  return as(fields.at(-1), 'A_Star') === null ? null : texts(fields);
}

function starOfExpression(target: ResTarget | null): Node | null {
  const indirection = as(target?.val, 'A_Indirection');
  const last = indirection?.indirection?.at(-1);
  return indirection !== null && as(last, 'A_Star') !== null ? (target?.val ?? null) : null;
}

/** `(c).*` if `c` is a table whose columns are known; null for any other value. */
function rowOf(scope: Scope, node: Node): readonly NamedLineage[] | null {
  const indirection = as(node, 'A_Indirection');
  const parts = texts(as(indirection?.arg, 'ColumnRef')?.fields);
  if (indirection?.indirection?.length !== 1 || parts.length !== 1) return null;
  if (findColumn(scope, parts[0]!) !== null) return null;
  return findItem(scope, null, parts[0]!)?.columns ?? null;
}

/** Adds what `*` and `t.*` stand for: columns, and what those come from that cannot be counted. */
function expandStar(
  scope: Scope,
  qualifier: readonly string[],
  mode: Mode,
  columns: NamedLineage[],
  uncounted: Lineage[],
): void {
  const name = qualifier.at(-1);
  const item = name === undefined ? null : findItem(scope, qualifier.at(-2) ?? null, name);
  if (name !== undefined && item === null) {
    uncounted.push(ofUnknown(notExpanded));
    return;
  }
  const slots: readonly Slot[] = item === null ? scope.namespace.slots : slotsOf(item);
  spend(scope.derivation, slots.length);
  for (const slot of slots) {
    if (slot.kind === 'column') {
      use(scope, slot.lineage, mode);
      columns.push({ name: slot.name, lineage: slot.lineage });
    } else {
      readUnlisted(scope, slot.item, mode);
      uncounted.push(slot.item.row ?? ofUnknown(notExpanded));
    }
  }
}

export function readUnlisted(scope: Scope, item: RangeItem, mode: Mode): void {
  for (const table of item.tables) addUnknownColumns(scope.entry, table, mode, notExpanded);
}

const unnamed = '?column?';

/** As the server's FigureColname, for what can be told from the text. */
export function columnName(node: Node | undefined): string {
  let at = node;
  for (let steps = 0; at !== undefined && steps < 1000; steps++) {
    const found: string | Node | undefined = nameStep(at);
    if (typeof found === 'string' || found === undefined) return found ?? unnamed;
    at = found;
  }
  return unnamed;
}

/** The name, or the node inside that gives it. */
function nameStep(node: Node): string | Node | undefined {
  const column = as(node, 'ColumnRef');
  if (column !== null) return texts(column.fields).at(-1);
  const indirection = as(node, 'A_Indirection');
  if (indirection !== null)
    return (indirection.indirection ?? []).map(text).findLast((f) => f !== null) ?? indirection.arg;
  const call = as(node, 'FuncCall');
  if (call !== null) return functionName(call);
  const cast = as(node, 'TypeCast');
  if (cast !== null) {
    const inner = columnName(cast.arg);
    return inner === unnamed ? texts(cast.typeName?.names).at(-1) : inner;
  }
  const collate = as(node, 'CollateClause');
  if (collate !== null) return collate.arg;
  return nameOfForm(node);
}

const functionName = (call: FuncCall): string | undefined => texts(call.funcname).at(-1);

function nameOfForm(node: Node): string | Node | undefined {
  const sublink = as(node, 'SubLink');
  if (sublink !== null) {
    if (sublink.subLinkType === 'EXISTS_SUBLINK') return 'exists';
    if (sublink.subLinkType === 'ARRAY_SUBLINK') return 'array';
    const target = as(as(sublink.subselect, 'SelectStmt')?.targetList?.[0], 'ResTarget');
    return sublink.subLinkType === 'EXPR_SUBLINK' ? (target?.name ?? target?.val) : undefined;
  }
  const choice = as(node, 'CaseExpr');
  if (choice !== null) {
    const inner = columnName(choice.defresult);
    return inner === unnamed ? 'case' : inner;
  }
  if (as(node, 'A_Expr')?.kind === 'AEXPR_NULLIF') return 'nullif';
  if (as(node, 'CoalesceExpr') !== null) return 'coalesce';
  if (as(node, 'A_ArrayExpr') !== null) return 'array';
  if (as(node, 'RowExpr') !== null) return 'row';
  if (as(node, 'GroupingFunc') !== null) return 'grouping';
  if (as(node, 'MergeSupportFunc') !== null) return 'merge_action';
  return nameOfKeyword(node);
}

const keywordNames: Readonly<Record<string, string>> = {
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  XmlSerialize: 'xmlserialize',
};

/** Forms that look like calls: they are called as they are written. */
function nameOfKeyword(node: Node): string | undefined {
  const extreme = as(node, 'MinMaxExpr');
  if (extreme !== null) return extreme.op === 'IS_GREATEST' ? 'greatest' : 'least';
  const value = as(node, 'SQLValueFunction');
  if (value !== null) return value.op?.replace('SVFOP_', '').replace(/_N$/, '').toLowerCase();
  const json = as(node, 'JsonFuncExpr');
  if (json !== null) return json.op?.replace('_OP', '').toLowerCase();
  const xml = as(node, 'XmlExpr');
  if (xml !== null) return xml.op === 'IS_DOCUMENT' ? undefined : xml.op?.replace('IS_', '').toLowerCase();
  return keywordNames[kindOf(node)];
}
