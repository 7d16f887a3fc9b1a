/** Where a value comes from: the columns that can reach it, and whether anything else can that nobody sees. */
import type { OutputColumn } from './analysis.js';
import type { ColumnName } from './catalogue.js';

export interface Lineage {
  readonly columns: readonly ColumnName[];
  /** Why more than these columns may reach it; null where they are all. */
  readonly unknown: string | null;
  /** It is unknown for one reason alone: there is no such column, of which the server says so itself. */
  readonly absent?: true;
  /** False only where it is one column's value, unchanged; a view's column has the names of those under it beside its own. */
  readonly derived: boolean;
}

/** A column of a result, a subquery, a table. */
export interface NamedLineage {
  readonly name: string;
  readonly lineage: Lineage;
}

/** A constant, a parameter: nothing of the database. */
export const nothing: Lineage = { columns: [], unknown: null, derived: true };

export const ofColumn = (column: ColumnName): Lineage => ({
  columns: [column],
  unknown: null,
  derived: false,
});
export const ofUnknown = (reason: string, columns: readonly ColumnName[] = []): Lineage => ({
  columns,
  unknown: reason,
  derived: true,
});

export const ofAbsent = (name: string): Lineage => ({
  ...ofUnknown(`the column \`${name}\` cannot be found`),
  absent: true,
});

export const columnKey = (column: ColumnName): string =>
  `${column.schema}\u0000${column.table}\u0000${column.column}`;

export function uniqueColumns(columns: Iterable<ColumnName>): ColumnName[] {
  return [...new Map([...columns].map((column) => [columnKey(column), column])).values()];
}

/** The lineage of a value that any of these can reach. It is still a plain column where all are names of the same one. */
export function merge(lineages: readonly Lineage[]): Lineage {
  if (lineages.length === 1) return lineages[0]!;
  const columns = uniqueColumns(lineages.flatMap((lineage) => lineage.columns));
  const open = lineages.filter((lineage) => lineage.unknown !== null);
  const unknown = open[0]?.unknown ?? null;
  const absent = open.length > 0 && open.every((lineage) => lineage.absent === true);
  const plain =
    lineages.every(({ derived }) => !derived) &&
    lineages.some((one) => one.columns.length === columns.length);
  return { columns, unknown, derived: !plain, ...(absent ? { absent } : {}) };
}

/** A view's column, under its own name and those that the view's definition gives it. */
export const ofViewColumn = (column: ColumnName, { columns, unknown, derived }: Lineage): Lineage => ({
  columns: uniqueColumns([column, ...columns]),
  unknown,
  derived,
});

export const derive = (lineage: Lineage): Lineage =>
  lineage.derived ? lineage : { ...lineage, derived: true };

export function toOutput({ name, lineage }: NamedLineage): OutputColumn {
  return {
    name,
    sources: lineage.unknown === null ? lineage.columns : 'unknown',
    derived: lineage.derived || lineage.columns.length === 0,
    ...(lineage.unknown === null ? {} : { reason: lineage.unknown, known: lineage.columns }),
    ...(lineage.absent === true ? { absent: true } : {}),
  };
}
