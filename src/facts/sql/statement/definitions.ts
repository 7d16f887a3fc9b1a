/** DDL and related statements: for each kind its verb, the kind of object, and its effects. */
import type { ObjectType } from 'libpg-query';
import { objectWord } from './object-names.js';

export interface Definition {
  readonly verb: string;
  /** The word for the object, or the field of the statement that holds its type. */
  readonly object: string | { readonly type: string };
  readonly effects: readonly string[];
}

const of = (verb: string, object: Definition['object'], ...effects: readonly string[]): Definition => ({
  verb,
  object,
  effects: effects.length === 0 ? ['schema'] : effects,
});

export const definitions: Readonly<Record<string, Definition>> = {
  AlterCollationStmt: of('alter', 'collation'),
  AlterDatabaseRefreshCollStmt: of('alter', 'database', 'schema', 'admin'),
  AlterDatabaseSetStmt: of('alter', 'database', 'admin'),
  AlterDatabaseStmt: of('alter', 'database', 'admin'),
  AlterDefaultPrivilegesStmt: of('alter', 'default_privileges', 'privilege'),
  AlterDomainStmt: of('alter', 'domain'),
  AlterEnumStmt: of('alter', 'type'),
  AlterEventTrigStmt: of('alter', 'event_trigger', 'schema', 'admin'),
  AlterExtensionContentsStmt: of('alter', 'extension', 'schema', 'extension'),
  AlterExtensionStmt: of('alter', 'extension', 'schema', 'extension'),
  AlterFdwStmt: of('alter', 'foreign_data_wrapper', 'schema', 'network'),
  AlterForeignServerStmt: of('alter', 'server', 'schema', 'network'),
  AlterFunctionStmt: of('alter', { type: 'objtype' }),
  AlterObjectDependsStmt: of('alter', { type: 'objectType' }),
  AlterObjectSchemaStmt: of('alter', { type: 'objectType' }),
  AlterOpFamilyStmt: of('alter', 'operator_family'),
  AlterOperatorStmt: of('alter', 'operator'),
  AlterOwnerStmt: of('alter', { type: 'objectType' }, 'schema', 'privilege'),
  AlterPolicyStmt: of('alter', 'policy', 'schema', 'privilege'),
  AlterPublicationStmt: of('alter', 'publication'),
  AlterRoleSetStmt: of('alter', 'role', 'privilege'),
  AlterRoleStmt: of('alter', 'role', 'privilege'),
  AlterSeqStmt: of('alter', 'sequence'),
  AlterStatsStmt: of('alter', 'statistics'),
  AlterSubscriptionStmt: of('alter', 'subscription', 'schema', 'network'),
  AlterSystemStmt: of('alter', 'system', 'admin'),
  AlterTSConfigurationStmt: of('alter', 'text_search_configuration'),
  AlterTSDictionaryStmt: of('alter', 'text_search_dictionary'),
  AlterTableMoveAllStmt: of('alter', { type: 'objtype' }, 'schema', 'maintenance'),
  AlterTableSpaceOptionsStmt: of('alter', 'tablespace', 'admin'),
  AlterTableStmt: of('alter', { type: 'objtype' }),
  AlterTypeStmt: of('alter', 'type'),
  AlterUserMappingStmt: of('alter', 'user_mapping', 'schema', 'network'),
  CommentStmt: of('comment', { type: 'objtype' }),
  CompositeTypeStmt: of('create', 'type'),
  CreateAmStmt: of('create', 'access_method', 'schema', 'admin'),
  CreateCastStmt: of('create', 'cast'),
  CreateConversionStmt: of('create', 'conversion'),
  CreateDomainStmt: of('create', 'domain'),
  CreateEnumStmt: of('create', 'type'),
  CreateEventTrigStmt: of('create', 'event_trigger', 'schema', 'admin'),
  CreateExtensionStmt: of('create', 'extension', 'schema', 'extension', 'code'),
  CreateFdwStmt: of('create', 'foreign_data_wrapper', 'schema', 'network'),
  CreateForeignServerStmt: of('create', 'server', 'schema', 'network'),
  CreateForeignTableStmt: of('create', 'foreign_table', 'schema', 'network'),
  CreateOpClassStmt: of('create', 'operator_class'),
  CreateOpFamilyStmt: of('create', 'operator_family'),
  CreatePLangStmt: of('create', 'language', 'schema', 'admin'),
  CreatePolicyStmt: of('create', 'policy', 'schema', 'privilege'),
  CreatePublicationStmt: of('create', 'publication', 'schema', 'network'),
  CreateRangeStmt: of('create', 'type'),
  CreateRoleStmt: of('create', 'role', 'privilege'),
  CreateSchemaStmt: of('create', 'schema'),
  CreateSeqStmt: of('create', 'sequence'),
  CreateStatsStmt: of('create', 'statistics'),
  CreateStmt: of('create', 'table'),
  CreateSubscriptionStmt: of('create', 'subscription', 'schema', 'network'),
  CreateTableSpaceStmt: of('create', 'tablespace', 'admin', 'file'),
  CreateTransformStmt: of('create', 'transform'),
  CreateTrigStmt: of('create', 'trigger'),
  CreateUserMappingStmt: of('create', 'user_mapping', 'schema', 'network'),
  CreatedbStmt: of('create', 'database', 'admin'),
  DefineStmt: of('create', { type: 'kind' }),
  DropOwnedStmt: of('drop', 'owned', 'schema', 'privilege'),
  DropRoleStmt: of('drop', 'role', 'privilege'),
  DropStmt: of('drop', { type: 'removeType' }),
  DropSubscriptionStmt: of('drop', 'subscription', 'schema', 'network'),
  DropTableSpaceStmt: of('drop', 'tablespace', 'admin', 'file'),
  DropUserMappingStmt: of('drop', 'user_mapping', 'schema', 'network'),
  DropdbStmt: of('drop', 'database', 'admin'),
  GrantRoleStmt: of('grant', 'role', 'privilege'),
  GrantStmt: of('grant', { type: 'objtype' }, 'privilege'),
  ImportForeignSchemaStmt: of('import', 'foreign_schema', 'schema', 'network'),
  IndexStmt: of('create', 'index'),
  ReassignOwnedStmt: of('reassign', 'owned', 'schema', 'privilege'),
  RenameStmt: of('alter', { type: 'renameType' }),
  RuleStmt: of('create', 'rule'),
  SecLabelStmt: of('security_label', { type: 'objtype' }, 'schema', 'privilege'),
  ViewStmt: of('create', 'view'),
};

/** A REVOKE is parsed as a GRANT without `is_grant`. */
export function definitionVerb(definition: Definition, body: { readonly is_grant?: boolean }): string {
  return definition.verb === 'grant' && body.is_grant !== true ? 'revoke' : definition.verb;
}

export function definitionObject(definition: Definition, body: Readonly<Record<string, unknown>>): string {
  if (typeof definition.object === 'string') return definition.object;
  return objectWord(body[definition.object.type] as ObjectType | undefined);
}
