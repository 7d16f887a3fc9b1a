/**
 * What a definition can change in the catalogue. Each kind of statement is listed with what it reaches; one that is not listed
 * may have changed everything.
 */
import type { AlterTableCmd, Constraint, DropStmt, RangeVar, RenameStmt } from 'libpg-query';
import type { QualifiedName } from '../catalogue/catalogue.js';
import { relationKey, typeNames } from '../catalogue/lookup.js';
import type { CatalogueIndex } from '../catalogue/lookup.js';
import { heirsOf } from '../code/behaviour.js';
import { nameParts } from './object-names.js';
import { anyChange, changeOf, noChange } from '../catalogue/schema-change.js';
import type { SchemaChange } from '../catalogue/schema-change.js';
import type { Scope } from '../scope/scope.js';
import { spend } from '../scope/scope.js';
import type { Body, Node, NodeKind } from '../parse/tree.js';
import { as, kindOf, texts } from '../parse/tree.js';

type Change<K extends NodeKind> = (scope: Scope, body: Body<K>) => SchemaChange;
type Changes = { readonly [K in NodeKind]?: Change<K> };

const nothing = (): SchemaChange => noChange;

/** The parts of the catalogue that describe a relation that keeps its identity. */
const alters = (scope: Scope, relation: RangeVar | undefined): SchemaChange =>
  changeOf({ altered: withChildren(scope, [relation?.relname ?? '']) });

const changes: Changes = {
  // The catalogue has nothing of these.
  AlterCollationStmt: nothing,
  AlterDatabaseRefreshCollStmt: nothing,
  AlterDatabaseStmt: nothing,
  AlterDefaultPrivilegesStmt: nothing,
  AlterEnumStmt: nothing,
  AlterObjectDependsStmt: nothing,
  AlterOwnerStmt: nothing,
  AlterPublicationStmt: nothing,
  AlterRoleStmt: nothing,
  AlterSeqStmt: nothing,
  AlterStatsStmt: nothing,
  AlterSubscriptionStmt: nothing,
  AlterSystemStmt: nothing,
  AlterTableMoveAllStmt: nothing,
  AlterTableSpaceOptionsStmt: nothing,
  CommentStmt: nothing,
  CreateEnumStmt: nothing,
  CreatePublicationStmt: nothing,
  CreateRoleStmt: nothing,
  // Its tables are statements of their own.
  CreateSchemaStmt: nothing,
  CreateStatsStmt: nothing,
  CreateSubscriptionStmt: nothing,
  CreateTableSpaceStmt: nothing,
  CreatedbStmt: nothing,
  DropRoleStmt: nothing,
  DropSubscriptionStmt: nothing,
  DropTableSpaceStmt: nothing,
  DropdbStmt: nothing,
  GrantRoleStmt: nothing,
  GrantStmt: nothing,
  SecLabelStmt: nothing,

  AlterFunctionStmt: (_, { func }) => changeOf({ renamed: texts(func?.objname).slice(-1) }),
  AlterObjectSchemaStmt: (scope, { objectType, relation }) =>
    relation !== undefined && renamedRelations.has(objectType ?? '')
      ? changeOf({
          renamed: dependents(scope, withChildren(scope, [relation.relname ?? ''])),
          sequences: true,
        })
      : anyChange,
  AlterPolicyStmt: (scope, { table }) => alters(scope, table),
  AlterTableStmt: (scope, { relation, cmds }) => alterTable(scope, relation, cmds ?? []),
  CompositeTypeStmt: (_, { typevar }) => changeOf({ renamed: [typevar?.relname ?? ''] }),
  CreateForeignTableStmt: (scope, { base }) => createTable(scope, base ?? {}),
  CreatePolicyStmt: (scope, { table }) => alters(scope, table),
  CreateSeqStmt: (_, { sequence }) => changeOf({ renamed: [sequence?.relname ?? ''] }),
  CreateStmt: (scope, body) => createTable(scope, body),
  CreateTrigStmt: (scope, { relation }) => alters(scope, relation),
  DropStmt: (scope, body) => drop(scope, body),
  // The functions that an index calls count for its table.
  IndexStmt: (scope, { relation, indexParams, whereClause }) =>
    whereClause === undefined && (indexParams ?? []).every((one) => as(one, 'IndexElem')?.expr === undefined)
      ? noChange
      : alters(scope, relation),
  RenameStmt: (scope, body) => rename(scope, body),
  RuleStmt: (scope, { relation }) => alters(scope, relation),
  ViewStmt: (_, { view }) => changeOf({ renamed: [view?.relname ?? ''] }),
};

/** What a defining statement can change; `anyChange` if its kind is not listed. */
export function changeByDefinition(scope: Scope, node: Node): SchemaChange {
  const of = changes[kindOf(node) as keyof Changes] as Change<NodeKind> | undefined;
  return of === undefined ? anyChange : of(scope, Object.values(node)[0] as never);
}

/** Schemas and rights on them decide what is on the path. */
export function changesPath(node: Node): boolean {
  const grant = as(node, 'GrantStmt');
  if (grant !== null) return grant.objtype === 'OBJECT_SCHEMA';
  const dropped = as(node, 'DropStmt')?.removeType ?? as(node, 'RenameStmt')?.renameType;
  return as(node, 'CreateSchemaStmt') !== null || dropped === 'OBJECT_SCHEMA';
}

function createTable(scope: Scope, { relation, inhRelations, tableElts }: Body<'CreateStmt'>): SchemaChange {
  const parents = (inhRelations ?? []).map((node) => as(node, 'RangeVar')?.relname ?? '');
  return changeOf({
    renamed: [relation?.relname ?? ''],
    altered: [...parents, ...(tableElts ?? []).flatMap((element) => cascadesFrom(scope, element))],
    sequences: true,
  });
}

/** Tables from which a foreign key deletes or updates rows in a cascade. */
function cascadesFrom(scope: Scope, element: Node | undefined): string[] {
  spend(scope.derivation);
  const column = as(element, 'ColumnDef');
  if (column !== null) return (column.constraints ?? []).flatMap((one) => cascadesFrom(scope, one));
  const constraint = as(element, 'Constraint');
  if (constraint?.contype !== 'CONSTR_FOREIGN') return [];
  return setsOff(constraint) ? [constraint.pktable?.relname ?? ''] : [];
}

/** `a` is NO ACTION, `r` is RESTRICT; parsenodes.h. */
function setsOff({ fk_del_action: deletes, fk_upd_action: updates }: Constraint): boolean {
  return [deletes, updates].some((action) => action !== undefined && action !== 'a' && action !== 'r');
}

function alterTable(scope: Scope, relation: RangeVar | undefined, commands: readonly Node[]): SchemaChange {
  const altered = [relation?.relname ?? ''];
  const renamed: string[] = [];
  for (const node of commands) {
    const command = as(node, 'AlterTableCmd');
    if (command === null) return anyChange;
    const reached = reachedBy(scope, command);
    altered.push(...reached);
    // Views that show a dropped column go with it.
    if (command.behavior === 'DROP_CASCADE') renamed.push(...dependents(scope, altered));
  }
  return changeOf({ renamed, altered: withChildren(scope, altered), sequences: true });
}

/** Other tables that the command names: the other end of a foreign key, a parent, a partition. */
function reachedBy(scope: Scope, { def }: AlterTableCmd): string[] {
  const partition = as(def, 'PartitionCmd')?.name ?? as(def, 'RangeVar') ?? undefined;
  return partition === undefined ? cascadesFrom(scope, def) : [partition.relname ?? ''];
}

const droppedRelations: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_SEQUENCE',
]);
const droppedFunctions: ReadonlySet<string> = new Set([
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
]);
const hanging: ReadonlySet<string> = new Set(['OBJECT_TRIGGER', 'OBJECT_POLICY', 'OBJECT_RULE']);
/** The catalogue has nothing of them, but what an index calls, which is then more than is called. */
const unseen: ReadonlySet<string> = new Set([
  'OBJECT_INDEX',
  'OBJECT_STATISTIC_EXT',
  'OBJECT_PUBLICATION',
  'OBJECT_COLLATION',
]);

function drop(scope: Scope, { objects, removeType, behavior }: DropStmt): SchemaChange {
  const type = removeType ?? '';
  const parts = (objects ?? []).map(nameParts);
  const last = parts.map((one) => one.at(-1) ?? '');
  const cascades = behavior === 'DROP_CASCADE';
  if (droppedRelations.has(type)) {
    const names = withChildren(scope, last);
    return changeOf({ renamed: cascades ? dependents(scope, names) : names, sequences: true });
  }
  // A function that is called by a view, a default, a trigger takes it along.
  if (droppedFunctions.has(type)) return cascades ? anyChange : changeOf({ renamed: last });
  if (hanging.has(type))
    return changeOf({
      altered: withChildren(
        scope,
        parts.map((one) => one.at(-2) ?? ''),
      ),
    });
  if (unseen.has(type)) return noChange;
  // One that is empty takes nothing along.
  return type === 'OBJECT_SCHEMA' && !cascades ? noChange : anyChange;
}

const renamedRelations: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_SEQUENCE',
  'OBJECT_INDEX',
]);
const renamedParts: ReadonlySet<string> = new Set([
  'OBJECT_COLUMN',
  'OBJECT_ATTRIBUTE',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_POLICY',
  'OBJECT_RULE',
]);

function rename(scope: Scope, { renameType, relation, object, newname }: RenameStmt): SchemaChange {
  const type = renameType ?? '';
  const before = relation?.relname ?? '';
  if (renamedRelations.has(type))
    return changeOf({ renamed: [...dependents(scope, withChildren(scope, [before])), newname ?? ''] });
  // Definitions that depend on a column are now printed with its new name.
  if (renamedParts.has(type))
    return changeOf({ altered: dependents(scope, withChildren(scope, [before])), sequences: true });
  if (droppedFunctions.has(type))
    return changeOf({
      renamed: [...dependents(scope, nameParts(object).slice(-1)), newname ?? ''],
    });
  return type === 'OBJECT_ROLE' || type === 'OBJECT_DATABASE' || type === 'OBJECT_TABLESPACE'
    ? noChange
    : anyChange;
}

/** With the partitions and heirs of these tables, to which ALTER and DROP go on. */
function withChildren(scope: Scope, names: readonly string[]): string[] {
  const { derivation } = scope;
  const { index } = derivation;
  const found = new Set(names);
  if (index === null) return [...found];
  const waiting: QualifiedName[] = names.flatMap((name) => index.byName.get(name) ?? []);
  const seen = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = relationKey(next.schema, next.name);
    if (seen.has(key)) continue;
    seen.add(key);
    spend(derivation);
    for (const child of [...(index.children.get(key) ?? []), ...heirsOf(scope, next)]) {
      found.add(child.name);
      waiting.push(child);
    }
  }
  return [...found];
}

/**
 * With everything whose place in the catalogue names one of these: views and their like, columns of their row types, what is
 * written in standard SQL. By the text alone, which is more than what depends on them.
 */
function dependents({ derivation }: Scope, names: readonly string[]): string[] {
  const found = new Set(names);
  const { index } = derivation;
  if (index === null) return [...found];
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { name, definition, columns } of index.catalogue.relations) {
      spend(derivation);
      if (found.has(name)) continue;
      const types = columns.map(({ type }) => typeNames(type).at(-1) ?? '');
      const computed = columns.map(({ generated }) => generated ?? '').join(' ');
      if (mentions(`${definition ?? ''} ${computed}`, found) || types.some((type) => found.has(type)))
        found.add(name);
    }
    for (const one of ruleTexts(index))
      if (!found.has(one.name) && mentions(one.text, found)) found.add(one.name);
  }
  return [...found];
}

function ruleTexts({ catalogue }: CatalogueIndex): { readonly name: string; readonly text: string }[] {
  const behaviours = (catalogue.behaviours ?? []).map(({ name, rules }) => ({
    name,
    text: (rules ?? []).join(' '),
  }));
  const functions = catalogue.functions
    .filter(({ definition }) => /\bBEGIN ATOMIC\b|\bRETURN\b/i.test(definition ?? ''))
    .map(({ name, definition }) => ({ name, text: definition ?? '' }));
  return [...behaviours, ...functions];
}

function mentions(text: string, names: ReadonlySet<string>): boolean {
  if (text === '' || text === ' ') return false;
  for (const name of names) if (text.includes(name.replaceAll('"', '""'))) return true;
  return false;
}
