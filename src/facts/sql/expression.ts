/**
 * What an expression reads and calls. The lineage of an expression is the union of what stands in it, so that the walk
 * needs no recursion and no stack: only a query inside it is worked out on its own.
 */
import type { A_Expr, A_Indirection, FuncCall, SubLink } from 'libpg-query';
import { addCode, addFilter, addMoved, markUnknown } from './entry.js';
import { callFunction, mayBeCalled } from './functions.js';
import type { Lineage } from './lineage.js';
import { derive, merge, nothing, ofUnknown } from './lineage.js';
import { findColumn, findItem, itemColumn, resolveColumn, use } from './names.js';
import type { Mode, Scope } from './scope.js';
import { spend } from './scope.js';
import { recordSetConfig } from './session-changes.js';
import type { Node } from './tree.js';
import { as, kindOf, text, texts } from './tree.js';

/** Nodes that only hold others. A kind that is in no list here makes the statement unknown. */
const holders = new Set([
  'A_Const', 'A_Expr', 'A_Indices', 'A_Indirection', 'A_ArrayExpr', 'ParamRef', 'TypeCast', 'TypeName', 'CollateClause',
  'BoolExpr', 'NullTest', 'BooleanTest', 'CaseExpr', 'CaseWhen', 'CoalesceExpr', 'MinMaxExpr', 'RowExpr',
  'SQLValueFunction', 'XmlExpr', 'XmlSerialize', 'GroupingFunc', 'GroupingSet', 'NamedArgExpr', 'ResTarget', 'SortBy',
  'WindowDef', 'List', 'String', 'Integer', 'Float', 'Boolean', 'BitString', 'SetToDefault', 'CurrentOfExpr', 'A_Star',
  'MultiAssignRef', 'MergeSupportFunc', 'FuncCall', 'JsonArgument', 'JsonBehavior', 'JsonFuncExpr', 'JsonIsPredicate',
  'JsonKeyValue', 'JsonOutput', 'JsonFormat', 'JsonReturning', 'JsonParseExpr', 'JsonScalarExpr', 'JsonSerializeExpr',
  'JsonValueExpr', 'JsonObjectConstructor', 'JsonArrayConstructor', 'JsonAggConstructor', 'JsonObjectAgg',
  'JsonArrayAgg', 'JsonTableColumn', 'JsonTablePathSpec', 'RangeTableFuncCol', 'IndexElem', 'DefElem',
]); // prettier-ignore

export function analyseExpression(scope: Scope, node: Node | undefined, mode: Mode): Lineage {
  if (node === undefined) return nothing;
  const column = as(node, 'ColumnRef');
  if (column !== null) return resolveColumn(scope, column, mode);
  const field = fieldOfRow(scope, as(node, 'A_Indirection'));
  if (field !== null) return use(scope, field, mode);
  const found: Lineage[] = [];
  const waiting: unknown[] = [node];
  while (waiting.length > 0) visit(scope, waiting.pop(), mode, found, waiting);
  return derive(merge([nothing, ...found]));
}

/** A value of the tree: a list, a node, or the inner object of one. */
function visit(scope: Scope, value: unknown, mode: Mode, found: Lineage[], waiting: unknown[]): void {
  if (typeof value !== 'object' || value === null) return;
  spend(scope.derivation);
  if (Array.isArray(value)) {
    for (const member of value as unknown[]) waiting.push(member);
    return;
  }
  const kind = kindOf(value as Node);
  // A node's key starts with a capital, a field's does not.
  if (!/^[A-Z]/.test(kind)) {
    for (const member of Object.values(value) as unknown[]) waiting.push(member);
    return;
  }
  visitNode(scope, value as Node, kind, mode, found, waiting);
}

function visitNode(
  scope: Scope,
  node: Node,
  kind: string,
  mode: Mode,
  found: Lineage[],
  waiting: unknown[],
): void {
  if (kind === 'A_Const') return;
  const column = as(node, 'ColumnRef');
  const field = fieldOfRow(scope, as(node, 'A_Indirection'));
  if (column !== null) found.push(resolveColumn(scope, column, mode));
  else if (field !== null) found.push(use(scope, field, mode));
  else if (kind === 'SubLink') visitSubLink(scope, as(node, 'SubLink')!, mode, found, waiting);
  else if (kind === 'SelectStmt') found.push(queryLineage(scope, node, mode));
  else if (kind === 'JsonArrayQueryConstructor') {
    found.push(queryLineage(scope, as(node, 'JsonArrayQueryConstructor')?.query, mode));
  } else if (!holders.has(kind)) {
    markUnknown(scope.entry, `an expression of the kind ${kind} is not known`);
  } else {
    const call = as(node, 'FuncCall');
    if (call !== null) {
      found.push(visitCall(scope, call, mode, waiting));
      return;
    }
    const expression = as(node, 'A_Expr');
    if (expression !== null) visitOperator(scope, expression);
    if (as(node, 'CaseExpr')?.arg !== undefined) callOperator(scope, ['=']);
    const indirection = as(node, 'A_Indirection');
    if (indirection !== null) found.push(callFields(scope, indirection.indirection, indirection.arg, mode));
    waiting.push(Object.values(node)[0]);
  }
}

/** Built-in functions that answer as many rows as their arguments say. PostgreSQL, pg_proc.dat, proretset. */
const rowFunctions: ReadonlySet<string> = new Set([
  'generate_series', 'generate_subscripts', 'unnest', 'string_to_table', 'regexp_matches', 'regexp_split_to_table',
  'json_array_elements', 'json_array_elements_text', 'json_each', 'json_each_text', 'json_object_keys',
  'json_populate_recordset', 'json_to_recordset', 'jsonb_array_elements', 'jsonb_array_elements_text', 'jsonb_each',
  'jsonb_each_text', 'jsonb_object_keys', 'jsonb_populate_recordset', 'jsonb_to_recordset', 'jsonb_path_query',
  'jsonb_path_query_tz', 'ts_debug', 'ts_parse', 'ts_token_type',
]); // prettier-ignore

/** `generate_series(1, ascii(email))`: the number of rows tells the value, whatever is shown of them. */
function answersRows(name: readonly string[]): boolean {
  return rowFunctions.has(name.at(-1) ?? '') && (name.length === 1 || name.at(-2) === 'pg_catalog');
}

/** Arguments that the function may keep, send or run are worked out at once, the others wait like any node. */
function visitCall(scope: Scope, call: FuncCall, mode: Mode, waiting: unknown[]): Lineage {
  const name = texts(call.funcname);
  const count = call.args?.length ?? 0;
  if (name.at(-1) === 'set_config') recordSetConfig(scope.entry, call);
  const { opaque, keeps, lineage: own } = callFunction(scope, name, count, call.args);
  waiting.push(call.agg_order, call.agg_filter, call.over);
  if (!keeps && !answersRows(name)) {
    waiting.push(call.args);
    return own;
  }
  const given = (call.args ?? []).map((argument) => analyseExpression(scope, argument, mode));
  for (const lineage of given) {
    if (keeps) addMoved(scope.entry, lineage);
    else addFilter(scope.entry, lineage);
  }
  const lineage = merge([own, ...given]);
  return opaque === null ? lineage : ofUnknown(opaque, lineage.columns);
}

/** `OPERATOR(schema.+)` outside `pg_catalog`, or one that the target defines, calls a function that somebody wrote. */
function visitOperator(scope: Scope, expression: A_Expr): void {
  const between = /BETWEEN/.test(expression.kind ?? '');
  if (between) for (const name of ['>=', '<=', '<', '>']) callOperator(scope, [name]);
  else callOperator(scope, texts(expression.name));
}

/** Also of those that are not written: CASE, IN, USING and NATURAL compare with `=`. */
export function callOperator(scope: Scope, name: readonly string[]): void {
  const written = name.length > 1 && name[0] !== 'pg_catalog';
  const defined = name.length === 1 && scope.derivation.index?.operators.has(name[0]!) === true;
  if (!written && !defined) return;
  addCode(scope.entry, `only the server knows what the operator \`${name.join('.')}\` does`, true);
}

function visitSubLink(scope: Scope, link: SubLink, mode: Mode, found: Lineage[], waiting: unknown[]): void {
  // EXISTS tells whether there are rows, not what is in them; what decides that is recorded with the query.
  const exists = link.subLinkType === 'EXISTS_SUBLINK';
  const lineage = queryLineage(scope, link.subselect, mode);
  if (!exists) found.push(lineage);
  const compares = link.testexpr !== undefined;
  if (compares) callOperator(scope, link.operName === undefined ? ['='] : texts(link.operName));
  waiting.push(link.testexpr);
}

function queryLineage(scope: Scope, query: Node | undefined, mode: Mode): Lineage {
  const { columns, reason } = scope.derivation.parts.query(scope, query, mode);
  return columns === null ? ofUnknown(reason) : merge([nothing, ...columns.map((column) => column.lineage)]);
}

/** `(c).email` and `(c.address).city`: of a whole row only the named column is taken. */
function fieldOfRow(scope: Scope, indirection: A_Indirection | null): Lineage | null {
  const [first, ...rest] = indirection?.indirection ?? [];
  const parts = texts(as(indirection?.arg, 'ColumnRef')?.fields);
  const name = text(first);
  if (parts.length !== 1 || name === null) return null;
  if (findColumn(scope, parts[0]!) !== null) return null;
  const item = findItem(scope, null, parts[0]!);
  const lineage = item === null ? null : itemColumn(item, name);
  if (lineage === null || rest.length === 0) return lineage;
  return derive(merge([lineage, callFields(scope, rest, undefined, 'read')]));
}

/**
 * `(x).f` is `f(x)` where `x` has no field `f`, whatever type `x` is of (ParseFuncOrColumn in parse_func.c): so
 * `('/etc/passwd'::text).pg_read_file` reads that file.
 */
function callFields(
  scope: Scope,
  fields: readonly Node[] | undefined,
  of: Node | undefined,
  mode: Mode,
): Lineage {
  const names = (fields ?? []).map(text).filter((name) => name !== null);
  const calls = names
    .filter((name) => mayBeCalled(scope, name))
    .map((name) => callFunction(scope, [name], 1));
  const own = merge([nothing, ...calls.map(({ lineage }) => lineage)]);
  if (!calls.some(({ keeps }) => keeps)) return own;
  const given = analyseExpression(scope, of, mode);
  addMoved(scope.entry, given);
  const opaque = calls.find((call) => call.opaque !== null)?.opaque ?? null;
  const lineage = merge([own, given]);
  return opaque === null ? lineage : ofUnknown(opaque, lineage.columns);
}
