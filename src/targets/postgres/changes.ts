/** What a reading of the catalogue makes of the one before, where little has changed. */
import { indexOf } from '../../facts/sql/catalogue/lookup.js';
import { follow } from '../../facts/sql/catalogue/family.js';
import { withDelta } from '../../facts/sql/catalogue/delta.js';
import type { Catalogue, CatalogueFunction, Relation } from '../../facts/sql/catalogue/catalogue.js';
import { OPERATORS, readBehaviour } from './behaviour.js';
import { CHANGES, SOME_FUNCTIONS, SOME_RELATIONS, toRelation } from './rows.js';
import type { ChangesRow, RelationRow } from './rows.js';
import type { FunctionRow } from './functions.js';
import { rowsOf, type Querier } from './querier.js';
import type { NamedReading } from './read-named.js';
import { isView, readDefinitions, readFunctions } from './view-definitions.js';

export interface KnownCatalogue {
  /** What the server said of its state when it was read. */
  readonly mark: ChangesRow;
  /** By oid. */
  readonly relations: ReadonlyMap<number, Relation>;
  readonly functions: ReadonlyMap<number, CatalogueFunction>;
  readonly catalogue: Catalogue;
}

/** Null where all of it must be read again: what is not new itself may mean something else. */
export async function readChanges(client: Querier, known: KnownCatalogue): Promise<KnownCatalogue | null> {
  const [mark] = await rowsOf<ChangesRow>(client, {
    // By name, so that it is planned once for all readings of a connection.
    name: 'changes',
    text: CHANGES,
    values: [known.mark.horizon],
  });
  if (mark === undefined) return null;
  const here = mark.started === known.mark.started && mark.path === known.mark.path;
  const same = here && mark.schemas === known.mark.schemas;
  if (mark.whole || !same) return null;
  const relations = await changedRelations(client, known, mark);
  const functions = await changedFunctions(client, known, mark);
  if (relations === null || functions === null) return null;
  const recent = mark.operators !== known.mark.operators || mark.recent_operators;
  const operators = recent || functions !== known.functions ? await readOperators(client) : null;
  const behaviour = mark.behaviour === known.mark.behaviour ? null : await readBehaviour(client);
  const catalogue = merged(known, relations, functions, operators);
  return {
    mark,
    relations,
    functions,
    catalogue: behaviour === null ? catalogue : { ...catalogue, ...behaviour },
  };
}

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

async function readOperators(client: Querier): Promise<readonly string[]> {
  const rows = await rowsOf<{ name: string }>(client, { text: OPERATORS });
  return rows.map(({ name }) => name);
}

function merged(
  { catalogue, relations: oldRelations, functions: oldFunctions }: KnownCatalogue,
  relations: ReadonlyMap<number, Relation>,
  functions: ReadonlyMap<number, CatalogueFunction>,
  operators: readonly string[] | null,
): Catalogue {
  const sameOperators =
    operators === null || JSON.stringify(operators) === JSON.stringify(catalogue.operators ?? []);
  if (relations === oldRelations && functions === oldFunctions && sameOperators) return catalogue;
  return {
    ...catalogue,
    relations: relations === oldRelations ? catalogue.relations : [...relations.values()],
    functions: functions === oldFunctions ? catalogue.functions : [...functions.values()],
    ...(sameOperators ? {} : { operators }),
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
  const mark = behaves ? known.mark : { ...known.mark, behaviour: '' };
  return { mark, relations: newRelations, functions: newFunctions, catalogue };
}

function replacedIn<T>(
  before: ReadonlyMap<number, T>,
  gone: readonly number[],
  found: ReadonlyMap<number, T>,
): ReadonlyMap<number, T> {
  const named = gone.map((oid) => [oid, before.get(oid)]);
  if (isSameList(named, [...found])) return before;
  const after = new Map(before);
  for (const oid of gone) after.delete(oid);
  for (const [oid, one] of found) after.set(oid, one);
  return after;
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  const texts = (list: readonly unknown[]): string[] => list.map((part) => JSON.stringify(part)).sort();
  return one.length === other.length && JSON.stringify(texts(one)) === JSON.stringify(texts(other));
}
