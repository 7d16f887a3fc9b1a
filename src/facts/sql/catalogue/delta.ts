/** Part of a catalogue that was read again by name, and the catalogue with it in the place of what was there. */
import { indexOf, patchIndex } from './lookup.js';
import type { Behaviour, Catalogue, CatalogueFunction, Relation } from './catalogue.js';

export interface CatalogueDelta {
  /** Bare names: whatever has one of them, in whatever schema, is in this delta or gone. */
  readonly replaced: ReadonlySet<string>;
  readonly relations: readonly Relation[];
  readonly functions: readonly CatalogueFunction[];
  readonly behaviours: readonly Behaviour[];
  /** What has no name of its own, all of it, if it was read. */
  readonly nameless?: Nameless;
}

export type Nameless = Required<
  Pick<Catalogue, 'casts' | 'domains' | 'compared' | 'eventTriggers' | 'operators'>
>;

const known = new WeakMap<Catalogue, WeakMap<CatalogueDelta, Catalogue>>();

/** The same object for the same two, so that what is derived from it can be remembered. */
export function withDelta(base: Catalogue, delta: CatalogueDelta): Catalogue {
  let catalogues = known.get(base);
  if (catalogues === undefined) known.set(base, (catalogues = new WeakMap()));
  let catalogue = catalogues.get(delta);
  if (catalogue === undefined) catalogues.set(delta, (catalogue = apply(base, delta)));
  return catalogue;
}

function apply(base: Catalogue, delta: CatalogueDelta): Catalogue {
  const { replaced } = delta;
  const index = indexOf(base);
  const catalogue: Catalogue = {
    ...base,
    ...delta.nameless,
    relations: exchanged(base.relations, named(index.byName, replaced), delta.relations),
    functions: exchanged(base.functions, named(index.functions, replaced), delta.functions),
    behaviours: exchanged(
      base.behaviours ?? [],
      (base.behaviours ?? []).filter(({ name }) => replaced.has(name)),
      delta.behaviours,
    ),
  };
  patchIndex(index, catalogue, delta);
  return catalogue;
}

function named<T>(byName: ReadonlyMap<string, readonly T[]>, names: ReadonlySet<string>): T[] {
  return [...names].flatMap((name) => byName.get(name) ?? []);
}

/** Each is looked for by itself: they are few, and the members may be thousands. */
function exchanged<T>(members: readonly T[], gone: readonly T[], added: readonly T[]): readonly T[] {
  if (gone.length === 0 && added.length === 0) return members;
  const left = [...members];
  for (const one of gone) left.splice(left.indexOf(one), 1);
  left.push(...added);
  return left;
}

/** Both, the second being the newer one. */
export function mergeDeltas(one: CatalogueDelta, other: CatalogueDelta): CatalogueDelta {
  const left = <T extends { readonly name: string }>(members: readonly T[]): T[] =>
    members.filter(({ name }) => !other.replaced.has(name));
  return {
    replaced: new Set([...one.replaced, ...other.replaced]),
    relations: [...left(one.relations), ...other.relations],
    functions: [...left(one.functions), ...other.functions],
    behaviours: [...left(one.behaviours), ...other.behaviours],
    ...(one.nameless === undefined ? {} : { nameless: one.nameless }),
    ...(other.nameless === undefined ? {} : { nameless: other.nameless }),
  };
}
