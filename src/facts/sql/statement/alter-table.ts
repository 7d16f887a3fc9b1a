/** Values that ALTER TABLE puts into existing rows: USING, and the values of a column that is no longer computed. */
import type { AlterTableCmd, AlterTableStmt } from 'libpg-query';
import { alterSetsOff } from '../code/behaviour.js';
import { addMoved } from '../scope/entry.js';
import { analyseExpression } from '../query/expression.js';
import { columnKey, merge, ofUnknown } from '../scope/lineage.js';
import { itemColumn } from '../query/names.js';
import { resolveRelation, targetItem } from '../query/relations.js';
import { isWhole, keepsShape, wholeTypes } from './reshape.js';
import { namespaceOf, withNamespace } from '../scope/scope.js';
import type { RangeItem, Scope } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, texts } from '../parse/tree.js';

export function rewritesRows(scope: Scope, { relation, cmds, objtype }: AlterTableStmt): void {
  if (relation === undefined || objtype === 'OBJECT_INDEX') return;
  const commands = (cmds ?? []).map((node) => as(node, 'AlterTableCmd')).filter((one) => one !== null);
  for (const table of resolveRelation(scope.derivation, relation, 'name'))
    for (const { subtype } of commands) alterSetsOff(scope, subtype, table);
  if (!commands.some(({ subtype }) => rewriting.has(subtype ?? ''))) return;
  const { item } = targetItem(scope, relation);
  const inside = withNamespace(scope, namespaceOf(item));
  for (const command of commands) {
    if (command.subtype === 'AT_AlterColumnType') changeType(inside, item, command);
    if (command.subtype === 'AT_DropExpression') keepComputed(scope, item, command, commands);
  }
}

const rewriting: ReadonlySet<string> = new Set(['AT_AlterColumnType', 'AT_DropExpression']);

/** Under its own name a value may be changed as little as by UPDATE. */
function changeType(scope: Scope, item: RangeItem, { name = '', def }: AlterTableCmd): void {
  const column = as(def, 'ColumnDef');
  const { typeName, raw_default: using } = column ?? {};
  const whole = wholeTypes.has(texts(typeName?.names).at(-1) ?? '') || (typeName?.typmods ?? []).length > 0;
  // The table may be of the same text, of which no column is known: its own name is its own value all the same.
  const itself = using === undefined ? whole : castsOfItself(using, name);
  if (itself !== null) {
    if (!itself) reshape(scope, item, name);
    return;
  }
  const lineage = analyseExpression(scope, using, 'read');
  const own = new Set((itemColumn(scope, item, name)?.columns ?? []).map(columnKey));
  const others = lineage.columns.filter((one) => !own.has(columnKey(one)));
  addMoved(scope.entry, { ...lineage, columns: others });
  if (others.length < lineage.columns.length && !keepsShape(scope, using!, own)) reshape(scope, item, name);
}

/** Whether the column itself, under casts, is left whole by them; null if it is anything else. */
function castsOfItself(value: Node, name: string): boolean | null {
  let whole = true;
  let at: Node | undefined = value;
  for (let cast = as(at, 'TypeCast'); cast !== null; cast = as(at, 'TypeCast')) {
    whole &&= isWhole(cast);
    at = cast.arg;
  }
  return texts(as(at, 'ColumnRef')?.fields).at(-1) === name ? whole : null;
}

function reshape(scope: Scope, item: RangeItem, name: string): void {
  const own = item.tables.map(({ schema, name: table }) => ({ schema, table, column: name }));
  for (const column of [...own, ...(itemColumn(scope, item, name)?.columns ?? [])])
    scope.entry.flow.reshaped.set(columnKey(column), column);
}

/** DROP EXPRESSION keeps the computed values, and nothing tells any more from which columns they were computed. */
function keepComputed(
  scope: Scope,
  item: RangeItem,
  { name = '' }: AlterTableCmd,
  commands: readonly AlterTableCmd[],
): void {
  const added = commands.some(({ subtype }) => subtype === 'AT_AddColumn');
  const known = item.columns?.find((column) => column.name === name)?.lineage;
  const all = merge((item.columns ?? []).map(({ lineage }) => lineage));
  const unknown = ofUnknown(`what \`${name}\` was computed from is not known`);
  // One that the same statement adds may be computed from any.
  const computed = item.columns === null ? unknown : added || known === undefined ? all : known;
  const own = item.tables.map(({ schema, name: table }) => columnKey({ schema, table, column: name }));
  addMoved(scope.entry, {
    ...computed,
    columns: computed.columns.filter((column) => !own.includes(columnKey(column))),
  });
}
