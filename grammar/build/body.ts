/** Bodies and their literals. */
import type { CstNode } from 'chevrotain';
import type { Body, Expression, Literal, Pattern, SomeLiteral, WithModifier } from '../ast.js';
import { buildKeyed } from './expression.js';
import type { Builder } from './builder.js';
import { node, nodeSpan, nodes, requiredNode, token } from '../cst.js';
import * as messages from '../messages.js';
import type { Problem } from '../problem.js';
import type { Span } from '../source.js';

/** Body → bracedBody | literal. */
export function buildBody(b: Builder, at: CstNode): Body {
  const braced = at.name === 'bracedBody' ? at : node(at, 'bracedBody');
  if (braced === undefined) {
    const literals = buildLiteralList(b, at, messages.commaInBody);
    return { kind: 'body', braces: false, literals, span: nodeSpan(at) };
  }
  const literals = buildLiteralList(b, requiredNode(braced, 'literals'), messages.commaInBody);
  if (literals.length === 0) b.report(messages.emptyBody, nodeSpan(braced));
  return { kind: 'body', braces: true, literals, span: nodeSpan(braced) };
}

/** The literals after the `|` of a comprehension. */
export function buildLiterals(b: Builder, at: CstNode, around: Span): Body {
  const literals = buildLiteralList(b, at, messages.commaInComprehension);
  const span = literals.length === 0 ? around : nodeSpan(at);
  if (literals.length === 0) b.report(messages.emptyBody, span);
  return { kind: 'body', braces: false, literals, span };
}

function buildLiteralList(b: Builder, at: CstNode, comma: Problem): Literal[] {
  return nodes(at, 'literal').map((literal) => buildLiteral(b, literal, comma));
}

/** `comma` is the problem to report for a comma that joins no key to its value. */
export function buildLiteral(b: Builder, at: CstNode, comma = messages.commaInBody): Literal {
  const modifiers = nodes(at, 'withModifier').map((modifier) => b.modifier(modifier));
  const span = nodeSpan(at);
  const every = node(at, 'every');
  if (every !== undefined) return buildEvery(b, every, modifiers, span);
  const some = node(at, 'some');
  if (some !== undefined) return buildSome(b, some, modifiers, span);
  const notBody = node(at, 'notBody');
  if (notBody === undefined)
    return buildCondition(b, requiredNode(at, 'condition'), { modifiers, span }, comma);
  return { kind: 'not-body', body: b.body(requiredNode(notBody, 'bracedBody')), modifiers, span };
}

interface LiteralBase {
  readonly modifiers: readonly WithModifier[];
  readonly span: Span;
}

function buildCondition(b: Builder, at: CstNode, base: LiteralBase, comma: Problem): Literal {
  const left = requiredNode(at, 'left');
  const right = node(at, 'right');
  if (right === undefined) return { kind: 'condition', expression: b.expression(left), ...base };
  if (token(at, 'Assign') === undefined) {
    const expression = buildKeyed(b, b.expression(left), right, nodeSpan(at), comma);
    return { kind: 'condition', expression, ...base };
  }
  const pattern = b.pattern(left);
  if (pattern.kind === 'constant-pattern') b.report(messages.assignTarget, pattern.span);
  return { kind: 'assign', pattern, value: b.expression(right), ...base };
}

function buildSome(b: Builder, at: CstNode, modifiers: WithModifier[], span: Span): Literal {
  const collection = node(at, 'expression');
  if (collection === undefined) {
    b.report(messages.someWithoutIn, nodeSpan(at));
    return { kind: 'condition', expression: { kind: 'null', span }, modifiers, span };
  }
  return { kind: 'some', ...buildNames(b, at), collection: buildCollection(b, collection), modifiers, span };
}

/** `for each k, v in xs`, which binds as `some k, v in xs` does. */
export function buildTable(b: Builder, at: CstNode): SomeLiteral {
  const collection = buildCollection(b, requiredNode(at, 'expression'));
  return { kind: 'some', ...buildNames(b, at), collection, modifiers: [], span: nodeSpan(at) };
}

function buildEvery(b: Builder, at: CstNode, modifiers: WithModifier[], span: Span): Literal {
  const collection = buildCollection(b, requiredNode(at, 'expression'));
  const body = b.body(requiredNode(at, 'bracedBody'));
  return { kind: 'every', ...buildNames(b, at), collection, body, modifiers, span };
}

function buildNames(b: Builder, at: CstNode): { key: Pattern | null; value: Pattern } {
  const patterns = nodes(requiredNode(at, 'patterns'), 'expression');
  if (patterns.length > 2) b.report(messages.tooManyPatterns, nodeSpan(patterns[2]!));
  const [first, second] = patterns.map((pattern) => b.pattern(pattern));
  return second === undefined ? { key: null, value: first! } : { key: first!, value: second };
}

/** `some x in xs and x > 1` would go through a truth value: conditions stand on lines of their own. */
function buildCollection(b: Builder, at: CstNode): Expression {
  const collection = b.expression(at);
  const spread = collection.span.end === nodeSpan(at).end;
  if (
    spread &&
    collection.kind === 'binary' &&
    (collection.operator === 'and' || collection.operator === 'or')
  ) {
    b.report(messages.someWithCondition, collection.span);
  }
  return collection;
}

export function buildModifier(b: Builder, at: CstNode): WithModifier {
  const target = b.path(requiredNode(at, 'postfix'));
  const value = b.expression(requiredNode(at, 'expression'));
  return { kind: 'with', target, value, span: nodeSpan(at) };
}
