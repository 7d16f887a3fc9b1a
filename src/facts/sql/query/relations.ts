/** From a name in FROM to what it is: a CTE, a relation of the catalogue, a system relation, or unknown. */
import type { Alias, RangeVar } from 'libpg-query';
import { heirsOf, readSetsOff } from '../code/behaviour.js';
import { systemRelations } from '../generated/builtin-relations.js';
import { relationKey } from '../catalogue/lookup.js';
import type { ForeignTable, Relation } from '../catalogue/catalogue.js';
import { noteAbsent, isAssumed } from './absent.js';
import type { OwnRelation, SqlContext } from '../scope/analysis.js';
import type { TableName } from '../scope/entry.js';
import { addEffect, addMoreTables, addOpaque, addTable } from '../scope/entry.js';
import type { Lineage, NamedLineage } from '../scope/lineage.js';
import { merge, ofColumn, ofUnknown, ofViewColumn } from '../scope/lineage.js';
import { generatedColumns } from './generated-columns.js';
import { findCte } from './names.js';
import { isChanged, shapeOf } from '../scope/scope.js';
import type { Derivation, LookUp, QueryResult, RangeItem, Scope } from '../scope/scope.js';
import { texts } from '../parse/tree.js';

const systemColumns = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid']);
const sequenceColumns = ['last_value', 'log_cnt', 'is_called'];

/** A relation by its full name; `relation` is null if the catalogue does not have it. */
export interface Resolved extends TableName {
  readonly relation: Relation | null;
  /** The session has made it. */
  readonly own?: OwnRelation;
  /** It may as well be in another schema. */
  readonly uncertain?: boolean;
  /** The schema was written with it. */
  readonly qualified?: boolean;
  /** A database, too. */
  readonly ofDatabase?: boolean;
}

/**
 * Every relation that the name can mean, at least one; more than one only if the search path is not known, or if the session has
 * created one of that name, which may have been dropped again.
 */
export function resolveRelation(
  derivation: Derivation,
  name: RangeVar,
  asked: LookUp = 'shape',
): readonly [Resolved, ...Resolved[]] {
  const { schemaname: schema, relname = '' } = name;
  const own = ownRelations(derivation, schema, relname);
  // A relation that the session created is known only by its name, whatever its shape.
  if (asked === 'shape' || own.length === 0) isChanged(derivation, relname, asked);
  const found = schema === undefined ? unqualified(derivation, relname) : qualified(derivation, schema, name);
  const known = found.filter((one) => one.relation !== null || derivation.index === null);
  const [first = found[0], ...rest] = [...own, ...known];
  return [first, ...rest];
}

function ownRelations({ context }: Derivation, schema: string | undefined, name: string): Resolved[] {
  const listed = (context.own ?? []).filter(
    (one) => one.name === name && mayMean(context, schema, one.schema),
  );
  return listed.map((own) => ({ schema: own.schema, name, relation: null, own }));
}

/** Temporary relations come first on every path, and are all in `pg_temp`, whatever its number. */
function mayMean({ searchPath }: SqlContext, written: string | undefined, schema: string): boolean {
  if (written === undefined) return schema === 'pg_temp' || (searchPath?.includes(schema) ?? true);
  return written === schema || (schema === 'pg_temp' && written.startsWith('pg_temp_'));
}

function qualified(
  derivation: Derivation,
  schema: string,
  { relname: name = '', catalogname }: RangeVar,
): readonly [Resolved] {
  return [{ ...lookUp(derivation, schema, name), qualified: true, ofDatabase: catalogname !== undefined }];
}

function unqualified(derivation: Derivation, relname: string): readonly [Resolved, ...Resolved[]] {
  const { context, index } = derivation;
  const temporary = (index?.byName.get(relname) ?? []).filter((r) => r.schema.startsWith('pg_temp'));
  const others = temporary.map((relation) => ({ schema: relation.schema, name: relname, relation }));
  if (context.searchPath === null && index !== null) {
    const all = (index.byName.get(relname) ?? []).map((r) => ({
      schema: r.schema,
      name: relname,
      relation: r,
    }));
    if (systemRelations.has(`pg_catalog.${relname}`)) all.push(lookUpSystem(relname));
    const [first, ...rest] = all;
    return first === undefined ? [unplaced(relname)] : [first, ...rest];
  }
  if (context.searchPath === null) return [unplaced(relname)];
  const named = alongPath(derivation, relname);
  // They come first on every path that does not say otherwise.
  return others.length === 1 && !context.searchPath.some((schema) => schema.startsWith('pg_temp'))
    ? [others[0]!]
    : [named, ...others];
}

const unplaced = (name: string): Resolved => ({ schema: 'public', name, relation: null, uncertain: true });

function lookUpSystem(name: string): Resolved & { relation: Relation } {
  return { schema: 'pg_catalog', name, relation: systemRelation('pg_catalog', name)! };
}

function alongPath(derivation: Derivation, name: string): Resolved {
  const listed = (derivation.context.searchPath ?? ['public']).filter((schema) => schema !== '$user');
  const path = listed.includes('pg_catalog') ? listed : ['pg_catalog', ...listed];
  for (const schema of path) {
    const found = lookUp(derivation, schema, name);
    if (found.relation !== null) return found;
  }
  return { schema: listed.find((schema) => schema !== 'pg_catalog') ?? 'public', name, relation: null };
}

function lookUp(derivation: Derivation, schema: string, name: string): Resolved {
  const known = derivation.index?.relations.get(relationKey(schema, name)) ?? systemRelation(schema, name);
  return { schema, name, relation: known ?? assumedRelation(derivation, schema, name) };
}

function assumedRelation({ context }: Derivation, schema: string, name: string): Relation | null {
  return isAssumed(context, { schema, name }) ? { schema, name, oid: 0, kind: 'table', columns: [] } : null;
}

function systemRelation(schema: string, name: string): Relation | null {
  const columns = systemRelations.get(`${schema}.${name}`);
  if (columns === undefined) return null;
  const listed = columns.map((column, i) => ({ name: column, number: i + 1, type: '' }));
  return { schema, name, oid: 0, kind: 'table', columns: listed };
}

/** The item that a name in FROM makes. What it reads is recorded. */
export function rangeItem(scope: Scope, name: RangeVar): RangeItem {
  const cte = name.schemaname === undefined ? findCte(scope, name.relname ?? '') : null;
  if (cte !== null) {
    return renamed(resultItem(name.relname ?? '', cte.result()), name.alias);
  }
  const found = resolveRelation(scope.derivation, name);
  for (const relation of withHeirs(scope, name, found)) addTable(scope.entry, relation, 'read');
  addEffect(scope.entry, 'read');
  const items = found.map((relation) => relationItem(scope, relation));
  return renamed(items.length === 1 ? items[0]! : anyOf(items), name.alias);
}

/** Without ONLY a table is read and written with those that inherit from it. */
export function withHeirs(scope: Scope, name: RangeVar, found: readonly Resolved[]): readonly TableName[] {
  return name.inh === true ? [...found, ...found.flatMap((one) => heirsOf(scope, one))] : found;
}

/** The item of a statement's target: no CTE is ever meant. */
export function targetItem(scope: Scope, name: RangeVar): { item: RangeItem; tables: readonly Resolved[] } {
  const tables = resolveRelation(scope.derivation, name);
  const items = tables.map((relation) => relationItem(scope, relation));
  return { item: renamed(items.length === 1 ? items[0]! : anyOf(items), name.alias), tables };
}

function openItem(
  alias: string,
  schema: string | null,
  tables: readonly TableName[],
  other: (name: string) => Lineage | null,
): RangeItem {
  return { alias, schema, columns: null, other, tables };
}

function relationItem(scope: Scope, resolved: Resolved): RangeItem {
  const { schema, name, relation } = resolved;
  const { derivation } = scope;
  const column = (of: string) => ({ schema, table: name, column: of });
  if (resolved.uncertain === true) addMoreTables(scope.entry, `which schema \`${name}\` is in, is not known`);
  if (relation?.kind === 'foreign-table') addEffect(scope.entry, 'network');
  noteUnknown(scope, resolved);
  readSetsOff(scope, resolved);
  const differs = isChanged(derivation, name, 'shape');
  const listed = derivation.changed.everything
    ? null
    : (shapeOf(derivation, resolved) ?? resolved.own?.columns ?? null);
  if (listed !== null) {
    const columns = listed.map((of) => ({ name: of, lineage: ofColumn(column(of)) }));
    const system = (of: string): Lineage | null => (systemColumns.has(of) ? ofColumn(column(of)) : null);
    return { alias: name, schema, columns, other: system, tables: [resolved] };
  }
  if (relation === null || differs) {
    const trusted = derivation.index === null && !differs && resolved.uncertain !== true;
    const reason = `what \`${name}\` is, the catalogue does not say`;
    return openItem(name, schema, [resolved], (of) =>
      trusted ? ofColumn(column(of)) : ofUnknown(reason, [column(of)]),
    );
  }
  // One that is assumed has whatever column is asked for.
  const any = isAssumed(derivation.context, resolved);
  const other = (of: string): Lineage | null => (any || systemColumns.has(of) ? ofColumn(column(of)) : null);
  return { alias: name, schema, columns: relationColumns(scope, relation), other, tables: [resolved] };
}

/**
 * A name that the catalogue does not have may be a view that was just created, over anything. If there is no such relation at
 * all, the server reports it; only rules that depend on what the relation is must deny.
 */
export function noteUnknown({ derivation, entry }: Scope, resolved: Resolved): void {
  const { name, relation, own } = resolved;
  if (derivation.index === null || relation !== null) return;
  if (own === undefined) noteAbsent(derivation, entry, resolved);
  derivation.missing.found ||= own === undefined;
  if (own === undefined) addOpaque(entry, `the relation \`${name}\` is not in the catalogue of the target`);
  else if (own.kind !== 'table')
    addOpaque(entry, `what \`${name}\` stands for was said earlier in the session`);
}

function relationColumns(scope: Scope, relation: Relation): NamedLineage[] {
  const { schema, name } = relation;
  const own = (column: string): Lineage => ofColumn({ schema, table: name, column });
  const isView = relation.definition !== undefined || relation.kind === 'view';
  const base = isView ? scope.derivation.parts.viewColumns(scope, relation) : null;
  if (relation.kind === 'sequence' && relation.columns.length === 0) {
    return sequenceColumns.map((column) => ({ name: column, lineage: own(column) }));
  }
  if (relation.foreign !== undefined) return foreignColumns(scope, relation, relation.foreign);
  const computed = generatedColumns(scope.derivation, relation);
  return relation.columns.map((column, i) => {
    const below = base?.[i];
    const from = computed?.get(column.name);
    if (!isView) return { name: column.name, lineage: from ?? own(column.name) };
    const hidden = ofUnknown(`what the view \`${name}\` shows cannot be traced`);
    return {
      name: column.name,
      lineage: ofViewColumn({ schema, table: name, column: column.name }, below ?? hidden),
    };
  });
}

/**
 * A foreign table's columns have the names of the columns that they refer to, in addition to their own: the other server may be
 * this one, or hold the same tables. A file can hold anything.
 */
function foreignColumns(scope: Scope, { schema, name, columns }: Relation, to: ForeignTable): NamedLineage[] {
  const there = scope.derivation.index?.relations.get(relationKey(to.schema, to.name));
  const known = there === undefined || there.foreign !== undefined ? [] : relationColumns(scope, there);
  const below = (column: string): Lineage => {
    if (to.wrapper === 'file_fdw') return ofUnknown(`what the file of \`${name}\` holds is not known`);
    const named = to.columns?.[column] ?? column;
    return (
      known.find((one) => one.name === named)?.lineage ??
      ofColumn({ schema: to.schema, table: to.name, column: named })
    );
  };
  return columns.map(({ name: column }) => ({
    name: column,
    lineage: ofViewColumn({ schema, table: name, column }, below(column)),
  }));
}

/** Several relations that the name can mean: what each of them would give. */
function anyOf(items: readonly RangeItem[]): RangeItem {
  const [first] = items;
  const other = (name: string): Lineage | null => {
    const found = items.map(
      (item) => item.columns?.find((column) => column.name === name)?.lineage ?? item.other(name),
    );
    const known = found.filter((lineage) => lineage !== null);
    return known.length === 0 ? null : merge(known);
  };
  return openItem(
    first!.alias,
    first!.schema,
    items.flatMap((item) => item.tables),
    other,
  );
}

/** A query as an item of FROM. */
export function resultItem(alias: string, { columns, reason, from }: QueryResult): RangeItem {
  const uncounted = from ?? ofUnknown(reason);
  const other = (): Lineage | null => (columns === null ? uncounted : null);
  const row = columns === null && from !== undefined ? { row: from } : {};
  return { alias, schema: null, columns, other, tables: [], ...row };
}

/** `AS t(a, b)`: the table and the first columns under other names. */
export function renamed(item: RangeItem, alias: Alias | undefined): RangeItem {
  if (alias === undefined) return item;
  const named = { ...item, alias: alias.aliasname ?? item.alias, schema: null };
  const names = texts(alias.colnames);
  if (names.length === 0) return named;
  if (item.columns !== null) {
    const columns = item.columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
    return { ...named, columns };
  }
  const unclear = item.row ?? ofUnknown('columns that are not known are given other names');
  return { ...named, other: (name) => (names.includes(name) ? unclear : item.other(name)) };
}
