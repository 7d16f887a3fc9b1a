/** Reading a session's record: event by event, with its chain checked on the way. */
import { createReadStream } from 'node:fs';
import type { AuditEvent } from './event.js';
import { FIRST_PREV, hashLine } from './log.js';

/** Above this a line is no event of ours: commands are bounded far below it. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const KINDS = new Set(['opened', 'refused', 'command', 'result', 'closed']);

/** One step through a file. `broken` ends it; `torn` is a last line without its end. */
export type ReadStep =
  | { readonly kind: 'event'; readonly line: number; readonly event: AuditEvent }
  | { readonly kind: 'broken'; readonly line: number; readonly problem: string }
  | { readonly kind: 'torn'; readonly line: number };

export async function* readRecording(path: string): AsyncGenerator<ReadStep> {
  let line = 0;
  let prev = FIRST_PREV;
  for await (const { bytes, whole } of linesOf(path)) {
    line++;
    if (!whole) {
      yield bytes.length > LINE_BYTES_MAX
        ? { kind: 'broken', line, problem: `the line is longer than ${LINE_BYTES_MAX} bytes` }
        : { kind: 'torn', line };
      return;
    }
    const event = parseEvent(bytes);
    const problem = event === null ? 'the line is no event' : checkLink(event, line, prev);
    if (event === null || problem !== null) {
      yield { kind: 'broken', line, problem: problem ?? 'the line is no event' };
      return;
    }
    prev = hashLine(bytes);
    yield { kind: 'event', line, event };
  }
}

function checkLink(event: AuditEvent, line: number, prev: string): string | null {
  if (event.seq !== line - 1) return `event ${event.seq} stands where event ${line - 1} should`;
  return event.prev === prev
    ? null
    : 'the hash of the line before does not match: it, or the order, was changed';
}

function parseEvent(bytes: Buffer): AuditEvent | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const event = JSON.parse(text) as Partial<AuditEvent> | null;
    if (event === null || typeof event !== 'object') return null;
    const { seq, at, prev, kind } = event;
    const known = typeof kind === 'string' && KINDS.has(kind);
    return known && typeof seq === 'number' && typeof at === 'string' && typeof prev === 'string'
      ? (event as AuditEvent)
      : null;
  } catch {
    return null;
  }
}

async function* linesOf(path: string): AsyncGenerator<{ bytes: Buffer; whole: boolean }> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield { bytes: Buffer.concat([...rest, chunk.subarray(start, end)]), whole: true };
      rest = [];
      length = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    rest.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LINE_BYTES_MAX) break;
  }
  if (length > 0) yield { bytes: Buffer.concat(rest), whole: false };
}

export interface Verification {
  readonly events: number;
  readonly session: string | null;
  /** The session ended, and said so. */
  readonly closed: boolean;
  /** A last line without its end was left out. */
  readonly torn: boolean;
  /** Null where the chain holds. */
  readonly broken: { readonly line: number; readonly problem: string } | null;
}

export async function verifyRecording(path: string): Promise<Verification> {
  let events = 0;
  let session: string | null = null;
  let closed = false;
  for await (const step of readRecording(path)) {
    if (step.kind === 'torn') return { events, session, closed, torn: true, broken: null };
    if (step.kind === 'broken')
      return { events, session, closed, torn: false, broken: { line: step.line, problem: step.problem } };
    events++;
    const { event } = step;
    if (closed)
      return {
        events,
        session,
        closed,
        torn: false,
        broken: { line: step.line, problem: 'an event follows the end of the session' },
      };
    if (event.kind === 'opened' || event.kind === 'refused') session = event.session;
    if (event.kind === 'closed') closed = true;
  }
  return { events, session, closed, torn: false, broken: null };
}
