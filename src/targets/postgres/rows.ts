/** What is read of a database's system catalogues, and how a row becomes part of a Catalogue. */
import type { Column, ForeignTable, Relation } from '../../facts/sql/catalogue/catalogue.js';
import { ACTS } from './behaviour.js';
import { FUNCTION, OWN_FUNCTION, schemaOf } from './functions.js';
import { NAMELESS_MARK, RELATION_MARKS } from './marks.js';

/** A database with more than this is not one that a pipeline is let into without a catalogue of its own. */
export const ENTRIES_MAX = 200_000;

/** The schemas that every database has alike, and those of other sessions. */
const FOREIGN_SCHEMA = `(n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname ~ '^pg_(toast|temp_)')`;

const SEEN = `(NOT ${FOREIGN_SCHEMA} OR n.oid = pg_catalog.pg_my_temp_schema())`;

/** Every kind of relation that a statement can name, with the columns that are still there. */
const RELATION = `
  SELECT c.oid::pg_catalog.int8 AS oid, ${schemaOf('n')} AS schema, c.relname AS name, c.relkind AS kind,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'number', a.attnum, 'type',
                 pg_catalog.format_type(a.atttypid, a.atttypmod), 'generated',
                 (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
                   WHERE a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum)) ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', ${schemaOf('pn')}, 'name', p.relname)
                 ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
            JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) AS inherits,
         (SELECT pg_catalog.json_build_object('wrapper', w.fdwname,
                 'schema', coalesce((SELECT o.option_value FROM pg_catalog.pg_options_to_table(t.ftoptions) o WHERE o.option_name = 'schema_name'), n.nspname),
                 'name', coalesce((SELECT o.option_value FROM pg_catalog.pg_options_to_table(t.ftoptions) o WHERE o.option_name = 'table_name'), c.relname),
                 'columns', (SELECT pg_catalog.json_object_agg(a.attname, o.option_value)
                    FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL pg_catalog.pg_options_to_table(a.attfdwoptions) o
                   WHERE a.attrelid = c.oid AND NOT a.attisdropped AND o.option_name = 'column_name'))
            FROM pg_catalog.pg_foreign_table t JOIN pg_catalog.pg_foreign_server v ON v.oid = t.ftserver
            JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = v.srvfdw WHERE c.relkind = 'f' AND t.ftrelid = c.oid) AS "foreign"
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${SEEN}`;

/**
 * Relations and functions with some names (JSON, in $1), and of the tables below them, as one JSON object. What a relation sets off
 * is asked for in a second query, and only of those that may set off anything (`acts`): planning that takes five times as long as
 * all of this. Arrays need no join to be planned for.
 */
export const NAMED = `
  WITH RECURSIVE asked AS MATERIALIZED (
    SELECT pg_catalog.array_agg(named.name::pg_catalog.name) AS list
      FROM pg_catalog.json_array_elements_text($1::pg_catalog.json) AS named (name)),
  found AS (
    SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname = ANY ((SELECT list FROM asked)::pg_catalog.name[])
    UNION SELECT i.inhrelid FROM found JOIN pg_catalog.pg_inherits i ON i.inhparent = found.oid),
  names AS MATERIALIZED (
    SELECT pg_catalog.array_agg(name) AS list FROM (
      SELECT pg_catalog.unnest(list) AS name FROM asked
      UNION SELECT c.relname FROM found JOIN pg_catalog.pg_class c ON c.oid = found.oid) AS all_names),
  named AS MATERIALIZED (
    SELECT pg_catalog.array_agg(c.oid) AS list, coalesce(pg_catalog.array_agg(c.oid) FILTER (WHERE ${ACTS}), '{}') AS acting
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = ANY ((SELECT list FROM names)::pg_catalog.name[])
       AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${SEEN})
  SELECT pg_catalog.json_build_object(
    'names', (SELECT list FROM names),
    'acting', (SELECT pg_catalog.to_json(acting::pg_catalog.int8[]) FROM named),
    'relations', (SELECT pg_catalog.json_agg(pg_catalog.row_to_json(q)) FROM (
      SELECT r.*, CASE WHEN r.kind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid::pg_catalog.oid) END AS definition
        FROM (${RELATION} AND c.oid = ANY ((SELECT list FROM named)::pg_catalog.oid[])) AS r) AS q),
    'functions', (SELECT pg_catalog.json_agg(pg_catalog.row_to_json(q)) FROM (
      SELECT f.*, CASE WHEN f.atomic THEN pg_catalog.pg_get_functiondef(f.oid::pg_catalog.oid) END AS body
        FROM (${FUNCTION} AND p.proname = ANY ((SELECT list FROM names)::pg_catalog.name[])) AS f) AS q)) AS found`;

const bounded = (query: string, oid: string): string => `${query} ORDER BY ${oid} LIMIT ${ENTRIES_MAX + 1}`;

export const RELATIONS = bounded(RELATION, 'c.oid');
export const FUNCTIONS = bounded(FUNCTION, 'p.oid');
/** The same of some, by oid. */
export const SOME_RELATIONS = bounded(`${RELATION} AND c.oid = ANY ($1::pg_catalog.oid[])`, 'c.oid');
export const SOME_FUNCTIONS = bounded(`${FUNCTION} AND p.oid = ANY ($1::pg_catalog.oid[])`, 'p.oid');

/** Qualified as far as the reader's own search path, which is empty, asks for. */
export const DEFINITIONS = `
  SELECT v.oid::pg_catalog.int8 AS oid, pg_catalog.pg_get_viewdef(v.oid) AS definition
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS v (oid)`;

/** A transaction that is not older than the horizon wrote the row, as far as its xmin tells. */
const recent = (row: string): string => `pg_catalog.age(${row}.xmin) <= h.age`;

/**
 * What may differ from a reading with the horizon $1, the oldest transaction that was under way then: every row that
 * was written since, or while it was read. `whole` says that names or the path of others may mean something else now. Rows that
 * are gone show by their oid alone.
 */
export const CHANGES = `
  WITH h AS MATERIALIZED (SELECT pg_catalog.age($1::pg_catalog.xid) AS age),
  types AS MATERIALIZED (SELECT t.oid FROM pg_catalog.pg_type t, h WHERE ${recent('t')}),
  relations AS (
    SELECT c.oid FROM pg_catalog.pg_class c, h WHERE ${recent('c')}
    UNION SELECT a.attrelid FROM pg_catalog.pg_attribute a, h WHERE a.attnum > 0 AND ${recent('a')}
    UNION SELECT a.attrelid FROM pg_catalog.pg_attribute a JOIN types ON types.oid = a.atttypid
    UNION SELECT r.ev_class FROM pg_catalog.pg_rewrite r, h WHERE ${recent('r')}
    UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i, h WHERE ${recent('i')}
    UNION SELECT f.ftrelid FROM pg_catalog.pg_foreign_table f, h WHERE ${recent('f')})
  SELECT (SELECT h.age < 0 FROM h)
         OR EXISTS (SELECT FROM pg_catalog.pg_namespace n, h WHERE ${recent('n')} AND NOT ${FOREIGN_SCHEMA})
         OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s, h WHERE ${recent('s')})
         OR EXISTS (SELECT FROM pg_catalog.pg_language l, h WHERE ${recent('l')}) AS whole,
         (pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) & 4294967295)::pg_catalog.text AS horizon,
         pg_catalog.pg_postmaster_start_time()::pg_catalog.text AS started, pg_catalog.pg_relation_filepath(1259) AS path,
         (SELECT pg_catalog.string_agg(n.oid::pg_catalog.text, ' ' ORDER BY n.oid)
            FROM pg_catalog.pg_namespace n WHERE NOT ${FOREIGN_SCHEMA}) AS schemas,
         (SELECT pg_catalog.json_agg(relations.oid::pg_catalog.int8) FROM relations) AS changed_relations,
         (SELECT pg_catalog.json_agg(p.oid::pg_catalog.int8) FROM pg_catalog.pg_proc p, h WHERE ${recent('p')}) AS changed_functions,
         (SELECT pg_catalog.json_agg(c.oid::pg_catalog.int8)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND NOT ${FOREIGN_SCHEMA}) AS relations,
         (SELECT pg_catalog.json_agg(p.oid::pg_catalog.int8)
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
           WHERE ${OWN_FUNCTION}) AS functions,
         ${NAMELESS_MARK} AS nameless, ${RELATION_MARKS} AS behaviours`;

export interface ChangesRow {
  readonly whole: boolean;
  readonly horizon: string;
  readonly started: string;
  /** Of `pg_class`: another where the database is another of the same name. */
  readonly path: string | null;
  readonly schemas: string | null;
  readonly changed_relations: readonly number[] | null;
  readonly changed_functions: readonly number[] | null;
  readonly relations: readonly number[] | null;
  readonly functions: readonly number[] | null;
  /** The same as before where nothing without a name is set off by other means than before. */
  readonly nameless: string;
  /** The same of each relation that sets anything off, by its oid. */
  readonly behaviours: Readonly<Record<string, string>> | null;
}

const KINDS: Record<string, Relation['kind']> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
  S: 'sequence',
  c: 'composite-type',
};
type ColumnRow = Omit<Column, 'generated'> & { readonly generated: string | null };

export interface RelationRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly columns: readonly ColumnRow[] | null;
  readonly inherits: readonly { schema: string; name: string }[] | null;
  readonly foreign:
    (Omit<ForeignTable, 'columns'> & { readonly columns: Readonly<Record<string, string>> | null }) | null;
}
export function toRelation(row: RelationRow): Relation {
  const { schema, name, inherits, foreign } = row;
  return {
    schema,
    name,
    oid: Number(row.oid),
    kind: KINDS[row.kind] ?? 'table',
    columns: (row.columns ?? []).map(toColumn),
    ...(inherits === null ? {} : { inherits }),
    ...(foreign === null ? {} : { foreign: toForeign(foreign) }),
  };
}

function toForeign({ columns, ...named }: NonNullable<RelationRow['foreign']>): ForeignTable {
  return columns === null ? named : { ...named, columns };
}

function toColumn({ name, number, type, generated }: ColumnRow): Column {
  return generated === null ? { name, number, type } : { name, number, type, generated };
}
