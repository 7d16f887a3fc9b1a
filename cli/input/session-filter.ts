/** Filters recorded sessions. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording } from '../../src/audit/recording.js';
import { sessionsIn, summarize, type ListedSession } from '../../src/audit/session-index.js';
import { causeOf } from '../../src/errors.js';
import { UsageError } from '../output/outcome.js';

/** Which sessions a list has; all that are given must hold. */
export interface SessionFilter {
  readonly since?: string;
  readonly identity?: string;
  readonly target?: string;
  readonly denied?: boolean;
  readonly text?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** By opening time. Folders of days outside the range are not read. */
export async function findSessions(folder: string, options: SessionFilter): Promise<ListedSession[]> {
  const since = options.since === undefined ? null : momentOf(options.since, new Date());
  const wanted = wantedBy(options, since);
  const found: ListedSession[] = [];
  for (const place of placesIn(folder, since)) {
    for (const session of await sessionsOf(place)) if (wanted(session)) found.push(session);
  }
  found.sort((one, other) => (one.openedAt < other.openedAt ? -1 : one.openedAt > other.openedAt ? 1 : 0));
  return options.text === undefined ? found : withText(found, options.text);
}

function placesIn(folder: string, since: string | null): string[] {
  if (!existsSync(folder)) return [];
  const entries = statSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];
  const days = entries.filter((entry) => entry.isDirectory() && DAY.test(entry.name)).map(({ name }) => name);
  const asked = days.filter((day) => since === null || day >= since.slice(0, 10)).sort();
  // Recordings that were copied out of their day are listed as well.
  return [folder, ...asked.map((day) => join(folder, day))];
}

async function sessionsOf(place: string): Promise<ListedSession[]> {
  try {
    if (statSync(place).isDirectory()) return await sessionsIn(place);
    const summary = await summarize(place);
    return summary === null ? [] : [{ ...summary, file: place }];
  } catch (error) {
    throw new UsageError(`\`${place}\` cannot be read: ${causeOf(error)}`);
  }
}

function wantedBy(
  { identity, target, denied }: SessionFilter,
  since: string | null,
): (session: ListedSession) => boolean {
  const who = identity === undefined ? null : patternOf(identity);
  const where = target === undefined ? null : patternOf(target);
  return (session) =>
    (since === null || session.openedAt >= since) &&
    (who === null || (session.subject !== null && who.test(session.subject))) &&
    (where === null || where.test(session.target)) &&
    (denied !== true || session.denied > 0);
}

/** `*` matches any text; everything else matches itself. */
function patternOf(text: string): RegExp {
  const parts = text.split(/\*+/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `2h` ago, or a date or moment of RFC 3339. Throws UsageError. */
function momentOf(text: string, now: Date): string {
  const [, number, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (number !== undefined) {
    const at = now.getTime() - Number(number) * UNITS[unit]! * 1000;
    return new Date(Math.max(0, at)).toISOString();
  }
  const written =
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const at = written ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      `\`--since ${text}\` is not a point in time`,
      'write `30m`, `12h`, `7d`, or a date like `2026-12-01` or `2026-12-01T08:00:00Z`',
    );
  return new Date(at).toISOString();
}

/** Those in which a command's text has it, whatever its case. Their records are read. */
async function withText(sessions: readonly ListedSession[], text: string): Promise<ListedSession[]> {
  const wanted = text.toLowerCase();
  const found: ListedSession[] = [];
  for (const session of sessions) if (await hasText(session.file, wanted)) found.push(session);
  return found;
}

async function hasText(file: string, wanted: string): Promise<boolean> {
  for await (const step of readRecording(file)) {
    if (step.kind !== 'event') return false;
    if (step.event.kind === 'command' && step.event.text.toLowerCase().includes(wanted)) return true;
  }
  return false;
}
