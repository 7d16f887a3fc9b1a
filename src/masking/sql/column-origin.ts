/** The origin of a field according to RowDescription. */
import type { Catalogue, ColumnName, Relation } from '../../facts/sql/catalogue/catalogue.js';
import type { ResultField } from './plan.js';

/** `none` if the field is not a column, `unknown` if the catalogue does not have it. */
export type ColumnOrigin = ColumnName | 'system' | 'none' | 'unknown';

/** OIDs below this belong to objects that initdb created; no user table gets one. PostgreSQL, access/transam.h. */
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
export function columnOrigin(field: ResultField, catalogue: Catalogue | null): ColumnOrigin {
  if (field.tableOid === 0) return 'none';
  const relation = catalogue === null ? undefined : relationsByOid(catalogue).get(field.tableOid);
  const column =
    systemColumns.get(field.attributeNumber) ??
    relation?.columns.find(({ number }) => number === field.attributeNumber)?.name;
  if (relation === undefined && field.tableOid < firstNormalObjectId) return 'system';
  if (relation === undefined || column === undefined) return 'unknown';
  return { schema: relation.schema, table: relation.name, column };
}

/** Whether the server itself says that a field is a column of a table, whatever its name in the query. */
export function isPlainColumn(field: ResultField, catalogue: Catalogue | null): boolean {
  if (field.tableOid === 0) return false;
  if (field.tableOid < firstNormalObjectId) return true;
  return catalogue !== null && relationsByOid(catalogue).get(field.tableOid)?.kind === 'table';
}

const indexes = new WeakMap<Catalogue, ReadonlyMap<number, Relation>>();

/** Built once for each catalogue. Omits relations read from a file, whose OID is 0. */
function relationsByOid(catalogue: Catalogue): ReadonlyMap<number, Relation> {
  const before = indexes.get(catalogue);
  if (before !== undefined) return before;
  const index = new Map(catalogue.relations.filter(({ oid }) => oid !== 0).map((one) => [one.oid, one]));
  indexes.set(catalogue, index);
  return index;
}
