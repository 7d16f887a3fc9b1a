/** A command line as words, by the quoting of POSIX shells (XCU 2.2). */

const lengthMax = 64 * 1024;
const plain = /[^\s'"\\$`|&;<>()*?[\]{}~#!]+/y;

/**
 * Null if a shell would do more than split: run another command, expand a variable or a file name, redirect. Only that shell
 * knows the resulting command line.
 */
export function splitWords(written: string): readonly string[] | null {
  if (written.length > lengthMax) return null;
  const text = written.trim();
  const words: string[] = [];
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, at)) {
    const word = readWord(text, at);
    if (word === null) return null;
    words.push(word.text);
    at = word.end;
  }
  return words;
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

/** A line break ends the command, so it may stand at the ends alone. */
function skipSpace(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

function readWord(text: string, start: number): Piece | null {
  let word = '';
  let at = start;
  while (at < text.length && text[at] !== ' ' && text[at] !== '\t') {
    const piece = readPiece(text, at);
    if (piece === null) return null;
    word += piece.text;
    at = piece.end;
  }
  return { text: word, end: at };
}

function readPiece(text: string, at: number): Piece | null {
  const next = text[at];
  if (next === "'") {
    const end = text.indexOf("'", at + 1);
    return end === -1 ? null : { text: text.slice(at + 1, end), end: end + 1 };
  }
  if (next === '"') return readDoubleQuoted(text, at + 1);
  if (next !== '\\') return readPlain(text, at);
  return at + 1 < text.length && text[at + 1] !== '\n' ? { text: text[at + 1]!, end: at + 2 } : null;
}

function readPlain(text: string, at: number): Piece | null {
  plain.lastIndex = at;
  const found = plain.exec(text);
  if (found !== null) return { text: found[0], end: plain.lastIndex };
  // Within a word these mean themselves; braces around a comma or two dots do not, and are left to the shell.
  const isPlainHere = text[at] === '#' || text[at] === '~' || text[at] === '!';
  const within = at > 0 && !/\s/.test(text[at - 1]!);
  return isPlainHere && within ? { text: text[at]!, end: at + 1 } : null;
}

function readDoubleQuoted(text: string, start: number): Piece | null {
  let quoted = '';
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return { text: quoted, end: at + 1 };
    if (character === '$' || character === '`') return null;
    if (character !== '\\') {
      quoted += character;
      continue;
    }
    const next = text[++at];
    if (next === undefined) return null;
    quoted += '"\\$`'.includes(next) ? next : next === '\n' ? '' : `\\${next}`;
  }
  return null;
}
