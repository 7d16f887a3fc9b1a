/**
 * Finding further mistakes after the first. A file that does not parse is split at the start of each statement, and
 * each is parsed on its own; in a body, the line of a mistake is left out and the rest is tried again. Files without
 * mistakes never come here, so layout never decides what a statement is.
 */
import type { CstNode, IRecognitionException, IToken } from 'chevrotain';
import { findUnpaired, isBalanced } from '../brackets.js';
import { closes, findingsMax, opens, type Finding } from '../lexical.js';
import { is } from './mistake.js';
import { explainMistake } from './syntax-messages.js';
import * as t from '../tokens.js';

/** How many lines of one statement may be left out in search of the next mistake. */
const retriesMax = 8;

export interface Attempt {
  readonly tree: CstNode | null;
  readonly error: IRecognitionException | undefined;
}
export type Parse = (tokens: readonly IToken[]) => Attempt;

export interface Recovered {
  readonly findings: readonly Finding[];
  /** The trees of the statements that parse; `whole` if no line had to be left out. */
  readonly trees: readonly { readonly tree: CstNode; readonly whole: boolean }[];
}

/** `lexical` holds the lexical problems; a statement that contains one is not checked further. */
export function recover(parse: Parse, tokens: readonly IToken[], lexical: readonly Finding[]): Recovered {
  const findings: Finding[] = tokens.length === 0 ? [...lexical] : [];
  const trees: { tree: CstNode; whole: boolean }[] = [];
  const starts = statementStarts(tokens);
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1] ?? tokens.length;
    const statement = tokens.slice(start, end);
    const from = index === 0 ? 0 : statement[0]!.startOffset;
    const until = tokens[end]?.startOffset ?? Infinity;
    const broken = lexical.filter(({ span }) => from <= span.start && span.start < until);
    findings.push(...firstUnclosed(broken));
    if (broken.length > 0) continue;
    const unpaired = findUnpaired(statement, tokens[end]);
    findings.push(...unpaired);
    if (unpaired.length === 0)
      findings.push(...findMistakes(parse, statement, (tree, whole) => trees.push({ tree, whole })));
    if (findings.length > findingsMax) break;
  }
  return { findings, trees };
}

/** An unclosed string inverts the quoting of what follows, so only the first one of a statement is reported. */
function firstUnclosed(findings: readonly Finding[]): Finding[] {
  const sorted = findings.toSorted((one, other) => one.span.start - other.span.start);
  const isUnclosed = ({ problem }: Finding) => problem.code.startsWith('unclosed');
  const first = sorted.find(({ problem }) => problem.code === 'unclosed-hole') ?? sorted.find(isUnclosed);
  return sorted.filter((finding) => finding === first || !isUnclosed(finding));
}

/** Indexes of the tokens that open a statement: words at the left margin, outside all brackets. */
function statementStarts(tokens: readonly IToken[]): number[] {
  const margin = tokens[0]?.startColumn ?? 1;
  // If a bracket is left open, only the margin tells where the next statement begins.
  const trustBrackets = isBalanced(tokens);
  const starts = [0];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const first = index > 0 && token.startLine !== tokens[index - 1]!.endLine;
    if (first && token.startColumn! <= margin && mayOpen(token) && (depth === 0 || !trustBrackets)) {
      starts.push(index);
      depth = 0;
    }
    if (opens(token)) depth++;
    else if (closes(token)) depth = Math.max(0, depth - 1);
  }
  return tokens.length === 0 ? [] : starts;
}

function mayOpen({ tokenType, image }: IToken): boolean {
  if (tokenType === t.Else || tokenType === t.Unless || tokenType === t.If) return false;
  return /^[A-Za-z_]/.test(image);
}

function findMistakes(
  parse: Parse,
  statement: readonly IToken[],
  keep: (tree: CstNode, whole: boolean) => void,
): Finding[] {
  const findings: Finding[] = [];
  let rest = statement;
  for (let attempt = 0; attempt <= retriesMax; attempt++) {
    const { tree, error } = parse(rest);
    if (error === undefined) {
      if (tree !== null) keep(tree, attempt === 0);
      break;
    }
    findings.push(explainMistake(error, rest));
    const index = rest.indexOf(error.token);
    const next = index === -1 ? null : withoutLine(rest, index);
    if (next === null) break;
    rest = next;
  }
  return findings;
}

/** The statement without the literal that holds the token at `index`; null if it is not in a body. */
function withoutLine(tokens: readonly IToken[], index: number): readonly IToken[] | null {
  const brace = enclosingBody(tokens, index);
  if (brace === -1) return null;
  const depths = depthsInside(tokens, brace);
  const isBoundary = (at: number) => {
    if (depths[at] !== 1 || closes(tokens[at]!)) return false;
    const before = tokens[at - 1]!;
    return before.tokenType === t.Semicolon || before.endLine !== tokens[at]!.startLine || at === brace + 1;
  };
  // What is missing at the end of a line is detected at the first token of the next, so the line above is left out.
  const isNext = depths[index] === 0 || (isBoundary(index) && mayStartLiteral(tokens, index));
  let from = isNext ? index - 1 : index;
  while (from > brace + 1 && !isBoundary(from)) from--;
  let until = isNext ? index : index + 1;
  while (!isNext && until < tokens.length && (depths[until] ?? 0) > 0 && !isBoundary(until)) until++;
  if (from <= brace || until <= from) return null;
  return [...tokens.slice(0, from), ...tokens.slice(until)];
}

function mayStartLiteral(tokens: readonly IToken[], index: number): boolean {
  const token = tokens[index]!;
  if (is(token, t.Not)) return !is(tokens[index + 1], t.In);
  return !is(token, t.Operator, t.Dot, t.Comma);
}

/** The nearest `{` around a token that opens a body, judging by the word before it. */
function enclosingBody(tokens: readonly IToken[], index: number): number {
  let depth = 0;
  for (let at = index - 1; at > 0; at--) {
    if (closes(tokens[at]!)) depth++;
    else if (!opens(tokens[at]!)) continue;
    else if (depth > 0) depth--;
    else if (opensBody(tokens, at)) return at;
  }
  return -1;
}

function opensBody(tokens: readonly IToken[], at: number): boolean {
  const before = tokens[at - 1]!.tokenType;
  if (before === t.If || before === t.Unless || before === t.Not || before === t.Else) return true;
  // The braces of a table's own cases follow `in`, or in brackets.
  if (tokens[0]!.tokenType === t.Test) return at === 2 || (tokens[2]?.tokenType === t.For && before !== t.In);
  const line = tokens[at]!.startLine;
  for (let back = at - 1; back >= 0 && tokens[back]!.startLine === line; back--) {
    if (tokens[back]!.tokenType === t.Every) return true;
  }
  return false;
}

/** For each token from `brace` on, how many brackets are open before it; 0 from the closing brace on. */
function depthsInside(tokens: readonly IToken[], brace: number): number[] {
  const depths: number[] = [];
  let depth = 0;
  for (let at = brace; at < tokens.length; at++) {
    if (closes(tokens[at]!)) depth--;
    depths[at] = depth;
    if (at > brace && depth === 0) break;
    if (opens(tokens[at]!)) depth++;
  }
  return depths;
}
