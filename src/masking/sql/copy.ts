/**
 * COPY … TO STDOUT as a result with fields. The server describes none: the columns follow from the parse tree and the
 * catalogue, and the only check against the server is the number of columns in CopyOutResponse.
 */
import type { AnalysedStatement, CopyClause } from '../../facts/sql/scope/analysis.js';
import { indexOf, relationKey } from '../../facts/sql/catalogue/lookup.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import { typeNumber } from './type-names.js';

/** A field as RowDescription would have it. `typeOid` is 0 if the type is not known. */
export interface CopyField {
  readonly name: string;
  readonly tableOid: 0;
  readonly attributeNumber: 0;
  readonly typeOid: number;
}

/** Why the rows of this COPY cannot be read, and so not masked; null if they can. */
export function unreadable({ format, encoding, quote, escape, delimiter }: CopyClause): string | null {
  if (format === 'other') return 'rows of a format of COPY that is not known cannot be masked';
  if (encoding !== undefined && !readableEncodings.has(encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, '')))
    return `rows of COPY in the encoding \`${encoding}\` cannot be masked`;
  // PostgreSQL accepts a line end as the quote or the escape; the ends of rows are then ambiguous.
  const marks = [delimiter, quote, escape].filter((mark) => mark !== undefined);
  return marks.every((mark) => /^[\x20-\x7e\x01-\x09\x0b\x0c\x0e-\x1f\x7f]$/.test(mark))
    ? null
    : 'rows of COPY with such a delimiter, quote or escape cannot be masked';
}

/** Values of `client_encoding`. As in PostgreSQL, only letters and digits of the names are compared. */
const readableEncodings: ReadonlySet<string> = new Set(['utf8', 'unicode']);

/** One field for each of `count` columns. If lineage gives another number of columns, no field has a known origin. */
export function copyFields(
  { output }: AnalysedStatement,
  catalogue: Catalogue | null,
  count: number,
): readonly CopyField[] {
  const columns = output.kind === 'columns' && output.columns.length === count ? output.columns : null;
  return Array.from({ length: count }, (_, i): CopyField => {
    const column = columns?.[i];
    const source = column?.derived === false && column.sources !== 'unknown' ? column.sources[0] : undefined;
    const typeOid = source === undefined ? 0 : typeOf(catalogue, source);
    return { name: column?.name ?? '', tableOid: 0, attributeNumber: 0, typeOid };
  });
}

function typeOf(catalogue: Catalogue | null, { schema, table, column }: ColumnName): number {
  if (catalogue === null) return 0;
  const relation = indexOf(catalogue).relations.get(relationKey(schema, table));
  return typeNumber(relation?.columns.find(({ name }) => name === column)?.type ?? '');
}
