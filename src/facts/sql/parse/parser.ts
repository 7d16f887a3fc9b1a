/**
 * SQL text to parse tree, by PostgreSQL 18's own grammar, with the guards it needs.
 *
 * - It stops silently at a NUL character: such a text is refused before.
 * - A deep tree exhausts the stack of the process, so that depth is bounded before it is built.
 * - After any failure that is not a syntax error the instance is thrown away: its memory may be in any state.
 * - It assumes `standard_conforming_strings = on`, which the gateway refuses to have off.
 */
import type { ParseResult } from 'libpg-query';
import { tooMuchToRead } from './budget.js';
import { measure } from './nesting.js';
import { TreeTooLarge, createParserInstance } from './wasm.js';
import type { ParserInstance, RawParse } from './wasm.js';

export type ParsedSql =
  | { readonly kind: 'parsed'; readonly tree: ParseResult }
  /** `offset` counts UTF-16 units of the text, from 0. */
  | { readonly kind: 'syntax-error'; readonly message: string; readonly offset: number }
  /** Not tried, or the parser broke: nothing is known of the text. `excess`: it would be too much work. */
  | { readonly kind: 'refused'; readonly reason: string; readonly excess?: true };

export interface ParserLimits {
  /** UTF-8 bytes of one text. */
  readonly bytesMax: number;
  /** As `estimateNesting` counts. A default stack holds several times this. */
  readonly nestingMax: number;
}

export const defaultParserLimits: ParserLimits = { bytesMax: 1024 * 1024, nestingMax: 1000 };

/** An instance that grew beyond this is replaced after use. */
const instanceBytesMax = 192 * 1024 * 1024;
let current: ParserInstance | null = null;

/** Reads and compiles the parser ahead of the first text. Never needed for correctness: the first parse does it too. */
export function loadSqlParser(): Promise<void> {
  current ??= createParserInstance();
  return Promise.resolve();
}

export function parseSql(text: string, limits: ParserLimits = defaultParserLimits): ParsedSql {
  const raw = run(text, limits, (parser) => parser.parse(text));
  if (raw.kind === 'tree') return { kind: 'parsed', tree: JSON.parse(raw.json) as ParseResult };
  return raw.kind === 'error'
    ? { kind: 'syntax-error', message: raw.message, offset: characterOffset(text, raw.offset) }
    : raw;
}

/** The tree of a function or a DO block in PL/pgSQL, by PostgreSQL's own parser of that language; null if there is none. */
export function parsePlpgsql(text: string, limits: ParserLimits = defaultParserLimits): unknown {
  const raw = run(text, limits, (parser) => parser.parsePlpgsql(text));
  return raw.kind === 'tree' ? (JSON.parse(raw.json) as unknown) : null;
}

type Refused = Extract<ParsedSql, { readonly kind: 'refused' }>;

function run(
  text: string,
  limits: ParserLimits,
  parse: (parser: ParserInstance) => RawParse,
): RawParse | Refused {
  const refusal = reasonToRefuse(text, limits);
  if (refusal !== null) return { kind: 'refused', reason: refusal };
  const excess = excessOf(text, limits);
  if (excess !== null) return { kind: 'refused', reason: excess, excess: true };
  try {
    current ??= createParserInstance();
    const raw = parse(current);
    if (current.bytes() > instanceBytesMax) current = null;
    return raw;
  } catch (error) {
    current = null;
    if (error instanceof TreeTooLarge) return { kind: 'refused', reason: error.message, excess: true };
    if (error instanceof RangeError)
      return { kind: 'refused', reason: 'the text nests too deep', excess: true };
    return { kind: 'refused', reason: 'the parser failed on this text' };
  }
}

function reasonToRefuse(text: string, limits: ParserLimits): string | null {
  if (text.length > limits.bytesMax || Buffer.byteLength(text, 'utf8') > limits.bytesMax) {
    return `the text is longer than ${limits.bytesMax} bytes`;
  }
  if (text.includes('\0')) return 'the text contains a NUL character';
  return /\p{Surrogate}/u.test(text) ? 'the text is not valid Unicode' : null;
}

function excessOf(text: string, { nestingMax }: ParserLimits): string | null {
  const shape = measure(text);
  return shape.nesting > nestingMax ? 'the text nests too deep' : tooMuchToRead(shape);
}

/** The C code counts characters (code points) in error positions, JavaScript counts UTF-16 units. */
function characterOffset(text: string, characters: number): number {
  let offset = 0;
  for (let left = characters; left > 0 && offset < text.length; left--) {
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

/** The text of a statement by its location in the tree, which counts bytes of UTF-8. No length: to the end. */
export function sliceBytes(bytes: Buffer, start: number, length: number | undefined): string {
  return bytes
    .toString('utf8', start, length === undefined || length === 0 ? undefined : start + length)
    .trim();
}
