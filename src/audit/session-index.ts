/**
 * An index for lists of sessions, stored beside each day's records so that a list need not read them. A session is
 * added when it ends. The index proves nothing: a record missing from it is read, and an entry without a file is
 * ignored.
 */
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent } from './event.js';
import { readRecording } from './recording.js';

export const INDEX_FILE = 'sessions.index';

/** A session in a line. */
export interface SessionSummary {
  readonly session: string;
  readonly openedAt: string;
  /** Null for a refused connection. */
  readonly subject: string | null;
  readonly target: string;
  readonly client: string;
  readonly commands: number;
  readonly denied: number;
  /** How it ended; `running` if it has not ended, `broken` or `torn` if the file cannot be read to its end. */
  readonly state: string;
}

/**
 * Never throws: without an entry the record itself is read. Each short line is a single write, so lines of several
 * processes do not mix.
 */
export function addToIndex(folder: string, summaries: readonly SessionSummary[]): void {
  try {
    const lines = summaries.map((summary) => `${JSON.stringify(summary)}\n`).join('');
    appendFileSync(join(folder, INDEX_FILE), lines, { mode: 0o600 });
  } catch {
    // The disk may be full, or the folder not writable.
  }
}

/** By session. Truncated and invalid lines are ignored. */
export function readIndex(folder: string): ReadonlyMap<string, SessionSummary> {
  const found = new Map<string, SessionSummary>();
  let text: string;
  try {
    text = readFileSync(join(folder, INDEX_FILE), 'utf8');
  } catch {
    return found;
  }
  for (const value of valuesOf(text)) if (isSummary(value)) found.set(value.session, value);
  return found;
}

/** Parsing all lines at once is twice as fast; line by line is the fallback for a damaged file. */
function valuesOf(text: string): readonly unknown[] {
  const whole = text.slice(0, Math.max(0, text.lastIndexOf('\n')));
  try {
    return JSON.parse(`[${whole.replaceAll('\n', ',')}]`) as unknown[];
  } catch {
    return whole.split('\n').map(parse);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isSummary(value: unknown): value is SessionSummary {
  if (typeof value !== 'object' || value === null) return false;
  const { session, openedAt, subject, target, client, commands, denied, state } =
    value as Partial<SessionSummary>;
  return (
    typeof session === 'string' &&
    typeof openedAt === 'string' &&
    (subject === null || typeof subject === 'string') &&
    typeof target === 'string' &&
    typeof client === 'string' &&
    typeof commands === 'number' &&
    typeof denied === 'number' &&
    typeof state === 'string'
  );
}

export interface ListedSession extends SessionSummary {
  readonly file: string;
}

/**
 * The sessions of one folder, in no order. Ended sessions whose records had to be read are added to the index, if it is
 * writable.
 */
export async function sessionsIn(folder: string): Promise<ListedSession[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  if (names.length === 0) return [];
  const index = readIndex(folder);
  const listed: ListedSession[] = [];
  const read: SessionSummary[] = [];
  for (const name of names) {
    const session = name.slice(0, -'.jsonl'.length);
    const file = `${folder}/${name}`;
    const known = index.get(session);
    if (known !== undefined) {
      // The value was read for this list only and need not be copied.
      listed.push(Object.assign(known, { file }));
      continue;
    }
    const summary = await summarize(file);
    if (summary === null) continue;
    listed.push({ ...summary, file });
    if (hasEnded(summary) && summary.session === session) read.push(summary);
  }
  if (read.length > 0) addToIndex(folder, read);
  return listed;
}

function hasEnded({ state }: SessionSummary): boolean {
  return !['running', 'torn', 'broken'].includes(state);
}

/** Null if the file does not begin like a session's record. */
export async function summarize(file: string): Promise<SessionSummary | null> {
  let summary: SessionSummary | null = null;
  for await (const step of readRecording(file)) {
    if (step.kind !== 'event') {
      if (summary !== null) summary = { ...summary, state: step.kind };
      break;
    }
    summary = summary === null ? begin(step.event) : advance(summary, step.event);
    if (summary === null) break;
  }
  return summary;
}

function begin(event: AuditEvent): SessionSummary | null {
  if (event.kind !== 'opened' && event.kind !== 'refused') return null;
  const { session, at: openedAt, client } = event;
  const base = {
    session,
    openedAt,
    client: client.application,
    commands: 0,
    denied: 0,
    state: 'running',
  };
  return event.kind === 'opened'
    ? { ...base, subject: event.identity.subject, target: event.target.name }
    : { ...base, subject: null, target: event.requested.target };
}

function advance(summary: SessionSummary, event: AuditEvent): SessionSummary {
  if (event.kind === 'closed') return { ...summary, state: event.reason };
  if (event.kind !== 'command') return summary;
  const denied = summary.denied + (event.forwarded ? 0 : 1);
  return { ...summary, commands: summary.commands + 1, denied };
}
