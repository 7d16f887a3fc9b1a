/** An event as a line of the file, and back: the only code that knows the positions of the hashes. */
import { hash } from 'node:crypto';
import type { AuditEvent, CommandDecided, CommandResult, EventBody } from './event.js';
import type { ReadDecisions, WrittenDecisions } from './known-decisions.js';
import { isEvent } from './shape.js';
import { upgraded } from './version-1.js';

export const FIRST_PREV = '0'.repeat(64);
/** The longest line: longer ones are neither written nor read. */
export const LINE_BYTES_MAX = 64 * 1024 * 1024;

const SEAL = /,"hash":"([0-9a-f]{64})"\}$/;
const SEAL_KEY = ',"hash":"';
/** The size of `,"hash":"…"}`. */
const SEAL_BYTES = 75;
/** A placeholder at the end of a line until its hash is known. */
const NO_SEAL = `${SEAL_KEY}${FIRST_PREV}"}\n`;

export interface Line {
  /** Including the line break. */
  readonly bytes: Buffer;
  /** The `prev` of the next event. */
  readonly link: string;
}

export function writeLine(
  seq: number,
  at: Date,
  prev: string,
  body: EventBody,
  decisions: WrittenDecisions,
): Line {
  const head = `{"seq":${seq},"at":"${timeText(at)}","prev":"${prev}",`;
  const bytes = Buffer.from(`${head}${membersOf(body, decisions)}${NO_SEAL}`);
  const unsealed = bytes.length - SEAL_BYTES - 1;
  const link = sha256(bytes.subarray(0, unsealed));
  bytes.write(link, unsealed + SEAL_KEY.length, 'latin1');
  return { bytes, link };
}

/** The second in which the last line was written, in milliseconds, and the prefix of all times within it. */
let second = Number.NaN;
let secondText = '';

/** RFC 3339, like `toISOString`, which costs as much as the hash of the line. */
function timeText(at: Date): string {
  const time = at.getTime();
  const milliseconds = time % 1000;
  if (!(milliseconds >= 0)) return at.toISOString();
  if (time - milliseconds !== second) {
    second = time - milliseconds;
    secondText = at.toISOString().slice(0, -'000Z'.length);
  }
  return `${secondText}${String(milliseconds).padStart(3, '0')}Z`;
}

/**
 * An event as JSON without the braces. The members of the two commonest kinds are written one by one, which is several
 * times as fast.
 */
function membersOf(event: EventBody, decisions: WrittenDecisions): string {
  switch (event.kind) {
    case 'command':
      return commandMembers(event, decisions);
    case 'result':
      return resultMembers(event);
    case 'opened':
    case 'refused':
    case 'frame':
    case 'review':
    case 'channel':
    case 'file':
    case 'closed':
      return JSON.stringify(event).slice(1, -1);
  }
}

function commandMembers(
  event: CommandDecided & Unwritten<CommandDecided, WrittenOfCommand>,
  decisions: WrittenDecisions,
): string {
  const { command, phase, text, parameters, context, factsDigest, decision, forwarded } = event;
  const values = optional('parameters', parameters);
  const what = `"phase":"${phase}","text":${JSON.stringify(text)}${values},"context":${jsonOf(context)}`;
  const verdict = `"factsDigest":"${factsDigest}","decision":${decisions.textOf(decision)}`;
  return `"kind":"command","command":${command},${what},${verdict},"forwarded":${forwarded}`;
}

function resultMembers(event: CommandResult & Unwritten<CommandResult, WrittenOfResult>): string {
  const { command, outcome, bytes, milliseconds, code, detail } = event;
  const counted = `"bytes":${bytes},"milliseconds":${milliseconds}`;
  const told = `${optional('code', code)}${optional('detail', detail)}`;
  return `"kind":"result","command":${command},"outcome":"${outcome}",${counted}${told}`;
}

function optional(key: string, value: unknown): string {
  return value === undefined ? '' : `,"${key}":${JSON.stringify(value)}`;
}

const texts = new WeakMap<object, string>();

/** The cached JSON of an object that recurs from line to line and never changes. */
function jsonOf(value: object): string {
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = JSON.stringify(value)));
  return text;
}

/** Compile error if a new member is not written above. */
type Unwritten<E, K extends keyof E> = Record<Exclude<keyof E, K>, never>;
type WrittenOfCommand =
  'kind' | 'command' | 'phase' | 'text' | 'parameters' | 'context' | 'factsDigest' | 'decision' | 'forwarded';
type WrittenOfResult = 'kind' | 'command' | 'outcome' | 'bytes' | 'milliseconds' | 'code' | 'detail';

function sha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex');
}

export type ReadLine =
  | { readonly kind: 'event'; readonly event: AuditEvent; readonly link: string }
  | { readonly kind: 'broken'; readonly problem: string };

/** Reads a line without its line break; `prev` and `seq` are the expected values. */
export function readLine(bytes: Buffer, seq: number, prev: string, decisions: ReadDecisions): ReadLine {
  const seal = SEAL.exec(bytes.subarray(-SEAL_BYTES).toString('latin1'));
  if (seal === null) return broken('the line is not an event');
  const link = sha256(bytes.subarray(0, -SEAL_BYTES));
  if (link !== seal[1]) return broken('the hash of the line does not match: the line was changed');
  const event = parse(bytes.subarray(0, -SEAL_BYTES), decisions);
  if (event === null) return broken('the line is not an event');
  if (event.seq !== seq) return broken(`event ${event.seq} is in the place of event ${seq}`);
  if (event.prev !== prev)
    return broken(
      'the hash of the previous line does not match: that line, or the order of lines, was changed',
    );
  return { kind: 'event', event, link };
}

function parse(unsealed: Buffer, decisions: ReadDecisions): AuditEvent | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unsealed);
    const event: unknown = JSON.parse(`${text}}`);
    if (isCommand(event)) return resolved(event, decisions);
    const current = upgraded(event);
    return isEvent(current) ? current : null;
  } catch {
    return null;
  }
}

function isCommand(event: unknown): event is { readonly decision?: unknown } {
  return typeof event === 'object' && (event as { readonly kind?: unknown } | null)?.kind === 'command';
}

function resolved(event: { readonly decision?: unknown }, decisions: ReadDecisions): AuditEvent | null {
  const decision = decisions.resolve(event.decision);
  const whole: unknown = { ...event, decision };
  if (!isEvent(whole)) return null;
  if (whole.kind === 'command' && decision === event.decision) decisions.read(whole.command, whole.decision);
  return whole;
}

function broken(problem: string): ReadLine {
  return { kind: 'broken', problem };
}
