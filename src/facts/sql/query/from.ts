/** FROM: what its items bring into view, joins included. */
import type { Alias, JoinExpr, RangeFunction, RangeSubselect } from 'libpg-query';
import { DerivationError, FROM_MOST } from '../parse/budget.js';
import { addCode, addFilter, markUnknown } from '../scope/entry.js';
import { analyseExpression, callOperator } from './expression.js';
import { columnsOfFunction } from '../code/functions.js';
import type { Lineage, NamedLineage } from '../scope/lineage.js';
import { derive, merge, nothing, ofUnknown } from '../scope/lineage.js';
import { beside, listedColumns, openSlots } from '../scope/namespace.js';
import { columnName } from './output.js';
import { rangeItem, renamed, resultItem } from './relations.js';
import type { Namespace, RangeItem, Scope, Slot } from '../scope/scope.js';
import { emptyNamespace, namespaceOf, spend, withNamespace } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, kindOf, listItems, text, texts } from '../parse/tree.js';

/** The items of FROM, in one list that grows: a copy for each item would be quadratic. */
export function analyseFrom(scope: Scope, list: readonly Node[] | undefined): Namespace {
  const items: RangeItem[] = [...scope.namespace.items];
  const slots: Slot[] = [...scope.namespace.slots];
  const seen = withNamespace(scope, { items, slots });
  if ((list?.length ?? 0) > FROM_MOST)
    throw new DerivationError(`a query has more than ${FROM_MOST} items in FROM`);
  for (const node of list ?? []) {
    const found = fromItem(scope, seen, node);
    for (const item of found.items) items.push(item);
    for (const slot of found.slots) slots.push(slot);
  }
  return seen.namespace;
}

/** `lateral` is what a LATERAL item sees: the queries around, and what is left of it. */
function fromItem(scope: Scope, lateral: Scope, node: Node): Namespace {
  spend(scope.derivation);
  const table = as(node, 'RangeVar');
  if (table !== null) return namespaceOf(rangeItem(scope, table));
  const join = as(node, 'JoinExpr');
  if (join !== null) return joins(scope, lateral, join);
  const query = as(node, 'RangeSubselect');
  if (query !== null) return namespaceOf(subselect(scope, lateral, query));
  const call = as(node, 'RangeFunction');
  if (call !== null) return namespaceOf(functionItem(lateral, call));
  return otherItem(scope, lateral, node);
}

function otherItem(scope: Scope, lateral: Scope, node: Node): Namespace {
  const sample = as(node, 'RangeTableSample');
  if (sample?.relation !== undefined) {
    const method = texts(sample.method).at(-1);
    if (method !== 'bernoulli' && method !== 'system')
      addCode(scope.entry, 'a sampling method that is not built in');
    for (const argument of [...(sample.args ?? []), sample.repeatable]) filter(lateral, argument);
    return fromItem(scope, lateral, sample.relation);
  }
  const xml = as(node, 'RangeTableFunc');
  if (xml !== null) {
    const lineage = merge([xml.docexpr, xml.rowexpr, ...(xml.columns ?? []), ...(xml.namespaces ?? [])].map((part) => analyseExpression(lateral, part, 'read'))); // prettier-ignore
    const names = (xml.columns ?? []).map((column) => as(column, 'RangeTableFuncCol')?.colname ?? '');
    return namespaceOf(columnsItem(xml.alias, 'xmltable', names, lineage));
  }
  const json = as(node, 'JsonTable');
  if (json !== null) {
    const { context_item, passing, columns, on_error } = json;
    const held = { List: { items: [...(passing ?? []), ...(columns ?? [])] } };
    const lineages = [analyseExpression(lateral, held, 'read')];
    if (context_item !== undefined)
      lineages.push(analyseExpression(lateral, { JsonValueExpr: context_item }, 'read'));
    if (on_error !== undefined) lineages.push(analyseExpression(lateral, { JsonBehavior: on_error }, 'read'));
    return namespaceOf(columnsItem(json.alias, 'json_table', jsonColumns(columns), merge(lineages)));
  }
  markUnknown(scope.entry, `an item of FROM of the kind ${kindOf(node)} is not known`);
  return emptyNamespace;
}

function jsonColumns(columns: readonly Node[] | undefined): string[] {
  return (columns ?? []).flatMap((node) => {
    const column = as(node, 'JsonTableColumn');
    return column?.coltype === 'JTC_NESTED' ? jsonColumns(column.columns) : [column?.name ?? ''];
  });
}

function columnsItem(
  alias: Alias | undefined,
  name: string,
  columns: readonly string[],
  lineage: Lineage,
): RangeItem {
  const listed = columns.map((column) => ({ name: column, lineage: derive(lineage) }));
  return renamed({ alias: name, schema: null, columns: listed, other: () => null, tables: [] }, alias);
}

function subselect(scope: Scope, lateral: Scope, query: RangeSubselect): RangeItem {
  const inner = query.lateral === true ? lateral : withNamespace(scope, emptyNamespace);
  return renamed(resultItem('', scope.derivation.parts.query(inner, query.subquery, 'read')), query.alias);
}

/** `f(x) AS t(a, b)`, `ROWS FROM (f(x), g(y)) WITH ORDINALITY`. Functions in FROM always see what is left of them. */
function functionItem(scope: Scope, item: RangeFunction): RangeItem {
  const functions = (item.functions ?? []).flatMap((node) => apart(listItems(node), item));
  const calls = functions.map((parts) => functionResult(scope, parts, item, functions.length));
  const columns = calls.some((call) => call.columns === null)
    ? null
    : calls.flatMap((call) => call.columns ?? []);
  const lineage = derive(merge([nothing, ...calls.map((call) => call.lineage)]));
  if (item.ordinality === true) columns?.push({ name: 'ordinality', lineage: nothing });
  const other = (): Lineage | null => (columns === null ? lineage : null);
  const named = { alias: calls[0]?.name ?? '', schema: null, columns, other, tables: [], row: lineage };
  return renamed(named, item.alias);
}

/**
 * `unnest(a, b)` is `ROWS FROM (unnest(a), unnest(b))`, unless it is written with more than arguments. PostgreSQL,
 * transformRangeFunction.
 */
function apart(parts: readonly Node[], { coldeflist }: RangeFunction): readonly (readonly Node[])[] {
  const [node, definitions] = parts;
  const call = as(node, 'FuncCall');
  const plain =
    call !== null &&
    listItems(definitions).length === 0 &&
    coldeflist === undefined &&
    Object.keys(call).every((key) => PLAIN_CALL.has(key));
  if (!plain || texts(call.funcname).join('.') !== 'unnest' || (call.args?.length ?? 0) < 2) return [parts];
  return call.args!.map((argument) => [{ FuncCall: { ...call, args: [argument] } }]);
}

const PLAIN_CALL: ReadonlySet<string> = new Set(['funcname', 'args', 'funcformat', 'location']);

interface CallResult {
  readonly name: string;
  readonly lineage: Lineage;
  readonly columns: NamedLineage[] | null;
}

function functionResult(
  scope: Scope,
  parts: readonly Node[],
  item: RangeFunction,
  count: number,
): CallResult {
  const [call, definitions] = parts;
  const lineage = derive(analyseExpression(scope, call, 'read'));
  const written = as(call, 'FuncCall');
  const parsed = texts(written?.funcname);
  const name = parsed.at(-1) ?? columnName(call);
  const defined = [...(item.coldeflist ?? []), ...listItems(definitions)].map((node) =>
    as(node, 'ColumnDef'),
  );
  if (defined.length > 0) {
    return { name, lineage, columns: defined.map((column) => ({ name: column?.colname ?? '', lineage })) };
  }
  // Forms that are no call to the grammar (CURRENT_DATE, COALESCE) answer one value.
  const columns =
    written === null || unnestsScalars(written.args, name)
      ? 'scalar'
      : columnsOfFunction(scope, parsed, written.args?.length ?? 0);
  if (columns === null) return { name, lineage, columns: null };
  // One value of one function is called as the item is.
  const single = (count === 1 ? item.alias?.aliasname : undefined) ?? name;
  return {
    name,
    lineage,
    columns: (columns === 'scalar' ? [single] : columns).map((of) => ({ name: of, lineage })),
  };
}

/** Built-in scalar types: a value of one of these is one column. */
const scalarTypes = new Set(
  'bit bool box bpchar bytea cidr circle date daterange float4 float8 inet int2 int4 int4range int8 int8range interval json jsonb line lseg macaddr macaddr8 money name numeric numrange oid path pg_lsn point polygon text time timestamp timestamptz timetz tsquery tsrange tstzrange tsvector uuid varbit varchar xml'.split(' '), // prettier-ignore
);

/** `unnest($1::int[])`: of an array of composite values it would answer their columns. */
function unnestsScalars(args: readonly Node[] | undefined, name: string): boolean {
  if (name !== 'unnest' || args?.length !== 1) return false;
  const cast = as(args[0], 'TypeCast');
  if (cast !== null) {
    const [type, ...schema] = texts(cast.typeName?.names).reverse();
    return scalarTypes.has(type ?? '') && (schema.length === 0 || schema[0] === 'pg_catalog');
  }
  const elements = as(args[0], 'A_ArrayExpr')?.elements;
  return elements?.every((element) => as(element, 'A_Const') !== null) === true;
}

/** A chain of joins leans to the left and may be long: it is taken apart in a loop. */
function joins(scope: Scope, lateral: Scope, join: JoinExpr): Namespace {
  const spine: JoinExpr[] = [];
  let innermost: Node | undefined = { JoinExpr: join };
  for (let at = as(innermost, 'JoinExpr'); at !== null; at = as(innermost, 'JoinExpr')) {
    spine.push(at);
    innermost = at.larg;
  }
  let joined = innermost === undefined ? emptyNamespace : fromItem(scope, lateral, innermost);
  for (const at of spine.reverse()) joined = joinTwo(scope, lateral, joined, at);
  return joined;
}

function joinTwo(scope: Scope, outer: Scope, left: Namespace, join: JoinExpr): Namespace {
  // The remaining columns of the whole join come after the remaining columns within it.
  const inside: Scope = { ...outer, parent: outer, namespace: left };
  const right = join.rarg === undefined ? emptyNamespace : fromItem(scope, inside, join.rarg);
  const shared = join.isNatural === true ? commonNames(left, right) : texts(join.usingClause);
  const joined = mergeColumns(scope, left, right, shared);
  if (join.isNatural === true || shared.length > 0) {
    callOperator(scope, ['=']);
    filterShared(scope, left, right, shared);
  }
  filter({ ...outer, parent: outer, namespace: joined }, join.quals);
  const using = join.join_using_alias;
  const items =
    using === undefined ? joined.items : [...joined.items, usingItem(using, joined, shared.length)];
  if (join.alias === undefined) return { items, slots: joined.slots };
  return namespaceOf(renamed(joinedItem(joined), join.alias));
}

/** `JOIN … USING (a, b) AS x`: x has the merged columns alone. */
function usingItem(alias: Alias, joined: Namespace, count: number): RangeItem {
  const columns = joined.slots.slice(0, count).flatMap((slot) => (slot.kind === 'column' ? [slot] : []));
  return { alias: alias.aliasname ?? '', schema: null, columns, other: () => null, tables: [] };
}

/** A join with an alias hides the names inside it. */
function joinedItem({ slots }: Namespace): RangeItem {
  const open = slots.flatMap((slot) => (slot.kind === 'open' ? [slot] : []));
  const listed = slots.flatMap((slot) => (slot.kind === 'column' ? [slot] : []));
  const tables = open.flatMap((slot) => slot.item.tables);
  if (open.length === 0) return { alias: '', schema: null, columns: listed, other: () => null, tables };
  const other = (name: string): Lineage | null => {
    const known = listed.filter((column) => column.name === name).map((column) => column.lineage);
    const assumed = open.map((slot) => (slot.except.has(name) ? null : slot.item.other(name)));
    const all = known.length > 0 ? known : assumed.filter((lineage) => lineage !== null);
    return all.length === 0 ? null : merge(all);
  };
  return { alias: '', schema: null, columns: null, other, tables };
}

function commonNames(left: Namespace, right: Namespace): string[] {
  const names = new Set(right.slots.flatMap((slot) => (slot.kind === 'column' ? [slot.name] : [])));
  return left.slots.flatMap((slot) => (slot.kind === 'column' && names.has(slot.name) ? [slot.name] : []));
}

/** The merged columns come first; either side's value can be the one that is seen. */
function mergeColumns(scope: Scope, left: Namespace, right: Namespace, shared: readonly string[]): Namespace {
  if (shared.length === 0) return beside(scope, left, right);
  const names = new Set(shared);
  spend(scope.derivation, left.slots.length + right.slots.length);
  const merged = shared.map((name): Slot => {
    const found = [...columnOf(scope, left, name), ...columnOf(scope, right, name)];
    const lineage = found.length === 0 ? ofUnknown(`the column \`${name}\` cannot be found`) : merge(found);
    return { kind: 'column', name, lineage };
  });
  const rest = [...left.slots, ...right.slots].flatMap((slot): Slot[] => {
    if (slot.kind === 'column') return names.has(slot.name) ? [] : [slot];
    return [{ ...slot, except: new Set([...slot.except, ...names]) }];
  });
  return { items: [...left.items, ...right.items], slots: [...merged, ...rest] };
}

function columnOf(scope: Scope, namespace: Namespace, name: string): readonly Lineage[] {
  const listed = listedColumns(scope, namespace, name);
  if (listed.length > 0) return listed;
  const open = openSlots(scope, namespace).map(({ item }) => item.other(name));
  return open.filter((lineage) => lineage !== null);
}

function filterShared(scope: Scope, left: Namespace, right: Namespace, shared: readonly string[]): void {
  const open = [left, right].some(({ slots }) => slots.some((slot) => slot.kind === 'open'));
  if (shared.length === 0 && open) scope.entry.flow.filteredUnknown = true;
  for (const name of shared) {
    for (const lineage of [...columnOf(scope, left, name), ...columnOf(scope, right, name)])
      addFilter(scope.entry, lineage);
  }
}

export function filter(scope: Scope, condition: Node | undefined): void {
  addFilter(scope.entry, analyseExpression(scope, condition, 'filter'));
}

/** Whether a text is the name of a column of the item; used when ORDER BY may name an output column. */
export const nameOf = (node: Node | undefined): string | null => {
  const fields = as(node, 'ColumnRef')?.fields ?? [];
  return fields.length === 1 ? text(fields[0]) : null;
};
