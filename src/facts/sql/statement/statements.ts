/** One statement of any kind: its entry, and what is known of it. A kind that is not listed here is unknown. */
import type { DoStmt, ExplainStmt, SelectStmt } from 'libpg-query';
import { maintenanceSetsOff, writeSetsOff } from '../code/behaviour.js';
import { bodyOfBlock, bodyScope } from '../code/body.js';
import { typeNames } from '../catalogue/lookup.js';
import { analyseCopy } from './copy.js';
import { analyseDefinition } from './define.js';
import { definitions } from './definitions.js';
import { addCode, addEffect, addMoreWrites, addTable, markUnknown, moveReads } from '../scope/entry.js';
import { addMovedResult } from '../scope/gather.js';
import type { Entry } from '../scope/entry.js';
import { analyseExpression } from '../query/expression.js';
import { analyseFunctionDefinition } from './function-definition.js';
import { nothing, ofUnknown } from '../scope/lineage.js';
import type { Lineage } from '../scope/lineage.js';
import { modifyingStatement, nestedEntry } from './nested.js';
import type { How } from './nested.js';
import { followExecute, followFetch } from './prepared.js';
import { relationNames } from './object-names.js';
import { createdRelation } from '../session/own-relations.js';
import { noteUnknown, resolveRelation, withHeirs } from '../query/relations.js';
import { anyChange, changeOf, noChange } from '../catalogue/schema-change.js';
import type { QueryResult, Scope } from '../scope/scope.js';
import { spend } from '../scope/scope.js';
import { analyseSelect, hasLimit, isRestricted } from '../query/select.js';
import {
  isPlainSetConfig,
  knownUser,
  recordCatalogue,
  recordSet,
  recordSetting,
  transactionChange,
  withoutCertainty,
} from '../session/changes.js';
import { textAfter } from '../parse/inner-text.js';
import { refreshView } from './under-definitions.js';
import type { Body, Node, NodeKind } from '../parse/tree.js';
import { as, constantText, kindOf, options, optionTruth, rangeVars } from '../parse/tree.js';

/** No rows come back. Distinguished from a result without columns. */
export const noResult: QueryResult = { columns: [], reason: 'no rows' };
/** WITH HOLD among the options of DECLARE. parsenodes.h. */
const CURSOR_OPT_HOLD = 0x20;
const oneColumn = (name: string): QueryResult => ({ columns: [{ name, lineage: nothing }], reason: '' });

export function runNested(scope: Scope, node: Node, how: How = {}): QueryResult {
  const entry = nestedEntry(scope, 'unknown', how);
  return analyseStatement({ ...scope, entry }, node);
}

export function analyseStatement(scope: Scope, node: Node): QueryResult {
  spend(scope.derivation);
  const kind = kindOf(node);
  const handler = handlers[kind as keyof typeof handlers] as Handler | undefined;
  const definition = definitions[kind];
  if (handler !== undefined) return handler(scope, Object.values(node)[0] as never, node) ?? noResult;
  if (definition !== undefined) {
    analyseDefinition(scope, node, definition, runNested);
    return noResult;
  }
  markUnknown(scope.entry, `a statement of the kind ${kind} is not known`);
  return { columns: null, reason: 'the statement is not known' };
}

type Handler = (scope: Scope, body: never, node: Node) => QueryResult | undefined;
type Handlers = {
  readonly [K in NodeKind]?: (scope: Scope, body: Body<K>, node: Node) => QueryResult | undefined;
};

function begin(scope: Scope, verb: string, ...effects: readonly string[]): Entry {
  scope.entry.verb = verb;
  for (const effect of effects) addEffect(scope.entry, effect);
  return scope.entry;
}

function modify(scope: Scope, verb: string, node: Node): QueryResult {
  begin(scope, verb);
  const result = modifyingStatement(scope, node)!;
  return scope.entry.returning ? result : noResult;
}

function select(scope: Scope, body: SelectStmt, node: Node): QueryResult {
  const into = intoClause(body);
  if (into?.rel !== undefined) return createTableAs(scope, node, into.rel, 'table', true);
  const entry = begin(scope, 'select', 'read');
  entry.hasWhere = isRestricted(body);
  entry.hasLimit = hasLimit(body);
  const result = analyseSelect(scope, body, 'read');
  if (isPlainSetConfig(body)) asSet(entry);
  return result;
}

/** If the target has a function of this name, too, it would be more than a SET. */
function asSet(entry: Entry): void {
  if (entry.parent !== null || entry.effects.size !== 2 || !entry.effects.has('session')) return;
  entry.verb = 'set';
  entry.effects.delete('read');
}

/** INTO stands with the first arm of a set operation. */
function intoClause(select: SelectStmt): SelectStmt['intoClause'] {
  let at: SelectStmt | undefined = select;
  while (at !== undefined && at.intoClause === undefined) at = at.larg;
  return at?.intoClause;
}

function createTableAs(
  scope: Scope,
  query: Node | undefined,
  name: Body<'RangeVar'>,
  object: string,
  executed: boolean,
): QueryResult {
  const entry = begin(scope, 'create', 'schema', 'write');
  entry.object = object;
  const created = createdRelation(scope.derivation.context, name);
  entry.objects.push({ schema: created.schema, name: created.name });
  addTable(entry, created, 'write');
  const inner = as(query, 'SelectStmt');
  const result =
    inner === null
      ? runNested(scope, query ?? { List: {} }, { executed })
      : selectInto({ ...scope, entry: nestedEntry(scope, 'select', { executed }) }, inner);
  addMovedResult(entry, result);
  const columns = result.columns?.map((column) => column.name) ?? null;
  const kind = object === 'table' ? 'table' : 'other';
  entry.flow.session.push({
    kind: 'ddl',
    changes: changeOf({ renamed: [created.name] }),
    creates: [{ ...created, kind, columns }],
    ...(created.schema === 'pg_temp' ? { temporary: true } : {}),
  });
  return noResult;
}

/** The query itself, its INTO having been dealt with. */
function selectInto(scope: Scope, body: SelectStmt): QueryResult {
  addEffect(scope.entry, 'read');
  scope.entry.hasWhere = isRestricted(body);
  scope.entry.hasLimit = hasLimit(body);
  return analyseSelect(scope, body, 'read');
}

/** The last ANALYZE of the list counts, as in the server; what it would not accept is taken as yes. */
function explain(scope: Scope, statement: ExplainStmt): QueryResult {
  begin(scope, 'explain', 'read');
  const analyse = options(statement.options).findLast((option) => option.defname === 'analyze');
  const runs = analyse !== undefined && optionTruth(analyse) !== false;
  runNested(scope, statement.query ?? { List: {} }, { executed: runs, inert: !runs });
  return { columns: [{ name: 'QUERY PLAN', lineage: planLineage(scope.entry) }], reason: '' };
}

/**
 * A plan shows no value of a table. However, the planner evaluates functions that are declared immutable, and shows their
 * results: the plan may then hold anything that is read anywhere.
 */
function planLineage({ functions, tables }: Entry): Lineage {
  if ([...functions.values()].every(({ schema }) => schema === 'pg_catalog')) return nothing;
  const read = [...tables.values()].filter(({ access }) => access === 'read');
  const hidden = read.find(({ unknownColumns }) => unknownColumns !== null);
  if (hidden !== undefined) return ofUnknown(`the plan may show what is read of \`${hidden.name}\``);
  const columns = read.flatMap(({ schema, name, columns: of }) =>
    [...of].map((column) => ({ schema, table: name, column })),
  );
  return { ...nothing, columns };
}

const transactionVerbs: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback_to',
  TRANS_STMT_PREPARE: 'prepare_transaction',
  TRANS_STMT_COMMIT_PREPARED: 'commit_prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback_prepared',
};

function nameTables(scope: Scope, relations: readonly Body<'RangeVar'>[], access: 'read' | 'write'): void {
  for (const relation of relations) {
    scope.entry.objects.push(...relationNames(scope.derivation, relation));
    const tables = resolveRelation(scope.derivation, relation, 'name');
    for (const table of tables) noteUnknown(scope, table);
    for (const table of withHeirs(scope, relation, tables)) addTable(scope.entry, table, access);
  }
}

function maintain(
  scope: Scope,
  verb: string,
  relation: Body<'RangeVar'> | undefined,
  name?: string,
): undefined {
  const entry = begin(scope, verb, 'maintenance');
  const named = relation === undefined ? [] : resolveRelation(scope.derivation, relation, 'name');
  for (const table of named.length === 0 ? [null] : named) maintenanceSetsOff(scope, table);
  entry.objects.push(...named.map((table) => ({ schema: table.schema, name: table.name })));
  if (name !== undefined) entry.objects.push({ schema: null, name });
}

/** A block runs now, and what it tells the client itself has been read by it. */
function runBlock(scope: Scope, statement: DoStmt): undefined {
  const entry = begin(scope, 'do', 'read');
  const body = bodyOfBlock(statement);
  // Who the session is by then, what came before in the block may have changed.
  const derivation = { ...scope.derivation, context: { ...scope.derivation.context, user: undefined } };
  const inside = bodyScope({ ...scope, derivation }, body?.variables ?? new Set());
  const { parts } = derivation;
  for (const node of body?.statements ?? []) {
    const { columns } = runNested(inside, node);
    // The value of an expression may be kept in a variable and stored by another statement of the block.
    for (const { lineage } of columns ?? [])
      if (lineage.literals !== null) entry.flow.stored.push(lineage.literals);
    parts.typesSetOff(inside, node);
  }
  for (const type of body?.types ?? [])
    parts.typesSetOff(inside, { names: typeNames(type).map((sval) => ({ String: { sval } })) });
  if (body?.cursors === true) entry.flow.session.push({ kind: 'close-cursor', name: null });
  entry.flow.session.splice(0, Infinity, ...withoutCertainty(entry.flow.session));
  const opaque = body === null ? 'only the server knows what a DO block does' : body.opaque;
  if (opaque !== null) {
    addCode(entry, opaque);
    entry.flow.session.push({ kind: 'ddl', changes: anyChange });
  }
  if (body?.transaction === true) addEffect(entry, 'transaction');
  moveReads(entry);
}

const lockModes = ['', 'access share', 'row share', 'row exclusive', 'share update exclusive', 'share', 'share row exclusive', 'exclusive', 'access exclusive']; // prettier-ignore

const handlers: Handlers = {
  SelectStmt: select,
  InsertStmt: (scope, _, node) => modify(scope, 'insert', node),
  UpdateStmt: (scope, _, node) => modify(scope, 'update', node),
  DeleteStmt: (scope, _, node) => modify(scope, 'delete', node),
  MergeStmt: (scope, _, node) => modify(scope, 'merge', node),
  CreateTableAsStmt: (scope, { query, into, objtype }) =>
    createTableAs(scope, query, into?.rel ?? {}, objtype === 'OBJECT_MATVIEW' ? 'materialized_view' : 'table', into?.skipData !== true), // prettier-ignore
  CreateFunctionStmt: (scope, body) => {
    analyseFunctionDefinition(scope, body, runNested);
    return undefined;
  },
  ExplainStmt: explain,
  CopyStmt: (scope, body) => {
    begin(scope, 'copy');
    const result = analyseCopy(scope, body, (query) => runNested(scope, query));
    return scope.entry.copy?.direction === 'out' && scope.entry.copy.with === 'client' ? result : noResult;
  },
  TruncateStmt: (scope, { relations, behavior }) => {
    begin(scope, 'truncate', 'write');
    nameTables(scope, rangeVars(relations), 'write');
    for (const table of [...scope.entry.tables.values()]) {
      recordCatalogue(scope.entry, table);
      writeSetsOff(scope, table, 'truncate');
    }
    if (behavior === 'DROP_CASCADE') addMoreWrites(scope.entry, 'CASCADE reaches tables that refer to it');
    return undefined;
  },
  PrepareStmt: (scope, { name, query }) => {
    const entry = begin(scope, 'prepare', 'session');
    const text = textAfter(entry.text, 'AS') ?? entry.text;
    entry.objects.push({ schema: null, name: name ?? '' });
    entry.flow.session.push({ kind: 'prepare', name: name ?? '', text });
    runNested(scope, query ?? { List: {} }, { executed: false });
    return undefined;
  },
  ExecuteStmt: (scope, body) => {
    begin(scope, 'execute', 'read').objects.push({ schema: null, name: body.name ?? '' });
    const given = (body.params ?? []).map((argument) => analyseExpression(scope, argument, 'read'));
    return followExecute(scope, body.name ?? '', given, runNested);
  },
  DeallocateStmt: (scope, { name, isall }) => {
    begin(scope, 'deallocate', 'session').flow.session.push({
      kind: 'deallocate',
      name: isall === true ? null : (name ?? null),
    });
    return undefined;
  },
  DeclareCursorStmt: (scope, { portalname, query, options }) => {
    const entry = begin(scope, 'declare', 'read');
    const name = portalname ?? '';
    entry.objects.push({ schema: null, name });
    entry.flow.session.push({
      kind: 'declare-cursor',
      name,
      text: textAfter(entry.text, 'FOR') ?? entry.text,
      hold: ((options ?? 0) & CURSOR_OPT_HOLD) !== 0,
    });
    const result = runNested(scope, query ?? { List: {} });
    if (scope.derivation.context.cursors === undefined) addMovedResult(entry, result);
    return undefined;
  },
  FetchStmt: (scope, { portalname, ismove }) => {
    begin(scope, ismove === true ? 'move' : 'fetch', 'read').objects.push({
      schema: null,
      name: portalname ?? '',
    });
    const result = followFetch(scope, portalname ?? '', runNested);
    return ismove === true ? noResult : result;
  },
  ClosePortalStmt: (scope, { portalname }) => {
    begin(scope, 'close', 'read').flow.session.push({ kind: 'close-cursor', name: portalname ?? null });
    return undefined;
  },
  TransactionStmt: (scope, body) => {
    const entry = begin(scope, transactionVerbs[body.kind ?? ''] ?? 'unknown', 'transaction');
    const change = transactionChange(body);
    if (change !== null) entry.flow.session.push(change);
    // Its changes of the schema were made in another session.
    if (entry.verb === 'commit_prepared') entry.flow.session.push({ kind: 'ddl', changes: anyChange });
    // A prepared transaction outlives its session, and finishing one commits what another session did.
    if (entry.verb.includes('prepare')) addEffect(entry, 'write');
    return undefined;
  },
  VariableSetStmt: (scope, body) => {
    const reset = body.kind === 'VAR_RESET' || body.kind === 'VAR_RESET_ALL';
    const transaction = body.kind === 'VAR_SET_MULTI' && body.name !== 'SESSION CHARACTERISTICS';
    const entry = begin(scope, reset ? 'reset' : 'set', transaction ? 'transaction' : 'session');
    recordSet(entry, body, knownUser(scope.derivation));
    return undefined;
  },
  VariableShowStmt: (scope, { name }) => {
    begin(scope, 'show', 'read');
    return name === 'all' ? { columns: ['name', 'setting', 'description'].map((of) => ({ name: of, lineage: nothing })), reason: '' } : oneColumn(name ?? ''); // prettier-ignore
  },
  DiscardStmt: (scope, { target }) => {
    const entry = begin(scope, 'discard', 'session');
    entry.object = (target ?? '').replace('DISCARD_', '').toLowerCase();
    if (target === 'DISCARD_ALL') {
      recordSetting(entry, '*', null);
      entry.flow.session.push({ kind: 'deallocate', name: null }, { kind: 'close-cursor', name: null });
    }
    if (target === 'DISCARD_ALL' || target === 'DISCARD_TEMP')
      entry.flow.session.push({ kind: 'ddl', changes: noChange, temporary: true, discards: true });
    return undefined;
  },
  ConstraintsSetStmt: (scope) => void begin(scope, 'set_constraints', 'transaction'),
  DoStmt: runBlock,
  CallStmt: (scope, { funccall }) => {
    begin(scope, 'call');
    const from = funccall === undefined ? nothing : analyseExpression(scope, { FuncCall: funccall }, 'read');
    if (scope.entry.effects.has('code')) scope.entry.flow.session.push({ kind: 'ddl', changes: anyChange });
    return { columns: null, reason: 'only the server knows what a procedure answers', from };
  },
  LockStmt: (scope, { relations, mode }) => {
    begin(scope, 'lock', 'lock').locks.add(lockModes[mode ?? 0] ?? 'unknown');
    nameTables(scope, rangeVars(relations), 'read');
    return undefined;
  },
  VacuumStmt: (scope, { rels, is_vacuumcmd }) => {
    begin(scope, is_vacuumcmd === true ? 'vacuum' : 'analyze', 'maintenance');
    if (rels === undefined) maintenanceSetsOff(scope, null);
    for (const node of rels ?? []) maintain(scope, scope.entry.verb, as(node, 'VacuumRelation')?.relation);
    return undefined;
  },
  ClusterStmt: (scope, { relation }) => maintain(scope, 'cluster', relation),
  ReindexStmt: (scope, { relation, name }) => maintain(scope, 'reindex', relation, name),
  CheckPointStmt: (scope) => void begin(scope, 'checkpoint', 'maintenance'),
  RefreshMatViewStmt: (scope, { relation }) => {
    begin(scope, 'refresh', 'read', 'write', 'maintenance').object = 'materialized_view';
    refreshView(scope, relation ?? {});
    nameTables(scope, relation === undefined ? [] : [relation], 'write');
    return undefined;
  },
  NotifyStmt: (scope) => void begin(scope, 'notify', 'notify'),
  ListenStmt: (scope) => void begin(scope, 'listen', 'session', 'notify'),
  UnlistenStmt: (scope) => void begin(scope, 'unlisten', 'session', 'notify'),
  LoadStmt: (scope) => {
    addCode(begin(scope, 'load', 'file', 'admin'), 'a library runs its own code when it is loaded');
    return undefined;
  },
  AlterSystemStmt: (scope, { setstmt }) => {
    const entry = begin(scope, 'alter', 'admin');
    entry.object = 'system';
    entry.settings.push({
      name: setstmt?.name ?? '*',
      value: constantText(setstmt?.args?.[0]),
      unchanged: false,
    });
    return undefined;
  },
};

export const statementKinds: readonly string[] = [...Object.keys(handlers), ...Object.keys(definitions)];
