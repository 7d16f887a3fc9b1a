/** The meaning of a view: derived from its definition, once for each catalogue. */
import { indexOf } from '../catalogue/lookup.js';
import type { Catalogue, Relation } from '../catalogue/catalogue.js';
import type { Entry, TableName } from '../scope/entry.js';
import { adopt } from '../scope/gather.js';
import { absorb, addCode, createEntry } from '../scope/entry.js';
import type { Lineage } from '../scope/lineage.js';
import { parseSql } from '../parse/parser.js';
import { noChange } from '../catalogue/schema-change.js';
import type { Derivation, Scope } from '../scope/scope.js';
import { rootScope } from '../scope/scope.js';
import { as } from '../parse/tree.js';

const depthMax = 32;

interface ViewUse {
  /** Null if the definition cannot be traced. */
  readonly columns: readonly Lineage[] | null;
  /** What reading the view reads and calls. */
  readonly entry: Entry;
  /** Statements of functions that it calls. */
  readonly statements: readonly Entry[];
  /** The names that were looked up for it. */
  readonly names: ReadonlySet<string>;
}

/** By the path of the session, which bodies of functions that the view calls are run with. */
const known = new WeakMap<Catalogue, Map<string, Map<Relation, ViewUse>>>();
const pathsMax = 32;

/** The lineage of each column beneath the view's own, null if it is not known; what the view reads is recorded. */
export function viewColumns(scope: Scope, view: Relation): readonly Lineage[] | null {
  const use = useOfView(scope.derivation, view);
  if (use === null) {
    addCode(scope.entry, `the view \`${view.name}\` cannot be worked out`);
    return null;
  }
  absorb(scope.entry, use.entry);
  adopt(scope, use.statements);
  return use.columns;
}

/** The tables below a view, which writing to it writes to. */
export function viewTables({ derivation }: Scope, view: Relation | null): readonly TableName[] {
  if (view?.definition === undefined) return [];
  const tables = useOfView(derivation, view)?.entry.tables.values() ?? [];
  return [...tables].filter((table) => table.access === 'read');
}

function useOfView(derivation: Derivation, view: Relation): ViewUse | null {
  const catalogue = derivation.index?.catalogue;
  if (catalogue === undefined || view.definition === undefined) return null;
  // If something was changed, the view is analysed again, so that every name in it is looked up.
  const remembered = derivation.changed === noChange;
  const uses = usesFor(catalogue, derivation.path);
  const found = remembered ? uses.get(view) : undefined;
  if (found !== undefined) {
    for (const name of found.names) derivation.names.add(name);
    return found;
  }
  const key = `${view.schema}.${view.name}`;
  if (derivation.views.includes(key) || derivation.views.length >= depthMax) return null;
  const use = workOut(derivation, catalogue, view, key);
  // Inside a function that calls itself by way of the view it is not complete.
  if (remembered && derivation.recursion.outermost >= derivation.calling.length) uses.set(view, use);
  return use;
}

function usesFor(catalogue: Catalogue, path: readonly string[] | null): Map<Relation, ViewUse> {
  const paths = known.get(catalogue) ?? new Map<string, Map<Relation, ViewUse>>();
  known.set(catalogue, paths);
  const key = JSON.stringify(path);
  if (paths.size >= pathsMax && !paths.has(key)) paths.clear();
  const uses = paths.get(key) ?? new Map<Relation, ViewUse>();
  paths.set(key, uses);
  return uses;
}

/** A view resolves names under its owner's search path; the printed definition is qualified as needed. */
function workOut(derivation: Derivation, catalogue: Catalogue, view: Relation, key: string): ViewUse {
  const entry = createEntry('', 'select', null);
  const inner: Derivation = {
    ...derivation,
    context: { ...derivation.context, searchPath: catalogue.searchPath },
    index: indexOf(catalogue),
    entries: [],
    adopted: new Map(),
    names: new Set(),
    given: undefined,
    views: [...derivation.views, key],
  };
  const parsed = parseSql(view.definition ?? '');
  const select = parsed.kind === 'parsed' ? as(parsed.tree.stmts?.[0]?.stmt, 'SelectStmt') : null;
  if (select === null) {
    addCode(entry, `the view \`${view.name}\` cannot be worked out`);
    return { columns: null, entry, statements: [], names: inner.names };
  }
  const { columns } = derivation.parts.select(rootScope(inner, entry), select, 'read');
  derivation.parts.typesSetOff(rootScope(inner, entry), select);
  for (const name of inner.names) derivation.names.add(name);
  const fits = columns?.length === view.columns.length;
  const { entries: statements, names } = inner;
  return { columns: fits ? columns.map((column) => column.lineage) : null, entry, statements, names };
}
