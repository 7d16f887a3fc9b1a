/** Quotes and escapes: what remains of them once a shell has removed them. */
import { peek, refuse, take, type Reader } from './reader.js';

/** `'…'`, the first quote behind us. */
export function readSingleQuoted(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at);
  if (end < 0) refuse('a quote is not closed');
  const text = reader.text.slice(reader.at, end);
  reader.at = end + 1;
  return text;
}

const letters: Readonly<Record<string, string>> = {
  a: '\u0007', b: '\b', e: '\u001b', E: '\u001b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
  '\\': '\\', "'": "'", '"': '"', '?': '?',
}; // prettier-ignore

/** `$'…'` (POSIX.1-2024, XCU 2.2.4; Bash's manual, "ANSI-C Quoting"), `$'` behind us. */
export function readAnsiQuoted(reader: Reader): string {
  const parts: string[] = [];
  for (;;) {
    const c = peek(reader);
    if (c === '') refuse('a quote is not closed');
    reader.at++;
    if (c === "'") return parts.join('');
    parts.push(c === '\\' ? readAnsiEscape(reader) : c);
  }
}

function readAnsiEscape(reader: Reader): string {
  const c = peek(reader);
  const letter = Object.hasOwn(letters, c) ? letters[c] : undefined;
  if (letter !== undefined) {
    reader.at++;
    return letter;
  }
  const octal = number(reader, /[0-7]{1,3}/y, 8);
  if (octal !== null) return character(octal & 0xff, true);
  reader.at++;
  if (c === 'x') return character(number(reader, /[0-9a-fA-F]{1,2}/y, 16), true);
  if (c === 'u') return character(number(reader, /[0-9a-fA-F]{1,4}/y, 16), false);
  if (c === 'U') return character(number(reader, /[0-9a-fA-F]{1,8}/y, 16), false);
  return refuse(`shells read \`\\${c}\` differently`);
}

function number(reader: Reader, pattern: RegExp, base: number): number | null {
  pattern.lastIndex = reader.at;
  const digits = pattern.exec(reader.text)?.[0];
  if (digits === undefined) return null;
  reader.at += digits.length;
  return parseInt(digits, base);
}

/** Bytes above ASCII may be parts of a character, and what a NUL ends differs from shell to shell. */
function character(code: number | null, byte: boolean): string {
  if (code === null || code === 0) refuse('shells read this escape differently');
  if (byte && code > 0x7f) refuse('a byte outside of ASCII is written as a number');
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) refuse('an escape is no character');
  return String.fromCodePoint(code);
}

/** Backslash inside double quotes: `\$ \` \" \\` and joined lines; before anything else it stands for itself. */
export function readEscapeInDouble(reader: Reader, escapable: string): string {
  reader.at++;
  if (take(reader, '\n')) return '';
  const c = peek(reader);
  if (c === '') refuse('a quote is not closed');
  if (!escapable.includes(c)) return '\\';
  reader.at++;
  return c;
}
