/**
 * What calling a function does. Names of `pg_catalog` that are known to be harmless read; those that reach further have
 * their own effects; any other is code that only the server knows.
 */
import { functionColumns, harmlessFunctions } from './builtin-functions.js';
import { specialFunction } from './special-functions.js';
import type { SpecialFunction } from './special-functions.js';
import { addCode, addEffect, addFunction } from './entry.js';
import type { Scope } from './scope.js';

function specialOf(schema: string | null, name: string, argumentCount: number): SpecialFunction | null {
  if (isBuiltin(schema, name) && harmlessFunctions.has(name)) return null;
  const special = specialFunction(name, argumentCount);
  return special !== null && special.builtin && schema !== null && schema !== 'pg_catalog' ? null : special;
}

/** Whether what it is given may be kept, sent or run somewhere: its arguments leave the query. */
export function keepsArguments(scope: Scope, name: readonly string[], argumentCount: number): boolean {
  const base = name.at(-1) ?? '';
  const schema = name.length > 1 ? name.at(-2)! : null;
  if (!isBuiltin(schema, base) || userSchemas(scope, schema, base).length > 0) return true;
  return specialOf(schema, base, argumentCount) !== null;
}

/** Records a call. Answers why its result cannot be traced to its arguments; null where it can. */
export function addNamedFunction(
  scope: Scope,
  name: readonly string[],
  argumentCount: number,
): string | null {
  const { entry, derivation } = scope;
  const base = name.at(-1) ?? '';
  const schema = name.length > 1 ? name.at(-2)! : null;
  const own = userSchemas(scope, schema, base);
  const builtin = isBuiltin(schema, base);
  addFunction(entry, {
    schema: schema ?? (builtin ? 'pg_catalog' : (own[0] ?? firstSchema(scope))),
    name: base,
  });
  const special = specialOf(schema, base, argumentCount);
  if (special !== null) for (const effect of special.effects) addEffect(entry, effect);
  let opaque: string | null = null;
  if (special?.opaque === true) opaque = `\`${base}\` reads what is not among its arguments`;
  if (special?.code === true) addCode(entry, `\`${base}\` runs what it is given`, special.stable);
  for (const place of builtin ? own : []) addFunction(entry, { schema: place, name: base });
  const user = own.length > 0 || (!builtin && special === null);
  if (user) {
    opaque = `only the server knows what \`${base}\` does`;
    addCode(entry, opaque, !isVolatile(derivation.index?.functions.get(base) ?? []));
  }
  if (!user && special === null) addEffect(entry, 'read');
  return opaque;
}

function isBuiltin(schema: string | null, name: string): boolean {
  if (schema !== null && schema !== 'pg_catalog') return false;
  return harmlessFunctions.has(name) || specialFunction(name, 0)?.builtin === true;
}

/** The schemas on the search path that have a function of this name: the server may choose it over a built-in one. */
function userSchemas(scope: Scope, schema: string | null, name: string): string[] {
  const { index, context } = scope.derivation;
  if (schema === 'pg_catalog') return [];
  const found = (index?.functions.get(name) ?? []).map((f) => f.schema);
  if (schema !== null) return found.includes(schema) || !isBuiltin(schema, name) ? [schema] : [];
  return found.filter((s) => context.searchPath === null || context.searchPath.includes(s));
}

const isVolatile = (functions: readonly { readonly volatility: string }[]): boolean =>
  functions.length > 0 && functions.every((f) => f.volatility === 'volatile');

function firstSchema(scope: Scope): string {
  return scope.derivation.context.searchPath?.find((s) => !s.startsWith('$')) ?? 'public';
}

/** The columns of a function in FROM: their names, `scalar` for one column, null where they cannot be counted. */
export function columnsOfFunction(name: readonly string[]): readonly string[] | 'scalar' | null {
  const base = name.at(-1) ?? '';
  if (!isBuiltin(name.length > 1 ? name.at(-2)! : null, base) || !harmlessFunctions.has(base)) return null;
  const columns = functionColumns.get(base);
  if (columns === undefined) return 'scalar';
  return columns[0] === '?' ? null : columns;
}
