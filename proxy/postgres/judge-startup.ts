/**
 * The settings of a start-up packet, before the target hears of them: each is decided as the SET that it is. What a rule
 * keeps a statement from doing, `-c session_replication_role=replica` must not do either.
 */
import type { Session } from '../../src/gateway/session.js';
import { Fatal } from './fatal.js';
import { objectionToStartup, settingsOf } from './session-settings.js';

/**
 * What drivers send of themselves, with every connection: how values look, and what the gateway has seen to. A rule that lets
 * nothing but SELECT pass must not keep them out.
 */
const OF_DRIVERS: ReadonlySet<string> = new Set([
  'application_name',
  'client_encoding',
  'datestyle',
  'extra_float_digits',
  'intervalstyle',
  'replication',
  'timezone',
]);

/** Throws Fatal where one of them is not taken. */
export function judgeStartup(session: Session, parameters: ReadonlyMap<string, string>): void {
  const objection = objectionToStartup(parameters, session.sessionState);
  if (objection !== null) {
    const message = `denied by ${objection.rule}: ${objection.reason}`;
    throw new Fatal('42501', message, 'refused', { hint: objection.hint });
  }
  for (const [name, value] of settingsOf(parameters))
    if (!OF_DRIVERS.has(name.toLowerCase())) judgeSetting(session, name, value);
}

function judgeSetting(session: Session, name: string, value: string): void {
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
  const verdict = session.judgeSetting({ phase: 'query', text, analysis, context, enforces: [] });
  if (verdict?.kind === 'expired') throw new Fatal('28000', verdict.message, 'expired');
  if (verdict?.kind === 'refuse') {
    const { message, detail, hint } = verdict.refusal;
    throw new Fatal('42501', message, 'refused', { hint, detail: detail ?? message });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
