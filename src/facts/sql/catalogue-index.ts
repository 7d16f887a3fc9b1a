/** A catalogue by name, built once for each catalogue. */
import type { Behaviour, Catalogue, CatalogueFunction, QualifiedName, Relation } from './catalogue.js';

export interface CatalogueIndex {
  readonly catalogue: Catalogue;
  /** By `schema.name`, joined with NUL. */
  readonly relations: ReadonlyMap<string, Relation>;
  readonly byName: ReadonlyMap<string, readonly Relation[]>;
  readonly functions: ReadonlyMap<string, readonly CatalogueFunction[]>;
  readonly operators: ReadonlySet<string>;
  /** By `schema.name`, joined with NUL, as the relations. */
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  /** Partitions and tables that inherit, by their parent. */
  readonly children: ReadonlyMap<string, readonly Relation[]>;
  /** What casting to a type calls, by the type's name without its schema. */
  readonly casts: ReadonlyMap<string, readonly CastTo[]>;
}

/** To a type of this name, from one type; to a domain from whatever it is. */
export interface CastTo extends QualifiedName {
  readonly source?: QualifiedName;
  readonly calls: readonly QualifiedName[];
}

const depthMax = 8;
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
      behaviours: new Map((catalogue.behaviours ?? []).map((b) => [relationKey(b.schema, b.name), b])),
      children: childrenOf(catalogue.relations),
      casts: group<CastTo>([
        ...(catalogue.casts ?? []).map(({ source, target, calls }) => ({
          ...target,
          source,
          calls: [calls],
        })),
        ...checkedTypes(catalogue),
      ]),
    };
    indexes.set(catalogue, index);
  }
  return index;
}

/** The names in a type as format_type prints it: `shop."Odd"[]`. */
export function typeNames(type: string): string[] {
  return type.replaceAll(/"|\[\]|\(.*\)/g, '').split('.');
}

/** Domains that call functions, and rows with a column of one, or with such a row: `depthMax` deep. */
function checkedTypes({ domains = [], relations }: Catalogue): CastTo[] {
  const checked = new Map<string, CastTo>(domains.map((domain) => [domain.name, domain]));
  if (checked.size === 0) return [];
  for (let depth = 0, before = 0; depth < depthMax && before !== checked.size; depth++) {
    before = checked.size;
    for (const { schema, name, columns } of relations) {
      const calls = columns.flatMap(({ type }) => checked.get(typeNames(type).at(-1) ?? '')?.calls ?? []);
      if (calls.length > 0 && !checked.has(name)) checked.set(name, { schema, name, calls });
    }
  }
  return [...checked.values()];
}

function childrenOf(relations: readonly Relation[]): Map<string, Relation[]> {
  const children = new Map<string, Relation[]>();
  for (const relation of relations) {
    for (const { schema, name } of relation.inherits ?? []) {
      const key = relationKey(schema, name);
      children.set(key, [...(children.get(key) ?? []), relation]);
    }
  }
  return children;
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
