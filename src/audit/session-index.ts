/**
 * What a list of sessions shows, kept beside the records of each day so that a list need not read them. It is written when a
 * session ends, and is no evidence: a record that it does not have is read, and what it has of a file that is gone counts for
 * nothing.
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
  /** Null for a connection that was not let in. */
  readonly subject: string | null;
  readonly target: string;
  readonly client: string;
  readonly commands: number;
  readonly denied: number;
  /** How it ended; `running` if it has not, `broken` and `torn` if the file cannot be read to its end. */
  readonly state: string;
}

/** Never throws: without its line the record itself is read. One write of a short line: processes do not mix theirs. */
export function addToIndex(folder: string, summaries: readonly SessionSummary[]): void {
  try {
    const lines = summaries.map((summary) => `${JSON.stringify(summary)}\n`).join('');
    appendFileSync(join(folder, INDEX_FILE), lines, { mode: 0o600 });
  } catch {
    // The folder may be full, or not ours to write to.
  }
}

/** By session. Lines that were cut off or are no summary are left out. */
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

/** All lines at once is twice as fast as one by one, which is left for a file that was damaged. */
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

/** Those of one folder, in no order. What had to be read and has ended is put into the index, if that can be written. */
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
      // It was read for this list alone, and is not copied.
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

/** Null if the file does not begin as the record of a session does. */
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
