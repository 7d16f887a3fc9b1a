/** `column "customers.email"`: which columns a selector matches. */

/** A column by its full name. */
export interface SelectedColumn {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** Lower-case parts, null for `*`. */
export interface ColumnSelector {
  readonly schema: string | null;
  readonly table: string | null;
  readonly column: string | null;
}

/**
 * `table.column` or `schema.table.column`, `*` standing for a whole part. Two parts match that table in any schema, so
 * that a copy of the table elsewhere is masked too. Null if the text is not a selector.
 */
export function parseColumnSelector(text: string): ColumnSelector | null {
  const parts = text.split('.');
  if (parts.length < 2 || parts.length > 3) return null;
  if (parts.some((part) => part === '' || (part !== '*' && part.includes('*')))) return null;
  const [schema, table, column] = (parts.length === 2 ? ['*', ...parts] : parts).map((part) =>
    part === '*' ? null : part.toLowerCase(),
  );
  return { schema: schema!, table: table!, column: column! };
}

/** Ignores case: two columns whose names differ only in case both match. */
export function selectsColumn(selector: ColumnSelector, column: SelectedColumn): boolean {
  return (
    matches(selector.schema, column.schema) &&
    matches(selector.table, column.table) &&
    matches(selector.column, column.column)
  );
}

/** A column named `*` is the whole row, or any column of it: every selector of its table matches it. */
function matches(wanted: string | null, name: string): boolean {
  return wanted === null || name === '*' || name.toLowerCase() === wanted;
}
