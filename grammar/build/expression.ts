/** Expressions: from the concrete tree to the typed one. */
import type { CstNode, IToken } from 'chevrotain';
import type {
  Comprehension,
  Expression,
  FieldStep,
  PathStep,
  Reference,
  Template,
  TemplatePart,
  Variable,
} from '../ast.js';
import { buildOperators, countOperators } from './operators.js';
import type { Builder } from './builder.js';
import {
  cover,
  node,
  nodeSpan,
  nodes,
  requiredNode,
  requiredToken,
  token,
  tokenSpan,
  tokens,
} from '../cst.js';
import { buildNumber, buildString, rawText, unescape } from './literal-text.js';
import * as messages from '../messages.js';
import type { Problem } from '../problem.js';
import type { Span } from '../source.js';

/** Later passes recurse over the tree, so its depth is bounded separately from the nesting of brackets. */
const operatorsMax = 500;
const stepsMax = 200;

export function buildExpression(b: Builder, at: CstNode): Expression {
  const count = countOperators(at);
  if (b.operators + count > operatorsMax) {
    b.report(messages.tooManyOperators, nodeSpan(at));
    return { kind: 'null', span: nodeSpan(at) };
  }
  b.operators += count;
  const built = buildOperators(b, at, (operand) => buildOperand(b, operand));
  b.operators -= count;
  return built;
}

function buildOperand(b: Builder, at: CstNode): Expression {
  const prefixes = tokens(at, 'prefix');
  const has = prefixes.findIndex((prefix) => prefix.image === 'has');
  const postfix = requiredNode(at, 'postfix');
  if (has === -1) return buildPostfix(b, postfix);
  const span = cover(tokenSpan(prefixes[has]!), nodeSpan(postfix));
  if (has !== prefixes.length - 1) b.report(messages.badHas, span);
  const path = buildPostfix(b, postfix);
  if (isPath(path)) return { kind: 'has', path, span };
  b.report(messages.badHas, span);
  return { kind: 'null', span };
}

/** Names with dots and brackets; a reference based on a call is not a path. */
function isPath(expression: Expression): expression is Reference | Variable {
  if (expression.kind === 'reference') return expression.base.kind === 'variable';
  return expression.kind === 'variable';
}

export function buildPath(b: Builder, postfix: CstNode): Reference | Variable {
  const path = buildPostfix(b, postfix);
  if (isPath(path)) return path;
  b.report(messages.badPath, path.span);
  return { kind: 'variable', name: '_', span: path.span };
}

function buildPostfix(b: Builder, at: CstNode): Expression {
  const primary = requiredNode(at, 'primary');
  const start = nodeSpan(primary);
  const written = nodes(at, 'step');
  if (written.length > stepsMax) b.report(messages.pathTooLong, start);
  let current = buildPrimary(b, primary);
  let steps: PathStep[] = [];
  for (const step of written.slice(0, stepsMax)) {
    const call = node(step, 'callArguments');
    if (call === undefined) {
      steps.push(buildStep(b, step));
    } else {
      current = buildCall(b, withSteps(current, steps, start), call, cover(start, nodeSpan(call)));
      steps = [];
    }
  }
  return withSteps(current, steps, start);
}

function withSteps(base: Expression, steps: readonly PathStep[], start: Span): Expression {
  const last = steps.at(-1);
  if (last === undefined) return base;
  const span = cover(start, last.span);
  // `(a.b).c` is `a.b.c`.
  if (base.kind === 'reference') return { ...base, steps: [...base.steps, ...steps], span };
  return { kind: 'reference', base, steps, span };
}

export function buildStep(b: Builder, at: CstNode): PathStep {
  const span = nodeSpan(at);
  const word = token(at, 'Word');
  if (word !== undefined) return buildField(word);
  const index = requiredNode(at, 'expression');
  if (b.source.text.slice(nodeSpan(index).start, nodeSpan(index).end) !== '_') {
    return { kind: 'index', index: b.expression(index), span };
  }
  b.report(messages.wildcardReference, span);
  return { kind: 'index', index: { kind: 'null', span }, span };
}

function buildField(word: IToken): FieldStep {
  return { kind: 'field', name: word.image, span: tokenSpan(word) };
}

function buildCall(b: Builder, callee: Expression, call: CstNode, span: Span): Expression {
  const given = buildList(b, call, 'LeftParen');
  if (callee.kind === 'variable' && callee.name === 'set' && given.length === 0) {
    return { kind: 'set', elements: [], span };
  }
  if (isPath(callee) && isDotted(callee)) {
    const leftOut = messages.leftOutBuiltin(b.source.text.slice(callee.span.start, callee.span.end));
    if (leftOut !== undefined) b.report(leftOut, callee.span);
    return { kind: 'call', callee, arguments: given, span };
  }
  b.report(messages.notCallable, callee.span);
  return { kind: 'null', span };
}

/** Whether the name is static: fields and quoted keys only. */
function isDotted(callee: Reference | Variable): boolean {
  if (callee.kind === 'variable') return true;
  return callee.steps.every((step) => step.kind === 'field' || step.index.kind === 'string');
}

/** The expressions of a bracket, reporting superfluous commas. */
function buildList(b: Builder, at: CstNode, opening: string): Expression[] {
  checkCommas(b, at, 'expression', opening);
  return nodes(at, 'expression').map((element) => b.expression(element));
}

/** One comma may trail; two in a row, or one before the first element, may not. */
export function checkCommas(b: Builder, at: CstNode, elements: string, opening: string): void {
  const starts = nodes(at, elements).map((element) => nodeSpan(element).start);
  let before = requiredToken(at, opening).startOffset;
  let next = 0;
  for (const comma of tokens(at, 'Comma')) {
    let between = 0;
    while (next < starts.length && starts[next]! < comma.startOffset) {
      if (starts[next]! > before) between++;
      next++;
    }
    if (between === 0) b.report(messages.extraComma, tokenSpan(comma));
    before = comma.startOffset;
  }
}

function buildPrimary(b: Builder, at: CstNode): Expression {
  const name = Object.keys(at.children)[0] ?? '';
  const span = nodeSpan(at);
  switch (name) {
    case 'Name':
      return buildVariable(b, requiredToken(at, 'Name'));
    case 'Number':
      return buildNumber(b, requiredToken(at, 'Number'));
    case 'String':
    case 'RawString':
    case 'SingleQuoted':
      return buildString(b, requiredToken(at, name));
    case 'True':
    case 'False':
      return { kind: 'boolean', value: name === 'True', span };
    case 'Null':
      return { kind: 'null', span };
    case 'template':
      return buildTemplate(b, requiredNode(at, name));
    case 'array':
      return buildArray(b, requiredNode(at, name));
    case 'braces':
      return buildBraces(b, requiredNode(at, name));
    case 'parenthesis':
      return buildParenthesis(b, requiredNode(at, name));
    default:
      throw new Error(`unreachable: primary ${name}`);
  }
}

function buildVariable(b: Builder, name: IToken): Variable {
  const span = tokenSpan(name);
  if (name.image === '_') b.report(messages.wildcard, span);
  return { kind: 'variable', name: name.image, span };
}

export function buildTemplate(b: Builder, at: CstNode): Template {
  const raw = token(at, 'RawTemplateStart') !== undefined;
  const texts = [...tokens(at, 'TemplateText'), ...tokens(at, 'RawTemplateText')];
  const parts: (TemplatePart & { readonly start: number })[] = texts.map((text) => ({
    kind: 'text',
    value: templateText(b, text, raw),
    start: text.startOffset,
  }));
  for (const hole of nodes(at, 'hole')) {
    for (const modifier of nodes(hole, 'withModifier')) b.report(messages.templateWith, nodeSpan(modifier));
    const expression = b.expression(requiredNode(hole, 'expression'));
    parts.push({ kind: 'hole', expression, start: nodeSpan(hole).start });
  }
  parts.sort((one, other) => one.start - other.start);
  return { kind: 'template', raw, parts: parts.map(withoutStart), span: nodeSpan(at) };
}

function withoutStart(part: TemplatePart): TemplatePart {
  return part.kind === 'text'
    ? { kind: 'text', value: part.value }
    : { kind: 'hole', expression: part.expression };
}

function templateText(b: Builder, text: IToken, raw: boolean): string {
  return raw ? rawText(text.image).replaceAll('\\{', '{') : unescape(b, text.image, text.startOffset, true);
}

function buildArray(b: Builder, at: CstNode): Expression {
  const span = nodeSpan(at);
  const body = node(at, 'literals');
  if (body === undefined) return { kind: 'array', elements: buildList(b, at, 'LeftBracket'), span };
  const value = b.expression(requiredNode(at, 'expression'));
  return { kind: 'comprehension', of: 'array', key: null, value, body: b.literals(body, span), span };
}

function buildBraces(b: Builder, at: CstNode): Expression {
  const span = nodeSpan(at);
  const entries = nodes(at, 'entry').map((entry) => nodes(entry, 'expression'));
  const body = node(at, 'literals');
  if (body !== undefined) return buildComprehension(b, entries[0]!, body, span);
  checkCommas(b, at, 'entry', 'LeftBrace');
  const pairs = entries.filter((entry) => entry.length === 2);
  if (pairs.length !== 0 && pairs.length !== entries.length) b.report(messages.mixedBraces, span);
  if (entries.length > 0 && pairs.length === 0) {
    return { kind: 'set', elements: entries.map(([element]) => b.expression(element!)), span };
  }
  const objectEntries = pairs.map(([key, value]) => ({
    key: b.expression(key!),
    value: b.expression(value!),
  }));
  return { kind: 'object', entries: objectEntries, span };
}

function buildComprehension(b: Builder, entry: CstNode[], body: CstNode, span: Span): Comprehension {
  const [first, second] = entry.map((part) => b.expression(part));
  return second === undefined
    ? { kind: 'comprehension', of: 'set', key: null, value: first!, body: b.literals(body, span), span }
    : { kind: 'comprehension', of: 'object', key: first!, value: second, body: b.literals(body, span), span };
}

function buildParenthesis(b: Builder, at: CstNode): Expression {
  const [first, second] = nodes(at, 'expression');
  const inner = b.expression(first!);
  if (second === undefined) return inner;
  return buildKeyed(b, inner, second, nodeSpan(at), messages.commaInParentheses);
}

/** `k, v in xs`: the key belongs to the membership directly after the comma. */
export function buildKeyed(
  b: Builder,
  key: Expression,
  second: CstNode,
  span: Span,
  otherwise: Problem,
): Expression {
  const rest = b.expression(second);
  const isOpen = rest.span.start === nodeSpan(second).start;
  const keyed = isOpen ? withKey(key, rest) : null;
  if (keyed !== null) return keyed;
  b.report(otherwise, span);
  return rest;
}

/** Descends the left side until a parenthesis begins. */
function withKey(key: Expression, rest: Expression): Expression | null {
  const span = cover(key.span, rest.span);
  if (rest.kind === 'membership') {
    if (rest.key !== null) return null;
    const isOpen = rest.value.span.start === rest.span.start;
    const value = isOpen && rest.value.kind === 'membership' ? withKey(key, rest.value) : null;
    return value === null ? { ...rest, key, span } : { ...rest, value, span };
  }
  if (rest.kind !== 'binary' || rest.left.span.start !== rest.span.start) return null;
  const left = withKey(key, rest.left);
  return left === null ? null : { ...rest, left, span };
}
