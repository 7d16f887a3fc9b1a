/**
 * What calling a function of the target does, by its definition: worked out once for each catalogue and search path.
 *
 * Which branch of it runs, nobody knows before: all that it may do counts. What it answers may come from whatever it reads.
 */
import type { SqlContext } from './analysis.js';
import type { Body } from './body.js';
import { bodyScope } from './body.js';
import { DerivationError } from './budget.js';
import type { CatalogueIndex } from './catalogue-index.js';
import { relationKey, typeNames } from './catalogue-index.js';
import type { Catalogue, CatalogueFunction } from './catalogue.js';
import { addCode, addEffect, createEntry, moveReads, readBy } from './entry.js';
import type { BodyUse, Entry } from './entry.js';
import type { FunctionText } from './function-text.js';
import { functionText } from './function-text.js';
import type { Lineage, NamedLineage } from './lineage.js';
import { merge, nothing } from './lineage.js';
import { noChange } from './schema-change.js';
import type { Derivation, QueryResult, Scope } from './scope.js';
import { rootScope } from './scope.js';
import { followChanges, ownNames } from './session-follow.js';
import { parseSearchPath, withoutCertainty } from './session-changes.js';

const depthMax = 16;
const stepsMax = 200_000;
/** Search paths for which bodies are remembered. */
const pathsMax = 32;

type Uses = Map<CatalogueFunction, BodyUse | null>;
const known = new WeakMap<Catalogue, Map<string, Uses>>();

/** Null where nobody can say what it does: another language, a body that does not parse. */
export function functionBody(scope: Scope, of: CatalogueFunction): BodyUse | null {
  const { derivation } = scope;
  const { index, changed, calling } = derivation;
  const text = functionText(of);
  // Where anything may have changed it may have been replaced.
  if (index === null || changed.everything || text === null) return null;
  if (calling.length >= depthMax) return null;
  const again = calling.indexOf(of);
  if (again >= 0) {
    derivation.recursion.outermost = Math.min(derivation.recursion.outermost, again);
    return calledAgain();
  }
  const context = contextOf(derivation, text);
  const uses = usesFor(index.catalogue, context);
  // What the session made itself takes part, and is too varied to be remembered.
  const remembered = (context.own?.length ?? 0) === 0 && changed === noChange;
  const found = remembered ? uses.get(of) : undefined;
  if (found !== undefined) {
    for (const name of found?.names ?? []) derivation.names.add(name);
    return found;
  }
  const names = new Set<string>();
  const inner = { ...derivation, context, names, path: context.searchPath, calling: [...calling, of] };
  const use = workOut(inner, index, of, text);
  for (const name of names) derivation.names.add(name);
  const { recursion } = derivation;
  if (recursion.outermost >= calling.length) {
    recursion.outermost = Infinity;
    if (remembered) uses.set(of, use);
  }
  return use;
}

/** It adds nothing to what it does: that is being gathered already. */
function calledAgain(): BodyUse {
  return {
    entry: createEntry('', 'call', null),
    statements: [],
    lineage: nothing,
    keeps: true,
    columns: null,
    names: new Set(),
  };
}

function usesFor(catalogue: Catalogue, { searchPath }: SqlContext): Uses {
  const paths = known.get(catalogue) ?? new Map<string, Uses>();
  known.set(catalogue, paths);
  const key = JSON.stringify(searchPath);
  const found = paths.get(key);
  if (found !== undefined) return found;
  if (paths.size >= pathsMax) paths.clear();
  const uses: Uses = new Map();
  paths.set(key, uses);
  return uses;
}

/** Names in a body mean what the path says when it runs: its own SET, or the caller's; `$user` is its owner's then. */
function contextOf({ context, path }: Derivation, text: FunctionText): SqlContext {
  const own = text.path === null ? null : parseSearchPath(text.path);
  const searchPath =
    text.path === null ? (text.asAnother ? null : path) : own?.includes('$user') === true ? null : own;
  return { ...context, searchPath, prepared: new Map(), transaction: 'open' };
}

function workOut(
  derivation: Derivation,
  index: CatalogueIndex,
  of: CatalogueFunction,
  text: FunctionText,
): BodyUse | null {
  const budget = { left: stepsMax };
  try {
    const first = run({ ...derivation, budget, entries: [] }, text);
    // A body may go round in circles: what one statement changes holds for all of them.
    const after = followChanges(ownNames(derivation.context), first.entry, derivation.context.searchPath);
    const changed = first.entry.flow.session.length > 0;
    const again = {
      ...derivation,
      context: after,
      path: after.searchPath,
      changed: after.changed ?? noChange,
      budget,
      entries: [],
    };
    return describe(changed ? run(again, text) : first, derivation.names, index, of, text);
  } catch (error) {
    if (error instanceof DerivationError) return null;
    throw error;
  }
}

interface Ran {
  readonly entry: Entry;
  readonly entries: readonly Entry[];
  readonly last: QueryResult | null;
}

function run(derivation: Derivation, { body, defaults }: FunctionText): Ran {
  const entry = createEntry('', 'call', null);
  const root = rootScope(derivation, entry);
  const inside = bodyScope(root, body.variables);
  for (const node of defaults) derivation.parts.expression(root, node, 'read');
  let last: QueryResult | null = null;
  for (const node of body.statements) {
    last = derivation.parts.statement(inside, node);
    derivation.parts.typesSetOff(root, node);
  }
  for (const type of body.types ?? [])
    derivation.parts.typesSetOff(root, { names: typeNames(type).map((sval) => ({ String: { sval } })) });
  bodyEffects(entry, body);
  return { entry, entries: derivation.entries, last };
}

function bodyEffects(entry: Entry, { opaque, transaction }: Body): void {
  if (opaque !== null) addCode(entry, opaque);
  if (transaction) addEffect(entry, 'transaction');
}

const keepsNothing: ReadonlySet<string> = new Set(['read', 'lock']);

function describe(
  { entry, entries, last }: Ran,
  names: ReadonlySet<string>,
  index: CatalogueIndex,
  of: CatalogueFunction,
  text: FunctionText,
): BodyUse {
  const keeps =
    text.body.tells ||
    entry.opaque !== null ||
    [...entry.effects].some((effect) => !keepsNothing.has(effect));
  if (keeps) moveReads(entry);
  entry.flow.session.splice(0, Infinity, ...withoutCertainty(entry.flow.session));
  const read = readBy(entry);
  const statements = entries.filter(
    (one) => one.verb !== 'select' || [...one.effects].some((effect) => effect !== 'read'),
  );
  const columns = columnsOf(index, of, text);
  return {
    entry,
    statements,
    keeps,
    columns,
    names,
    lineage: of.language === 'sql' ? lineageOf(last, read) : read,
  };
}

/** A function in SQL answers what its last statement does. */
function lineageOf(last: QueryResult | null, read: Lineage): Lineage {
  if (last === null || last.columns === null || read.unknown !== null) return read;
  return merge([nothing, ...last.columns.map((column: NamedLineage) => column.lineage)]);
}

function columnsOf(
  index: CatalogueIndex,
  of: CatalogueFunction,
  { outputs, returns }: FunctionText,
): BodyUse['columns'] {
  if (of.kind === 'procedure') return null;
  if (outputs.length > 1) return outputs.some((name) => name === '') ? null : outputs;
  const name = returns.at(-1) ?? '';
  if (name === 'record' || name.startsWith('any')) return null;
  const schema = returns.at(-2);
  const rows =
    schema === undefined ? index.byName.get(name) : [index.relations.get(relationKey(schema, name))];
  const [row] = (rows ?? []).filter((relation) => relation !== undefined);
  return row === undefined
    ? outputs[0] === undefined || outputs[0] === ''
      ? 'scalar'
      : outputs
    : row.columns.map((column) => column.name);
}
