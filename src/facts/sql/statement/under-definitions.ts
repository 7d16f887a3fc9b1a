/**
 * Definitions that others stand on. A materialized view keeps what its query answered, and is read by what the query would answer
 * now; a trigger or a rule is given every row of its table, whatever it does with them by now. Whoever changes what is underneath has
 * those values stored under another name.
 */
import type { RangeVar } from 'libpg-query';
import type { ColumnName, Relation } from '../catalogue/catalogue.js';
import { addMoved, addTable, addUnknownColumns, createEntry, moveReads } from '../scope/entry.js';
import { callFunction } from '../code/functions.js';
import { resolveRelation } from '../query/relations.js';
import { nothing, uniqueColumns } from '../scope/lineage.js';
import type { SchemaChange } from '../catalogue/schema-change.js';
import type { Derivation, Scope } from '../scope/scope.js';
import { rootScope, spend } from '../scope/scope.js';

/** The values that functions read are stored: they are read again with the functions' new definitions. */
export function refreshView(scope: Scope, name: RangeVar): void {
  const { entry, derivation } = scope;
  for (const { relation } of resolveRelation(derivation, name)) {
    if (relation?.definition !== undefined) derivation.parts.viewColumns(scope, relation);
    for (const { schema, name: called } of [...entry.functions.values()])
      if (schema !== 'pg_catalog') addMoved(entry, callFunction(scope, [schema, called], -1).lineage);
    for (const below of derivation.parts.viewTables(scope, relation)) {
      addTable(entry, below, 'read');
      addUnknownColumns(entry, below, 'read', 'it is read through a materialized view');
    }
  }
}

/** Records as stored what stands on something that a definition changes. */
export function underDefinitions(scope: Scope, changes: SchemaChange, verb: string): void {
  const { derivation } = scope;
  const { index } = derivation;
  // A statement that may have changed everything, and drops nothing that holds functions, changes no view and no function.
  const drops = changes.everything && verb === 'drop' && holding.has(scope.entry.object ?? '');
  if (index === null || (changes.everything && !drops)) return;
  const functions = [...changes.renamed].some((name) => index.functions.has(name));
  if (!drops && !functions && ![...changes.renamed].some((name) => index.byName.has(name))) return;
  const gone = droppedSchemas(scope, verb);
  for (const view of index.catalogue.relations) {
    if (view.kind !== 'materialized-view' || gone.has(view.schema)) continue;
    const { names, columns } = standsOn(derivation, view);
    if ([...names].some((name) => name !== view.name && isOther(changes, name)))
      addMoved(scope.entry, { ...nothing, columns });
  }
  for (const { schema, name, triggers = [] } of functions ? index.behaviours.values() : []) {
    for (const { calls } of gone.has(schema) ? [] : triggers) {
      if (!calls.some((called) => changesCode(derivation, called.schema, called.name, changes))) continue;
      const { columns = [] } = index.relations.get(`${schema}\u0000${name}`) ?? {};
      const given = columns.map((column) => ({ schema, table: name, column: column.name }));
      addMoved(scope.entry, { ...nothing, columns: given });
      // One that is deferred runs when the transaction ends, as what it will be then.
      moveReads(scope.entry);
    }
  }
}

/** Their contents are not stored elsewhere: they are dropped with them, or nothing is dropped. */
function droppedSchemas({ entry }: Scope, verb: string): ReadonlySet<string> {
  const schemas = verb === 'drop' && entry.object === 'schema' ? entry.objects : [];
  return new Set(schemas.map(({ name }) => name));
}

/** Objects that are dropped together with functions that no text names. */
const holding: ReadonlySet<string> = new Set([
  'aggregate',
  'extension',
  'function',
  'owned',
  'procedure',
  'routine',
  'schema',
]);

const isOther = ({ everything, renamed }: SchemaChange, name: string): boolean =>
  everything || renamed.has(name);

function changesCode(
  { index, parts, ...rest }: Derivation,
  schema: string,
  name: string,
  changes: SchemaChange,
): boolean {
  if (isOther(changes, name)) return true;
  return (index?.functions.get(name) ?? []).some((of) => {
    if (of.schema !== schema) return false;
    const derivation = apart({ index, parts, ...rest });
    parts.functionBody(rootScope(derivation, createEntry('', 'call', null)), of);
    return [...derivation.names].some((one) => index!.functions.has(one) && changes.renamed.has(one));
  });
}

/** The columns below a materialized view that is no plain query of tables, and every name that was looked up for it. */
function standsOn(
  outer: Derivation,
  view: Relation,
): { names: ReadonlySet<string>; columns: readonly ColumnName[] } {
  const derivation = apart(outer);
  spend(outer);
  const entry = createEntry('', 'select', null);
  const lineages = derivation.parts.viewColumns(rootScope(derivation, entry), view) ?? [];
  const tables = [...entry.tables.values()];
  const { index } = derivation;
  const views = tables.some(
    (one) => index?.relations.get(`${one.schema}\u0000${one.name}`)?.definition !== undefined,
  );
  const calls = [...entry.functions.values()].some(({ schema }) => schema !== 'pg_catalog');
  if (!views && !calls) return { names: new Set(), columns: [] };
  return { names: derivation.names, columns: uniqueColumns(lineages.flatMap(({ columns }) => columns)) };
}

/** The earlier state, without counting anything found here for the statement. */
const apart = (derivation: Derivation): Derivation => ({
  ...derivation,
  entries: [],
  adopted: new Map(),
  recursion: { outermost: Infinity, round: 0, soFar: new Map() },
  names: new Set(),
  unread: new Set(),
  missing: { found: false },
  absent: null,
});
