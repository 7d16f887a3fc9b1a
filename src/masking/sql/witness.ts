/** What RowDescription says of where a field comes from. */
import type { Catalogue, ColumnName, Relation } from '../../facts/sql/catalogue/catalogue.js';
import type { ResultField } from './plan.js';

/** `none` where the field is no column, `unknown` where the catalogue does not have it. */
export type Seen = ColumnName | 'system' | 'none' | 'unknown';

/** OIDs below belong to what initdb created; no table of a user gets one. PostgreSQL, access/transam.h. */
const firstNormalObjectId = 16_384;

/** `pg_attribute.attnum` of the system columns. PostgreSQL, access/sysattr.h. */
const systemColumns: ReadonlyMap<number, string> = new Map([
  [-1, 'ctid'],
  [-2, 'xmin'],
  [-3, 'cmin'],
  [-4, 'xmax'],
  [-5, 'cmax'],
  [-6, 'tableoid'],
]);

/** Which column the server says a field is. */
export function witness(field: ResultField, catalogue: Catalogue | null): Seen {
  if (field.tableOid === 0) return 'none';
  const relation = catalogue === null ? undefined : relationsByOid(catalogue).get(field.tableOid);
  const column =
    systemColumns.get(field.attributeNumber) ??
    relation?.columns.find(({ number }) => number === field.attributeNumber)?.name;
  if (relation === undefined && field.tableOid < firstNormalObjectId) return 'system';
  if (relation === undefined || column === undefined) return 'unknown';
  return { schema: relation.schema, table: relation.name, column };
}

/** Whether the server itself says that a field is a column of a table, whatever name was written for it. */
export function isPlainColumn(field: ResultField, catalogue: Catalogue | null): boolean {
  if (field.tableOid === 0) return false;
  if (field.tableOid < firstNormalObjectId) return true;
  return catalogue !== null && relationsByOid(catalogue).get(field.tableOid)?.kind === 'table';
}

const indexes = new WeakMap<Catalogue, ReadonlyMap<number, Relation>>();

/** Built once for each catalogue. Relations from a file have OID 0 and are not in it. */
function relationsByOid(catalogue: Catalogue): ReadonlyMap<number, Relation> {
  const before = indexes.get(catalogue);
  if (before !== undefined) return before;
  const index = new Map(catalogue.relations.filter(({ oid }) => oid !== 0).map((one) => [one.oid, one]));
  indexes.set(catalogue, index);
  return index;
}
