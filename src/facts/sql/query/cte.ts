/** WITH: named queries, each worked out when first asked for, and every one at least once. */
import type { CommonTableExpr, SelectStmt, WithClause } from 'libpg-query';
import { addFilter } from '../scope/entry.js';
import { analyseExpression } from './expression.js';
import type { Lineage, NamedLineage } from '../scope/lineage.js';
import { merge, nothing, ofUnknown } from '../scope/lineage.js';
import type { Cte, Ctes, QueryResult, Scope } from '../scope/scope.js';
import { spend } from '../scope/scope.js';
import { as, texts } from '../parse/tree.js';

/** Rounds within which a recursive query's lineage must reach a fixed point. Each can only add, and there are few columns. */
const roundsMax = 12;

/**
 * The scope with the names of WITH. Without RECURSIVE a query sees those before it; with it, all of them and itself.
 */
export function withCtes(scope: Scope, clause: WithClause | undefined): Scope {
  if (clause === undefined) return scope;
  const expressions = (clause.ctes ?? [])
    .map((node) => as(node, 'CommonTableExpr'))
    .filter((cte) => cte !== null);
  const ctes = new Map<string, Cte>();
  const all: Scope = { ...scope, ctes };
  const places = new Map<Cte, number>();
  for (const expression of expressions) {
    spend(scope.derivation);
    const before = places.size;
    const seen: Scope = clause.recursive === true ? all : { ...scope, ctes: those(ctes, places, before) };
    const cte = lazy(seen, expression, clause.recursive === true);
    // The server reports an error if two have the same name.
    if (!ctes.has(cte.name)) ctes.set(cte.name, cte);
    places.set(cte, before);
  }
  // Each runs or may run, asked for or not.
  for (const cte of places.keys()) cte.result();
  return all;
}

/** Without a copy for each of them: those that come before a place. */
function those(ctes: ReadonlyMap<string, Cte>, places: ReadonlyMap<Cte, number>, before: number): Ctes {
  return {
    get: (name) => {
      const cte = ctes.get(name);
      return cte !== undefined && places.get(cte)! < before ? cte : undefined;
    },
  };
}

function lazy(scope: Scope, expression: CommonTableExpr, recursive: boolean): Cte {
  const name = expression.ctename ?? '';
  let known: QueryResult | null = null;
  let working = false;
  /** The columns that the recursive reference sees so far. */
  let soFar: QueryResult | null = null;
  const result = (): QueryResult => {
    if (known !== null) return known;
    if (working) return soFar ?? { columns: null, reason: `\`${name}\` refers to itself` };
    working = true;
    const select = as(expression.ctequery, 'SelectStmt');
    if (recursive && select !== null && isRecursiveShape(select)) {
      known = settle(scope, expression, select, (partial) => (soFar = partial));
    } else
      known = finish(scope, expression, scope.derivation.parts.query(scope, expression.ctequery, 'read'));
    return known;
  };
  return { name, result };
}

/** `non-recursive UNION [ALL] recursive`. */
const isRecursiveShape = (select: SelectStmt): boolean =>
  select.op === 'SETOP_UNION' && select.larg !== undefined;

/** The first arm alone, then the whole query with the columns known so far, until nothing is added. */
function settle(
  scope: Scope,
  expression: CommonTableExpr,
  select: SelectStmt,
  publish: (partial: QueryResult) => void,
): QueryResult {
  const shapes = scope.entry.selects.length;
  let result = finish(scope, expression, scope.derivation.parts.select(scope, select.larg!, 'read'));
  for (let round = 0; round < roundsMax; round++) {
    publish(result);
    scope.entry.selects.length = shapes;
    const next = finish(scope, expression, scope.derivation.parts.select(scope, select, 'read'));
    if (size(next) === size(result)) return next;
    result = next;
  }
  return { columns: null, reason: 'a recursive query is too much to work out' };
}

function size({ columns, from }: QueryResult): number {
  if (columns === null) return -1 - (from?.columns.length ?? 0);
  return columns.reduce(
    (sum, { lineage }) => sum + lineage.columns.length + (lineage.unknown === null ? 0 : 1_000),
    0,
  );
}

/** The columns' own names, and those that SEARCH and CYCLE add. */
function finish(scope: Scope, expression: CommonTableExpr, result: QueryResult): QueryResult {
  const { columns, reason } = result;
  if (columns === null) return result;
  const names = texts(expression.aliascolnames);
  const renamed: NamedLineage[] = columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
  const { search_clause: search, cycle_clause: cycle } = expression;
  const of = (wanted: readonly string[]): Lineage => {
    const found = renamed.filter((column) => wanted.includes(column.name));
    return found.length === wanted.length
      ? { ...merge([nothing, ...found.map((column) => column.lineage)]), derived: true }
      : ofUnknown('a column of SEARCH or CYCLE cannot be found');
  };
  if (search !== undefined) {
    renamed.push({ name: search.search_seq_column ?? '', lineage: of(texts(search.search_col_list)) });
  }
  if (cycle !== undefined) {
    const path = of(texts(cycle.cycle_col_list));
    addFilter(scope.entry, path);
    const marks = [cycle.cycle_mark_value, cycle.cycle_mark_default];
    const mark = merge([path, ...marks.map((value) => analyseExpression(scope, value, 'read'))]);
    renamed.push({ name: cycle.cycle_mark_column ?? '', lineage: { ...mark, derived: true } });
    renamed.push({ name: cycle.cycle_path_column ?? '', lineage: path });
  }
  return { columns: renamed, reason };
}
