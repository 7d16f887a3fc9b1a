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
  const kept = <T extends { readonly name: string }>(
    members: readonly T[] = [],
    added: readonly T[],
  ): readonly T[] => {
    const left = members.filter(({ name }) => !replaced.has(name));
    return added.length === 0 && left.length === members.length ? members : [...left, ...added];
  };
  const catalogue: Catalogue = {
    ...base,
    ...delta.nameless,
    relations: kept(base.relations, delta.relations),
    functions: kept(base.functions, delta.functions),
    behaviours: kept(base.behaviours, delta.behaviours),
  };
  patchIndex(indexOf(base), catalogue, delta);
  return catalogue;
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
