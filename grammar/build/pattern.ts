/** Patterns: the left side of `:=`, the variables of `some` and `every`, and the parameters of a function. */
import type { CstNode } from 'chevrotain';
import type { Pattern, StringLiteral } from '../ast.js';
import { checkCommas } from './expression.js';
import type { Builder } from './builder.js';
import { node, nodeSpan, nodes, requiredNode, token } from '../cst.js';
import * as messages from '../messages.js';

/** A pattern is written as an expression: names bind, brackets destructure, and anything else must be equal. */
export function buildPattern(b: Builder, at: CstNode): Pattern {
  const primary = barePrimary(at);
  const span = nodeSpan(at);
  const name = primary && token(primary, 'Name');
  if (name !== undefined) {
    return name.image === '_'
      ? { kind: 'wildcard-pattern', span }
      : { kind: 'variable-pattern', name: name.image, span };
  }
  const array = primary && node(primary, 'array');
  if (array !== undefined && node(array, 'literals') === undefined) {
    checkCommas(b, array, 'expression', 'LeftBracket');
    const elements = nodes(array, 'expression').map((element) => b.pattern(element));
    return { kind: 'array-pattern', elements, span };
  }
  const braces = primary && node(primary, 'braces');
  if (braces !== undefined && isObject(braces)) return buildObjectPattern(b, braces);
  return { kind: 'constant-pattern', value: b.expression(at), span };
}

/** The primary of an expression that consists of nothing else. */
function barePrimary(at: CstNode): CstNode | undefined {
  const operand = nodes(at, 'operand');
  if (operand.length !== 1 || operand[0]!.children['prefix'] !== undefined) return undefined;
  const postfix = requiredNode(operand[0]!, 'postfix');
  return postfix.children['step'] === undefined ? requiredNode(postfix, 'primary') : undefined;
}

function isObject(braces: CstNode): boolean {
  if (node(braces, 'literals') !== undefined) return false;
  return nodes(braces, 'entry').every((entry) => nodes(entry, 'expression').length === 2);
}

function buildObjectPattern(b: Builder, at: CstNode): Pattern {
  checkCommas(b, at, 'entry', 'LeftBrace');
  const entries = nodes(at, 'entry').map((entry) => {
    const [key, value] = nodes(entry, 'expression');
    return { key: buildKey(b, key!), value: b.pattern(value!) };
  });
  return { kind: 'object-pattern', entries, span: nodeSpan(at) };
}

function buildKey(b: Builder, at: CstNode): StringLiteral {
  const key = b.expression(at);
  if (key.kind === 'string') return key;
  b.report(messages.patternKey, key.span);
  return { kind: 'string', value: '', raw: false, span: key.span };
}
