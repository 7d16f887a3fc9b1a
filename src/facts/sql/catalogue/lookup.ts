/** A catalogue by name, built once for each catalogue. */
import type { Behaviour, Catalogue, CatalogueFunction, QualifiedName, Relation } from './catalogue.js';
import { withEntries } from './layered-map.js';

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
  /** What values of a type call, by its oid. */
  readonly typesByOid: ReadonlyMap<number, readonly QualifiedName[]>;
}

/** To a type of this name, from one type; to a domain from whatever it is. */
export interface CastTo extends QualifiedName {
  readonly source?: QualifiedName;
  readonly sourceIn?: readonly QualifiedName[];
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
      casts: castsOf(catalogue),
      typesByOid: typesByOid(catalogue),
    };
    indexes.set(catalogue, index);
  }
  return index;
}

/** What has one of these names, read anew. */
interface Part {
  readonly replaced: ReadonlySet<string>;
  readonly relations: readonly Relation[];
  readonly functions: readonly CatalogueFunction[];
  readonly behaviours: readonly Behaviour[];
  readonly nameless?: unknown;
}

/** The index of a catalogue that differs from another in a few names: made from that one's, which costs far less. */
export function patchIndex(base: CatalogueIndex, catalogue: Catalogue, part: Part): void {
  const { replaced, relations, functions, behaviours } = part;
  const byName = regrouped(base.byName, replaced, relations);
  const nameless = part.nameless !== undefined;
  const index: CatalogueIndex = {
    catalogue,
    relations: rekeyed(base.relations, base.byName, replaced, relations),
    byName,
    functions: regrouped(base.functions, replaced, functions),
    operators: nameless ? new Set(catalogue.operators ?? []) : base.operators,
    behaviours: rekeyed(base.behaviours, base.byName, replaced, behaviours),
    children: hasChildren(base.byName, replaced, relations) ? childrenOf(catalogue.relations) : base.children,
    casts: nameless || (catalogue.domains?.length ?? 0) > 0 ? castsOf(catalogue) : base.casts,
    typesByOid: nameless ? typesByOid(catalogue) : base.typesByOid,
  };
  indexes.set(catalogue, index);
}

function regrouped<T extends { readonly name: string }>(
  base: ReadonlyMap<string, readonly T[]>,
  replaced: ReadonlySet<string>,
  added: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  return withEntries(base, [...replaced], [...group(added)]);
}

function rekeyed<T extends QualifiedName>(
  base: ReadonlyMap<string, T>,
  relations: CatalogueIndex['byName'],
  replaced: ReadonlySet<string>,
  added: readonly T[],
): ReadonlyMap<string, T> {
  const gone = [...replaced].flatMap((name) =>
    (relations.get(name) ?? []).map(({ schema }) => relationKey(schema, name)),
  );
  return withEntries(
    base,
    gone,
    added.map((one) => [relationKey(one.schema, one.name), one] as const),
  );
}

function hasChildren(
  before: CatalogueIndex['byName'],
  replaced: ReadonlySet<string>,
  added: readonly Relation[],
): boolean {
  const gone = [...replaced].flatMap((name) => before.get(name) ?? []);
  return [...gone, ...added].some(({ inherits }) => (inherits?.length ?? 0) > 0);
}

/** The names in a type as format_type prints it: `shop."Odd"[]`. */
export function typeNames(type: string): string[] {
  return type.replaceAll(/"|\[\]|\(.*\)/g, '').split('.');
}

function castsOf(catalogue: Catalogue): Map<string, CastTo[]> {
  return group<CastTo>([
    ...(catalogue.casts ?? []).flatMap(({ source, sourceIn = [], target, calls, targetIn = [] }) =>
      [target, ...targetIn].map((of) => ({ ...of, source, sourceIn, calls: [calls] })),
    ),
    ...checkedTypes(catalogue),
  ]);
}

function typesByOid({ domains = [] }: Catalogue): Map<number, readonly QualifiedName[]> {
  return new Map(domains.flatMap(({ oid, calls }) => (oid === undefined ? [] : [[oid, calls] as const])));
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
