/** Reads a session's record event by event and verifies its chain. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { AuditEvent, RefusalsPart } from './event.js';
import { ReadDecisions } from './known-decisions.js';
import { FIRST_PREV, LINE_BYTES_MAX, readLine } from './line.js';

/** One step through a file. `broken` ends it; `torn` is an incomplete last line. */
export type ReadStep =
  | {
      readonly kind: 'event';
      readonly line: number;
      readonly event: AuditEvent;
      /** The `prev` of the next event. */
      readonly link: string;
      /** Bytes of the file up to the end of this line. */
      readonly end: number;
    }
  | { readonly kind: 'broken'; readonly line: number; readonly problem: string }
  | { readonly kind: 'torn'; readonly line: number };

/** Holds one line in memory at a time. Throws if the file cannot be read at all. */
export async function* readRecording(path: string): AsyncGenerator<ReadStep> {
  let line = 0;
  let length = 0;
  let prev = FIRST_PREV;
  let order: Order = 'start';
  const decisions = new ReadDecisions();
  for await (const { bytes, end } of linesOf(path)) {
    line++;
    if (end === 'missing') yield { kind: 'torn', line };
    if (end === 'too-far')
      yield { kind: 'broken', line, problem: `the line is longer than ${LINE_BYTES_MAX} bytes` };
    if (end !== 'here') return;
    const read = readLine(bytes, line - 1, prev, decisions);
    const next: Order | null = read.kind === 'event' ? follow(order, read.event) : null;
    if (read.kind === 'broken' || next === null) {
      const problem = read.kind === 'broken' ? read.problem : misplaced(order);
      yield { kind: 'broken', line, problem };
      return;
    }
    prev = read.link;
    order = next;
    length += bytes.length + 1;
    yield { kind: 'event', line, event: read.event, link: prev, end: length };
  }
}

/** `opened` comes first and once, or one or more `refused` and nothing else; `closed` comes last. */
type Order = 'start' | 'open' | 'refused' | 'closed';

function follow(order: Order, { kind }: AuditEvent): Order | null {
  switch (order) {
    case 'start':
      return kind === 'opened' ? 'open' : kind === 'refused' ? 'refused' : null;
    case 'open':
      if (kind === 'closed') return 'closed';
      return kind === 'opened' || kind === 'refused' ? null : 'open';
    case 'refused':
      return kind === 'closed' || kind === 'refused' ? kind : null;
    case 'closed':
      return null;
  }
}

function misplaced(order: Order): string {
  if (order === 'start') return 'the file does not begin with the opening of a session';
  return order === 'closed' ? 'an event follows the end of the session' : 'the event cannot come here';
}

interface RawLine {
  readonly bytes: Buffer;
  /** Whether the line break was found, is missing, or lies beyond the longest line. */
  readonly end: 'here' | 'missing' | 'too-far';
}

/** Smaller files are read whole: most records are small, and a stream takes ten times as long. */
const WHOLE_BYTES_MAX = 256 * 1024;

function chunksOf(path: string): Iterable<Buffer> | AsyncIterable<Buffer> {
  if (statSync(path).size <= WHOLE_BYTES_MAX) return [readFileSync(path)];
  return createReadStream(path) as AsyncIterable<Buffer>;
}

async function* linesOf(path: string): AsyncGenerator<RawLine> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      yield { bytes: Buffer.concat([...rest, chunk.subarray(start, end)]), end: 'here' };
      rest = [];
      length = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    rest.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LINE_BYTES_MAX) {
      yield { bytes: Buffer.alloc(0), end: 'too-far' };
      return;
    }
  }
  if (length > 0) yield { bytes: Buffer.concat(rest), end: 'missing' };
}

export interface Verification {
  /** How many events from the first form an intact chain. */
  readonly events: number;
  readonly session: string | null;
  /** The record has its closing event. Without it, the number of missing events is not known. */
  readonly closed: boolean;
  /** An incomplete last line was ignored: the machine stopped while writing it. */
  readonly torn: boolean;
  /** For a file of refused logins: its position, and the hash that the next file must name. */
  readonly part: RefusalsPart | null;
  readonly link: string;
  /** Null if the chain is intact. */
  readonly broken: { readonly line: number; readonly problem: string } | null;
}

export async function verifyRecording(path: string): Promise<Verification> {
  let found: Verification = {
    events: 0,
    session: null,
    closed: false,
    torn: false,
    part: null,
    link: FIRST_PREV,
    broken: null,
  };
  for await (const step of readRecording(path)) {
    if (step.kind === 'torn') return { ...found, torn: true };
    if (step.kind === 'broken') return { ...found, broken: { line: step.line, problem: step.problem } };
    const { event, link } = step;
    const session = event.kind === 'opened' || event.kind === 'refused' ? event.session : found.session;
    const part = event.kind === 'refused' && event.part !== undefined ? event.part : found.part;
    const closed = event.kind === 'closed';
    found = { ...found, events: found.events + 1, session, part, link, closed };
  }
  // The first event is written right after the file is created; an empty file means that the process stopped in between.
  return found.events > 0 ? found : { ...found, torn: true };
}
