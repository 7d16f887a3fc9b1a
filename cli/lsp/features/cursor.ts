/** The context of the cursor, from tokens alone: unfinished text has no tree yet. */
import type { IToken } from 'chevrotain';
import { Source, type Span } from '../../../grammar/source.js';
import { lex } from '../../../grammar/lexical.js';
import { parseExpression } from '../../../grammar/parser.js';
import { createLexer } from '../../../grammar/tokens.js';
import { createWalk } from '../analysis/occurrences.js';
import type { OpenFile, RuleSet } from '../workspace/rule-set.js';
import { dynamic, memberOf, type Known } from '../analysis/types.js';
import { leadTo, valueOf, type At } from '../analysis/walk-reference.js';
import { childScope, type Scope, type Walk } from '../analysis/walk.js';

export interface Cursor {
  readonly offset: number;
  /** The word that is being typed; empty if none has begun. */
  readonly word: Span;
  readonly inside: 'code' | 'comment' | 'text';
  /** Tokens of the statement; `at` of them end before the word. */
  readonly tokens: readonly IToken[];
  readonly at: number;
  /** The string content before the cursor, if the cursor is in a string. */
  readonly text: string;
  readonly walk: Walk;
  readonly scope: Scope;
}

/** The text examined around the cursor, in UTF-16 units to either side. */
const reachMax = 20_000;
/** The type of longer expressions is not inferred. */
const expressionMax = 1000;

const emptySource = new Source('', '');

let lexer: ReturnType<typeof createLexer> | undefined;

export function cursorAt(ruleSet: RuleSet, { file, meant }: OpenFile, offset: number): Cursor {
  const text = file.document.getText();
  const statement = statementAround(text, offset);
  lexer ??= createLexer();
  const { tokens: relative, comments } = lex(lexer, text.slice(statement.start, statement.end));
  const shift = (token: IToken): IToken => ({
    ...token,
    startOffset: token.startOffset + statement.start,
    endOffset: endOf(token) + statement.start - 1,
  });
  const tokens = relative.map(shift);
  const inComment = comments.map(shift).some((one) => one.startOffset < offset && offset <= endOf(one));
  const string = tokens.find(
    (token) => isText(token) && token.startOffset < offset && offset <= lastInside(token),
  );
  const word = string === undefined ? wordAt(text, offset) : { start: string.startOffset + 1, end: offset };
  const start = string?.startOffset ?? word.start;
  const at = tokens.findIndex((token) => endOf(token) > start);
  const module = file.module ?? meant;
  const walk = createWalk(
    {
      package: module?.package ?? { kind: 'package-name', path: [], span: { start: 0, end: 0 } },
      imports: module?.imports ?? [],
      source: module?.source ?? emptySource,
    },
    ruleSet.names,
  );
  const found = { tokens, at: at === -1 ? tokens.length : at };
  return {
    offset,
    word,
    inside: inComment ? 'comment' : string === undefined ? 'code' : 'text',
    ...found,
    text: text.slice(word.start, offset),
    walk,
    scope: bindings(tokens, text, walk),
  };
}

/** From the last word at the left margin to the next one. */
function statementAround(text: string, offset: number): Span {
  const from = Math.max(0, offset - reachMax);
  const margin = text.lastIndexOf('\n', offset - 1) + 1;
  const before = [...text.slice(from, offset).matchAll(/^(?!else\b|unless\b|if\b)[A-Za-z_]/gm)].at(-1);
  // Text at the left margin begins a new statement.
  const begins = /^\w*$/.test(text.slice(margin, offset));
  const start = begins ? margin : before === undefined ? from : from + before.index;
  const lineEnd = text.indexOf('\n', offset);
  if (lineEnd === -1) return { start, end: text.length };
  const rest = text.slice(lineEnd, offset + reachMax);
  const next = /^(?!else\b|unless\b|if\b)[A-Za-z_#]/m.exec(rest.slice(1));
  return { start, end: next === null ? lineEnd + rest.length : lineEnd + 1 + next.index };
}

function endOf(token: IToken): number {
  return (token.endOffset ?? token.startOffset) + 1;
}

const texts = new Set(['String', 'RawString', 'TemplateText', 'RawTemplateText', 'SingleQuoted']);

function isText({ tokenType }: IToken): boolean {
  return texts.has(tokenType.name);
}

/** After the closing quote is outside the string; an unclosed string continues. */
function lastInside(token: IToken): number {
  const { image } = token;
  const closed = image.length > 1 && image.endsWith(image.charAt(0)) && /^["'`]/.test(image);
  return closed ? endOf(token) - 1 : endOf(token);
}

function wordAt(text: string, offset: number): Span {
  let start = offset;
  while (start > 0 && /\w/.test(text.charAt(start - 1))) start--;
  return { start, end: offset };
}

/** All names that the statement binds: what precedes a body may be bound in it. */
function bindings(tokens: readonly IToken[], text: string, walk: Walk): Scope {
  const scope = childScope(null);
  const bind = (token: IToken | undefined, value: Known): void => {
    if (token === undefined || !isName(token) || token.image === '_') return;
    scope.locals.set(token.image, { name: token.image, at: token.startOffset, value });
  };
  for (const parameter of parametersOf(tokens)) bind(parameter, dynamic);
  for (const [index, token] of tokens.entries()) {
    if (token.image === ':=' && isStartOfLiteral(tokens, index - 1)) {
      bind(tokens[index - 1], expressionAt(tokens, index + 1, text, walk, scope));
    } else if (token.image === 'in') {
      const names = boundNames(tokens, index);
      if (names.length === 0) continue;
      const { key, value } = memberOf(expressionAt(tokens, index + 1, text, walk, scope));
      bind(names.at(-1), value);
      if (names.length === 2) bind(names[0], key);
    }
  }
  return scope;
}

function isName({ image }: IToken): boolean {
  return /^[A-Za-z_]\w*$/.test(image);
}

/** A head has its `:=` at the left margin, and binds nothing. */
function isStartOfLiteral(tokens: readonly IToken[], index: number): boolean {
  const before = tokens[index - 1];
  const token = tokens[index];
  if (before === undefined || token === undefined) return false;
  return before.startLine !== token.startLine || ['{', ';', '|'].includes(before.image);
}

/** `some x in`, `some k, v in`, `every x in`. */
function boundNames(tokens: readonly IToken[], inAt: number): readonly IToken[] {
  const [first, second, third, fourth] = [1, 2, 3, 4].map((back) => tokens[inAt - back]);
  const opens = (token: IToken | undefined): boolean => token?.image === 'some' || token?.image === 'every';
  if (first === undefined) return [];
  if (opens(second)) return [first];
  return second?.image === ',' && third !== undefined && opens(fourth) ? [third, first] : [];
}

/** `name(a, b) := …` at the left margin. */
function parametersOf(tokens: readonly IToken[]): readonly IToken[] {
  const from = tokens[0]?.image === 'default' ? 1 : 0;
  if (tokens[from + 1]?.image !== '(') return [];
  const close = tokens.findIndex((token) => token.image === ')');
  return tokens.slice(from + 2, close === -1 ? undefined : close).filter(isName);
}

/** The value of the expression that begins at a token and ends with its line or the bracket around it. */
function expressionAt(
  tokens: readonly IToken[],
  from: number,
  text: string,
  walk: Walk,
  scope: Scope,
): Known {
  let depth = 0;
  let end = from;
  for (; end < tokens.length; end++) {
    const { image, startLine } = tokens[end]!;
    if (depth === 0 && end > from && startLine !== tokens[end - 1]!.endLine) break;
    if (/^[([{]$/.test(image)) depth++;
    else if (/^[)\]}]$/.test(image) && depth-- === 0) break;
    else if (depth === 0 && (image === ';' || image === '|')) break;
  }
  const first = tokens[from];
  const last = tokens[end - 1];
  if (first === undefined || last === undefined || end === from) return dynamic;
  const at = lead(text.slice(first.startOffset, endOf(last)).replace(/\{\s*$/, ''), walk, scope);
  return valueOf(walk, at);
}

const nothing = { expression: null };

function lead(written: string, walk: Walk, scope: Scope): At {
  const { expression } = written.length > expressionMax ? nothing : parseExpression('', written);
  return expression === null ? { kind: 'value', value: dynamic } : leadTo(walk, expression, scope);
}

/** The result of the path that ends before the token at `end`; null if there is none. */
export function pathBefore({ tokens, walk, scope }: Cursor, end: number): At | null {
  const start = startOfPath(tokens, end - 1);
  if (start === end) return null;
  const words = tokens.slice(start, end);
  const written = words.map((token, index) => gap(words[index - 1], token) + token.image).join('');
  return lead(written, walk, scope);
}

/** The value after the token at `from`, up to the end of its line. */
export function valueAfter(cursor: Cursor, from: number): Known {
  const { tokens, walk, scope } = cursor;
  const rest = tokens.slice(from);
  const stop = rest.findIndex((token, index) => index > 0 && !continuesPath(token, rest[index - 1]!));
  const words = stop === -1 ? rest : rest.slice(0, stop);
  const at = lead(words.map(({ image }) => image).join(''), walk, scope);
  return valueOf(walk, at);
}

function continuesPath({ image, startLine }: IToken, before: IToken): boolean {
  if (startLine !== before.endLine) return false;
  return image === '.' || before.image === '.';
}

function gap(before: IToken | undefined, token: IToken): string {
  return before === undefined || endOf(before) === token.startOffset ? '' : ' ';
}

/** Backwards over words, dots and brackets that belong together. */
function startOfPath(tokens: readonly IToken[], last: number): number {
  let at = last;
  for (;;) {
    const token = tokens[at];
    if (token === undefined) return last + 1;
    if (/^[)\]]$/.test(token.image)) {
      at = opening(tokens, at) - 1;
      if (at < -1) return last + 1;
      const before = tokens[at];
      if (before !== undefined && (isName(before) || /^[)\]]$/.test(before.image))) continue;
      return token.image === ']' || token.image === ')' ? at + 1 : last + 1;
    }
    if (!isName(token)) return last + 1;
    if (tokens[at - 1]?.image !== '.') return at;
    at -= 2;
  }
}

function opening(tokens: readonly IToken[], close: number): number {
  let depth = 0;
  for (let at = close; at >= 0; at--) {
    if (/^[)\]}]$/.test(tokens[at]!.image)) depth++;
    else if (/^[([{]$/.test(tokens[at]!.image) && --depth === 0) return at;
  }
  return -1;
}
