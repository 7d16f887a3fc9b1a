/**
 * What an expression reads and calls. The lineage of an expression is the union of its parts, so the walk needs no recursion:
 * only a query inside it is analysed on its own.
 */
import type { A_Expr, A_Indirection, FuncCall, SubLink } from 'libpg-query';
import { addCode, addFilter, addMoved, markUnknown } from '../scope/entry.js';
import { callFunction, mayBeCalled } from '../code/functions.js';
import type { Lineage } from '../scope/lineage.js';
import { derive, merge, nothing, ofLiteral, ofUnknown, withoutLiterals } from '../scope/lineage.js';
import type { Literals } from '../scope/literals.js';
import { allOf, literalOf, within } from '../scope/literals.js';
import { findColumn, findItem, itemColumn, resolveColumn, use } from './names.js';
import type { Mode, Scope } from '../scope/scope.js';
import { lineageOfResult, mergeAll, spend } from '../scope/scope.js';
import { knownUser, recordSetConfig } from '../session/changes.js';
import { decidesBy, isTotalCast, isTotalOperator, totalArguments } from './total.js';
import type { Body, Node } from '../parse/tree.js';
import { as, kindOf, text, texts } from '../parse/tree.js';

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
  const literal = literalAt(scope, node);
  if (literal !== undefined) {
    spend(scope.derivation);
    const given = givenAt(scope, node);
    if (given !== null) return use(scope, given, mode);
    return literal === null ? nothing : ofLiteral(literal);
  }
  const whole = wholeLiterals(scope, node);
  const walk: Walk = {
    scope,
    mode,
    whole: whole.nodes,
    found: new Set([nothing]),
    waiting: [node],
    deciding: false,
    testing: false,
  };
  while (walk.waiting.length > 0) visit(walk, walk.waiting.pop());
  const lineage = derive(mergeAll(scope, [...walk.found]));
  const others = isUnnest(as(node, 'FuncCall')) ? lineage.literals : within('part', lineage.literals);
  const literals = allOf([others, whole.literals]);
  return literals === null ? lineage : { ...lineage, literals };
}

interface Walk {
  readonly scope: Scope;
  readonly mode: Mode;
  /** Literals that are the value itself: the others are parts of it. */
  readonly whole: ReadonlySet<Node>;
  readonly found: Set<Lineage>;
  readonly waiting: unknown[];
  /** The current node decides about the value and is not part of it: a condition, an operand of a comparison. */
  deciding: boolean;
  /** By what is at hand something is chosen, or fails: whoever sees that, has compared it. */
  testing: boolean;
}

/** Waits among the others: what is in it only decides, or is tested. */
class Waiting {
  constructor(
    readonly value: unknown,
    readonly decides: boolean,
    readonly tests: boolean,
  ) {}
}

function push({ waiting, deciding, testing }: Walk, value: unknown, decides = false, tests = false): void {
  if (typeof value !== 'object' || value === null) return;
  const marked = deciding || decides || testing || tests;
  waiting.push(marked ? new Waiting(value, deciding || decides, testing || tests) : value);
}

function add({ scope, mode, found, deciding, testing }: Walk, lineage: Lineage): void {
  found.add(deciding ? withoutLiterals(lineage) : lineage);
  // The owner of a view defines what it computes: no client chooses it.
  if (testing && mode === 'read' && scope.derivation.views.length === 0) addFilter(scope.entry, lineage);
}

/** A value of the tree: a list, a node, or the inner object of one. */
function visit(walk: Walk, waiting: unknown): void {
  walk.deciding = waiting instanceof Waiting && waiting.decides;
  walk.testing = waiting instanceof Waiting && waiting.tests;
  const value = waiting instanceof Waiting ? waiting.value : waiting;
  if (typeof value !== 'object' || value === null) return;
  spend(walk.scope.derivation);
  if (Array.isArray(value)) {
    for (const member of value as unknown[]) push(walk, member);
    return;
  }
  const kind = kindOf(value as Node);
  // A node's key starts with a capital, a field's does not.
  if (!/^[A-Z]/.test(kind)) {
    for (const member of Object.values(value) as unknown[]) push(walk, member);
    return;
  }
  visitNode(walk, value as Node, kind);
}

function visitNode(walk: Walk, node: Node, kind: string): void {
  const { scope, mode } = walk;
  const literal = literalAt(scope, node);
  if (literal !== undefined) {
    if (literal !== null && !walk.whole.has(node)) add(walk, ofLiteral(literal));
    const given = givenAt(scope, node);
    if (given !== null) add(walk, withoutLiterals(use(scope, given, mode)));
    return;
  }
  const column = as(node, 'ColumnRef');
  const field = fieldOfRow(scope, as(node, 'A_Indirection'));
  if (column !== null) add(walk, resolveColumn(scope, column, mode));
  else if (field !== null) add(walk, use(scope, field, mode));
  else if (kind === 'SubLink') visitSubLink(walk, as(node, 'SubLink')!);
  else if (kind === 'SelectStmt') add(walk, queryLineage(scope, node, mode));
  else if (kind === 'JsonArrayQueryConstructor') {
    add(walk, queryLineage(scope, as(node, 'JsonArrayQueryConstructor')?.query, mode));
  } else if (!holders.has(kind)) {
    markUnknown(scope.entry, `an expression of the kind ${kind} is not known`);
  } else {
    const call = as(node, 'FuncCall');
    if (call !== null) {
      add(walk, visitCall(walk, call));
      return;
    }
    const expression = as(node, 'A_Expr');
    if (expression !== null) visitOperator(scope, expression);
    if (as(node, 'CaseExpr')?.arg !== undefined) callOperator(scope, ['=']);
    const indirection = as(node, 'A_Indirection');
    if (indirection !== null) add(walk, callFields(scope, indirection.indirection, indirection.arg, mode));
    visitMembers(walk, kind, Object.values(node)[0] as Readonly<Record<string, unknown>>);
  }
}

/** Undefined if the node is neither a constant nor a parameter; null if it is an argument of EXECUTE that is missing. */
function literalAt({ derivation }: Scope, node: Node): Literals | null | undefined {
  const literal = literalOf(node);
  if (literal === null) return undefined;
  // In a statement that EXECUTE runs a parameter is what EXECUTE gives it.
  if (literal.kind === 'parameter' && derivation.given !== undefined)
    return derivation.given[literal.number - 1]?.literals ?? null;
  return literal;
}

/** The value that EXECUTE gives for a parameter; null if the node is not a parameter, or not in a statement of EXECUTE. */
function givenAt({ derivation }: Scope, node: Node): Lineage | null {
  const number = as(node, 'ParamRef')?.number;
  const given = number === undefined ? undefined : derivation.given?.[number - 1];
  return given === undefined ? null : derive(given);
}

/** For each kind of node, the fields that decide about its value and are not part of it. */
const deciders = new Map<string, 'all' | ReadonlySet<string>>([
  ...['BoolExpr', 'NullTest', 'BooleanTest', 'TypeName', 'SortBy', 'WindowDef', 'A_Indices', 'JsonIsPredicate'].map(
    (kind) => [kind, 'all'] as const,
  ),
  ['CaseExpr', new Set(['arg'])],
  ['CaseWhen', new Set(['expr'])],
  ['A_Indirection', new Set(['indirection'])],
  ['JsonFuncExpr', new Set(['pathspec'])],
]); // prettier-ignore

function visitMembers(walk: Walk, kind: string, body: Readonly<Record<string, unknown>>): void {
  const decides = deciders.get(kind);
  const operator = kind === 'A_Expr' ? (body as Body<'A_Expr'>) : null;
  const passing = operator === null ? null : passingSides(walk.scope, operator);
  const cast = kind === 'TypeCast' ? (body as Body<'TypeCast'>) : null;
  const tests = operator === null ? cast !== null && !isTotalCast(cast) : !isTotalOperator(operator);
  for (const [key, member] of Object.entries(body)) {
    const decided = decides === 'all' || decides?.has(key) === true;
    push(walk, member, decided || (passing !== null && !passing.has(key)), tests || decidesBy(kind, key));
  }
}

const noSide: ReadonlySet<string> = new Set();

/** The operands that can be in an operator's value: those of `||`, of a user-defined operator, and what NULLIF passes on. */
function passingSides(scope: Scope, { kind, name, lexpr, rexpr }: A_Expr): ReadonlySet<string> {
  if (kind === 'AEXPR_NULLIF') return new Set(['lexpr']);
  if (kind !== 'AEXPR_OP') return noSide;
  const written = texts(name);
  if (written.at(-1) !== '||' && !isDefined(scope, written)) return noSide;
  // Nothing may depend on integers beside an operator (inert.ts).
  const sides = [['lexpr', lexpr] as const, ['rexpr', rexpr] as const];
  return new Set(
    sides.flatMap(([side, operand]) => (as(operand, 'A_Const')?.ival === undefined ? [side] : [])),
  );
}

interface WholeLiterals {
  readonly literals: Literals | null;
  readonly nodes: ReadonlySet<Node>;
}

const noneWhole: WholeLiterals = { literals: null, nodes: new Set() };
const holdsWhole: ReadonlySet<string> = new Set(['TypeCast', 'CollateClause', 'CaseExpr']);

/** The literals that are the value itself, whatever type it is cast to and whichever branch of a CASE gives it. */
function wholeLiterals(scope: Scope, node: Node): WholeLiterals {
  if (!holdsWhole.has(kindOf(node))) return noneWhole;
  const found: (Literals | null)[] = [];
  const nodes = new Set<Node>();
  const waiting: (Node | undefined)[] = [node];
  while (waiting.length > 0) {
    const at = waiting.pop();
    if (at === undefined) continue;
    const choice = as(at, 'CaseExpr');
    const literal = literalAt(scope, at);
    if (literal !== undefined) {
      found.push(literal);
      nodes.add(at);
    } else if (choice !== null) {
      waiting.push(choice.defresult, ...(choice.args ?? []).map((when) => as(when, 'CaseWhen')?.result));
    } else waiting.push(as(at, 'TypeCast')?.arg ?? as(at, 'CollateClause')?.arg);
  }
  return { literals: allOf(found), nodes };
}

/** Built-in functions that answer as many rows as their arguments say. PostgreSQL, pg_proc.dat, proretset. */
const rowFunctions: ReadonlySet<string> = new Set([
  'generate_series', 'generate_subscripts', 'unnest', 'string_to_table', 'regexp_matches', 'regexp_split_to_table',
  'json_array_elements', 'json_array_elements_text', 'json_each', 'json_each_text', 'json_object_keys',
  'json_populate_recordset', 'json_to_recordset', 'jsonb_array_elements', 'jsonb_array_elements_text', 'jsonb_each',
  'jsonb_each_text', 'jsonb_object_keys', 'jsonb_populate_recordset', 'jsonb_to_recordset', 'jsonb_path_query',
  'jsonb_path_query_tz', 'ts_debug', 'ts_parse', 'ts_token_type',
]); // prettier-ignore

/** Its values are members of its arguments. */
function isUnnest(call: FuncCall | null): boolean {
  return texts(call?.funcname).at(-1) === 'unnest';
}

/** `generate_series(1, ascii(email))`: the number of rows tells the value, whatever is shown of them. */
function answersRows(name: readonly string[]): boolean {
  return rowFunctions.has(name.at(-1) ?? '') && (name.length === 1 || name.at(-2) === 'pg_catalog');
}

/** Arguments that are looked for in another one, and are not in what the function answers. */
const soughtArguments = new Map<string, ReadonlySet<number>>([
  ...['replace', 'regexp_replace', 'array_remove', 'array_replace', 'translate'].map(
    (name) => [name, new Set([1])] as const,
  ),
  ...['regexp_match', 'regexp_matches', 'regexp_substr', 'split_part', 'string_to_array', 'btrim', 'ltrim', 'rtrim'].map(
    (name) => [name, new Set([1])] as const,
  ),
  ...['strpos', 'position', 'regexp_count', 'regexp_instr', 'regexp_like', 'starts_with', 'array_position'].map(
    (name) => [name, new Set([0, 1])] as const,
  ),
]); // prettier-ignore

/** Arguments that the function may keep, send or run are worked out at once, the others wait like any node. */
function visitCall(walk: Walk, call: FuncCall): Lineage {
  const { scope, mode } = walk;
  const name = texts(call.funcname);
  const count = call.args?.length ?? 0;
  if (name.at(-1) === 'set_config') recordSetConfig(scope.entry, call, knownUser(scope.derivation));
  const { opaque, keeps, lineage: own } = callFunction(scope, name, count, call.args);
  for (const part of [call.agg_order, call.agg_filter, call.over]) push(walk, part, true, true);
  if (!keeps && !answersRows(name)) {
    const sought = soughtArguments.get(name.at(-1) ?? '');
    const total = call.agg_distinct === true ? 0 : totalArguments(name);
    for (const [at, argument] of (call.args ?? []).entries())
      push(walk, argument, sought?.has(at) === true, at >= total);
    return own;
  }
  const given = (call.args ?? []).map((argument) => {
    const lineage = analyseExpression(scope, argument, mode);
    return isUnnest(call) ? { ...lineage, literals: within('elements', lineage.literals) } : lineage;
  });
  for (const lineage of given) {
    if (keeps) addMoved(scope.entry, lineage);
    else addFilter(scope.entry, lineage);
  }
  const lineage = merge([own, ...given]);
  return opaque === null ? lineage : { ...ofUnknown(opaque, lineage.columns), literals: lineage.literals };
}

/** `OPERATOR(schema.+)` outside `pg_catalog`, or one that the target defines, calls a user-defined function. */
function visitOperator(scope: Scope, expression: A_Expr): void {
  const between = /BETWEEN/.test(expression.kind ?? '');
  if (between) for (const name of ['>=', '<=', '<', '>']) callOperator(scope, [name]);
  else callOperator(scope, texts(expression.name));
}

/** Also of those that are not written: CASE, IN, USING and NATURAL compare with `=`. */
export function callOperator(scope: Scope, name: readonly string[]): void {
  if (!isDefined(scope, name)) return;
  addCode(scope.entry, `only the server knows what the operator \`${name.join('.')}\` does`, true);
}

/** Whether a function is user-defined, or may be: its name is written with a schema of its own. */
function isDefined({ derivation }: Scope, name: readonly string[]): boolean {
  if (name.length > 1) return name[0] !== 'pg_catalog';
  return name.length === 1 && derivation.index?.operators.has(name[0]!) === true;
}

function visitSubLink(walk: Walk, link: SubLink): void {
  const { scope, mode } = walk;
  // EXISTS tells whether there are rows, not what is in them; what decides that is recorded with the query.
  const exists = link.subLinkType === 'EXISTS_SUBLINK';
  const lineage = queryLineage(scope, link.subselect, mode);
  const compares = link.testexpr !== undefined;
  if (!exists)
    add({ ...walk, testing: walk.testing || compares }, compares ? withoutLiterals(lineage) : lineage);
  if (compares) callOperator(scope, link.operName === undefined ? ['='] : texts(link.operName));
  push(walk, link.testexpr, true, true);
}

function queryLineage(scope: Scope, query: Node | undefined, mode: Mode): Lineage {
  return lineageOfResult(scope.derivation.parts.query(scope, query, mode));
}

/** `(c).email` and `(c.address).city`: of a whole row only the named column is taken. */
function fieldOfRow(scope: Scope, indirection: A_Indirection | null): Lineage | null {
  const [first, ...rest] = indirection?.indirection ?? [];
  const parts = texts(as(indirection?.arg, 'ColumnRef')?.fields);
  const name = text(first);
  if (parts.length !== 1 || name === null) return null;
  if (findColumn(scope, parts[0]!) !== null) return null;
  const item = findItem(scope, null, parts[0]!);
  const lineage = item === null ? null : itemColumn(scope, item, name);
  if (lineage === null || rest.length === 0) return lineage;
  return derive(merge([lineage, callFields(scope, rest, undefined, 'read')]));
}

/**
 * `(x).f` is `f(x)` if `x` has no field `f`, whatever the type of `x` (ParseFuncOrColumn in parse_func.c): so
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
