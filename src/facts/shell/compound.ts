/** Compound commands (XCU 2.9.4) and functions (2.9.5). */
import { isNumber } from './arithmetic.js';
import { expect, match, peek, refuse, skipBlanks, startsWith, take, type Reader } from './reader.js';
import { readRedirect, takeLineBreak } from './redirects.js';
import { plainText } from './simple.js';
import type { Command, Part, Redirect, Script, Word } from './syntax.js';
import { readExpression, readWord, type WordContext } from './words.js';

export interface CommandContext extends WordContext {
  /** One command, with its redirections. */
  readonly readCommand: (reader: Reader) => Command;
}

type Compound = Extract<Command, { kind: 'compound' }>;

/** The reserved word that stands here by itself; empty if there is none. */
export function peekWord(reader: Reader): string {
  const at = reader.at;
  const word = match(reader, /[a-z]+(?=[ \t\n;&|<>()]|$)|(?:[!{}]|\[\[)(?=[ \t\n;&|<>()]|$)/y) ?? '';
  reader.at = at;
  return word;
}

/** Null if a simple command begins. */
export function readCompound(reader: Reader, context: CommandContext): Command | null {
  const start = reader.at;
  if (startsWith(reader, '((')) return readParentheses(reader, context, start);
  if (peek(reader) === '(') return readBody(reader, context, start, 'subshell', '(', ')');
  switch (peekWord(reader)) {
    case '{':
      return readBody(reader, context, start, 'group', '{', '}');
    case 'if':
      return readIf(reader, context, start);
    case 'while':
    case 'until':
      return readLoop(reader, context, start);
    case 'for':
    case 'select':
      return readFor(reader, context, start);
    case 'case':
      return readCase(reader, context, start);
    case '[[':
      return readCondition(reader, context, start);
    case 'function':
      return readFunctionWord(reader, context, start);
    default:
      return null;
  }
}

function expectWord(reader: Reader, word: string): void {
  skipBlanks(reader);
  if (peekWord(reader) !== word) refuse(`\`${word}\` is missing`);
  reader.at += word.length;
}

function compound(
  reader: Reader,
  context: CommandContext,
  what: Pick<Compound, 'form' | 'start' | 'words' | 'bodies' | 'variable'>,
): Command {
  const redirects = readRedirects(reader, context);
  return { kind: 'compound', ...what, redirects, end: reader.at };
}

function readRedirects(reader: Reader, context: CommandContext): Redirect[] {
  const redirects: Redirect[] = [];
  for (;;) {
    const end = reader.at;
    skipBlanks(reader);
    const redirect = readRedirect(reader, context);
    if (redirect === null) {
      reader.at = end;
      return redirects;
    }
    redirects.push(redirect);
  }
}

function readBody(
  reader: Reader,
  context: CommandContext,
  start: number,
  form: 'group' | 'subshell',
  open: string,
  close: string,
): Command {
  expect(reader, open);
  const body = context.readScript(reader);
  if (form === 'group') expectWord(reader, close);
  else expect(reader, close);
  return compound(reader, context, { form, start, words: [], bodies: [body] });
}

function readIf(reader: Reader, context: CommandContext, start: number): Command {
  const bodies: Script[] = [];
  reader.at += 'if'.length;
  for (;;) {
    bodies.push(context.readScript(reader));
    expectWord(reader, 'then');
    bodies.push(context.readScript(reader));
    if (peekWord(reader) !== 'elif') break;
    reader.at += 'elif'.length;
  }
  if (peekWord(reader) === 'else') {
    reader.at += 'else'.length;
    bodies.push(context.readScript(reader));
  }
  expectWord(reader, 'fi');
  return compound(reader, context, { form: 'if', start, words: [], bodies });
}

function readLoop(reader: Reader, context: CommandContext, start: number): Command {
  reader.at += 'while'.length;
  const condition = context.readScript(reader);
  const body = readDo(reader, context);
  return compound(reader, context, { form: 'loop', start, words: [], bodies: [condition, body] });
}

function readDo(reader: Reader, context: CommandContext): Script {
  expectWord(reader, 'do');
  const body = context.readScript(reader);
  expectWord(reader, 'done');
  return body;
}

function readFor(reader: Reader, context: CommandContext, start: number): Command {
  reader.at += peekWord(reader).length;
  skipBlanks(reader);
  if (take(reader, '((')) return readCountingFor(reader, context, start);
  const name = match(reader, /[A-Za-z_][A-Za-z0-9_]*(?=[ \t\n;])/y) ?? refuse('`for` has no name');
  skipLines(reader, context);
  const words: Word[] = [];
  if (peekWord(reader) === 'in') {
    reader.at += 'in'.length;
    words.push(...readWords(reader, context));
  }
  skipBlanks(reader);
  take(reader, ';');
  skipLines(reader, context);
  const numeric = words.length > 0 && words.every((word) => countsNumbers(reader, word));
  const variable = { name, numeric };
  return compound(reader, context, {
    form: 'for',
    start,
    words,
    variable,
    bodies: [readDo(reader, context)],
  });
}

/** A number, or `{1..9}`. */
function countsNumbers(reader: Reader, { start, end, parts }: Word): boolean {
  return isNumber(parts) || /^\{[0-9]+\.\.[0-9]+\}$/.test(reader.text.slice(start, end));
}

/** `for ((…;…;…))`. */
function readCountingFor(reader: Reader, context: CommandContext, start: number): Command {
  const word = expressionWord(reader, readExpression(reader, context, true));
  expect(reader, '))');
  skipBlanks(reader);
  take(reader, ';');
  skipLines(reader, context);
  return compound(reader, context, { form: 'for', start, words: [word], bodies: [readDo(reader, context)] });
}

function expressionWord({ at }: Reader, inner: readonly Part[]): Word {
  const text = inner.map((part) => (part.kind === 'text' ? part.text : '$')).join('');
  return { start: at, end: at, parts: [{ kind: 'arithmetic', quoted: true, text, inner }] };
}

function readWords(reader: Reader, context: CommandContext): Word[] {
  const words: Word[] = [];
  for (;;) {
    skipBlanks(reader);
    const word = readWord(reader, context);
    if (word === null) return words;
    words.push(word);
  }
}

function skipLines(reader: Reader, context: CommandContext): void {
  do skipBlanks(reader);
  while (takeLineBreak(reader, context));
}

function readCase(reader: Reader, context: CommandContext, start: number): Command {
  reader.at += 'case'.length;
  skipBlanks(reader);
  const words = [readWord(reader, context) ?? refuse('`case` has no word')];
  skipLines(reader, context);
  expectWord(reader, 'in');
  const bodies: Script[] = [];
  for (;;) {
    skipLines(reader, context);
    if (peekWord(reader) === 'esac') break;
    words.push(...readPatterns(reader, context));
    bodies.push(context.readScript(reader));
    if (!take(reader, ';;&') && !take(reader, ';;') && !take(reader, ';&')) break;
  }
  expectWord(reader, 'esac');
  return compound(reader, context, { form: 'case', start, words, bodies });
}

function readPatterns(reader: Reader, context: CommandContext): Word[] {
  take(reader, '(');
  const patterns: Word[] = [];
  do {
    skipBlanks(reader);
    patterns.push(readWord(reader, context) ?? refuse('a pattern is missing'));
    skipBlanks(reader);
  } while (take(reader, '|'));
  expect(reader, ')');
  return patterns;
}

/** `((…))` is arithmetic, or a subshell in a subshell if the shell does not support it. */
function readParentheses(reader: Reader, context: CommandContext, start: number): Command {
  reader.at += 2;
  const words = [expressionWord(reader, readExpression(reader, context))];
  if (!take(reader, '))')) refuse('shells read these parentheses differently');
  return {
    kind: 'expression',
    form: '((',
    start,
    words,
    redirects: readRedirects(reader, context),
    end: reader.at,
  };
}

/**
 * `[[ … ]]`. A shell without it takes `&&` and `||` for the end of a command; what follows them is then a command, and harmless
 * only if it is an option.
 */
function readCondition(reader: Reader, context: CommandContext, start: number): Command {
  reader.at += 2;
  const words: Word[] = [];
  for (;;) {
    skipBlanks(reader);
    if (take(reader, '&&') || take(reader, '||')) {
      if (!/^\s+(?:!\s+)?-/.test(reader.text.slice(reader.at, reader.at + 80)))
        refuse('shells read `[[` differently');
      continue;
    }
    const word = readWord(reader, context) ?? refuse('shells read `[[` differently');
    if (plainText(word) === ']]') break;
    words.push(word);
  }
  return {
    kind: 'expression',
    form: '[[',
    start,
    words,
    redirects: readRedirects(reader, context),
    end: reader.at,
  };
}

function readFunctionWord(reader: Reader, context: CommandContext, start: number): Command {
  reader.at += 'function'.length;
  skipBlanks(reader);
  const name = readWord(reader, context) ?? refuse('a function has no name');
  skipBlanks(reader);
  if (take(reader, '(')) {
    skipBlanks(reader);
    expect(reader, ')');
  }
  return readFunctionBody(reader, context, start, name);
}

/** `name () body`, the parentheses behind us. */
export function readFunctionBody(
  reader: Reader,
  context: CommandContext,
  start: number,
  name: Word,
): Command {
  skipLines(reader, context);
  const body = context.readCommand(reader);
  if (body.kind === 'simple' || body.kind === 'function')
    refuse('the body of a function is no compound command');
  return {
    kind: 'function',
    start,
    end: reader.at,
    name: plainText(name) ?? refuse('the name of a function is quoted'),
    body,
  };
}
