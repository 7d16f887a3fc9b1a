/** The words of one plain command, by the quoting of POSIX shells (XCU 2.2) and the expansions that shells add to it. */
import { Unknown } from '../values/value.js';

const wordsMax = 2000;
const charactersMax = 256 * 1024;

/** Unquoted, a shell makes nothing of these. Other spaces than blanks are left out: shells differ on them. */
const plain = /[^\s'"\\$`|&;<>()*?[{}~#!]+/y;
const blank = /[ \t]/;

/** Unquoted characters that a shell replaces, or that end the command. */
const special = /[$`|&;<>()*?[]/;

/** Thrown in this file and caught in it. */
class NotPlain extends Error {}

/**
 * The words as the program gets them. Unknown, with the reason, if a shell would do more than split the line: run another
 * command, fill in a variable or file names, expand braces, redirect. What the words are then, that shell alone knows.
 */
export function splitWords(line: string): readonly string[] | Unknown {
  try {
    return readWords(line);
  } catch (error) {
    if (error instanceof NotPlain) return new Unknown(error.message);
    throw error;
  }
}

function readWords(line: string): readonly string[] {
  if (line.length > charactersMax) throw new NotPlain('the command line is too long');
  if (line.includes('\0')) throw new NotPlain('the command line holds a NUL');
  // A line break ends the command, so it may stand at the ends alone.
  const start = skip(line, 0, /[ \t\r\n]/);
  const words: string[] = [];
  for (let at = start; at < line.length; at = skip(line, at, blank)) {
    if (/[\r\n]/.test(line[at]!)) {
      if (skip(line, at, /[ \t\r\n]/) === line.length) break;
      throw new NotPlain('the command line is more than one plain command');
    }
    const word = readWord(line, at);
    if (words.push(word.text) > wordsMax) throw new NotPlain('the command line has too many words');
    at = word.end;
  }
  return words;
}

function skip(line: string, from: number, over: RegExp): number {
  let at = from;
  while (at < line.length && over.test(line[at]!)) at++;
  return at;
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

function readWord(line: string, start: number): Piece {
  let text = '';
  // What is not quoted, for the expansion of braces: `{a,b}` and `{1..3}` are several words.
  let bare = '';
  let at = start;
  while (at < line.length && !/[ \t\r\n]/.test(line[at]!)) {
    const quoted = readQuoted(line, at);
    const piece = quoted ?? readUnquoted(line, at, start);
    text += piece.text;
    bare += quoted === null ? piece.text : ' ';
    at = piece.end;
  }
  const brace = bare.indexOf('{');
  const inner = brace === -1 ? '' : bare.slice(brace, Math.max(brace, bare.lastIndexOf('}')));
  if (inner.includes(',') || inner.includes('..')) throw new NotPlain('a shell expands the braces of a word');
  return { text, end: at };
}

function readQuoted(line: string, at: number): Piece | null {
  const next = line[at];
  if (next === '"') return readDoubleQuoted(line, at + 1);
  if (next === "'") {
    const end = line.indexOf("'", at + 1);
    if (end === -1) throw new NotPlain('a quote is not closed');
    return { text: line.slice(at + 1, end), end: end + 1 };
  }
  if (next !== '\\') return null;
  if (/^[\r\n]?$/.test(line[at + 1] ?? '')) throw new NotPlain('the command line does not end');
  return { text: line[at + 1]!, end: at + 2 };
}

function readUnquoted(line: string, at: number, start: number): Piece {
  plain.lastIndex = at;
  const found = plain.exec(line);
  if (found !== null) return { text: found[0], end: plain.lastIndex };
  const character = line[at]!;
  if (special.test(character)) throw new NotPlain('the command line is more than one plain command');
  if (/\s/.test(character)) throw new NotPlain('the command line holds a space that shells differ on');
  // `~` is a home folder after `=` and `:` as well, as in `HOME=~`.
  const replaced = character === '~' ? at === start || /[=:]/.test(line[at - 1]!) : at === start;
  if (/[#~!]/.test(character) && replaced)
    throw new NotPlain('a word begins with a character that a shell replaces');
  return { text: character, end: at + 1 };
}

function readDoubleQuoted(line: string, start: number): Piece {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const character = line[at]!;
    if (character === '"') return { text, end: at + 1 };
    if (character === '$' || character === '`')
      throw new NotPlain('only a shell knows what the command line says');
    const next = line[at + 1] ?? '';
    if (character !== '\\' || !/["\\$`\n]/.test(next)) text += character;
    else {
      // A line break behind a backslash is no part of the text.
      text += next === '\n' ? '' : next;
      at++;
    }
  }
  throw new NotPlain('a quote is not closed');
}
