/**
 * The settings that change what a text means to the server. The gateway reads SQL as UTF-8 with standard strings, as the
 * target's own user. A statement that would change that is refused; if it changes anyway, the session ends. If the target's
 * session state is tracked, all of it may change: the path is then queried again, and a text that non-standard strings or
 * another encoding could change counts as not understood.
 */
import type { SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import type { Objection } from '../../../src/gateway/session.js';
import type { SqlSession } from './sql-session.js';
import { readStartupOptions } from '../wire/startup-options.js';

type SessionState = SqlSession['sessionState'];

const RULE = 'gateway.session_state';

/** Encodings in which the server and the gateway read every byte alike. SQL_ASCII passes bytes unchanged. */
const ENCODINGS = new Set(['utf8', 'unicode', 'sqlascii']);

const FOLLOWED = new Set([
  'standard_conforming_strings',
  'client_encoding',
  'names',
  'role',
  'session_authorization',
]);

/** Why this value of this setting is refused, or null. A null value means the setting's default. */
function complaint(name: string, value: string | null, state: SessionState): string | null {
  const setting = name.toLowerCase().replaceAll('-', '_');
  if (state === 'followed' && FOLLOWED.has(setting)) return null;
  switch (setting) {
    case 'standard_conforming_strings':
      if (value === null || isOn(value)) return null;
      return 'standard_conforming_strings must stay on: the gateway reads statements so';
    case 'client_encoding':
    case 'names':
      if (value === null || isReadable(value)) return null;
      return 'client_encoding must be UTF8: the gateway reads statements so';
    case 'role':
      if (value === null || value.toLowerCase() === 'none') return null;
      return 'the role of a session through the gateway cannot be changed';
    case 'session_authorization':
      if (value === null || value.toLowerCase() === 'default') return null;
      return 'the user of a session through the gateway cannot be changed';
    default:
      return null;
  }
}

/** PostgreSQL's boolean: any unique prefix of on, true, yes, or 1. Quotes are already removed. */
function isOn(value: string): boolean {
  const word = value.trim().toLowerCase();
  return (
    word === 'on' || word === '1' || (word !== '' && ('true'.startsWith(word) || 'yes'.startsWith(word)))
  );
}

/** Like `isOn`, for off, false, no, or 0: `parse_bool` of bool.c. `o` is ambiguous. */
function isOff(value: string): boolean {
  const word = value.toLowerCase();
  if (word === '0' || word === 'of' || word === 'off') return true;
  return word !== '' && ('false'.startsWith(word) || 'no'.startsWith(word));
}

/** Encoding names are compared as in PostgreSQL: only letters and digits, in lower case. */
export function isReadable(encoding: string): boolean {
  return ENCODINGS.has(encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

/** The fixed rule that a statement's own settings break, or null. */
export function objectionToSettings(analysis: SqlAnalysis, state: SessionState): Objection | null {
  for (const statement of analysis.statements) {
    for (const change of statement.session) {
      if (change.kind !== 'set' || change.unchanged === true) continue;
      // A value that is computed at run time may be anything.
      const reason = complaint(change.name, change.computed === true ? '?' : change.value, state);
      if (reason !== null) return { rule: RULE, reason, hint: null };
    }
  }
  return null;
}

const ENCODING = new Set(['client_encoding', 'names']);

/** Whether a statement itself changes how texts are written. RESET ALL restores the values from the start. */
export function changesEncoding({ statements }: SqlAnalysis, beganForeign: boolean): boolean {
  return statements.some(({ session }) =>
    session.some((change) => {
      if (change.kind !== 'set') return false;
      const resets = change.name === '*' && change.value === null && change.computed !== true;
      return resets ? beganForeign : change.name === '*' || ENCODING.has(change.name.toLowerCase());
    }),
  );
}

/** Why a client with these start-up settings cannot be served, or null. */
export function objectionToStartup(
  parameters: ReadonlyMap<string, string>,
  state: SessionState = 'fixed',
): Objection | null {
  for (const [name, value] of settingsOf(parameters)) {
    if (name.toLowerCase() === 'replication' && !isOff(value)) {
      const reason = 'replication connections are not served by the gateway';
      return { rule: 'gateway.replication', reason, hint: null };
    }
    const reason = complaint(name, value, state);
    if (reason !== null) return { rule: RULE, reason, hint: hintFor(name) };
  }
  return null;
}

function hintFor(name: string): string | null {
  return name.toLowerCase() === 'client_encoding' ? 'set PGCLIENTENCODING=UTF8 for the client' : null;
}

/** The settings of a start-up packet, including those inside `options`. */
export function* settingsOf(parameters: ReadonlyMap<string, string>): Generator<readonly [string, string]> {
  for (const [name, value] of parameters) {
    if (name === 'options') yield* settingsOfOptions(value);
    else yield [name, value];
  }
}

/** Settings that `complaint` knows, as they may be written inside `options`. */
const GUARDED = /standard[-_]conforming[-_]strings|client[-_]encoding|session[-_]authorization|role/gi;

/** If the text may be read in another way, a guarded name in it gets the value `?`, which no setting accepts. */
function* settingsOfOptions(options: string): Generator<readonly [string, string]> {
  const { settings, understood } = readStartupOptions(options);
  for (const { name, value } of settings) yield [name, value];
  if (understood) return;
  for (const [name] of options.replaceAll('\\', '').matchAll(GUARDED)) yield [name, '?'];
}

/** Why the session cannot go on after the target reported this setting, or null. */
export function objectionToStatus(name: string, value: string, state: SessionState): string | null {
  if (name === 'session_authorization') return null;
  return complaint(name, value, state);
}
