/** Words and what expands in them (XCU 2.2 "Quoting", 2.6 "Word Expansions"). */
import { readAnsiQuoted, readEscapeInDouble, readSingleQuoted } from './quoted.js';
import {
  atEnd,
  expect,
  isDelimiter,
  match,
  nested,
  peek,
  refuse,
  startsWith,
  take,
  type Reader,
} from './reader.js';
import type { Part, Script, Word } from './syntax.js';

/** How the commands of a substitution are read, up to its `)`, which stays. */
export interface WordContext {
  readonly readScript: (reader: Reader) => Script;
}

/** Null if no word starts here. */
export function readWord(reader: Reader, context: WordContext): Word | null {
  const start = reader.at;
  const parts: Part[] = [];
  for (;;) {
    const c = peek(reader);
    if ((c === '<' || c === '>') && reader.text[reader.at + 1] === '(')
      parts.push(readProcess(reader, context));
    else if (isDelimiter(c)) break;
    else readUnquoted(reader, context, parts, start);
  }
  if (reader.at === start) return null;
  return { start, end: reader.at, parts: bracesAndBrackets(parts, reader.text.slice(start, reader.at)) };
}

function readProcess(reader: Reader, context: WordContext): Part {
  reader.at += 2;
  const script = nested(reader, () => context.readScript(reader));
  expect(reader, ')');
  return { kind: 'process', script };
}

function readUnquoted(reader: Reader, context: WordContext, parts: Part[], start: number): void {
  const c = peek(reader);
  switch (c) {
    case '\\':
      if (take(reader, '\\\n')) return;
      reader.at++;
      if (atEnd(reader)) refuse('the text ends with a backslash');
      parts.push({ kind: 'text', text: readCharacter(reader), quoted: true });
      return;
    case "'":
      reader.at++;
      parts.push({ kind: 'text', text: readSingleQuoted(reader), quoted: true });
      return;
    case '"':
      reader.at++;
      parts.push(...readDoubleQuoted(reader, context));
      return;
    case '$':
      parts.push(...readDollar(reader, context, false));
      return;
    case '`':
      parts.push(readBackquote(reader, false));
      return;
    case '*':
    case '?':
      reader.at++;
      parts.push({ kind: 'pattern', sign: c });
      return;
    case '~':
      reader.at++;
      parts.push(
        expandsTilde(reader, start)
          ? { kind: 'pattern', sign: '~' }
          : { kind: 'text', text: '~', quoted: false },
      );
      return;
    default:
      parts.push({ kind: 'text', text: readPlain(reader), quoted: false });
  }
}

/** At the start of a word, and after `=` and `:`, because assignments expand it there. */
function expandsTilde(reader: Reader, start: number): boolean {
  const before = reader.text[reader.at - 2] ?? '';
  return reader.at - 1 === start || before === '=' || before === ':';
}

/** Characters without meaning to any shell, or a character by itself. One that some shells treat as a blank is refused. */
function readPlain(reader: Reader): string {
  const plain = match(reader, /[A-Za-z0-9_/@%+:-]+/y);
  if (plain !== null) return plain;
  const c = readCharacter(reader);
  if (/[\p{White_Space}\p{Cc}\p{Cf}\p{Zs}]/u.test(c))
    refuse('a character that shells may take for a blank is not quoted');
  return c;
}

function readCharacter(reader: Reader): string {
  const c = String.fromCodePoint(reader.text.codePointAt(reader.at) ?? 0);
  reader.at += c.length;
  return c;
}

/** `[…]` and `{…,…}` are seen once the word is whole: without their other end they stand for themselves. */
function bracesAndBrackets(parts: readonly Part[], raw: string): Part[] {
  const joined: Part[] = [];
  const separator = lastSeparator(parts);
  const closed = raw.includes(']');
  for (const [index, part] of parts.entries()) {
    const sign = part.kind === 'text' && !part.quoted ? part.text : '';
    const opens = (sign === '[' && closed) || (sign === '{' && index < separator);
    if (opens) joined.push({ kind: 'pattern', sign: sign });
    else append(joined, part);
  }
  return joined;
}

/**
 * The place of the last comma or two dots with a closing brace behind them: only what opens before it can expand. `{}`
 * and braces with neither stand for themselves in every shell.
 */
function lastSeparator(parts: readonly Part[]): number {
  const plain = parts.map((part) => (part.kind === 'text' && !part.quoted ? part.text : ''));
  const close = plain.lastIndexOf('}');
  for (let at = close - 1; at > 0; at--) {
    if (plain[at] === ',' || (plain[at] === '.' && plain[at - 1] === '.')) return at;
  }
  return -1;
}

/** Neighbouring texts of the same kind become one. */
function append(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (part.kind === 'text' && last?.kind === 'text' && last.quoted === part.quoted) {
    parts[parts.length - 1] = { ...last, text: last.text + part.text };
  } else parts.push(part);
}

/** `"…"`, the first quote behind us. An empty one is still a word. */
export function readDoubleQuoted(reader: Reader, context: WordContext): Part[] {
  const parts: Part[] = [{ kind: 'text', text: '', quoted: true }];
  nested(reader, () => {
    while (!take(reader, '"')) readInDouble(reader, context, parts, '$`"\\');
  });
  return parts;
}

/** The body of a here-document up to `end`: double quotes are characters like others there. */
export function readDocument(reader: Reader, context: WordContext, end: number): Part[] {
  const parts: Part[] = [];
  while (reader.at < end) readInDouble(reader, context, parts, '$`\\');
  if (reader.at > end) refuse('an expansion goes beyond its here-document');
  return parts;
}

function readInDouble(reader: Reader, context: WordContext, parts: Part[], escapable: string): void {
  const c = peek(reader);
  if (c === '') refuse('a quote is not closed');
  if (c === '$') {
    for (const part of readDollar(reader, context, true)) append(parts, part);
  } else if (c === '`') parts.push(readBackquote(reader, true));
  else if (c === '\\')
    append(parts, { kind: 'text', text: readEscapeInDouble(reader, escapable), quoted: true });
  else
    append(parts, {
      kind: 'text',
      text: match(reader, /[^$`"\\\n]+/y) ?? readCharacter(reader),
      quoted: true,
    });
}

/** XCU 2.6.3: inside backquotes a backslash before `$`, a backquote or a backslash is removed first; in quotes, before `"`. */
function readBackquote(reader: Reader, quoted: boolean): Part {
  const start = reader.at++;
  const characters: string[] = [];
  for (;;) {
    const c = peek(reader);
    if (c === '') refuse('a backquote is not closed');
    reader.at++;
    if (c === '`') break;
    const next = peek(reader);
    if (c === '\\' && quoted && next === '"') refuse('shells read quotes between backquotes differently');
    if (c === '\\' && next !== '' && '$`\\'.includes(next)) {
      characters.push(next);
      reader.at++;
    } else characters.push(c);
  }
  return { kind: 'backquote', quoted, text: characters.join(''), start, end: reader.at };
}

const parameterName = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]/y;
const shortParameterName = /[A-Za-z_][A-Za-z0-9_]*|[0-9]|[@*#?$!-]/y;

function readDollar(reader: Reader, context: WordContext, quoted: boolean): Part[] {
  reader.at++;
  if (startsWith(reader, '((')) return [readArithmetic(reader, context, quoted)];
  if (take(reader, '(')) {
    const script = nested(reader, () => context.readScript(reader));
    expect(reader, ')');
    return [{ kind: 'command', quoted, script }];
  }
  if (take(reader, '{')) return [nested(reader, () => readBraces(reader, context, quoted))];
  if (startsWith(reader, '[')) refuse('`$[` is arithmetic in some shells only');
  if (startsWith(reader, '\\\n')) refuse('a line ends after `$`');
  if (!quoted && take(reader, "'")) return [{ kind: 'text', text: readAnsiQuoted(reader), quoted: true }];
  if (!quoted && take(reader, '"')) return [{ kind: 'translated', inner: readDoubleQuoted(reader, context) }];
  // Zsh expands `$=x`, `$~x`, `$^x` and `$+x`.
  const name = match(reader, /[=~^+](?=[A-Za-z0-9_{(=~^+])/y) ?? match(reader, shortParameterName);
  if (name === null) return [{ kind: 'text', text: '$', quoted: true }];
  if (startsWith(reader, '\\\n')) refuse('a line ends inside a name');
  if (startsWith(reader, '[')) refuse('`$name[` is a subscript in some shells only');
  return [{ kind: 'parameter', name, operator: '', quoted, inner: [] }];
}

/** `${…}`, after the opening brace. The text after the name is read as written, with everything that expands in it. */
function readBraces(reader: Reader, context: WordContext, quoted: boolean): Part {
  const before = /^[#!](?![}:=?+-])/.test(reader.text.slice(reader.at, reader.at + 2)) ? peek(reader) : '';
  reader.at += before.length;
  const name = match(reader, parameterName) ?? refuse('shells read this expansion differently');
  const start = reader.at;
  const inner: Part[] = [];
  while (!take(reader, '}')) {
    const c = peek(reader);
    if (c === '') refuse('a brace is not closed');
    else if (c === '$') inner.push(...readDollar(reader, context, quoted));
    else if (c === '`') inner.push(readBackquote(reader, quoted));
    else if (c === '\\') inner.push({ kind: 'text', text: skipEscape(reader), quoted: true });
    else if (c === '"') {
      reader.at++;
      inner.push(...readDoubleQuoted(reader, context));
    } else if (c === "'" && quoted) refuse('shells read a quote inside of `"${…}"` differently');
    else if (c === "'") {
      reader.at++;
      inner.push({ kind: 'text', text: readSingleQuoted(reader), quoted: true });
    } else if ((c === '<' || c === '>') && reader.text[reader.at + 1] === '(')
      inner.push(readProcess(reader, context));
    else inner.push({ kind: 'text', text: readCharacter(reader), quoted: false });
  }
  return {
    kind: 'parameter',
    name,
    operator: before + reader.text.slice(start, reader.at - 1),
    quoted,
    inner,
  };
}

function skipEscape(reader: Reader): string {
  reader.at++;
  return atEnd(reader) ? refuse('a brace is not closed') : readCharacter(reader);
}

/** One character or expansion between the brackets of an assignment. */
export function readInSubscript(reader: Reader, context: WordContext): Part[] {
  return peek(reader) === '$'
    ? readDollar(reader, context, true)
    : [{ kind: 'text', text: readCharacter(reader), quoted: false }];
}

/** `$((…))`. If its parentheses do not close together, some shells read commands instead. */
function readArithmetic(reader: Reader, context: WordContext, quoted: boolean): Part {
  reader.at += 2;
  const start = reader.at;
  const inner = nested(reader, () => readExpression(reader, context));
  const text = reader.text.slice(start, reader.at);
  if (!take(reader, '))')) refuse('shells read these parentheses differently');
  return { kind: 'arithmetic', quoted, text, inner };
}

/** An arithmetic expression up to the `)` that is one too many: what expands in it. */
export function readExpression(reader: Reader, context: WordContext, semicolons = false): Part[] {
  const inner: Part[] = [];
  for (let open = 0; ;) {
    const c = peek(reader);
    if (c === '' || c === "'" || c === '\\' || (c === ';' && !semicolons))
      refuse('an arithmetic expression is not closed');
    if (c === '$') inner.push(...readDollar(reader, context, true));
    else if (c === '`') inner.push(readBackquote(reader, true));
    else if (c === '"') {
      reader.at++;
      inner.push(...readDoubleQuoted(reader, context));
    } else {
      if (c === ')' && open === 0) return inner;
      if (c === '(') open++;
      if (c === ')') open--;
      inner.push({ kind: 'text', text: readCharacter(reader), quoted: false });
    }
  }
}
