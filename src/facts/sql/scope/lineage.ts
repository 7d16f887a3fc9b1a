/** The origin of a value: the columns that can reach it, and whether anything unknown can reach it, too. */
import type { OutputColumn } from './analysis.js';
import type { ColumnName } from '../catalogue/catalogue.js';
import type { Literals } from './literals.js';
import { allOf } from './literals.js';

export interface Lineage {
  readonly columns: readonly ColumnName[];
  /** Why more than these columns may reach it; null if these are all. */
  readonly unknown: string | null;
  /** It is unknown for one reason alone: there is no such column, of which the server says so itself. */
  readonly absent?: true;
  /**
   * False only if it is one column's value, unchanged; a view's column has the names of those beneath it in addition to its own.
   */
  readonly derived: boolean;
  /** What the text itself contributes; null: nothing. */
  readonly literals: Literals | null;
}

/** A column of a result, a subquery, a table. */
export interface NamedLineage {
  readonly name: string;
  readonly lineage: Lineage;
}

/** A constant, a parameter: nothing of the database. */
export const nothing: Lineage = { columns: [], unknown: null, derived: true, literals: null };

export const ofLiteral = (literals: Literals): Lineage => ({ ...nothing, literals });

export const ofColumn = (column: ColumnName): Lineage => ({
  columns: [column],
  unknown: null,
  derived: false,
  literals: null,
});
export const ofUnknown = (reason: string, columns: readonly ColumnName[] = []): Lineage => ({
  columns,
  unknown: reason,
  derived: true,
  literals: null,
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

/** The lineage of a value that any of these can reach. It is still a plain column if all are names of the same one. */
export function merge(lineages: readonly Lineage[]): Lineage {
  if (lineages.length === 1) return lineages[0]!;
  const columns = uniqueColumns(lineages.flatMap((lineage) => lineage.columns));
  const open = lineages.filter((lineage) => lineage.unknown !== null);
  const unknown = open[0]?.unknown ?? null;
  const absent = open.length > 0 && open.every((lineage) => lineage.absent === true);
  const plain =
    lineages.every(({ derived }) => !derived) &&
    lineages.some((one) => one.columns.length === columns.length);
  const literals = allOf(lineages.map((lineage) => lineage.literals));
  return { columns, unknown, derived: !plain, literals, ...(absent ? { absent } : {}) };
}

/** Decides about a value, or is a name for it, and is not in it. */
export const withoutLiterals = (lineage: Lineage): Lineage =>
  lineage.literals === null ? lineage : { ...lineage, literals: null };

/** A view's column, under its own name and those that the view's definition gives it. */
export const ofViewColumn = (column: ColumnName, { columns, unknown, derived }: Lineage): Lineage => ({
  columns: uniqueColumns([column, ...columns]),
  unknown,
  derived,
  // Literals in the definition are not the client's.
  literals: null,
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
