/** A catalogue by name, built once for each catalogue. */
import type { Catalogue, CatalogueFunction, Relation } from './catalogue.js';

export interface CatalogueIndex {
  readonly catalogue: Catalogue;
  /** By `schema.name`, joined with NUL. */
  readonly relations: ReadonlyMap<string, Relation>;
  readonly byName: ReadonlyMap<string, readonly Relation[]>;
  readonly functions: ReadonlyMap<string, readonly CatalogueFunction[]>;
  readonly operators: ReadonlySet<string>;
}

const indexes = new WeakMap<Catalogue, CatalogueIndex>();

export const relationKey = (schema: string, name: string): string => `${schema}\u0000${name}`;

export function indexOf(catalogue: Catalogue): CatalogueIndex {
  let index = indexes.get(catalogue);
  if (index === undefined) {
    index = {
      catalogue,
      relations: new Map(catalogue.relations.map((r) => [relationKey(r.schema, r.name), r])),
      byName: group(catalogue.relations),
      functions: group(catalogue.functions),
      operators: new Set(catalogue.operators ?? []),
    };
    indexes.set(catalogue, index);
  }
  return index;
}

function group<T extends { readonly name: string }>(members: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const member of members) {
    const found = groups.get(member.name);
    if (found === undefined) groups.set(member.name, [member]);
    else found.push(member);
  }
  return groups;
}
