/** What generated columns are computed from. PostgreSQL manual, section 5.4: of the same row, and of no generated column. */
import type { Relation } from '../catalogue/catalogue.js';
import { createEntry } from '../scope/entry.js';
import type { Lineage } from '../scope/lineage.js';
import { merge, ofColumn, ofUnknown } from '../scope/lineage.js';
import { parseSql } from '../parse/parser.js';
import { noChange } from '../catalogue/schema-change.js';
import type { Derivation, RangeItem, Scope } from '../scope/scope.js';
import { namespaceOf, rootScope, withNamespace } from '../scope/scope.js';
import { as } from '../parse/tree.js';

interface Computed {
  readonly lineages: ReadonlyMap<string, Lineage>;
  /** What was looked up for them. */
  readonly names: ReadonlySet<string>;
}

const known = new WeakMap<Relation, Computed>();

/** By name, each with its own name among its sources; null where none is generated. */
export function generatedColumns(
  derivation: Derivation,
  relation: Relation,
): ReadonlyMap<string, Lineage> | null {
  if (relation.columns.every(({ generated }) => generated === undefined)) return null;
  // What it calls may be something else now.
  if (derivation.changed !== noChange) return workOut(derivation, relation).lineages;
  let found = known.get(relation);
  if (found === undefined) known.set(relation, (found = workOut(derivation, relation)));
  for (const one of found.names) derivation.names.add(one);
  return found.lineages;
}

function workOut(derivation: Derivation, { schema, name, columns }: Relation): Computed {
  const names = new Set<string>();
  const own = (column: string): Lineage => ofColumn({ schema, table: name, column });
  const listed = columns.map((column) => ({ name: column.name, lineage: own(column.name) }));
  const item: RangeItem = { alias: name, schema: null, columns: listed, other: () => null, tables: [] };
  const scope = withNamespace(
    rootScope({ ...derivation, names, entries: [], adopted: new Map() }, createEntry('', 'select', null)),
    namespaceOf(item),
  );
  const generated = columns.flatMap((column): [string, Lineage][] =>
    column.generated === undefined
      ? []
      : [[column.name, merge([own(column.name), lineageOf(scope, column.generated)])]],
  );
  return { lineages: new Map(generated), names };
}

function lineageOf(scope: Scope, expression: string): Lineage {
  const parsed = parseSql(`SELECT ${expression}`);
  const select = parsed.kind === 'parsed' ? as(parsed.tree.stmts?.[0]?.stmt, 'SelectStmt') : null;
  const [target] = select?.targetList ?? [];
  if (select === null || select.targetList?.length !== 1)
    return ofUnknown('what a generated column is computed from cannot be read');
  return scope.derivation.parts.expression(scope, as(target, 'ResTarget')?.val, 'read');
}
