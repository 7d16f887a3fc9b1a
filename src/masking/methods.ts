/** Applies mask methods to values. */
import { createHmac } from 'node:crypto';
import type { MaskMethod } from '../engine/decision.js';
import { never } from '../errors.js';
import { detect, type DetectorName } from './detectors.js';
import { merge, type Finding } from './detectors/finding.js';
import type { FieldMask } from './field-mask.js';
import { strictest } from './strictness.js';

/** The gateway's own secret for `hash`: the same key gives the same hashes. At least 32 bytes. */
export type MaskKey = Uint8Array;

export const REDACTED = '[redacted]';

/** The longest value that detectors search, in UTF-16 units. */
export const searchedCharactersMax = 1_048_576;

/**
 * Thrown when a value is too long to search and no other mask covers it: whether a detector would match is not known,
 * and nothing is masked on suspicion. Nothing more of the result may be shown.
 */
export class Unsearched extends Error {
  /** The rule of the mask. */
  readonly rule: string;

  constructor(
    { rules }: FieldMask,
    readonly reason: string,
  ) {
    super(reason);
    this.name = 'Unsearched';
    this.rule = rules[0] ?? 'gateway.unplanned';
  }
}

/**
 * The text that the client sees in place of `text`; null is SQL's NULL. The same text if nothing is masked. A field
 * that has both a method and detectors gets one method for the whole value: the strictest of its own and of those whose
 * detector found something.
 */
export function maskText(mask: FieldMask, text: string, key: MaskKey): string | null {
  const { method, detectors } = mask;
  if (detectors.length > 0 && text.length > searchedCharactersMax) return maskUnsearched(mask, text, key);
  if (method === null) return maskMatches(matchesIn(detectors, text), text, key);
  return applyMethod(strictest([method, ...foundMethods(mask, text)]) ?? method, text, key);
}

/** The methods whose detectors match in the text; all of them if the text is too long to search. */
export function foundMethods({ detectors }: FieldMask, text: string): readonly MaskMethod[] {
  const found =
    text.length > searchedCharactersMax
      ? detectors
      : detectors.filter((one) => matchesOf(one, text).length > 0);
  return found.map(({ method }) => method);
}

/** How many matches its detectors find; the possible maximum if the text is too long to search. */
export function countFound({ detectors }: FieldMask, text: string): number {
  if (text.length > searchedCharactersMax) return Infinity;
  return detectors.reduce((sum, detector) => sum + matchesOf(detector, text).length, 0);
}

interface Match extends Finding {
  readonly method: MaskMethod;
}

function matchesIn(detectors: FieldMask['detectors'], text: string): readonly Match[] {
  return detectors.flatMap((detector) => matchesOf(detector, text));
}

function matchesOf(detector: { name: DetectorName; method: MaskMethod }, text: string): readonly Match[] {
  // The plan refuses a detector that does not exist; here it would match everything.
  const findings = detect(detector.name, text) ?? [{ start: 0, end: text.length }];
  return findings.map((finding) => ({ ...finding, method: detector.method }));
}

/** The value is too long to search but must be masked: nothing of it is shown, whatever the method would keep. */
function maskUnsearched(mask: FieldMask, text: string, key: MaskKey): string | null {
  if (mask.method === null)
    throw new Unsearched(mask, `a value of more than ${searchedCharactersMax} characters cannot be searched`);
  const methods = [...mask.detectors.map((detector) => detector.method), { kind: 'redact' as const }];
  return applyMethod(strictest([mask.method, ...methods])!, text, key);
}

/** Replaces each match of a detector. A part cannot be NULL: there the whole value becomes NULL. */
function maskMatches(matches: readonly Match[], text: string, key: MaskKey): string | null {
  if (matches.length === 0) return text;
  const parts: string[] = [];
  let shown = 0;
  for (const { start, end, members } of merge(matches)) {
    const strict = strictest(members.map((match) => match.method))!;
    const replacement = applyMethod(strict, text.slice(start, end), key);
    if (replacement === null) return null;
    parts.push(text.slice(shown, start), replacement);
    shown = end;
  }
  return parts.join('') + text.slice(shown);
}

export function applyMethod(method: MaskMethod, text: string, key: MaskKey): string | null {
  switch (method.kind) {
    case 'null':
      return null;
    case 'redact':
      return REDACTED;
    case 'replace':
      return method.text;
    case 'hash':
      return `h:${createHmac('sha256', key).update(text, 'utf8').digest('hex').slice(0, 32)}`;
    case 'email':
      return maskEmail(text);
    case 'partial':
      return maskPartially(text, method.keepLast);
    default:
      return never(method);
  }
}

/** Shows the domain and nothing of the local part. A value that is not exactly one address shows nothing. */
function maskEmail(text: string): string {
  const findings = detect('email', text) ?? [];
  const [only] = findings;
  if (findings.length !== 1 || only?.start !== 0 || only.end !== text.length) return REDACTED;
  return `***${text.slice(text.lastIndexOf('@'))}`;
}

/**
 * Shows the last `keepLast` characters of a value at least twice as long, and nothing of a shorter one: never more than
 * half. A character is a code point, so a surrogate pair is never split.
 */
function maskPartially(text: string, keepLast: number): string {
  const characters = Array.from(text);
  const shown = keepLast > 0 && characters.length >= 2 * keepLast ? keepLast : 0;
  const hidden = characters.length - shown;
  return '*'.repeat(hidden) + characters.slice(hidden).join('');
}

/**
 * `text`, `varchar`, `bpchar`, `name` and `unknown`, with the OIDs of pg_type.dat: their text and binary formats are
 * the same characters, and any text is a valid value.
 */
const textTypes: ReadonlySet<number> = new Set([25, 1043, 1042, 19, 705]);

/** Whether masked text is a valid value of the type, in text and in binary format. Other types become NULL. */
export function masksAsText(typeOid: number): boolean {
  return textTypes.has(typeOid);
}
