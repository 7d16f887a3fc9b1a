/** What tells that something is another than it was when it was read, without reading it: hashes of who wrote which row. */

/** Rows of a system catalogue as `relation`, `oid` and `xmin`: what they hold is set off by that relation. */
const rowsOf = (relation: string, from: string, condition: string, oid = 'oid'): string =>
  `SELECT r.${relation}, r.${oid}, r.xmin FROM pg_catalog.${from} r WHERE ${condition}`;

const OF_RELATIONS = [
  rowsOf('tgrelid', 'pg_trigger', 'NOT r.tgisinternal'),
  rowsOf('ev_class', 'pg_rewrite', "r.rulename <> '_RETURN'"),
  rowsOf('adrelid', 'pg_attrdef', 'true'),
  rowsOf('conrelid', 'pg_constraint', "r.contype = 'c' AND r.conrelid <> 0"),
  // A foreign key is set off by the table that it refers to.
  rowsOf('confrelid', 'pg_constraint', "r.contype = 'f'"),
  rowsOf('polrelid', 'pg_policy', 'true'),
  rowsOf('stxrelid', 'pg_statistic_ext', 'true'),
  rowsOf('inhparent', 'pg_inherits', 'true', 'inhrelid'),
  rowsOf('indrelid', 'pg_index', 'r.indexprs IS NOT NULL OR r.indpred IS NOT NULL', 'indexrelid'),
  rowsOf('oid', 'pg_class', 'r.relrowsecurity'),
];

const hashOf = (row: string): string =>
  `pg_catalog.bit_xor(pg_catalog.hashint8extended(${row}.oid::pg_catalog.int8, ${row}.xmin::pg_catalog.text::pg_catalog.int8))::pg_catalog.text`;

/** By the oid of each relation that sets anything off: another as soon as that was made, changed or dropped. */
export const RELATION_MARKS = `(
  SELECT pg_catalog.json_object_agg(of.relation, of.mark) FROM (
    SELECT r.relation::pg_catalog.int8 AS relation, ${hashOf('r')} AS mark
      FROM (${OF_RELATIONS.join(' UNION ALL ')}) AS r (relation, oid, xmin) GROUP BY r.relation) AS of)`;

const sumOf = (catalogue: string, condition = 'true'): string =>
  `(SELECT ${hashOf('r')} FROM pg_catalog.${catalogue} r WHERE ${condition})`;

/** The same of all that has no relation of its own: casts, operators, types, event triggers. */
export const NAMELESS_MARK = `pg_catalog.concat_ws(' ', ${[
  sumOf('pg_type', "r.typtype IN ('d', 'r')"),
  sumOf('pg_constraint', 'r.contypid <> 0'),
  sumOf('pg_amproc'),
  sumOf('pg_amop'),
  sumOf('pg_cast'),
  sumOf('pg_operator'),
  sumOf('pg_event_trigger'),
  sumOf('pg_foreign_data_wrapper'),
].join(", '/', ")})`;

/** Those whose mark is another in the two, or is in one of them only. */
export function differing(one: ReadonlyMap<number, string>, other: ReadonlyMap<number, string>): number[] {
  const gone = [...one.keys()].filter((oid) => !other.has(oid));
  return [...gone, ...[...other].flatMap(([oid, mark]) => (one.get(oid) === mark ? [] : [oid]))];
}
