/** Simple commands (XCU 2.9.1): assignments, words and redirections, in any order that shells take. */
import { expect, match, nested, peek, refuse, skipBlanks, take, type Reader } from './reader.js';
import { readRedirect, takeLineBreak } from './redirects.js';
import type { Assignment, Part, Redirect, SimpleCommand, Word } from './syntax.js';
import { readInSubscript, readWord, type WordContext } from './words.js';

/** XCU 2.4, and the words that only some shells reserve. */
export const reservedWords: ReadonlySet<string> = new Set(
  '! { } case do done elif else esac fi for function if in then until while select [[ ]] foreach end repeat always'.split(
    ' ',
  ),
);
/** Before a pipeline they are words of the grammar, and commands elsewhere. */
const timing: ReadonlySet<string> = new Set(['time', 'coproc']);
const declaring: ReadonlySet<string> = new Set(['declare', 'typeset', 'local', 'readonly', 'export']);

interface Draft {
  readonly assignments: Assignment[];
  readonly words: Word[];
  readonly redirects: Redirect[];
}

export function readSimple(reader: Reader, context: WordContext): SimpleCommand {
  const start = reader.at;
  const draft: Draft = { assignments: [], words: [], redirects: [] };
  let end = start;
  while (readPiece(reader, context, draft)) {
    end = reader.at;
    skipBlanks(reader);
  }
  if (end === start)
    refuse(peek(reader) === '' ? 'a command is missing' : `\`${peek(reader)}\` does not belong here`);
  checkWords(draft.words);
  return { kind: 'simple', start, end, ...draft };
}

function readPiece(reader: Reader, context: WordContext, draft: Draft): boolean {
  const { words, redirects } = draft;
  const redirect = readRedirect(reader, context);
  if (redirect !== null) {
    redirects.push(redirect);
    return true;
  }
  const assignment = words.length === 0 ? readAssignment(reader, context) : null;
  const word = assignment === null ? readWord(reader, context) : null;
  if (assignment === null && word === null) return false;
  // If the shell does not know `&>`, the command ends there and another one begins.
  if (redirects.some(({ operator }) => operator.startsWith('&')))
    refuse('shells read what follows `&>` differently');
  if (assignment !== null) draft.assignments.push(assignment);
  else words.push(word!);
  if (word !== null && peek(reader) === '(' && declaring.has(plainText(words[0]!) ?? '')) {
    words.push(...readArray(reader, context));
  }
  if (word !== null && /[<>]/.test(peek(reader)) && /^\{.*\}$/.test(plainText(word) ?? '')) {
    refuse('shells read a word in braces before a redirection differently');
  }
  return true;
}

/** The word as written if nothing in it is quoted or expands; null otherwise. */
export function plainText(word: Word): string | null {
  const texts = word.parts.map((part) => (part.kind === 'text' && !part.quoted ? part.text : null));
  return texts.includes(null) ? null : texts.join('');
}

/** Joined lines can hide a reserved word or an assignment from the places that look for them. */
function checkWords(words: readonly Word[]): void {
  const [first, second] = words;
  if (first === undefined) return;
  const name = plainText(first) ?? '';
  if (reservedWords.has(name)) refuse(`\`${name}\` does not belong here`);
  const head = first.parts[0]!;
  if (head.kind === 'text' && !head.quoted && /^[A-Za-z_][A-Za-z0-9_]*(\+?=|\[)/.test(head.text)) {
    refuse('an assignment is written in a way that hides it');
  }
  if (timing.has(name) && words.some((word) => reservedWords.has(plainText(word) ?? ''))) {
    refuse(`\`${name}\` stands before something else than a simple command`);
  }
  if (second !== undefined && name === 'time' && plainText(second) === 'coproc')
    refuse('`time coproc` is not followed');
}

const nameOf = /[A-Za-z_][A-Za-z0-9_]*(?=\+?=|\[)/y;

function readAssignment(reader: Reader, context: WordContext): Assignment | null {
  const start = reader.at;
  const name = match(reader, nameOf);
  if (name === null) return null;
  const subscripted = take(reader, '[');
  const subscript = subscripted ? readSubscript(reader, context) : [];
  const added = take(reader, '+');
  if (!take(reader, '=')) {
    // `file[0-9]` is a pattern, and expands to nothing that runs by itself.
    reader.at = start;
    return null;
  }
  const list = peek(reader) === '(';
  const values = list
    ? readArray(reader, context)
    : [readWord(reader, context) ?? { start: reader.at, end: reader.at, parts: [] }];
  return { name, values, subscript, partial: list || added || subscripted };
}

/** Between the brackets of `name[…]=`: what expands there. */
function readSubscript(reader: Reader, context: WordContext): Part[] {
  const parts: Part[] = [];
  while (!take(reader, ']')) {
    const c = peek(reader);
    if (c === '' || !/[A-Za-z0-9_$@*+%-]/.test(c)) refuse('shells read this subscript differently');
    parts.push(...readInSubscript(reader, context));
  }
  return parts;
}

function readArray(reader: Reader, context: WordContext): Word[] {
  expect(reader, '(');
  const values: Word[] = [];
  nested(reader, () => {
    for (;;) {
      skipBlanks(reader);
      if (takeLineBreak(reader, context)) continue;
      if (take(reader, ')')) break;
      values.push(readWord(reader, context) ?? refuse('an array is not closed'));
    }
  });
  return values;
}
