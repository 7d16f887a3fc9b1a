/** Which names mean what at one place of a query: FROM items, the queries around it, and WITH. */
import type { SelectStmt } from 'libpg-query';
import { take, type Budget } from '../parse/budget.js';
import type { AbsentRelation, SqlContext } from './analysis.js';
import type { CatalogueFunction, Relation } from '../catalogue/catalogue.js';
import type { CatalogueIndex } from '../catalogue/lookup.js';
import type { BodyUse, Entry, TableName } from './entry.js';
import type { Lineage, NamedLineage } from './lineage.js';
import { merge, nothing, ofUnknown } from './lineage.js';
import { mayBeOther, mayDiffer, noChange } from '../catalogue/schema-change.js';
import type { SchemaChange } from '../catalogue/schema-change.js';
import type { Node } from '../parse/tree.js';

/** The use of a value: it is visible in the result, or it only decides which rows are visible. */
export type Mode = 'read' | 'filter';

/** The columns of a result; null if they cannot be counted, with the reason. */
export interface QueryResult {
  readonly columns: readonly NamedLineage[] | null;
  readonly reason: string;
  /** The lineage of any of them, if that is known although they cannot be counted. */
  readonly from?: Lineage;
}

/** The lineage of any of its columns. */
export function lineageOfResult({ columns, reason, from }: QueryResult): Lineage {
  return columns === null
    ? (from ?? ofUnknown(reason))
    : merge([nothing, ...columns.map(({ lineage }) => lineage)]);
}

/** The state that one call of `deriveSql` passes to all its parts. */
export interface Derivation {
  readonly context: SqlContext;
  readonly index: CatalogueIndex | null;
  /** Every statement met, nested ones after the one around them. */
  readonly entries: Entry[];
  /** For each function, which of its statements are among them: each once, even if it is reached in several ways. */
  readonly adopted: Adopted;
  /** What was changed since the catalogue was read, including by earlier statements of this text. */
  readonly changed: SchemaChange;
  /** The same before the text began: what is known to be changed then can be read again. */
  readonly changedBefore: SchemaChange;
  /** The path of the session at this point: a body without a path of its own runs with it. Null: not known. */
  readonly path: readonly string[] | null;
  /** Views being worked out, so that a cycle is noticed. */
  readonly views: readonly string[];
  /** What is being triggered (a trigger, a policy) since the innermost function began, so that a cycle is detected. */
  readonly settingOff: readonly string[];
  /** Functions whose bodies are being worked out. */
  readonly calling: readonly CatalogueFunction[];
  readonly recursion: Recursion;
  /** Named statements being followed, so that EXECUTE cannot go round in circles. */
  readonly following: readonly string[];
  /** In a statement that EXECUTE runs: what EXECUTE gives for its parameters. */
  readonly given?: readonly Lineage[] | undefined;
  /** Pieces of work left before the text is given up as too much to work out. */
  readonly budget: Budget;
  /** Whether a name was met that the catalogue does not have. */
  readonly missing: { found: boolean };
  /** Filled with `SqlAnalysis.absent`; null if an earlier statement, or a value, decides whether a relation is looked up. */
  readonly absent: AbsentRelation[] | null;
  /** Every name that was looked up, whatever was found. */
  readonly names: Set<string>;
  /** Those of them that had been changed before the text began. */
  readonly unread: Set<string>;
  readonly parts: Parts;
}

export type Adopted = Map<CatalogueFunction, Set<number>>;

/** Functions that call each other in circles are worked out together, round after round, until nothing is added. */
export interface Recursion {
  /** The outermost of those being worked out that one inside has come back to: all up to it is known only together with it. */
  outermost: number;
  round: number;
  /** What is known of them so far, and of those that vary too much to be cached for longer. */
  readonly soFar: Map<CatalogueFunction, KnownSoFar>;
}

export interface KnownSoFar {
  readonly use: BodyUse | null;
  readonly context: SqlContext;
  readonly changed: SchemaChange;
  readonly round: number;
  /** As in `Recursion`; Infinity if everything is known. */
  readonly outermost: number;
  /** The cache for the result; null if it will not be cached. */
  readonly uses: Map<CatalogueFunction, BodyUse | null> | null;
}

/** The parts that call each other in circles, as a query holds expressions and an expression queries. */
export interface Parts {
  expression(scope: Scope, node: Node | undefined, mode: Mode): Lineage;
  select(scope: Scope, select: SelectStmt, mode: Mode): QueryResult;
  /** Anything that may stand in a CTE: SELECT and the statements that modify data. */
  query(scope: Scope, node: Node | undefined, mode: Mode): QueryResult;
  /** A statement of any kind, nested in the one of the scope. */
  statement(scope: Scope, node: Node): QueryResult;
  functionBody(scope: Scope, of: CatalogueFunction): BodyUse | null;
  typesSetOff(scope: Scope, statement: unknown): void;
  viewColumns(scope: Scope, view: Relation): readonly Lineage[] | null;
  /** The tables beneath a view; empty if the relation is not a view. */
  viewTables(scope: Scope, relation: Relation | null): readonly TableName[];
}

/** One item of FROM: a table, a subquery, a function, a join with an alias. */
export interface RangeItem {
  readonly alias: string;
  /** The schema of a table without an alias: `schema.table.column` names it. */
  readonly schema: string | null;
  /** In order; null if they cannot be listed. */
  readonly columns: readonly NamedLineage[] | null;
  /** A column that is not listed: of an item that cannot be listed, or a system column. Null: there is no such column. */
  readonly other: (name: string) => Lineage | null;
  /** Tables of which `*` reads columns that cannot be listed. */
  readonly tables: readonly TableName[];
  /** The lineage of any of its columns, if that is known although they cannot be listed. */
  readonly row?: Lineage;
}

/** What an unqualified name or `*` sees, in order. */
export type Slot =
  | ({ readonly kind: 'column' } & NamedLineage)
  | { readonly kind: 'open'; readonly item: RangeItem; readonly except: ReadonlySet<string> };

export interface Namespace {
  readonly items: readonly RangeItem[];
  readonly slots: readonly Slot[];
}

export interface Cte {
  readonly name: string;
  /** Its columns, worked out when first asked for. */
  readonly result: () => QueryResult;
}

/** Those that can be named at one place. */
export type Ctes = Pick<ReadonlyMap<string, Cte>, 'get'>;

export interface Scope {
  readonly parent: Scope | null;
  readonly namespace: Namespace;
  readonly ctes: Ctes;
  readonly entry: Entry;
  readonly derivation: Derivation;
  readonly depth: number;
}

export const emptyNamespace: Namespace = { items: [], slots: [] };
const noCtes: Ctes = new Map();

export function rootScope(derivation: Derivation, entry: Entry): Scope {
  return { parent: null, namespace: emptyNamespace, ctes: noCtes, entry, derivation, depth: 0 };
}

export function childScope(parent: Scope): Scope {
  return { ...parent, parent, namespace: emptyNamespace, ctes: noCtes, depth: parent.depth + 1 };
}

export const withNamespace = (scope: Scope, namespace: Namespace): Scope => ({ ...scope, namespace });

export function namespaceOf(item: RangeItem): Namespace {
  return { items: [item], slots: slotsOf(item) };
}

export function slotsOf(item: RangeItem): Slot[] {
  if (item.columns === null) return [{ kind: 'open', item, except: new Set() }];
  return item.columns.map((column) => ({ kind: 'column', ...column }));
}

/** Throws DerivationError if the command has used up its budget. */
export function spend(derivation: Derivation, steps = 1): void {
  take(derivation.budget, steps);
}

/** `merge`, at its price: one lineage is itself, of more every column is looked at. */
export function mergeAll({ derivation }: Scope, lineages: readonly Lineage[]): Lineage {
  if (lineages.length > 1) for (const { columns } of lineages) spend(derivation, 1 + columns.length);
  return merge(lineages);
}

/** The two lookups of a name in the catalogue: what it refers to, or also its shape. */
export type LookUp = 'name' | 'shape';

/** Whether the catalogue's word on a name no longer counts. Every look-up in it asks. */
export function isChanged(
  { changed, changedBefore, names, unread }: Derivation,
  name: string,
  asked: LookUp,
): boolean {
  names.add(name);
  if (changed === noChange) return false;
  const differs = asked === 'name' ? mayBeOther : mayDiffer;
  if (differs(changedBefore, name)) unread.add(name);
  return differs(changed, name);
}

/** The columns of a table after the text so far; null if the text has not altered it, or does not tell. */
export function shapeOf(
  { changed, context }: Derivation,
  { schema, name }: TableName,
): readonly string[] | null {
  if (changed.everything) return null;
  return context.shapes?.find((one) => one.schema === schema && one.name === name)?.columns ?? null;
}
