/** Reading the text of a script character by character: places, blanks, comments and here-documents. */
import { ShellRefusal, type Redirect } from './syntax.js';

export interface Reader {
  readonly text: string;
  at: number;
  /** How deep the construct that is being read stands in others. */
  depth: number;
  /** Here-documents whose bodies begin after the next line break. */
  readonly pending: PendingDocument[];
  /** The bodies of here-documents in this text, once they are read. */
  readonly bodies: { readonly start: number; readonly end: number }[];
}

export interface PendingDocument {
  readonly redirect: Redirect;
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly tabs: boolean;
}

const depthMax = 100;

export function createReader(text: string): Reader {
  return { text, at: 0, depth: 0, pending: [], bodies: [] };
}

export function refuse(reason: string): never {
  throw new ShellRefusal(reason);
}

/** One level down for as long as `read` runs. */
export function nested<T>(reader: Reader, read: () => T): T {
  if (reader.depth >= depthMax) refuse('the text nests too deep');
  reader.depth++;
  const result = read();
  reader.depth--;
  return result;
}

export const peek = (reader: Reader): string => reader.text[reader.at] ?? '';
export const startsWith = (reader: Reader, text: string): boolean => reader.text.startsWith(text, reader.at);
export const atEnd = (reader: Reader): boolean => reader.at >= reader.text.length;

/** Whether it stood here; then it is behind us. */
export function take(reader: Reader, text: string): boolean {
  if (!startsWith(reader, text)) return false;
  reader.at += text.length;
  return true;
}

/** Consumes and returns what a sticky pattern matches here; null if it does not match. */
export function match(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found === undefined) return null;
  reader.at += found.length;
  return found;
}

export function expect(reader: Reader, text: string): void {
  if (!take(reader, text)) refuse(`\`${text}\` is missing`);
}

/** Spaces, tabs, joined lines, and a comment up to its line break. */
export function skipBlanks(reader: Reader): void {
  for (;;) {
    const c = peek(reader);
    if (c === ' ' || c === '\t') reader.at++;
    else if (startsWith(reader, '\\\n')) reader.at += 2;
    else break;
  }
  if (peek(reader) !== '#') return;
  const end = reader.text.indexOf('\n', reader.at);
  reader.at = end < 0 ? reader.text.length : end;
}

/** XCU 2.3: what ends a word that is not quoted. */
export function isDelimiter(c: string): boolean {
  return c === '' || ' \t\n;&|<>()'.includes(c);
}
