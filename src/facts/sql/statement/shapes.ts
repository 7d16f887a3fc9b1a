/**
 * The columns that an existing table has after a definition, if its text tells: later statements in the same text read them
 * before the server can be asked. A definition that may do more (another type, a trigger, code) leaves them unknown.
 */
import type { AlterTableCmd, RangeVar } from 'libpg-query';
import type { OwnRelation } from '../scope/analysis.js';
import { generatedColumns } from '../query/generated-columns.js';
import { computes } from '../session/own-relations.js';
import { resolveRelation } from '../query/relations.js';
import { isChanged, shapeOf, type Scope } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, texts } from '../parse/tree.js';

/** Columns and their names stay as they are, and nothing is set off that was not before. */
const KEEPING: ReadonlySet<string> = new Set([
  'AT_AddConstraint',
  'AT_AddIndex',
  'AT_ChangeOwner',
  'AT_ColumnDefault',
  'AT_DropConstraint',
  'AT_DropNotNull',
  'AT_SetNotNull',
  'AT_SetStatistics',
  'AT_ValidateConstraint',
]);

/** For a statement in the text itself that is executed. */
export function shapesAfter(scope: Scope, node: Node): readonly OwnRelation[] {
  const { calling, following } = scope.derivation;
  if (scope.entry.parent !== null || calling.length + following.length > 0 || computes(node)) return [];
  const alter = as(node, 'AlterTableStmt');
  if (alter?.objtype === 'OBJECT_TABLE')
    return [...altered(scope, alter.relation, alter.cmds ?? []), ...referred(scope, alter.cmds ?? [])];
  const rename = as(node, 'RenameStmt');
  if (rename?.renameType === 'OBJECT_COLUMN' && rename.relationType === 'OBJECT_TABLE')
    return reshaped(scope, rename.relation, (columns) =>
      columns.map((name) => (name === rename.subname ? (rename.newname ?? '') : name)),
    );
  const index = as(node, 'IndexStmt');
  if (index !== null) return reshaped(scope, index.relation, (columns) => columns);
  return referred(scope, as(node, 'CreateStmt')?.tableElts ?? []);
}

function altered(scope: Scope, relation: RangeVar | undefined, commands: readonly Node[]): OwnRelation[] {
  return reshaped(scope, relation, (before) => {
    let columns: readonly string[] | null = before;
    for (const node of commands)
      columns = columns === null ? null : afterCommand(scope, columns, as(node, 'AlterTableCmd'));
    return columns;
  });
}

function afterCommand(
  scope: Scope,
  columns: readonly string[],
  command: AlterTableCmd | null,
): readonly string[] | null {
  const { subtype = '', name, def } = command ?? {};
  if (KEEPING.has(subtype)) return columns;
  if (subtype === 'AT_DropColumn') return columns.filter((column) => column !== name);
  const added = subtype === 'AT_AddColumn' ? as(def, 'ColumnDef') : null;
  // A domain of the target's may call what it likes.
  const type = texts(added?.typeName?.names).at(-1);
  if (added?.colname === undefined || type === undefined) return null;
  if (scope.derivation.index?.casts.has(type) === true) return null;
  return columns.includes(added.colname) ? columns : [...columns, added.colname];
}

/** Tables that a foreign key names: rows that are deleted in a cascade do not change their columns. */
function referred(scope: Scope, nodes: readonly Node[]): OwnRelation[] {
  const named = nodes.flatMap((node): (RangeVar | undefined)[] => {
    const inside = as(node, 'AlterTableCmd')?.def ?? node;
    const column = as(inside, 'ColumnDef')?.constraints ?? [inside];
    return column.map((one) => as(one, 'Constraint')?.pktable);
  });
  return named.flatMap((one) => (one === undefined ? [] : reshaped(scope, one, (columns) => columns)));
}

function reshaped(
  scope: Scope,
  name: RangeVar | undefined,
  after: (columns: readonly string[]) => readonly string[] | null,
): OwnRelation[] {
  if (name === undefined) return [];
  const { derivation } = scope;
  const [found, ...others] = resolveRelation(derivation, name, 'name');
  if (others.length > 0 || found.uncertain === true || derivation.changed.everything) return [];
  const before = shapeOf(scope.derivation, found) ?? columnsNow(scope, found);
  const columns = before === null ? null : after(before);
  return columns === null ? [] : [{ schema: found.schema, name: found.name, kind: 'table', columns }];
}

function columnsNow(
  { derivation }: Scope,
  { name, own, relation }: ReturnType<typeof resolveRelation>[0],
): readonly string[] | null {
  if (own !== undefined) return own.columns;
  if (relation?.kind !== 'table' || isChanged(derivation, name, 'shape')) return null;
  if ((generatedColumns(derivation, relation)?.size ?? 0) > 0) return null;
  return relation.columns.map((column) => column.name);
}
