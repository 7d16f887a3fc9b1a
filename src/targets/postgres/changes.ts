/** What a reading of the catalogue makes of the one before, where little has changed. */
import { indexOf, relationKey } from '../../facts/sql/catalogue/lookup.js';
import { follow } from '../../facts/sql/catalogue/family.js';
import { withDelta, type Nameless } from '../../facts/sql/catalogue/delta.js';
import type {
  Catalogue,
  CatalogueFunction,
  QualifiedName,
  Relation,
} from '../../facts/sql/catalogue/catalogue.js';
import { withEntries } from '../../facts/sql/catalogue/layered-map.js';
import { readBehaviours, readNameless } from './behaviour.js';
import { differing } from './marks.js';
import { CHANGES, SOME_FUNCTIONS, SOME_RELATIONS, toRelation } from './rows.js';
import type { ChangesRow, RelationRow } from './rows.js';
import type { FunctionRow } from './functions.js';
import { rowsOf, type Querier } from './querier.js';
import type { NamedReading } from './read-named.js';
import { isView, readDefinitions, readFunctions } from './view-definitions.js';

/** Below it are the server's own (access/transam.h). */
const FIRST_OWN_OID = 16_384;

/** The mark of a relation that is not as the server's mark says: it is read the next time. */
const UNKNOWN = '';

export interface KnownCatalogue {
  /** What the server said of its state when it was read. */
  readonly mark: ChangesRow;
  /** By oid. */
  readonly relations: ReadonlyMap<number, Relation>;
  readonly functions: ReadonlyMap<number, CatalogueFunction>;
  /** What the server said of what each relation sets off when that was read. */
  readonly marks: ReadonlyMap<number, string>;
  readonly catalogue: Catalogue;
}

/** Null where all of it must be read again: what is not new itself may mean something else. */
export async function readChanges(client: Querier, known: KnownCatalogue): Promise<KnownCatalogue | null> {
  const [mark] = await rowsOf<ChangesRow>(client, { text: CHANGES, values: [known.mark.horizon] });
  if (mark === undefined) return null;
  const here = mark.started === known.mark.started && mark.path === known.mark.path;
  const same = here && mark.schemas === known.mark.schemas;
  if (mark.whole || !same) return null;
  const relations = await changedRelations(client, known, mark);
  const functions = await changedFunctions(client, known, mark);
  if (relations === null || functions === null) return null;
  const found = await changedBehaviours(client, known, relations, mark);
  if (found === null) return null;
  const { behaviours, marks } = found;
  const nameless = mayBeNew(known, mark, relations, functions) ? await readNameless(client) : null;
  const catalogue = merged(known, relations, functions, { behaviours, ...nameless });
  return { mark, relations, functions, marks, catalogue };
}

/** Whether anything that has no name may be another. A table may have a column of a type that sets something off. */
function mayBeNew(
  known: KnownCatalogue,
  mark: ChangesRow,
  relations: KnownCatalogue['relations'],
  functions: KnownCatalogue['functions'],
): boolean {
  if (mark.nameless !== known.mark.nameless || functions !== known.functions) return true;
  const { casts = [], domains = [], compared = [] } = known.catalogue;
  const types = [...casts.flatMap(({ source, target }) => [source, target]), ...domains, ...compared];
  return relations !== known.relations && types.some(({ schema }) => schema !== 'pg_catalog');
}

export function marksOf({ behaviours }: ChangesRow): Map<number, string> {
  return new Map(Object.entries(behaviours ?? {}).map(([oid, mark]) => [Number(oid), mark]));
}

/** Null where a relation is not among those that are known. */
async function changedBehaviours(
  client: Querier,
  known: KnownCatalogue,
  relations: KnownCatalogue['relations'],
  mark: ChangesRow,
): Promise<(Required<Pick<Catalogue, 'behaviours'>> & Pick<KnownCatalogue, 'marks'>) | null> {
  const { behaviours = [] } = known.catalogue;
  const marks = marksOf(mark);
  const oids = differing(known.marks, marks);
  const named = (oid: number): Relation | undefined => relations.get(oid) ?? known.relations.get(oid);
  // Temporary relations of others are not known and do not matter; of the server's own something was changed by hand.
  if (oids.some((oid) => oid < FIRST_OWN_OID && named(oid) === undefined)) return null;
  const others = oids.filter((oid) => named(oid) !== undefined);
  const there = others.filter((oid) => marks.has(oid) && relations.has(oid));
  const found = there.length === 0 ? [] : await readBehaviours(client, there);
  // A rule cannot be printed while somebody is at work on its table: it is read the next time.
  const unread = new Set(found.filter(({ rules }) => rules?.includes(null)).map(keyOf));
  for (const oid of there) if (unread.has(keyOf(relations.get(oid)!))) marks.set(oid, UNKNOWN);
  const changed = new Set(others.map((oid) => keyOf(named(oid)!)));
  const same = isSameList(
    behaviours.filter((one) => changed.has(keyOf(one))),
    found,
  );
  if (same) return { behaviours, marks };
  return { behaviours: [...behaviours.filter((one) => !changed.has(keyOf(one))), ...found], marks };
}

const keyOf = ({ schema, name }: QualifiedName): string => relationKey(schema, name);

/** The same object where nothing is new, and null where something has another name than before. */
async function changedRelations(
  client: Querier,
  known: KnownCatalogue,
  mark: ChangesRow,
): Promise<ReadonlyMap<number, Relation> | null> {
  const before = known.relations;
  const there = new Set(mark.relations ?? []);
  const undefinedViews = [...before].filter(([, one]) => isView(one) && one.definition === undefined);
  const suspects = new Set([...(mark.changed_relations ?? []), ...undefinedViews.map(([oid]) => oid)]);
  for (const oid of there) if (!before.has(oid)) suspects.add(oid);
  const asked = [...suspects].filter((oid) => there.has(oid));
  const found = new Map<number, Relation>();
  if (asked.length > 0) {
    const rows = await rowsOf<RelationRow>(client, { text: SOME_RELATIONS, values: [asked] });
    for (const row of rows) found.set(Number(row.oid), toRelation(row));
  }
  for (const [oid, one] of found) if (before.has(oid) && isRenamed(before.get(oid)!, one)) return null;
  return updated(before, there, asked, await readDefinitions(client, found));
}

/** Definitions of views and bodies name what they use. */
function isRenamed(before: Relation, now: Relation): boolean {
  if (before.schema !== now.schema || before.name !== now.name) return true;
  const names = new Map(now.columns.map(({ number, name }) => [number, name]));
  return before.columns.some(({ number, name }) => (names.get(number) ?? name) !== name);
}

async function changedFunctions(
  client: Querier,
  known: KnownCatalogue,
  mark: ChangesRow,
): Promise<ReadonlyMap<number, CatalogueFunction> | null> {
  const before = known.functions;
  const there = new Set(mark.functions ?? []);
  const unread = [...before].filter(([, of]) => of.language === 'sql' && of.definition === undefined);
  const suspects = new Set([...(mark.changed_functions ?? []), ...unread.map(([oid]) => oid)]);
  for (const oid of there) if (!before.has(oid)) suspects.add(oid);
  const asked = [...suspects].filter((oid) => there.has(oid));
  const rows =
    asked.length === 0 ? [] : await rowsOf<FunctionRow>(client, { text: SOME_FUNCTIONS, values: [asked] });
  const found = await readFunctions(client, rows);
  for (const [oid, { schema, name }] of found) {
    const old = before.get(oid);
    if (old !== undefined && (old.schema !== schema || old.name !== name)) return null;
  }
  return updated(before, there, asked, found);
}

/** Without what is gone, with what was found of what was asked for; the same map where that makes no difference. */
function updated<T>(
  before: ReadonlyMap<number, T>,
  there: ReadonlySet<number>,
  asked: readonly number[],
  found: ReadonlyMap<number, T>,
): ReadonlyMap<number, T> {
  const gone = [...before.keys()].filter((oid) => !there.has(oid));
  // What was there when it was asked for and is not found now was dropped in between.
  for (const oid of asked) if (before.has(oid) && !found.has(oid)) gone.push(oid);
  const different = [...found].filter(
    ([oid, one]) => JSON.stringify(before.get(oid)) !== JSON.stringify(one),
  );
  if (gone.length === 0 && different.length === 0) return before;
  const after = new Map(before);
  for (const oid of gone) after.delete(oid);
  for (const [oid, one] of different) after.set(oid, one);
  return after;
}

type Parts = Pick<Catalogue, 'behaviours' | keyof Nameless>;

/** The same object where nothing is new. */
function merged(
  { catalogue, relations: oldRelations, functions: oldFunctions }: KnownCatalogue,
  relations: ReadonlyMap<number, Relation>,
  functions: ReadonlyMap<number, CatalogueFunction>,
  parts: Parts,
): Catalogue {
  const keys = (Object.keys(parts) as (keyof Parts)[]).filter(
    (key) => parts[key] !== catalogue[key] && !isSameList(catalogue[key] ?? [], parts[key] ?? []),
  );
  if (relations === oldRelations && functions === oldFunctions && keys.length === 0) return catalogue;
  return {
    ...catalogue,
    relations: relations === oldRelations ? catalogue.relations : [...relations.values()],
    functions: functions === oldFunctions ? catalogue.functions : [...functions.values()],
    ...Object.fromEntries(keys.map((key) => [key, parts[key]])),
  };
}

/** With what was read by name; the same object where nothing of it is new. The rest of the mark stays: what it tells was not asked for. */
export function withNamed(
  known: KnownCatalogue,
  { relations, functions, delta }: NamedReading,
): KnownCatalogue {
  const { replaced } = delta;
  const index = indexOf(known.catalogue);
  const oids = [...replaced].flatMap((name) => (index.byName.get(name) ?? []).map(({ oid }) => oid));
  const called = [...replaced].some((name) => index.functions.has(name));
  const named = called
    ? [...known.functions].flatMap(([oid, { name }]) => (replaced.has(name) ? [oid] : []))
    : [];
  const newRelations = replacedIn(known.relations, oids, relations);
  const newFunctions = replacedIn(known.functions, named, functions);
  const behaved = (known.catalogue.behaviours ?? []).filter(({ name }) => replaced.has(name));
  const behaves = isSameList(behaved, delta.behaviours);
  if (newRelations === known.relations && newFunctions === known.functions && behaves) return known;
  const catalogue = withDelta(known.catalogue, delta);
  follow(known.catalogue, catalogue, replaced);
  // Where what was found here is gone again, the server's mark is that of before, and would say that nothing is new.
  const doubtful = behaves ? [] : [...new Set([...oids, ...relations.keys()])];
  const marks = withEntries(
    known.marks,
    [],
    doubtful.map((oid) => [oid, UNKNOWN] as const),
  );
  return { mark: known.mark, relations: newRelations, functions: newFunctions, marks, catalogue };
}

function replacedIn<T>(
  before: ReadonlyMap<number, T>,
  gone: readonly number[],
  found: ReadonlyMap<number, T>,
): ReadonlyMap<number, T> {
  const named = gone.map((oid) => [oid, before.get(oid)]);
  return isSameList(named, [...found]) ? before : withEntries(before, gone, [...found]);
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  const texts = (list: readonly unknown[]): string[] => list.map((part) => JSON.stringify(part)).sort();
  return one.length === other.length && JSON.stringify(texts(one)) === JSON.stringify(texts(other));
}
