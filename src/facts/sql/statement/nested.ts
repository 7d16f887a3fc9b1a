/** Statements inside statements: each has an entry of its own, and its effects count for the enclosing statement. */
import type { Entry } from '../scope/entry.js';
import { createEntry, markUnknown } from '../scope/entry.js';
import type { Mode, QueryResult, Scope } from '../scope/scope.js';
import { analyseSelect } from '../query/select.js';
import type { Node } from '../parse/tree.js';
import { as, kindOf } from '../parse/tree.js';
import { analyseDelete, analyseInsert, analyseMerge, analyseUpdate } from './write.js';

export interface How {
  /** Whether running the statement around it runs it now. */
  readonly executed?: boolean;
  /** Planned and not run: EXPLAIN without ANALYZE. */
  readonly inert?: boolean;
}

export function nestedEntry(scope: Scope, verb: string, how: How = {}): Entry {
  const entry = createEntry(scope.entry.text, verb, scope.entry, how);
  scope.derivation.entries.push(entry);
  return entry;
}

/** A statement that modifies data, in the scope of the query that holds it. Null if it is not one. */
export function modifyingStatement(scope: Scope, node: Node): QueryResult | null {
  const insert = as(node, 'InsertStmt');
  if (insert !== null) return analyseInsert(scope, insert);
  const update = as(node, 'UpdateStmt');
  if (update !== null) return analyseUpdate(scope, update);
  const remove = as(node, 'DeleteStmt');
  if (remove !== null) return analyseDelete(scope, remove);
  const merge = as(node, 'MergeStmt');
  return merge === null ? null : analyseMerge(scope, merge);
}

const modifyingVerbs: Readonly<Record<string, string>> = {
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};

/** Statements that may occur in a CTE or a subquery. A SELECT there belongs to the enclosing statement. */
export function analyseQuery(scope: Scope, node: Node | undefined, mode: Mode): QueryResult {
  const select = as(node, 'SelectStmt');
  if (select !== null) return analyseSelect(scope, select, mode);
  const verb = node === undefined ? undefined : modifyingVerbs[kindOf(node)];
  if (node === undefined || verb === undefined) {
    markUnknown(scope.entry, 'a query of a kind that is not known');
    return { columns: null, reason: 'a query of a kind that is not known' };
  }
  return modifyingStatement({ ...scope, entry: nestedEntry(scope, verb) }, node)!;
}
