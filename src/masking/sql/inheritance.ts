/** Tables that hold each other's rows: partitions and inheritance. PostgreSQL manual, section 5.11 and 5.12. */
import type { Catalogue, ColumnName, Relation } from '../../facts/sql/catalogue/catalogue.js';

/** Reads of a table return rows of its descendants, and a descendant's rows are also its ancestors'. */
interface Family {
  readonly parents: ReadonlyMap<string, readonly Member[]>;
  readonly children: ReadonlyMap<string, readonly Member[]>;
}
type Member = Pick<Relation, 'schema' | 'name'>;

/** The column and its counterparts in every ancestor and descendant of its table: a mask on one applies to all. */
export function relatedColumns(catalogue: Catalogue | null, column: ColumnName): readonly ColumnName[] {
  const family = catalogue === null ? null : familyOf(catalogue);
  if (family === null) return [column];
  const start = { schema: column.schema, name: column.table };
  const relatives = [...reach(family.parents, start), ...reach(family.children, start)];
  return [column, ...relatives.map(({ schema, name }) => ({ schema, table: name, column: column.column }))];
}

function reach(edges: ReadonlyMap<string, readonly Member[]>, start: Member): readonly Member[] {
  const found = new Map<string, Member>();
  const open = [start];
  for (let member = open.pop(); member !== undefined; member = open.pop()) {
    for (const next of edges.get(keyOf(member)) ?? []) {
      if (found.has(keyOf(next))) continue;
      found.set(keyOf(next), next);
      open.push(next);
    }
  }
  return [...found.values()];
}

const families = new WeakMap<Catalogue, { readonly family: Family | null }>();

/** Built once for each catalogue; null if no table inherits from another. */
function familyOf(catalogue: Catalogue): Family | null {
  let known = families.get(catalogue);
  if (known === undefined) {
    known = { family: readFamily(catalogue) };
    families.set(catalogue, known);
  }
  return known.family;
}

function readFamily(catalogue: Catalogue): Family | null {
  const parents = new Map<string, readonly Member[]>();
  const children = new Map<string, Member[]>();
  for (const relation of catalogue.relations) {
    if (relation.inherits === undefined || relation.inherits.length === 0) continue;
    parents.set(keyOf(relation), relation.inherits);
    for (const parent of relation.inherits) {
      const siblings = children.get(keyOf(parent)) ?? [];
      siblings.push(relation);
      children.set(keyOf(parent), siblings);
    }
  }
  return parents.size === 0 ? null : { parents, children };
}

function keyOf({ schema, name }: Member): string {
  return `${schema}\u0000${name}`;
}
