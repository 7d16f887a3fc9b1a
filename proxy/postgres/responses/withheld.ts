/**
 * Errors and notices of a command to which masks apply. Their texts may quote values: `invalid input syntax for type integer:
 * "jane@example.com"`, `Key (email)=(…) already exists`, RAISE, a trigger's notice. A client that may not see a value could
 * extract it by an error, so the texts are replaced. SQLSTATE, position and the names of relation, column and constraint stay:
 * they come from the schema and from the client's own text.
 */
import { decodeReport, encodeReport } from '../wire/backend-codec.js';
import { BACKEND, type ReportFields } from '../wire/messages.js';

const KEPT = new Set(['S', 'V', 'C', 'P', 's', 't', 'c', 'd', 'n', 'F', 'L', 'R']);

/**
 * Errors of the parser and of the session that quote only the client's own text, by SQLSTATE and the server's routine that
 * raises them. Both are needed: RAISE can use any SQLSTATE, but comes from `exec_stmt_raise`. Routines that also look up names
 * in values, for `email::regclass`, `to_regtype(email)` or `schema_to_xml(email, …)`, are left out. Code may put a value into a
 * text that it runs and make the parser quote it: if the server reports a context, or quotes an internal query, none of them
 * counts.
 */
export const HARMLESS: ReadonlySet<string> = new Set(
  Object.entries({
    '08P01': 'exec_bind_message',
    '25001': 'PreventInTransactionBlock',
    '25006': 'PreventCommandIfReadOnly',
    '25P02': 'exec_simple_query exec_parse_message exec_bind_message exec_execute_message',
    '26000': 'FetchPreparedStatement exec_bind_message exec_describe_statement_message',
    '34000': 'PerformPortalFetch PerformPortalClose exec_execute_message exec_describe_portal_message',
    '42601': 'scanner_yyerror transformInsertRow transformInsertStmt transformSetOperationTree',
    '42702': 'colNameToVar',
    '42703': 'errorMissingColumn checkInsertTargets transformUpdateTargetList',
    '42712': 'checkNameSpaceConflicts',
    '42725': 'ParseFuncOrColumn op_error',
    '42803':
      'check_ungrouped_columns_walker substitute_grouped_columns_mutator check_agglevels_and_constraints',
    '42804': 'select_common_type coerce_to_boolean transformAssignedExpr',
    '42809': 'ParseFuncOrColumn',
    '42846': 'transformTypeCast coerce_to_common_type',
    '42883': 'ParseFuncOrColumn op_error',
    '42P01': 'parserOpenTable errorMissingRTE DropErrorMsgNonExistent',
    '42P03': 'CreatePortal',
    '42P05': 'StorePreparedStatement',
    '42P10': 'findTargetlistEntrySQL92',
    '55P03': 'ProcessInterrupts heap_lock_tuple',
    '57014': 'ProcessInterrupts',
  }).flatMap(([sqlstate, routines]) => routines.split(' ').map((routine) => `${sqlstate} ${routine}`)),
);

/** Errors whose message names a relation and a constraint, and quotes values only in its details. */
const NAMING = new Set([
  '23502 ReportNotNullViolationError',
  '23502 ExecConstraints',
  '23503 ri_ReportViolation',
  '23505 _bt_check_unique',
  '23514 ReportCheckViolationError',
  '23514 ExecConstraints',
  '23514 ExecPartitionCheckEmitError',
  '23P01 check_exclusion_or_unique_constraint',
  '40P01 DeadLockReport',
  '42501 ExecWithCheckOptions',
  '44000 ExecWithCheckOptions',
]);

export function withheld(fields: ReportFields): ReportFields {
  const origin = `${fields.get('C') ?? ''} ${fields.get('R') ?? ''}`;
  if (HARMLESS.has(origin) && !fields.has('W') && !fields.has('q')) return fields;
  const kept = [...fields].filter(([letter]) => KEPT.has(letter));
  const message = NAMING.has(origin) ? fields.get('M') : undefined;
  return new Map([
    ...kept,
    ['M', message ?? 'the text of this message is withheld: masks apply to the command'],
  ]);
}

/** The same of a NoticeResponse that came at the login, before any command. */
export function withheldNotice(message: Buffer): Buffer {
  return encodeReport(BACKEND.NoticeResponse, withheld(decodeReport(message, 0, message.length)));
}
