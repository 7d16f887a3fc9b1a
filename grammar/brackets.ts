/** Finds unbalanced brackets, and reports the one that a person would blame. */
import type { IToken } from 'chevrotain';
import { tokenSpan } from './cst.js';
import { closes, findingsMax, opens, type Finding } from './lexical.js';
import * as messages from './lexical-messages.js';
import * as t from './tokens.js';

const closerOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Whether every bracket pairs up. */
export function isBalanced(tokens: readonly IToken[]): boolean {
  const open: string[] = [];
  for (const token of tokens) {
    if (opens(token)) open.push(token.image);
    else if (closes(token) && closerOf[open.pop() ?? ''] !== token.image) return false;
  }
  return open.length === 0;
}

/** The unbalanced brackets of one statement; `next` is the first token after it. */
export function findUnpaired(statement: readonly IToken[], next: IToken | undefined): Finding[] {
  if (isBalanced(statement)) return [];
  const findings: Finding[] = [];
  const open: Opener[] = [];
  let margin = 0;
  for (const [index, token] of statement.entries()) {
    const isFirst = index === 0 || statement[index - 1]!.endLine !== token.startLine;
    if (isFirst) margin = token.startColumn ?? 0;
    if (opens(token)) open.push({ token, margin });
    else if (closes(token)) close(token, isFirst, open, statement, findings);
    if (findings.length > findingsMax) return findings;
  }
  const last = open.at(-1);
  if (last !== undefined) findings.push(neverClosed(last.token, next));
  return findings;
}

interface Opener {
  readonly token: IToken;
  /** The indentation of the bracket's line. */
  readonly margin: number;
}

/** A closer closes the nearest opener of its kind, or the one whose line has the same indentation. */
function close(
  token: IToken,
  isFirst: boolean,
  open: Opener[],
  statement: readonly IToken[],
  findings: Finding[],
): void {
  const top = open.at(-1)?.token;
  if (top === undefined) {
    findings.push(unopened(token, statement));
    return;
  }
  const wanted = closerOf[top.image] ?? '';
  const own = open.findLastIndex((opener) => closerOf[opener.token.image] === token.image);
  const aligned = isFirst ? open.findLastIndex(({ margin }) => margin === token.startColumn) : -1;
  const isAligned = aligned !== -1 && closerOf[open[aligned]!.token.image] === token.image;
  const match = isAligned ? aligned : own;
  if (match === -1) {
    findings.push({ problem: messages.wrongCloser(token.image, top.image, wanted), span: tokenSpan(token) });
    open.pop();
    return;
  }
  if (match < open.length - 1) {
    findings.push({ problem: messages.unclosedAtEnd(top.image, wanted), span: tokenSpan(top) });
  }
  open.length = match;
}

/** A `}` without its `{` belongs to an `if` that ends its line. */
function unopened(token: IToken, statement: readonly IToken[]): Finding {
  const head = statement.find(
    (word, index) => opensBody(word) && statement[index + 1]?.startLine !== word.endLine,
  );
  if (token.image === '}' && head !== undefined) {
    const end = head.startOffset + head.image.length;
    return { problem: messages.missingBrace(head.image), span: { start: end, end } };
  }
  return { problem: messages.unopened(token.image), span: tokenSpan(token) };
}

function opensBody({ tokenType }: IToken): boolean {
  return tokenType === t.If || tokenType === t.Unless || tokenType === t.Else;
}

function neverClosed(opener: IToken, next: IToken | undefined): Finding {
  const closer = closerOf[opener.image] ?? '';
  const line = next?.startLine;
  const problem =
    line === undefined
      ? messages.unclosedAtEnd(opener.image, closer)
      : messages.unclosedBracket(opener.image, closer, line);
  return { problem, span: tokenSpan(opener) };
}
