/** Reads what DDL has named, and no more: a few index look-ups, whatever else the database holds. */
import type { CatalogueDelta } from '../../facts/sql/catalogue/delta.js';
import type { Behaviour, CatalogueFunction, Relation } from '../../facts/sql/catalogue/catalogue.js';
import { NAMELESS } from '../../facts/sql/catalogue/schema-change.js';
import { toBehaviours, type BehaviourRows } from './behaviour-rows.js';
import { behaviourQuery, readBehaviours, readNameless } from './behaviour.js';
import { toFunction, type FunctionRow } from './functions.js';
import { NAMED, toRelation, type RelationRow } from './rows.js';
import { rowsOf, type Querier } from './querier.js';
import type { Ask } from './upstream-login.js';

/** The one value that `NAMED` answers. */
interface NamedRows {
  /** Those that were asked for, and those of the tables below them. */
  readonly names: readonly string[];
  /** Oids of relations that may set something off. */
  readonly acting: readonly number[] | null;
  readonly relations: readonly (RelationRow & { readonly definition: string | null })[] | null;
  readonly functions: readonly (FunctionRow & { readonly body: string | null })[] | null;
}

/** What was found of some names, with the oids that the catalogue of a whole database is kept by. */
export interface NamedReading {
  readonly relations: ReadonlyMap<number, Relation>;
  readonly functions: ReadonlyMap<number, CatalogueFunction>;
  readonly delta: CatalogueDelta;
}

/** As whoever sees what is committed sees them. */
export async function readNamed(querier: Querier, names: readonly string[]): Promise<NamedReading> {
  const query = { text: NAMED, values: [JSON.stringify(names)] };
  const [row] = await rowsOf<{ readonly found: NamedRows }>(querier, query);
  const { found } = row!;
  const acting = found.acting ?? [];
  return toReading(found, acting.length === 0 ? [] : await readBehaviours(querier, acting));
}

/** `NAMED` with the names in the text itself, in ASCII, whatever encoding the connection has. */
function namedQuery(names: readonly string[]): string {
  const hex = Buffer.from(JSON.stringify(names), 'utf8').toString('hex');
  const json = `pg_catalog.convert_from(pg_catalog.decode('${hex}', 'hex'), 'UTF8')`;
  return NAMED.replace('$1', () => json);
}

function toReading(rows: NamedRows, behaviours: readonly Behaviour[]): NamedReading {
  const relations = new Map(
    (rows.relations ?? []).map((row) => {
      const relation = toRelation(row);
      return [
        Number(row.oid),
        row.definition === null ? relation : { ...relation, definition: row.definition },
      ];
    }),
  );
  const functions = new Map(
    (rows.functions ?? []).map((row) => {
      const found = toFunction(row);
      return [Number(row.oid), row.body === null ? found : { ...found, definition: row.body }];
    }),
  );
  const delta: CatalogueDelta = {
    replaced: new Set(rows.names),
    relations: [...relations.values()],
    functions: [...functions.values()],
    behaviours,
  };
  return { relations, functions, delta };
}

/** What a session has changed itself, as it sees it: others do not see it yet. */
export async function readChanged(names: readonly string[], ask: Ask): Promise<CatalogueDelta> {
  const rows = JSON.parse(await ask(namedQuery(names.filter((name) => name !== NAMELESS)))) as NamedRows;
  const acting = rows.acting ?? [];
  const behaviours =
    acting.length === 0 ? [] : toBehaviours(JSON.parse(await ask(behaviourQuery(acting))) as BehaviourRows);
  const { delta } = toReading(rows, behaviours);
  if (!names.includes(NAMELESS)) return delta;
  const replaced = new Set([...delta.replaced, NAMELESS]);
  return { ...delta, replaced, nameless: await readNameless(querierBy(ask)) };
}

/** Rows as one value. */
function querierBy(ask: Ask): Querier {
  return {
    query: async ({ text }) => ({ rows: JSON.parse(await ask(rowsAsJson(text))) as never[] }),
  };
}

const rowsAsJson = (query: string): string =>
  `SELECT coalesce(pg_catalog.json_agg(pg_catalog.row_to_json(q)), '[]') FROM (${query}) AS q`;
