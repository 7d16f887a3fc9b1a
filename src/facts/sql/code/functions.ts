/**
 * What calling a function does. Functions of `pg_catalog` that are known to be harmless only read; those that reach further have
 * their own effects; those of the target do what their bodies do; any other is code that only the server knows.
 */
import { functionColumns, harmlessFunctions } from '../generated/builtin-functions.js';
import { extensionFunction } from './extension-classes.js';
import type { KnownFunction } from './extension-classes.js';
import { functionClass, specialFunction } from './special-functions.js';
import type { SpecialFunction } from './special-functions.js';
import type { CatalogueFunction } from '../catalogue/catalogue.js';
import { absorb, addCode, addEffect, addFunction, addMovedUnknown } from '../scope/entry.js';
import { adopt } from '../scope/gather.js';
import type { Entry } from '../scope/entry.js';
import type { Lineage } from '../scope/lineage.js';
import { merge, nothing, ofUnknown, withoutLiterals } from '../scope/lineage.js';
import { parseSql } from '../parse/parser.js';
import type { Derivation, Scope } from '../scope/scope.js';
import { isChanged, lineageOfResult, rootScope, spend } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { constantText } from '../parse/tree.js';

function specialOf(schema: string | null, name: string, argumentCount: number): SpecialFunction | null {
  if (isBuiltin(schema, name) && harmlessFunctions.has(name)) return null;
  const special = specialFunction(name, argumentCount);
  return special !== null && special.builtin && schema !== null && schema !== 'pg_catalog' ? null : special;
}

export interface Call {
  /** Why its result cannot be traced; null if it comes from its arguments and `lineage` alone. */
  readonly opaque: string | null;
  /** What it reads by itself. */
  readonly lineage: Lineage;
  /** Its arguments may be kept, sent or run somewhere: they leave the query. */
  readonly keeps: boolean;
}

/** Whether a name behind a value, `(x).name`, can be a function: any of one argument is called so, too. */
export function mayBeCalled(scope: Scope, name: string): boolean {
  if (isBuiltin(null, name) || specialFunction(name, 1) !== null) return true;
  return userFunctions(scope, null, name, 1).length > 0 || isChanged(scope.derivation, name, 'shape');
}

/** Records a call: what it does, as far as anybody can say. */
export function callFunction(
  scope: Scope,
  name: readonly string[],
  argumentCount: number,
  given: readonly Node[] = [],
): Call {
  const { entry } = scope;
  const base = name.at(-1) ?? '';
  const schema = name.length > 1 ? name.at(-2)! : null;
  const builtin = isBuiltin(schema, base);
  const made = madeBefore(scope, schema, base, argumentCount);
  const own = made ?? userFunctions(scope, schema, base, argumentCount);
  if (made === null && isOther(scope, base, builtin)) return callChanged(scope, schema, base);
  const places = own.map((one) => one.schema);
  const place = schema ?? (builtin ? 'pg_catalog' : (places[0] ?? firstSchema(scope)));
  for (const of of [place, ...places]) addFunction(entry, { schema: of, name: base });
  const special = specialOf(schema, base, argumentCount);
  const run = special === null ? null : runText(scope, special, given);
  let opaque = special === null || run !== null ? null : callSpecial(entry, base, special);
  if (own.length === 0 && !builtin && special === null) {
    opaque = addUnknownFunction(scope, base);
    return { opaque, lineage: nothing, keeps: true };
  }
  if (own.length === 0 && special === null) addEffect(entry, 'read');
  const calls = own.map((one) => callUser(scope, one, given));
  opaque = calls.find((call) => call.opaque !== null)?.opaque ?? opaque;
  const told =
    builtin && tellingFunctions.has(base) ? ofUnknown(`\`${base}\` tells what other sessions say`) : nothing;
  const lineage = merge([told, run ?? nothing, ...calls.map((call) => call.lineage)]);
  return { opaque, lineage, keeps: special !== null || calls.some((call) => call.keeps) };
}

/** The function that an earlier statement of the same text created; null if there is none. */
function madeBefore(
  { derivation }: Scope,
  schema: string | null,
  name: string,
  count: number,
): readonly CatalogueFunction[] | null {
  if (schema !== 'pg_temp' || count !== 0) return null;
  const made = derivation.context.functions?.findLast((one) => one.name === name);
  return made === undefined ? null : [made];
}

/** A function of the server keeps its meaning, unless something else of that name was created. */
function isOther({ derivation }: Scope, name: string, builtin: boolean): boolean {
  return isChanged(derivation, name, 'shape') && !(builtin && derivation.changed.everything);
}

/** A function of that name was made, replaced or dropped, and what is there now was not read. */
function callChanged(scope: Scope, schema: string | null, name: string): Call {
  addFunction(scope.entry, { schema: schema ?? firstSchema(scope), name });
  const reason = `the schema was changed: only the server knows what \`${name}\` does now`;
  addCode(scope.entry, reason, true);
  return { opaque: reason, lineage: nothing, keeps: true };
}

/** A query or a table name that is given as a literal runs as a statement of its own. Null if it is not a literal. */
function runText(
  scope: Scope,
  { text, effects, stable }: SpecialFunction,
  given: readonly Node[],
): Lineage | null {
  const { entry, derivation } = scope;
  const written = text === undefined ? null : constantText(given[text.argument]);
  if (text === undefined || written === null || (entry.inert && stable === true)) return null;
  if (text.is === 'table' && !/^[\w$."]+$/.test(written)) return null;
  spend(derivation, written.length / 4);
  const parsed = parseSql(text.is === 'table' ? `SELECT * FROM ${written}` : written);
  // If there are several, one may change the path under which the next is read.
  const stmt = parsed.kind === 'parsed' && parsed.tree.stmts?.length === 1 ? parsed.tree.stmts[0]?.stmt : undefined; // prettier-ignore
  if (stmt === undefined) return null;
  for (const effect of [...effects, 'read']) addEffect(entry, effect);
  // Whether it is run at all is decided while the statement runs.
  const root = rootScope({ ...derivation, absent: null }, entry);
  const result = derivation.parts.statement(root, stmt);
  derivation.parts.typesSetOff(root, stmt);
  return lineageOfResult(result);
}

function callSpecial(entry: Entry, name: string, special: SpecialFunction): string | null {
  for (const effect of special.effects) addEffect(entry, effect);
  if (special.stores === true) addMovedUnknown(entry);
  if (special.code === true) addCode(entry, `\`${name}\` runs what it is given`, special.stable);
  return special.opaque === true ? `\`${name}\` reads what is not among its arguments` : null;
}

function addUnknownFunction({ derivation, entry }: Scope, name: string): string {
  derivation.missing.found = true;
  const reason = `only the server knows what \`${name}\` does`;
  addCode(entry, reason, true);
  return reason;
}

/** One function of the target: by its body, by what an aggregate is made of, or as code that only the server knows. */
function callUser(scope: Scope, of: CatalogueFunction, given: readonly Node[]): Call {
  const { entry, derivation } = scope;
  // The planner may call what is not volatile: even EXPLAIN runs it.
  const planned = entry.inert && of.volatility === 'volatile';
  const known = derivation.changed.everything ? null : extensionFunction(of);
  if (known !== null) return callKnown(scope, of, known, given);
  const body = derivation.parts.functionBody(scope, of);
  if (body !== null) {
    absorb(entry, body.entry, planned);
    adopt(scope, body.statements, planned);
    addEffect(entry, 'read');
    // Literals in its body are not the client's.
    return { opaque: null, lineage: withoutLiterals(body.lineage), keeps: body.keeps };
  }
  if (of.kind === 'aggregate' && of.calls !== undefined && !derivation.changed.everything)
    return callParts(scope, of.calls);
  const reason = `only the server knows what \`${of.name}\` does`;
  addCode(entry, reason, !planned);
  return { opaque: reason, lineage: nothing, keeps: true };
}

function callKnown(scope: Scope, of: CatalogueFunction, known: KnownFunction, given: readonly Node[]): Call {
  const planned = { ...known, stable: of.volatility !== 'volatile' };
  const run = runText(scope, planned, given);
  const opaque = run === null ? callSpecial(scope.entry, of.name, planned) : null;
  return { opaque, lineage: opaque === null ? (run ?? nothing) : ofUnknown(opaque), keeps: known.keeps };
}

function callParts(scope: Scope, parts: readonly { readonly schema: string; readonly name: string }[]): Call {
  const calls = parts.map(({ schema, name }) => {
    // Functions in C are called with arguments that no text can give them, and only compute.
    if (schema === 'pg_catalog' && specialFunction(name, 0) === null) return computes;
    return callFunction(scope, [schema, name], -1);
  });
  return {
    opaque: calls.find((call) => call.opaque !== null)?.opaque ?? null,
    lineage: merge([nothing, ...calls.map((call) => call.lineage)]),
    keeps: calls.some((call) => call.keeps),
  };
}

/** They change nothing, and tell what other sessions say: their statements may hold any value. */
const tellingFunctions: ReadonlySet<string> = new Set([
  'pg_stat_get_activity',
  'pg_stat_get_backend_activity',
]);

const computes: Call = { opaque: null, lineage: nothing, keeps: false };

/** Functions of `information_schema`: drivers read keys and types with them. They compute, or read the system's own tables. */
const informationFunctions = new Set(
  '_pg_char_max_length _pg_char_octet_length _pg_datetime_precision _pg_expandarray _pg_index_position _pg_interval_type _pg_keysequal _pg_numeric_precision _pg_numeric_precision_radix _pg_numeric_scale _pg_truetypid _pg_truetypmod'.split(
    ' ',
  ),
);

function isBuiltin(schema: string | null, name: string): boolean {
  if (schema === 'information_schema') return informationFunctions.has(name);
  if (schema !== null && schema !== 'pg_catalog') return false;
  return functionClass(name) !== null;
}

/**
 * The functions of the target that the call can mean: every overload that takes so many arguments, in whatever schema of
 * the path. The server may choose one of them over a built-in one, too. A negative count fits them all.
 */
function userFunctions(
  scope: Scope,
  schema: string | null,
  name: string,
  count: number,
): readonly CatalogueFunction[] {
  const seen = namedFunctions(scope.derivation, schema, name);
  const fits = ({ arguments: of }: CatalogueFunction): boolean =>
    of === undefined || count < 0 || (count >= of.least && (of.most === null || count <= of.most));
  return seen.filter(fits);
}

/** Those of the target that the name can mean, whatever they take. */
export function namedFunctions(
  { index, context }: Derivation,
  schema: string | null,
  name: string,
): readonly CatalogueFunction[] {
  const named = index?.functions.get(name) ?? [];
  const onPath = (place: string): boolean =>
    place === 'pg_catalog' || context.searchPath === null || context.searchPath.includes(place);
  return named.filter((one) => (schema === null ? onPath(one.schema) : one.schema === schema));
}

function firstSchema(scope: Scope): string {
  return scope.derivation.context.searchPath?.find((s) => !s.startsWith('$')) ?? 'public';
}

/** The columns of a function in FROM: their names, `scalar` for one column, null if they cannot be counted. */
export function columnsOfFunction(
  scope: Scope,
  name: readonly string[],
  argumentCount: number,
): readonly string[] | 'scalar' | null {
  const base = name.at(-1) ?? '';
  const schema = name.length > 1 ? name.at(-2)! : null;
  const made = madeBefore(scope, schema, base, argumentCount);
  const own = made ?? userFunctions(scope, schema, base, argumentCount);
  if (made === null && isOther(scope, base, isBuiltin(schema, base))) return null;
  if (own.length > 0) return own.length === 1 ? columnsOfUser(scope, own[0]!) : null;
  if (!isBuiltin(schema, base) || !harmlessFunctions.has(base)) return null;
  const columns = functionColumns.get(base);
  if (columns === undefined) return 'scalar';
  return columns[0] === '?' ? null : columns;
}

function columnsOfUser(scope: Scope, of: CatalogueFunction): readonly string[] | 'scalar' | null {
  if (isBuiltin(null, of.name)) return null;
  return scope.derivation.parts.functionBody(scope, of)?.columns ?? null;
}
