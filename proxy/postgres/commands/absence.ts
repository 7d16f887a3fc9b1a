/**
 * A command that names a relation that does not exist. Tools use it to test whether their table exists, and react to the
 * server's 42P01. Objects that are not in the catalogue are unknown to rules, and denied. So if the rules would allow the
 * command for an ordinary table, the gateway answers as the server would. The command never reaches the target: a relation
 * created a moment later is not read undecided.
 */
import type { AbsentRelation } from '../../../src/facts/sql/scope/analysis.js';
import type { Objection, Refusal } from '../../../src/gateway/session.js';
import type { SqlCommand } from '../state/sql-session.js';
import type { Link } from '../state/link.js';
import { objectionToSettings } from '../state/session-settings.js';

const RULE = 'gateway.missing_relation';
/** undefined_table. */
const UNDEFINED_TABLE = '42P01';

/**
 * Null if the command is allowed as it is, if rules deny it whatever the relation is, and if the session may see relations that
 * the catalogue does not have. `assuming` is the same command with these relations taken for ordinary tables.
 */
export function absentRelation(
  { session, state }: Link,
  command: SqlCommand,
  assuming: (relations: readonly AbsentRelation[]) => SqlCommand,
): Objection | null {
  const { analysis } = command;
  const [first] = analysis.absent ?? [];
  if (first === undefined || state.schema.hidesRelations || state.transaction.expected === 'failed')
    return null;
  if (objectionToSettings(analysis, session.sessionState) !== null) return null;
  if (session.passes(command) || !session.passes(assuming(analysis.absent ?? []))) return null;
  return { rule: RULE, reason: `relation "${first.written}" does not exist`, hint: null };
}

/** In PostgreSQL's own words. */
export function refusalOfAbsent({ reason }: Objection): {
  readonly refusal: Refusal;
  readonly sqlstate: string;
} {
  return { refusal: { message: reason, detail: null, hint: null }, sqlstate: UNDEFINED_TABLE };
}
