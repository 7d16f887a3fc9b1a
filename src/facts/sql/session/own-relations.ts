/** Relations that CREATE TABLE and similar statements create: their schema, and what is known of them. */
import type { CreateStmt, RangeVar } from 'libpg-query';
import type { OwnRelation, SqlContext } from '../scope/analysis.js';
import { harmlessFunctions } from '../generated/builtin-functions.js';
import { relationKey } from '../catalogue/lookup.js';
import type { TableName } from '../scope/entry.js';
import type { Node } from '../parse/tree.js';
import { as, texts } from '../parse/tree.js';

/** As RangeVarGetCreationNamespace: a temporary one is in `pg_temp`, others in the first schema of the path. */
export function createdRelation({ searchPath }: SqlContext, name: RangeVar): TableName {
  const { schemaname, relname = '', relpersistence } = name;
  const temporary = relpersistence === 't' || schemaname === 'pg_temp';
  if (temporary) return { schema: 'pg_temp', name: relname };
  const listed = searchPath?.find((schema) => schema !== '$user' && schema !== 'pg_catalog');
  return { schema: schemaname ?? listed ?? 'public', name: relname };
}

/** The relation that a statement creates, and the place of the tree that names it. */
export interface Creation {
  readonly written: RangeVar;
  readonly relation: OwnRelation;
}

/** Null if it creates no relation. */
export function creationOf(context: SqlContext, node: Node): Creation | null {
  const table = as(node, 'CreateStmt') ?? as(node, 'CreateForeignTableStmt')?.base;
  const sequence = as(node, 'CreateSeqStmt')?.sequence;
  const written = table?.relation ?? sequence ?? as(node, 'ViewStmt')?.view;
  if (written === undefined) return null;
  const plain = as(node, 'CreateStmt') !== null || sequence !== undefined;
  const columns = table === undefined ? null : columnsOf(table);
  const relation: OwnRelation = {
    ...createdRelation(context, written),
    kind: plain ? 'table' : 'other',
    columns,
  };
  return { written, relation };
}

/** The earlier ones, with these in place of those that had their names. */
export function withCreated(
  own: readonly OwnRelation[],
  created: readonly OwnRelation[] = [],
): readonly OwnRelation[] {
  if (created.length === 0) return own;
  const names = new Set(created.map(({ schema, name }) => relationKey(schema, name)));
  return [...own.filter(({ schema, name }) => !names.has(relationKey(schema, name))), ...created];
}

/** Null if some come from elsewhere, another table or a type, or if their values can: by a default, by what is computed. */
function columnsOf({ tableElts, inhRelations, ofTypename }: CreateStmt): string[] | null {
  if (inhRelations !== undefined || ofTypename !== undefined) return null;
  const elements = tableElts ?? [];
  if (elements.some((element) => as(element, 'TableLikeClause') !== null || computes(element))) return null;
  return elements.map((element) => as(element, 'ColumnDef')?.colname).filter((name) => name !== undefined);
}

/** Whether a column or a constraint calls anything but what the server itself brings. */
export function computes(element: Node): boolean {
  const waiting: unknown[] = [element];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    const node = value as Node;
    const call = as(node, 'FuncCall');
    if (call !== null && !isHarmless(texts(call.funcname))) return true;
    if (as(node, 'Constraint')?.contype === 'CONSTR_GENERATED') return true;
    waiting.push(...(Object.values(value) as unknown[]));
  }
  return false;
}

function isHarmless(name: readonly string[]): boolean {
  return (name.length === 1 || name.at(-2) === 'pg_catalog') && harmlessFunctions.has(name.at(-1) ?? '');
}
