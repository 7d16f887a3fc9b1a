/**
 * What calling a function of the target does, derived from its definition once for each catalogue and search path.
 *
 * Which branch of it runs is not known in advance, so all that it may do counts. Its result may come from anything that it reads.
 */
import type { SqlContext } from '../scope/analysis.js';
import type { Body } from './body.js';
import { bodyScope } from './body.js';
import { DerivationError } from '../parse/budget.js';
import type { CatalogueIndex } from '../catalogue/lookup.js';
import { relationKey, typeNames } from '../catalogue/lookup.js';
import type { Catalogue, CatalogueFunction } from '../catalogue/catalogue.js';
import { addCode, addEffect, createEntry, moveReads, readBy } from '../scope/entry.js';
import type { BodyUse, Entry } from '../scope/entry.js';
import type { FunctionText } from './function-text.js';
import { functionText } from './function-text.js';
import type { Lineage, NamedLineage } from '../scope/lineage.js';
import { merge, nothing } from '../scope/lineage.js';
import { noChange } from '../catalogue/schema-change.js';
import type { Derivation, KnownSoFar, QueryResult, Recursion, Scope } from '../scope/scope.js';
import { rootScope } from '../scope/scope.js';
import { followChanges, ownNames } from '../session/follow.js';
import { parseSearchPath, withoutCertainty } from '../session/changes.js';

const depthMax = 16;
/** For mutually recursive functions: each adds its effects to the next. */
const roundsMax = 20;
const stepsMax = 200_000;
/** Search paths for which bodies are remembered. */
const pathsMax = 32;

type Uses = Map<CatalogueFunction, BodyUse | null>;
const known = new WeakMap<Catalogue, Map<string, Uses>>();

/** Null if its effects cannot be known: another language, a body that does not parse. */
export function functionBody(scope: Scope, of: CatalogueFunction): BodyUse | null {
  const { derivation } = scope;
  const { index, changed, calling, recursion } = derivation;
  const text = functionText(of);
  // If anything may have changed, the function may have been replaced.
  if (index === null || changed.everything || text === null) return null;
  const context = contextOf(derivation, text);
  const known = usesFor(index.catalogue, context);
  // Objects that the session itself created take part, and vary too much to be cached.
  const uses = (context.own?.length ?? 0) === 0 && changed === noChange ? known : null;
  const found = uses?.get(of) ?? soFar(derivation, of, context);
  if (found !== undefined) {
    for (const name of found?.names ?? []) derivation.names.add(name);
    return found;
  }
  const again = calling.indexOf(of);
  if (again >= 0) {
    recursion.outermost = Math.min(recursion.outermost, again);
    return calledAgain();
  }
  if (calling.length >= depthMax) return null;
  const names = new Set<string>();
  // Its parameters are its own.
  const inner: Derivation = {
    ...derivation,
    given: undefined,
    context,
    names,
    path: context.searchPath,
    calling: [...calling, of],
    settingOff: [],
  };
  const use = together(inner, of, uses, () => workOut(inner, index, of, text));
  for (const name of names) derivation.names.add(name);
  return use;
}

/** What is known of it in this derivation: everything, or the findings of this round so far or of the one before. */
function soFar(
  { recursion, calling, changed }: Derivation,
  of: CatalogueFunction,
  { searchPath, own }: SqlContext,
): BodyUse | null | undefined {
  const known = recursion.soFar.get(of);
  if (known?.changed !== changed || known.context.own !== own) return undefined;
  if (JSON.stringify(known.context.searchPath) !== JSON.stringify(searchPath)) return undefined;
  if (known.outermost === Infinity) return known.use;
  const again = calling.indexOf(of);
  if (again < 0 && (known.round !== recursion.round || known.outermost >= calling.length)) return undefined;
  recursion.outermost = Math.min(recursion.outermost, again < 0 ? known.outermost : again);
  return known.use;
}

/**
 * Analyses a function together with all functions that are mutually recursive with it, until another round adds nothing. A
 * function that recurs to one further out is known only so far, and is analysed again with that one.
 */
function together(
  { recursion, calling, context, changed }: Derivation,
  of: CatalogueFunction,
  uses: Uses | null,
  workOutOnce: () => BodyUse | null,
): BodyUse | null {
  const place = calling.length - 1;
  const { outermost: around } = recursion;
  const note = (use: BodyUse | null, outermost: number): void =>
    void recursion.soFar.set(of, { use, context, changed, round: recursion.round, outermost, uses });
  const work = (): BodyUse | null => {
    recursion.outermost = Infinity;
    return workOutOnce();
  };
  let began = recursion.round;
  let use = work();
  let reached = recursion.outermost;
  for (let before = -1, rounds = 1; reached === place; rounds++) {
    note(use, place);
    const size = sizeOfCircle(recursion, place);
    const settled = size === before;
    if (settled || rounds > roundsMax) {
      if (!settled) use = null;
      settle(recursion, place, settled ? began : Infinity);
      break;
    }
    before = size;
    began = ++recursion.round;
    use = work();
    reached = Math.min(place, recursion.outermost);
  }
  if (reached > place) uses?.set(of, use);
  if (reached !== place) note(use, reached > place ? Infinity : reached);
  recursion.outermost = Math.min(around, reached < place ? reached : Infinity);
  return use;
}

function* circle({ soFar }: Recursion, place: number): Generator<[CatalogueFunction, KnownSoFar]> {
  for (const [of, known] of [...soFar])
    if (known.outermost >= place && known.outermost !== Infinity) yield [of, known];
}

function sizeOfCircle(recursion: Recursion, place: number): number {
  let size = 0;
  for (const [, { use }] of circle(recursion, place)) size += sizeOf(use);
  return size;
}

/** The findings of the last round, which began then, are complete for each function. */
function settle(recursion: Recursion, place: number, began: number): void {
  for (const [of, known] of circle(recursion, place)) {
    recursion.soFar.delete(of);
    if (known.round < began) continue;
    recursion.soFar.set(of, { ...known, outermost: Infinity });
    known.uses?.set(of, known.use);
  }
}

/** Grows with whatever is added. */
function sizeOf(use: BodyUse | null): number {
  if (use === null) return 1_000_000;
  const { entry, statements, lineage, names, keeps } = use;
  const { flow } = entry;
  const own = names.size + lineage.columns.length + count(lineage.unknown !== null, keeps);
  const moves = flow.moved.size + flow.filtered.size + count(flow.movedUnknown, flow.filteredUnknown);
  return [entry, ...statements].reduce(
    (sum, one) => sum + 1 + sizeOfEntry(one),
    own + moves + flow.session.length,
  );
}

function sizeOfEntry({ tables, functions, effects, settings, ...entry }: Entry): number {
  const { opaque, moreTables, moreWrites, unknown } = entry;
  let size = functions.size + effects.size + settings.length;
  for (const { columns, unknownColumns } of tables.values())
    size += 1 + columns.size + count(unknownColumns !== null);
  return size + count(opaque !== null, moreTables !== null, moreWrites !== null, unknown !== null);
}

const count = (...facts: readonly boolean[]): number => facts.filter(Boolean).length;

/** What is known of it before the first round has ended. */
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
  // Names of cursors belong to the session: which query a cursor has when the body runs is not known here.
  return { ...context, searchPath, prepared: new Map(), cursors: undefined, transaction: 'open' };
}

function workOut(
  derivation: Derivation,
  index: CatalogueIndex,
  of: CatalogueFunction,
  text: FunctionText,
): BodyUse | null {
  const budget = { left: stepsMax };
  try {
    const first = run({ ...derivation, budget, entries: [], adopted: new Map() }, of, text);
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
      adopted: new Map(),
    };
    return describe(changed ? run(again, of, text) : first, derivation.names, index, of, text);
  } catch (error) {
    if (error instanceof DerivationError) return null;
    throw error;
  }
}

interface Ran {
  readonly entry: Entry;
  readonly entries: readonly Entry[];
  readonly last: QueryResult | null;
  /** The defaults for arguments that are left out. */
  readonly defaults: readonly Lineage[];
}

function run(derivation: Derivation, of: CatalogueFunction, { body, defaults, types }: FunctionText): Ran {
  const entry = createEntry('', 'call', null);
  const root = rootScope(derivation, entry);
  const inside = bodyScope(root, body.variables);
  derivation.parts.typesSetOff(root, types);
  const given = defaults.map((node) => {
    derivation.parts.typesSetOff(root, node);
    return derivation.parts.expression(root, node, 'read');
  });
  let last: QueryResult | null = null;
  for (const node of body.statements) {
    last = derivation.parts.statement(inside, node);
    derivation.parts.typesSetOff(root, node);
  }
  for (const type of body.types ?? [])
    derivation.parts.typesSetOff(root, { names: typeNames(type).map((sval) => ({ String: { sval } })) });
  bodyEffects(entry, body);
  // By way of another function its own statements may have come back to it.
  const entries = derivation.entries.filter(({ origin }) => origin?.of !== of);
  for (const [index, one] of entries.filter(({ origin }) => origin === null).entries())
    one.origin = { of, index };
  return { entry, entries, last, defaults: given };
}

function bodyEffects(entry: Entry, { opaque, transaction, cursors }: Body): void {
  if (opaque !== null) addCode(entry, opaque);
  if (cursors === true) entry.flow.session.push({ kind: 'close-cursor', name: null });
  if (transaction) addEffect(entry, 'transaction');
}

const keepsNothing: ReadonlySet<string> = new Set(['read', 'lock']);

function describe(
  { entry, entries, last, defaults }: Ran,
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
    lineage: of.language === 'sql' ? lineageOf(last, defaults, entry, read) : read,
  };
}

/** A function in SQL answers what its last statement does; what stands in for its arguments, and what code reaches, may be in it. */
function lineageOf(
  last: QueryResult | null,
  defaults: readonly Lineage[],
  { flow }: Entry,
  read: Lineage,
): Lineage {
  if (last === null || last.columns === null || read.unknown !== null) return read;
  const reach = { ...nothing, columns: [...flow.reach.values()] };
  return merge([reach, ...defaults, ...last.columns.map((column: NamedLineage) => column.lineage)]);
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
