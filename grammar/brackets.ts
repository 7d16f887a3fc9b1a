/** Brackets that do not pair up, blamed on the bracket that a person would blame. */
import type { IToken } from 'chevrotain';
import { tokenSpan } from './cst.js';
import { closes, findingsMax, opens, type Finding } from './lexical.js';
import * as messages from './lexical-messages.js';

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

/** What does not pair up among the tokens of one statement; `next` is the first token after it. */
export function findUnpaired(statement: readonly IToken[], next: IToken | undefined): Finding[] {
  const findings: Finding[] = [];
  const open: IToken[] = [];
  for (const token of statement) {
    if (opens(token)) open.push(token);
    else if (closes(token)) close(token, open, findings);
    if (findings.length > findingsMax) return findings;
  }
  const last = open.at(-1);
  if (last !== undefined) findings.push(neverClosed(last, next));
  return findings;
}

/** A closer of the wrong kind closes the nearest opener of its own kind, if there is one below. */
function close(token: IToken, open: IToken[], findings: Finding[]): void {
  const top = open.at(-1);
  if (top === undefined) {
    findings.push({ problem: messages.unopened(token.image), span: tokenSpan(token) });
    return;
  }
  const wanted = closerOf[top.image] ?? '';
  if (wanted === token.image) {
    open.pop();
    return;
  }
  const match = open.findLastIndex((opener) => closerOf[opener.image] === token.image);
  if (match === -1) {
    findings.push({ problem: messages.wrongCloser(token.image, top.image, wanted), span: tokenSpan(token) });
    open.pop();
  } else {
    findings.push({ problem: messages.unclosedAtEnd(top.image, wanted), span: tokenSpan(top) });
    open.length = match;
  }
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
