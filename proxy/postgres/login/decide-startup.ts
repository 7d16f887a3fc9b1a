/**
 * Decides the settings of a start-up packet before they reach the target, each as the equivalent SET. What a rule forbids in a
 * statement, `-c session_replication_role=replica` must not achieve either. Harmless settings need no rule that allows them.
 */
import type { SqlCommand, SqlSession } from '../state/sql-session.js';
import { Fatal } from '../wire/fatal.js';
import { isHarmless, OF_DRIVERS } from './harmless-settings.js';
import { objectionToStartup, settingsOf } from '../state/session-settings.js';

/** The record numbers of the decided settings. Throws Fatal if one is refused. */
export function decideStartup(
  session: SqlSession,
  parameters: ReadonlyMap<string, string>,
): readonly number[] {
  const objection = objectionToStartup(parameters, session.sessionState);
  if (objection !== null) {
    const message = `denied by ${objection.rule}: ${objection.reason}`;
    throw new Fatal('42501', message, 'refused', { hint: objection.hint });
  }
  const recorded: number[] = [];
  for (const [name, value] of settingsOf(parameters)) {
    const number = OF_DRIVERS.has(name.toLowerCase()) ? null : decideSetting(session, name, value);
    if (number !== null) recorded.push(number);
  }
  return recorded;
}

function decideSetting(session: SqlSession, name: string, value: string): number | null {
  const text = `SET ${name.split('.').map(quoted).join('.')} TO '${value.replaceAll("'", "''")}'`;
  const context = {
    searchPath: null,
    prepared: new Map<string, string>(),
    cursors: new Map<string, string>(),
    transaction: 'idle' as const,
    parameters: [],
  };
  const analysis = session.analyse(text, context);
  if (analysis.error !== null) throw new Fatal('22023', `\`${name}\` is no setting`, 'refused');
  const command: SqlCommand = { phase: 'query', text, analysis, context, enforces: [] };
  const verdict = isHarmless(name) ? session.decideSetting(command) : session.decide(command);
  if (verdict?.kind === 'expired') throw new Fatal('28000', verdict.message, 'expired');
  if (verdict?.kind === 'refuse') {
    const { message, detail, hint } = verdict.refusal;
    throw new Fatal('42501', message, 'refused', { hint, detail: detail ?? message });
  }
  return verdict?.command ?? null;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
