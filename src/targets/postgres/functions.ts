/** The functions of a database, with their effects if their language is supported here. */
import type { CatalogueFunction, NativeFunction } from '../../facts/sql/catalogue/catalogue.js';

/** Temporary relations of the connection that asks are in `pg_temp`, whatever its number. `n` is of `pg_namespace`. */
export const schemaOf = (n: string): string =>
  `CASE WHEN ${n}.oid = pg_catalog.pg_my_temp_schema() THEN 'pg_temp' ELSE ${n}.nspname END`;

/** OIDs from 16384 on are not initdb's (access/transam.h): such a function in `pg_catalog` is the target's own. */
export const OWN_FUNCTION = `(n.nspname NOT IN ('pg_catalog', 'information_schema') OR p.oid >= 16384)`;

/** Printing BEGIN ATOMIC takes locks on what it names: those come with `FUNCTION_DEFINITIONS`. */
export const FUNCTION = `
  SELECT p.oid::pg_catalog.int8 AS oid, n.nspname AS schema, p.proname AS name, p.provolatile AS volatility, l.lanname AS language, p.prokind AS kind,
         coalesce(CASE p.prokind WHEN 'p' THEN pg_catalog.array_length(p.proallargtypes, 1) END, p.pronargs)
           - p.pronargdefaults AS least,
         CASE WHEN p.provariadic = 0 THEN
           coalesce(CASE p.prokind WHEN 'p' THEN pg_catalog.array_length(p.proallargtypes, 1) END, p.pronargs) END AS most,
         CASE WHEN l.lanname IN ('sql', 'plpgsql') AND p.prokind IN ('f', 'p') AND p.prosqlbody IS NULL
              THEN pg_catalog.pg_get_functiondef(p.oid) END AS definition,
         p.prosqlbody IS NOT NULL AS atomic,
         (SELECT pg_catalog.json_build_object('extension', e.extname, 'library', coalesce(p.probin, 'internal'), 'symbol', p.prosrc)
            FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
           WHERE l.lanname IN ('c', 'internal') AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
             AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e') AS native,
         (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', fn.nspname, 'name', f.proname))
            FROM pg_catalog.pg_aggregate a
            JOIN pg_catalog.pg_proc f ON f.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
                 a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
            JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace WHERE a.aggfnoid = p.oid) AS calls
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
   WHERE ${OWN_FUNCTION}`;

export const FUNCTION_DEFINITIONS = `
  SELECT f.oid::pg_catalog.int8 AS oid, pg_catalog.pg_get_functiondef(f.oid) AS definition
    FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS f (oid)`;

export interface FunctionRow {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly volatility: string;
  readonly language: string;
  readonly kind: string;
  readonly least: number;
  readonly most: number | null;
  readonly definition: string | null;
  readonly atomic: boolean;
  readonly native: NativeFunction | null;
  readonly calls: readonly { readonly schema: string; readonly name: string }[] | null;
}

const VOLATILITIES: Record<string, CatalogueFunction['volatility']> = {
  i: 'immutable',
  s: 'stable',
  v: 'volatile',
};
const KINDS: Record<string, CatalogueFunction['kind']> = {
  f: 'function',
  p: 'procedure',
  a: 'aggregate',
  w: 'window',
};

export function toFunction(row: FunctionRow): CatalogueFunction {
  const { schema, name, language, least, most, definition, native, calls } = row;
  return {
    schema,
    name,
    language,
    volatility: VOLATILITIES[row.volatility] ?? 'volatile',
    kind: KINDS[row.kind] ?? 'function',
    arguments: { least, most },
    ...(definition === null ? {} : { definition }),
    ...(native === null ? {} : { native }),
    ...(calls === null ? {} : { calls }),
  };
}
