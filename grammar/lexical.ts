/** Text → tokens and lexical problems. */
import type { IToken, Lexer } from 'chevrotain';
import { tokenSpan } from './cst.js';
import * as messages from './lexical-messages.js';
import type { Problem } from './problem.js';
import type { Span } from './source.js';
import * as t from './tokens.js';

/** A problem with its position. */
export interface Finding {
  readonly problem: Problem;
  readonly span: Span;
}

export interface Lexed {
  readonly tokens: readonly IToken[];
  readonly comments: readonly IToken[];
  readonly findings: readonly Finding[];
}

/** UTF-16 units of one rule file; anything larger belongs in a data file. */
export const textMax = 1 << 20;
/** Tokens of one rule file. Each takes some 1,000 bytes of memory while the file is parsed. */
export const tokensMax = 300_000;
/** How many problems are shown for one file. */
export const findingsMax = 50;
/**
 * Nesting of brackets. The parser and all later passes recurse over it, so it is checked before parsing. The costliest
 * case, comprehensions in comprehensions, overflows at some 120 on Node's default stack in a cold process.
 */
const nestingMax = 50;

/**
 * Characters that are invisible or change the visible order of text, so that a reviewer would approve something other
 * than what runs. They are refused inside strings too, where an escape can express them. A carriage return is allowed
 * only before a line feed.
 */
const hidden =
  /(?:[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\r(?!\n)|\p{Surrogate})+/gu;

export function lex(lexer: Lexer, text: string): Lexed {
  // A byte order mark only tells the encoding; a space in its place keeps the offsets.
  const marked = text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text;
  const findings = findHidden(marked);
  const readable = findings.length === 0 ? marked : marked.replace(hidden, (run) => ' '.repeat(run.length));
  // The lexer's only error is a `}` that closes nothing, which brackets.ts reports.
  const { tokens, groups } = lexer.tokenize(readable);
  findings.push(...findStrange(tokens), ...findUnclosed(tokens, text.length));
  return { tokens, comments: groups['comments'] ?? [], findings: findings.slice(0, findingsMax + 1) };
}

function findHidden(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const match of text.matchAll(hidden)) {
    const span = { start: match.index, end: match.index + match[0].length };
    findings.push({ problem: messages.hiddenCharacter(match[0]), span });
    if (findings.length > findingsMax) break;
  }
  return findings;
}

/** One a line is enough: quotes of the wrong kind come in pairs. */
function findStrange(tokens: readonly IToken[]): Finding[] {
  const findings: Finding[] = [];
  let line: number | undefined;
  for (const token of tokens) {
    if (token.tokenType !== t.Strange || token.startLine === line) continue;
    line = token.startLine;
    findings.push({ problem: messages.strangeCharacter(token.image), span: tokenSpan(token) });
    if (findings.length > findingsMax) break;
  }
  return findings;
}

/** Strings and templates without their closing quote. */
function findUnclosed(tokens: readonly IToken[], end: number): Finding[] {
  const findings: Finding[] = [];
  const open: IToken[] = [];
  /** The open templates that must end on their line. */
  const quoted: IToken[] = [];
  const pop = () => {
    const popped = open.pop();
    if (popped !== undefined && popped === quoted.at(-1)) quoted.pop();
    return popped;
  };
  let line = 0;
  for (const token of tokens) {
    if (findings.length > findingsMax) break;
    const { tokenType } = token;
    if (line !== 0 && token.startLine !== line && quoted.length > 0) findings.push(overLines(quoted.pop()!));
    // A raw template may end in a line break, which is part of its text.
    line = tokenType === t.RawTemplateText ? 0 : (token.endLine ?? line);
    if (tokenType === t.TemplateBroken) findings.push(broken(token, pop()));
    else if (templateEnds.has(tokenType) || tokenType === t.RightBrace) pop();
    else if (strings.has(tokenType) && !isClosed(token.image)) findings.push(unclosed(token, open));
    else if (opensText(token)) open.push(token);
    if (tokenType === t.TemplateStart) quoted.push(token);
  }
  const last = open.findLast(({ tokenType }) => templateStarts.has(tokenType));
  if (last !== undefined) findings.push({ problem: messages.unclosedTemplate, span: firstLine(last, end) });
  return findings;
}

/** Whether `}` or a closing quote belongs to a token. */
function opensText({ tokenType }: IToken): boolean {
  return templateStarts.has(tokenType) || tokenType === t.HoleStart || tokenType === t.LeftBrace;
}

/** A quoted template ends on its line. If its closing quote is missing, a later `{` swallows the lines below. */
function overLines(template: IToken): Finding {
  return { problem: messages.templateOverLines, span: tokenSpan(template) };
}

const templateEnds: ReadonlySet<unknown> = new Set([t.TemplateEnd, t.RawTemplateEnd]);
const templateStarts: ReadonlySet<unknown> = new Set([t.TemplateStart, t.RawTemplateStart]);
const strings: ReadonlySet<unknown> = new Set([t.StringToken, t.SingleQuoted, t.RawString]);

function broken(token: IToken, template: IToken | undefined): Finding {
  const start = template?.startOffset ?? token.startOffset;
  return { problem: messages.unclosedTemplate, span: { start, end: token.startOffset } };
}

function unclosed(token: IToken, open: readonly IToken[]): Finding {
  const hole = open.at(-1);
  if (hole?.tokenType === t.HoleStart) return { problem: messages.unclosedHole, span: tokenSpan(hole) };
  const raw = token.tokenType === t.RawString;
  const span = raw ? { start: token.startOffset, end: token.startOffset + 1 } : tokenSpan(token);
  return { problem: raw ? messages.unclosedRawString : messages.unclosedString, span };
}

function firstLine(token: IToken, end: number): Span {
  return { start: token.startOffset, end: Math.min(token.startOffset + 2, end) };
}

/** Whether the last character is the closing quote, and is not escaped. */
function isClosed(image: string): boolean {
  const quote = image.charAt(0);
  if (image.length < 2 || !image.endsWith(quote)) return false;
  if (quote === '`') return true;
  let backslashes = 0;
  while (image[image.length - 2 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 0;
}

/** The first bracket that exceeds the nesting limit. */
export function findTooDeep(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (opens(token)) depth++;
    else if (closes(token)) depth = Math.max(0, depth - 1);
    if (depth > nestingMax) return token;
  }
  return undefined;
}

const openers: ReadonlySet<unknown> = new Set([t.LeftParen, t.LeftBracket, t.LeftBrace, t.HoleStart]);
const closers: ReadonlySet<unknown> = new Set([t.RightParen, t.RightBracket, t.RightBrace]);

export function opens(token: IToken): boolean {
  return openers.has(token.tokenType);
}

export function closes(token: IToken): boolean {
  return closers.has(token.tokenType);
}
