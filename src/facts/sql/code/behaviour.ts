/**
 * What the server does in addition to what a statement says: triggers, rules, defaults, constraints, row security, cascading
 * foreign keys, casts by functions, event triggers. It counts for the statement that causes it.
 */
import type { RuleStmt } from 'libpg-query';
import type { Behaviour, QualifiedName, WriteEvent } from '../catalogue/catalogue.js';
import { bodyScope } from './body.js';
import { relationKey, typeNames } from '../catalogue/lookup.js';
import type { Entry, TableName } from '../scope/entry.js';
import { addFilter, addOpaque, addReach, addTable, storingNothing } from '../scope/entry.js';
import { callFunction } from './functions.js';
import type { Lineage } from '../scope/lineage.js';
import { mentions } from './mentions.js';
import { parseSql } from '../parse/parser.js';
import type { Derivation, Scope } from '../scope/scope.js';
import { isChanged, spend } from '../scope/scope.js';
import { recordAnySetting } from '../session/changes.js';
import type { Node } from '../parse/tree.js';
import { as, kindOf, listItems, texts } from '../parse/tree.js';

/** Rows of a statement inside a trigger or a rule: as they were, as they will be. */
export const rows: ReadonlySet<string> = new Set(['new', 'old']);

/** Code that is not called by name: what it reads has no lineage, only reach. */
function callAll(scope: Scope, functions: readonly QualifiedName[] | undefined): void {
  for (const one of functions ?? []) addReach(scope.entry, callOne(scope, one));
}

function callOne(scope: Scope, { schema, name }: QualifiedName): Lineage {
  const { lineage } = callFunction(scope, [schema, name], -1);
  // One of the server's own that changes a setting: which, is not in the text.
  if (schema === 'pg_catalog' && name === 'set_config') recordAnySetting(scope.entry);
  return lineage;
}

/** Once in a chain: what a trigger does to its own table sets off nothing new. */
function once(scope: Scope, key: string, run: (within: Scope) => void): void {
  const { derivation } = scope;
  const { settingOff } = derivation;
  spend(derivation);
  if (settingOff.includes(key)) return;
  run({ ...scope, derivation: { ...derivation, settingOff: [...settingOff, key] } });
}

/** A write to a relation, and to those that hold its rows: partitions, tables that inherit from it. */
export function writeSetsOff(scope: Scope, table: TableName, event: WriteEvent): void {
  const { index } = scope.derivation;
  if (index === null) return;
  const key = relationKey(table.schema, table.name);
  isChanged(scope.derivation, table.name, 'shape');
  once(scope, `${event} ${key}`, (within) => {
    const children = index.children.get(key) ?? [];
    for (const child of children) writeSetsOff(within, child, event);
    // An UPDATE may move a row from one partition to another.
    if (children.length > 0 && event === 'update') {
      writeSetsOff(within, table, 'insert');
      writeSetsOff(within, table, 'delete');
    }
    checkDomains(within, table, event);
    const behaviour = index.behaviours.get(key);
    if (behaviour !== undefined) behave(within, behaviour, event);
  });
}

function behave(scope: Scope, behaviour: Behaviour, event: WriteEvent): void {
  const { triggers, rules, writeCalls, cascades } = behaviour;
  if (event === 'insert' || event === 'update') callAll(scope, writeCalls);
  for (const trigger of triggers ?? []) if (trigger.events.includes(event)) callAll(scope, trigger.calls);
  for (const rule of rules ?? []) runRule(scope, behaviour, rule, event);
  for (const { schema, name, on, does, columns } of cascades ?? []) {
    if (on !== event) continue;
    addTable(scope.entry, { schema, name }, 'write');
    for (const column of columns) addTable(scope.entry, { schema, name }, 'write', column);
    writeSetsOff(scope, { schema, name }, does);
  }
}

const ruleEvents: Readonly<Record<string, WriteEvent>> = {
  CMD_INSERT: 'insert',
  CMD_UPDATE: 'update',
  CMD_DELETE: 'delete',
};

function runRule(scope: Scope, table: TableName, definition: string | null, event: WriteEvent): void {
  const parsed = definition === null ? null : parseSql(definition);
  const rule = parsed?.kind === 'parsed' ? as(parsed.tree.stmts?.[0]?.stmt, 'RuleStmt') : null;
  if (rule === null) {
    addOpaque(scope.entry, `what a rule on \`${table.name}\` does cannot be read`);
    return;
  }
  if (ruleEvents[rule.event ?? ''] !== event) return;
  const within = bodyScope(scope, rows);
  storingNothing(scope.entry, () => ruleActions(within, rule));
}

function ruleActions(within: Scope, rule: RuleStmt): void {
  const { parts } = within.derivation;
  parts.expression(within, rule.whereClause, 'filter');
  const actions = (rule.actions ?? []).flatMap((node) =>
    as(node, 'List') === null ? [node] : listItems(node),
  );
  for (const action of actions) {
    // The result of an action replaces the statement's own result, or precedes it.
    const { columns } = parts.statement(within, action);
    for (const column of columns ?? []) addReach(within.entry, column.lineage);
    parts.typesSetOff(within, action);
  }
}

/** Row security: the conditions of its policies are evaluated for every row that is looked at. */
export function readSetsOff(scope: Scope, table: TableName): void {
  const key = relationKey(table.schema, table.name);
  isChanged(scope.derivation, table.name, 'shape');
  const behaviour = scope.derivation.index?.behaviours.get(key);
  if (behaviour?.policyCalls === undefined && behaviour?.policyReads === undefined) return;
  once(scope, `policies ${key}`, (within) => {
    // They decide which rows are seen, and are in none of them.
    for (const one of behaviour.policyCalls ?? []) addFilter(within.entry, callOne(within, one));
    for (const { schema, table: name, column } of behaviour.policyReads ?? []) {
      addTable(within.entry, { schema, name }, 'filter', column);
      readSetsOff(within, { schema, name });
    }
  });
}

/** Without ONLY a table stands for those that inherit from it. */
export function heirsOf({ derivation }: Scope, table: TableName): QualifiedName[] {
  const found = new Map<string, QualifiedName>();
  const waiting: TableName[] = [table];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    isChanged(derivation, next.name, 'name');
    for (const heir of derivation.index?.behaviours.get(relationKey(next.schema, next.name))?.heirs ?? []) {
      const key = relationKey(heir.schema, heir.name);
      if (found.has(key)) continue;
      found.set(key, heir);
      waiting.push(heir);
    }
  }
  return [...found.values()];
}

/** What a scan of a table's indexes and statistics evaluates: VACUUM, ANALYZE, REINDEX, CLUSTER. */
export function maintenanceSetsOff(scope: Scope, table: TableName | null): void {
  const behaviours = scope.derivation.index?.behaviours;
  if (table === null)
    for (const behaviour of behaviours?.values() ?? []) callAll(scope, behaviour.writeCalls);
  else callAll(scope, behaviours?.get(relationKey(table.schema, table.name))?.writeCalls);
}

/** Commands of ALTER TABLE that look through the rows that are there, or write them anew. */
const scanning: ReadonlySet<string> = new Set(
  [
    'ValidateConstraint AddColumn AlterColumnType AddConstraint AttachPartition AddIndex AddIndexConstraint SetNotNull',
    'SetLogged SetUnLogged SetTableSpace SetAccessMethod SetExpression',
  ].flatMap((names) => names.split(' ').map((name) => `AT_${name}`)),
);

/** What such a write evaluates: checks, generated columns, indexes. */
export function alterSetsOff(scope: Scope, subtype: string | undefined, table: TableName): void {
  if (scanning.has(subtype ?? '')) maintenanceSetsOff(scope, table);
}

/** Every type that a statement names, wherever it stands: checks of domains, and casts by functions. */
export function typesSetOff(scope: Scope, statement: unknown): void {
  if ((scope.derivation.index?.casts.size ?? 0) === 0) return;
  // What a name triggers is recorded once.
  const met = new Set<string>();
  const isNew = (key: string): boolean => met.size < met.add(key).size;
  const waiting: unknown[] = [statement];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    spend(scope.derivation);
    const node = value as Node;
    const cast = as(node, 'TypeCast');
    const call = as(node, 'FuncCall');
    const named = texts((value as { readonly names?: readonly Node[] }).names);
    const to = cast === null ? texts(call?.funcname) : texts(cast.typeName?.names);
    if (isNew(`${isLiteral(cast?.arg)} ${to.join('\0')}`)) castsTo(scope, to, cast?.arg);
    if (isNew(named.join('\0'))) checksOf(scope, named);
    for (const member of Object.values(value) as unknown[])
      if (typeof member === 'object') waiting.push(member);
  }
}

/** The type of the value is unknown here, so every cast to that type counts if its source may occur. */
function castsTo(scope: Scope, names: readonly string[], value: Node | undefined): void {
  const literal = isLiteral(value);
  for (const { schema, source, sourceIn, calls } of scope.derivation.index?.casts.get(names.at(-1) ?? '') ??
    []) {
    if (names.length > 1 && names.at(-2) !== schema) continue;
    if (source !== undefined && !literal && mayOccur(scope, source, sourceIn)) callAll(scope, calls);
  }
}

/** A text in quotes is read by the type's input function. */
function isLiteral(value: Node | undefined): boolean {
  const constant = as(value, 'A_Const');
  return constant?.sval !== undefined || constant?.isnull === true;
}

/** Checks of domains, and of row types that contain domains. */
function checksOf(scope: Scope, names: readonly string[]): void {
  for (const { schema, source, calls } of scope.derivation.index?.casts.get(names.at(-1) ?? '') ?? []) {
    if (names.length > 1 && names.at(-2) !== schema) continue;
    if (source === undefined) callAll(scope, calls);
  }
}

/**
 * Whether a statement can have a value of a type of the target's: by a column, by a function, or by naming the type. (The types
 * that a client declares for its parameters are not seen here.)
 */
function mayOccur(scope: Scope, type: QualifiedName, heldIn: readonly QualifiedName[] = []): boolean {
  return type.schema === 'pg_catalog' || [type, ...heldIn].some((one) => isMentioned(scope, one));
}

function isMentioned({ entry, derivation }: Scope, { name }: QualifiedName): boolean {
  let top = entry;
  while (top.parent !== null) top = top.parent;
  const { prepared, cursors } = derivation.context;
  // A body has no text of its own here.
  if (top.text === '') return true;
  const says = (text: string): boolean => mentions(derivation.budget, text, name);
  if (says(top.text) || [prepared, cursors].some((texts) => some(texts?.values() ?? [], says))) return true;
  spend(derivation, top.functions.size + top.tables.size);
  for (const called of top.functions.values())
    if (called.schema !== 'pg_catalog' && takes(derivation, called, says)) return true;
  const relations = [...top.tables.values()].map((use) =>
    derivation.index?.relations.get(relationKey(use.schema, use.name)),
  );
  return relations.some((relation) => relation?.columns.some(({ type }) => says(type)));
}

function some<T>(values: Iterable<T>, is: (value: T) => boolean): boolean {
  for (const value of values) if (is(value)) return true;
  return false;
}

/** By its definition; one that has none to be read can take and answer anything. */
function takes(
  { index }: Derivation,
  { schema, name }: QualifiedName,
  says: (text: string) => boolean,
): boolean {
  const named = (index?.functions.get(name) ?? []).filter((one) => one.schema === schema);
  return (
    named.length === 0 ||
    named.some((one) =>
      one.definition === undefined
        ? one.native === undefined && one.calls === undefined
        : says(one.definition),
    )
  );
}

/** A body assigns to its variables, and its result to its type. */
function callsOwn({ functions }: Entry): boolean {
  return [...functions.values()].some(({ schema }) => schema !== 'pg_catalog');
}

/** Writing a column of a domain checks it. */
function checkDomains(scope: Scope, { schema, name }: TableName, event: WriteEvent): void {
  const { index } = scope.derivation;
  if (event === 'delete' || event === 'truncate' || index === null || index.casts.size === 0) return;
  const { columns = [] } = index.relations.get(relationKey(schema, name)) ?? {};
  for (const { type } of columns) checksOf(scope, typeNames(type));
}

/** Effects that no text shows: implicit casts, casts when a value is stored, triggers on changes of the schema. */
export function statementSetsOff(scope: Scope, statement: Node | undefined): void {
  const { entry, derivation } = scope;
  typesSetOff(scope, statement);
  const catalogue = derivation.index?.catalogue;
  if (statement === undefined || !onlyDefines.has(kindOf(statement))) valuesSetOff(scope);
  // PostgreSQL counts these two among the changes of the schema.
  const rebuilds = entry.verb === 'refresh' || entry.verb === 'reindex';
  if (rebuilds || entry.flow.session.some(({ kind }) => kind === 'ddl'))
    callAll(scope, catalogue?.eventTriggers);
}

/** They say what something is, and look at no value. */
const onlyDefines: ReadonlySet<string> = new Set([
  'CommentStmt', 'CompositeTypeStmt', 'CreateCastStmt', 'CreateDomainStmt', 'CreateEnumStmt', 'CreateFunctionStmt', 'CreateOpClassStmt',
  'CreateRangeStmt', 'CreateTrigStmt', 'DefineStmt', 'DropStmt', 'GrantStmt', 'RenameStmt', 'ViewStmt',
]); // prettier-ignore

/** Casts and comparisons of values, wherever they are. */
function valuesSetOff(scope: Scope): void {
  const { entry, derivation } = scope;
  const catalogue = derivation.index?.catalogue;
  const stores = entry.effects.has('write') || entry.effects.has('schema') || callsOwn(entry);
  for (const { context, calls, source, sourceIn, target, targetIn } of catalogue?.casts ?? []) {
    if (context === 'explicit' || (context === 'assignment' && !stores)) continue;
    if (mayOccur(scope, source, sourceIn) && mayOccur(scope, target, targetIn)) callAll(scope, [calls]);
  }
  for (const { schema, name, heldIn, calls } of catalogue?.compared ?? [])
    if (mayOccur(scope, { schema, name }, heldIn)) callAll(scope, calls);
  for (const oid of derivation.context.parameterTypes ?? [])
    callAll(scope, derivation.index?.typesByOid.get(oid));
}
