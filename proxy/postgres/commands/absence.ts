/**
 * A command that names a relation that is not there. Tools ask so whether a table of theirs exists, and know what to do when
 * the server says 42P01. What the catalogue does not have is unknown to rules, and denied; so where they would let the command
 * pass if the relation were an ordinary table, the gateway answers as the server would. The target never hears of it: a relation
 * that is made a moment later is not read undecided.
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
 * Null if the command passes as it is, if rules are against it whatever the relation is, and if the session may see relations
 * that the catalogue does not have. `assuming` is the same command with these relations taken for ordinary tables.
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
