/** DDL: what it names, which tables it touches, and the statements and calls it contains. */
import type { AlterTableCmd, DropBehavior, RangeVar } from 'libpg-query';
import { rewritesRows } from './alter-table.js';
import { rows } from '../code/behaviour.js';
import { bodyScope } from '../code/body.js';
import { underDefinitions } from './under-definitions.js';
import { changeByDefinition, changesPath } from './definition-change.js';
import { definitionObject, definitionVerb } from './definitions.js';
import type { Definition } from './definitions.js';
import type { OwnRelation } from '../scope/analysis.js';
import {
  addCode,
  addEffect,
  addFunction,
  addMoreTables,
  addMoreWrites,
  addMoved,
  addTable,
  storingNothing,
} from '../scope/entry.js';
import { reachesNothing } from './drops.js';
import { isOwnExtension } from '../code/extension-classes.js';
import { analyseExpression } from '../query/expression.js';
import { analyseQuery, nestedEntry } from './nested.js';
import type { Lineage } from '../scope/lineage.js';
import { nothing, ofColumn, withoutLiterals } from '../scope/lineage.js';
import { literalsIn } from '../scope/literals.js';
import type { ObjectName } from './object-names.js';
import {
  asRangeVar,
  hangingWords,
  nameParts,
  objectName,
  relationNames,
  relationWords,
} from './object-names.js';
import { creationOf } from '../session/own-relations.js';
import type { Creation } from '../session/own-relations.js';
import { resolveRelation } from '../query/relations.js';
import { shapesAfter } from './shapes.js';
import { mergeChanges, noChange, type SchemaChange } from '../catalogue/schema-change.js';
import type { QueryResult, Scope } from '../scope/scope.js';
import { lineageOfResult, spend } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, kindOf, texts } from '../parse/tree.js';

type Fields = Readonly<Record<string, unknown>>;
export type RunNested = (scope: Scope, node: Node, how: { readonly executed: boolean }) => QueryResult;

export function analyseDefinition(scope: Scope, node: Node, definition: Definition, run: RunNested): void {
  const body = Object.values(node)[0] as Fields;
  const { entry } = scope;
  entry.verb = definitionVerb(definition, body);
  entry.object = definitionObject(definition, body);
  for (const effect of definition.effects) if (effect !== 'code') addEffect(entry, effect);
  if (definition.effects.includes('code') && !bringsKnown(body))
    addCode(entry, 'an extension runs its own script');

  const creation = creationOf(scope.derivation.context, node);
  if (creation === null) entry.objects.push(...namesOf(scope, body, entry.object));
  else entry.objects.push({ schema: creation.relation.schema, name: creation.relation.name });
  // The rows of a rule are in every part of it.
  const inside = as(node, 'RuleStmt') === null ? scope : bodyScope(scope, rows);
  storingNothing(entry, () => walk(inside, body, { run, creation }));
  const shapes = shapesAfter(scope, node);
  const changes = withUnread(scope, changeByDefinition(scope, node));
  underDefinitions(scope, changes, entry.verb);
  entry.flow.session.push({
    kind: 'ddl',
    changes,
    creates: creation === null ? (changes === noChange ? [] : changed(scope)) : [creation.relation],
    ...(shapes.length === 0 ? {} : { shapes }),
    ...(changesPath(node) ? { path: true } : {}),
    ...(creation?.relation.schema === 'pg_temp' ? { temporary: true } : {}),
  });
  const trigger = as(node, 'CreateTrigStmt') ?? as(node, 'CreateEventTrigStmt');
  if (trigger !== null) nameFunction(scope, texts(trigger.funcname));
  const view = as(node, 'ViewStmt');
  if (view !== null) defineView(scope, view.query);
  if (as(node, 'RenameStmt') !== null || as(node, 'AlterObjectSchemaStmt') !== null)
    renameRelation(scope, body);
  // What a trigger or a rule does with its rows is not visible to the statement that writes a row.
  const hook = as(node, 'CreateTrigStmt') ?? as(node, 'RuleStmt');
  if (hook?.relation !== undefined) renameRelation(scope, { relation: hook.relation });
  const alter = as(node, 'AlterTableStmt');
  if (alter !== null) rewritesRows(scope, alter);
  for (const command of alter?.cmds ?? []) {
    loosen(scope, alter?.relation, as(command, 'AlterTableCmd'));
    entry.flow.stored.push(...literalsIn(filling(as(command, 'AlterTableCmd'))));
  }
  cascade(scope, body, entry.object);
}

/**
 * Objects that depend on a name that was not read again may have changed with it: a child, a view. The reading may not have been
 * awaited, so all of them are read once more.
 */
function withUnread({ derivation }: Scope, changes: SchemaChange): SchemaChange {
  const { changedBefore, unread } = derivation;
  return changes === noChange || unread.size === 0 ? changes : mergeChanges(changedBefore, changes);
}

/** The scripts of PostgreSQL's own extensions make what extension-functions.ts lists, and no more. */
function bringsKnown({ extname }: Fields): boolean {
  return extname === 'plpgsql' || (typeof extname === 'string' && isOwnExtension(extname));
}

/** Relations of the session's own that may have other columns now. */
function changed({ entry, derivation }: Scope): OwnRelation[] {
  const own = derivation.context.own ?? [];
  const written = [...entry.tables.values()].filter((use) => use.access === 'write');
  const named = own.filter((one) =>
    written.some((use) => use.schema === one.schema && use.name === one.name),
  );
  return named.map((one) => ({ ...one, columns: null }));
}

/** A table that leaves its parent leaves the masks that name the parent, too. */
function loosen(scope: Scope, relation: RangeVar | undefined, command: AlterTableCmd | null): void {
  const leaves = command?.subtype === 'AT_DetachPartition' ? as(command.def, 'PartitionCmd')?.name : relation;
  if (command?.subtype === 'AT_DetachPartition' || command?.subtype === 'AT_DropInherit')
    renameRelation(scope, { relation: leaves });
}

/** Values that ALTER TABLE puts into existing or future rows: USING and DEFAULT. */
function filling(command: AlterTableCmd | null): readonly (Node | undefined)[] {
  if (command?.subtype === 'AT_ColumnDefault') return [command.def];
  const column = as(command?.def, 'ColumnDef');
  const defaults = (column?.constraints ?? []).map((one) => as(one, 'Constraint')?.raw_expr);
  return [column?.raw_default, ...defaults];
}

/** Under its new name a column is no longer the one that a mask names: it moves out of the mask's reach. */
function renameRelation(scope: Scope, body: Fields): void {
  const written = body['relation'] as RangeVar | undefined;
  if (written === undefined) {
    // A schema takes every table in it along; what else has no relation (a role, an index) renames no column.
    if (scope.entry.object === 'schema') scope.entry.flow.movedUnknown = true;
    return;
  }
  const column = body['renameType'] === 'OBJECT_COLUMN' ? (body['subname'] as string | undefined) : undefined;
  for (const { schema, name, relation, own } of resolveRelation(scope.derivation, written)) {
    // Which columns are its own, and whose rows it holds, only the server knows.
    if (relation === null && own === undefined && scope.derivation.index !== null) {
      scope.derivation.missing.found = true;
      scope.entry.flow.movedUnknown = true;
    }
    const columns = column === undefined ? relation?.columns.map((one) => one.name) : [column];
    if (columns === undefined) scope.entry.flow.movedUnknown = true;
    for (const one of columns ?? []) addMoved(scope.entry, ofColumn({ schema, table: name, column: one }));
  }
}

/** A new view is a new way to the columns that it shows. */
function defineView(scope: Scope, query: Node | undefined): void {
  const inside = { ...scope, entry: nestedEntry(scope, 'select', { executed: false }) };
  addMoved(scope.entry, withoutLiterals(lineageOfResult(analyseQuery(inside, query, 'read'))));
}

/** The text does not tell what is dropped with a schema, a role's belongings, a database, or by CASCADE. */
function cascade(scope: Scope, body: Fields, object: string): void {
  const { entry } = scope;
  const wide = ['owned', 'database', 'extension', 'server', 'foreign_data_wrapper', 'schema'].includes(
    object,
  );
  const removes = entry.verb === 'drop' || entry.verb === 'reassign' || entry.verb === 'alter';
  if (removes && cascades(body)) {
    if (!reachesNothing(scope.derivation, body, object))
      addMoreWrites(entry, 'CASCADE reaches what depends on it');
  } else if (object === 'owned' || (entry.verb === 'drop' && object === 'database')) {
    addMoreTables(entry, 'the tables that belong to it are not in the text');
  } else if (entry.verb === 'import' || (entry.verb === 'alter' && wide && object === 'extension')) {
    addMoreTables(entry, 'the tables that it brings are not in the text');
  }
}

/** For ALTER TABLE each command has its own effects. */
function cascades(body: Fields): boolean {
  const commands = ((body['cmds'] ?? []) as readonly Node[]).map((node) => as(node, 'AlterTableCmd'));
  const behaviours = [body['behavior'] as DropBehavior | undefined, ...commands.map((one) => one?.behavior)];
  return behaviours.includes('DROP_CASCADE');
}

const nameFields = [
  'schemaname', 'extname', 'fdwname', 'servername', 'server_name', 'trigname', 'idxname', 'rulename', 'policy_name',
  'pubname', 'subname', 'dbname', 'tablespacename', 'orig_tablespacename', 'role', 'plname', 'amname', 'lang',
] as const; // prettier-ignore
const listFields = [
  'defnames', 'typeName', 'domainname', 'opclassname', 'opfamilyname', 'conversion_name', 'dictname',
  'cfgname', 'collname',
] as const; // prettier-ignore
const relationFields = ['relation', 'sequence', 'view', 'typevar'] as const;

/** The names of what is created, changed or dropped, from the field that each kind of statement keeps them in. */
function namesOf(scope: Scope, body: Fields, object: string): ObjectName[] {
  const names: ObjectName[] = [];
  for (const field of nameFields) {
    const value = body[field];
    if (typeof value === 'string') names.push({ schema: null, name: value });
  }
  for (const field of listFields) {
    const value = body[field];
    if (Array.isArray(value)) names.push(objectName(nameParts({ List: { items: value as Node[] } })));
  }
  for (const field of ['func', 'opername', 'user'] as const) names.push(...singleName(body[field], field));
  const relations = relationFields.map((field) => body[field]).filter((value) => value !== undefined);
  // An index, a trigger, a rule or a policy has a name of its own; its table is then among the tables.
  if (names.length === 0)
    names.push(...relations.flatMap((r) => relationNames(scope.derivation, r as RangeVar)));
  const listed = (body['objects'] ?? (body['object'] === undefined ? [] : [body['object']])) as Node[];
  for (const node of listed) names.push(...listedName(scope, node, object));
  if (names.length === 0) names.push(...rolesOf(body));
  return names;
}

function singleName(value: unknown, field: string): ObjectName[] {
  if (typeof value !== 'object' || value === null) return [];
  const node = field === 'user' ? { RoleSpec: value } : { ObjectWithArgs: value };
  return [objectName(nameParts(node))];
}

function listedName(scope: Scope, node: Node, object: string): ObjectName[] {
  const parts = nameParts(node);
  if (relationWords.has(object)) {
    const relation = asRangeVar(parts);
    for (const table of resolveRelation(scope.derivation, relation, 'name'))
      addTable(scope.entry, table, 'write');
    return relationNames(scope.derivation, relation);
  }
  if (hangingWords.has(object) && parts.length > 1) {
    for (const table of resolveRelation(scope.derivation, asRangeVar(parts.slice(0, -1)), 'name')) {
      addTable(scope.entry, table, 'write');
    }
    return [{ schema: null, name: parts.at(-1)! }];
  }
  return [objectName(parts)];
}

function rolesOf(body: Fields): ObjectName[] {
  const lists = [body['roles'], body['granted_roles']].flatMap((list) =>
    Array.isArray(list) ? (list as Node[]) : [],
  );
  const single = typeof body['role'] === 'object' ? [{ RoleSpec: body['role'] as object }] : [];
  return [...lists, ...single].map((role) => objectName(nameParts(role)));
}

/** Kinds that are statements of their own wherever they stand. */
const statements = new Set([
  'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'NotifyStmt',
  'CreateStmt', 'IndexStmt', 'ViewStmt', 'GrantStmt', 'CreateSeqStmt', 'CreateTrigStmt',
]); // prettier-ignore

/** The parts of the whole definition that the walk through it needs. */
interface Inside {
  readonly run: RunNested;
  readonly creation: Creation | null;
}

/** Everything inside: tables, calls, queries and whole statements (CREATE SCHEMA and CREATE RULE hold some). */
function walk(scope: Scope, body: Fields, inside: Inside): void {
  const waiting: { readonly value: unknown; readonly key: string }[] = Object.entries(body).map(([key, value]) => ({ key, value })); // prettier-ignore
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    spend(scope.derivation);
    const { key, value } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) for (const member of value.toReversed()) waiting.push({ key, value: member });
    // The query of a view is worked out with its columns.
    else if (key !== 'query' || !Object.hasOwn(body, 'view'))
      visit(scope, key, value as Fields, waiting, inside);
  }
}

function visit(
  scope: Scope,
  key: string,
  value: Fields,
  waiting: { readonly value: unknown; readonly key: string }[],
  { run, creation }: Inside,
): void {
  const kind = kindOf(value as unknown as Node);
  const node = value as unknown as Node;
  if (statements.has(kind)) run(scope, node, { executed: key === 'schemaElts' });
  else if (kind === 'SelectStmt') run(scope, node, { executed: false });
  else if (kind === 'FuncCall') keepResult(scope, analyseExpression(scope, node, 'read'));
  else if (kind === 'ColumnRef') return;
  else if (kind === 'TableLikeClause') touch(scope, 'pktable', as(node, 'TableLikeClause')?.relation ?? {});
  else if (value === creation?.written) addTable(scope.entry, creation.relation, 'write');
  else if (typeof value['relname'] === 'string') touch(scope, key, value);
  else for (const [inner, member] of Object.entries(value)) waiting.push({ key: inner === 'RangeVar' ? key : inner, value: member }); // prettier-ignore
}

/**
 * Calls in a default, a USING or a partition bound are evaluated now or with each row, and the result is stored: what the
 * function reads by itself is stored. Its column arguments are not known here.
 */
function keepResult({ entry }: Scope, { columns }: Lineage): void {
  addMoved(entry, { ...nothing, columns });
}

/** Tables that a new one refers to, inherits from or is like are read, every other one is written. */
function touch(scope: Scope, key: string, relation: RangeVar): void {
  if (key === 'typevar') return;
  const read = key === 'pktable' || key === 'inhRelations';
  for (const table of resolveRelation(scope.derivation, relation, 'name'))
    addTable(scope.entry, table, read ? 'read' : 'write');
}

/** The function of a trigger: named, and called only later. */
function nameFunction(scope: Scope, parts: readonly string[]): void {
  addFunction(scope.entry, { schema: parts.at(-2) ?? 'public', name: parts.at(-1) ?? '' });
}
