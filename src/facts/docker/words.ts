/** The words of a command line that is one plain command: what only a shell could work out is refused. */
import { UnreadableCommand } from './call.js';

const wordsMax = 2000;
const charactersMax = 256 * 1024;

/** Unquoted, each of these means something to a shell (POSIX XCU section 2). */
const special = /[|&;<>()$`*?[\n\r\0]/;

/** @throws UnreadableCommand */
export function splitWords(text: string): string[] {
  if (text.length > charactersMax) throw new UnreadableCommand('the command line is too long');
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  const quoted = (end: string): string => {
    const close = text.indexOf(end, at);
    if (close === -1) throw new UnreadableCommand('a quote is not closed');
    const inner = text.slice(at, close);
    at = close + 1;
    return inner;
  };
  while (at < text.length) {
    const character = text[at++]!;
    if (/[ \t]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "'") {
      word = (word ?? '') + quoted("'");
    } else if (character === '"') {
      const [inner, end] = readDoubleQuoted(text, at);
      word = (word ?? '') + inner;
      at = end;
    } else if (character === '\\') {
      word = (word ?? '') + escaped(text[at++]);
    } else {
      word = (word ?? '') + plain(character, word);
    }
  }
  if (word !== null) words.push(word);
  if (words.length > wordsMax) throw new UnreadableCommand('the command line has too many words');
  return words;
}

function plain(character: string, before: string | null): string {
  if (special.test(character)) throw new UnreadableCommand('the command line is more than one plain command');
  if (before === null && (character === '#' || character === '~'))
    throw new UnreadableCommand('a word begins with a character that a shell replaces');
  return character;
}

function escaped(character: string | undefined): string {
  if (character === undefined || character === '\n')
    throw new UnreadableCommand('the command line does not end');
  return character;
}

/** The text and its end. */
function readDoubleQuoted(text: string, from: number): [string, number] {
  let inner = '';
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') return [inner, at + 1];
    if (character === '$' || character === '`' || character === '\0')
      throw new UnreadableCommand('only a shell knows what the command line says');
    const escapes = character === '\\' && /["\\$`]/.test(text[at + 1] ?? '');
    inner += escapes ? text[++at]! : character;
  }
  throw new UnreadableCommand('a quote is not closed');
}
