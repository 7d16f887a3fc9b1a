/** The names that DDL uses for kinds of objects, and the way it names the objects. */
import type { ObjectType, RangeVar } from 'libpg-query';
import { resolveRelation } from '../query/relations.js';
import type { Derivation } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, listItems, texts } from '../parse/tree.js';

export interface ObjectName {
  readonly schema: string | null;
  readonly name: string;
}

const renamedTypes: Readonly<Record<string, string>> = {
  matview: 'materialized_view',
  fdw: 'foreign_data_wrapper',
  foreign_server: 'server',
  tsconfiguration: 'text_search_configuration',
  tsdictionary: 'text_search_dictionary',
  tsparser: 'text_search_parser',
  tstemplate: 'text_search_template',
  opclass: 'operator_class',
  opfamily: 'operator_family',
  statistic_ext: 'statistics',
  tabconstraint: 'constraint',
  domconstraint: 'constraint',
  largeobject: 'large_object',
  parameter_acl: 'parameter',
  publication_rel: 'publication',
  publication_namespace: 'publication',
  defacl: 'default_privileges',
  amop: 'operator_family',
  amproc: 'operator_family',
};

/** `OBJECT_MATVIEW` as rules write it: `materialized_view`. */
export function objectWord(type: ObjectType | undefined): string {
  const word = (type ?? 'OBJECT_UNKNOWN').replace('OBJECT_', '').toLowerCase();
  return renamedTypes[word] ?? word;
}

export const relationWords: ReadonlySet<string> = new Set([
  'table',
  'view',
  'materialized_view',
  'foreign_table',
  'sequence',
]);

/** Objects that hang on a table: `DROP TRIGGER name ON table` lists the table before the name. */
export const hangingWords: ReadonlySet<string> = new Set([
  'trigger',
  'policy',
  'rule',
  'constraint',
  'column',
]);

export function relationNames(derivation: Derivation, relation: RangeVar): ObjectName[] {
  return resolveRelation(derivation, relation, 'name').map(({ schema, name }) => ({ schema, name }));
}

export function asRangeVar(parts: readonly string[]): RangeVar {
  const schemaname = parts.at(-2);
  return { relname: parts.at(-1) ?? '', ...(schemaname === undefined ? {} : { schemaname }) };
}

/** The parts of a name in any of the shapes in which the grammar gives one. */
export function nameParts(node: Node | undefined): string[] {
  if (node === undefined) return [];
  const relation = as(node, 'RangeVar');
  if (relation !== null) return [relation.schemaname, relation.relname].filter((part) => part !== undefined);
  const withArguments = as(node, 'ObjectWithArgs');
  if (withArguments !== null) return texts(withArguments.objname);
  const type = as(node, 'TypeName');
  if (type !== null) return texts(type.names);
  const role = as(node, 'RoleSpec');
  if (role !== null) return [role.rolename ?? (role.roletype ?? '').replace('ROLESPEC_', '').toLowerCase()];
  const privilege = as(node, 'AccessPriv');
  if (privilege !== null) return [privilege.priv_name ?? 'all'];
  const items = listItems(node);
  return items.length > 0 ? items.flatMap((item) => nameParts(item)) : texts([node]);
}

export function objectName(parts: readonly string[]): ObjectName {
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' };
}
