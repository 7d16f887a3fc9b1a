/** From the flat list of operands and operators to a tree, by precedence and without recursion. */
import type { CstNode } from 'chevrotain';
import type { BinaryOperator, Expression } from '../ast.js';
import type { Builder } from './builder.js';
import { cover, nodeSpan, nodes, requiredNode, tokens, tokenSpan } from '../cst.js';
import * as messages from '../messages.js';
import type { Span } from '../source.js';

/**
 * How tightly an operator binds, loosest first. `??` binds tighter than a comparison, so that `x ?? 0 > 3` is
 * `(x ?? 0) > 3`, and looser than the operators that compute a value, so that `a + b ?? 0` guards the whole sum.
 * `in` stands with the comparisons; two of them in a row need parentheses, except `a in b in c`, as in Rego.
 */
export const precedence = {
  or: 1,
  and: 2,
  not: 3,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  'not in': 4,
  '??': 5,
  '|': 6,
  '&': 7,
  '+': 8,
  '-': 8,
  '*': 9,
  '/': 9,
  '%': 9,
  minus: 10,
} as const;
type Infix = BinaryOperator | 'in' | 'not in';

const comparison = precedence['=='];

/** Operators of other languages, and how they are parsed after the error is reported. */
const foreign: Readonly<Record<string, Infix>> = { '&&': 'and', '||': 'or', '===': '==', '!==': '!=' };

interface Built {
  readonly expression: Expression;
  /** Including the parentheses around it, which the tree does not keep. */
  readonly span: Span;
}
type Pending =
  | {
      readonly kind: 'prefix';
      readonly operator: 'not' | '-';
      readonly precedence: number;
      readonly span: Span;
    }
  | { readonly kind: 'infix'; readonly operator: Infix; readonly precedence: number; readonly span: Span };

interface Stacks {
  readonly values: Built[];
  readonly pending: Pending[];
}

/** Expression → operand { operator operand }. `buildOperand` returns the operand without its prefixes. */
export function buildOperators(
  b: Builder,
  node: CstNode,
  buildOperand: (operand: CstNode) => Expression,
): Expression {
  const stacks: Stacks = { values: [], pending: [] };
  const operands = nodes(node, 'operand');
  const operators = nodes(node, 'operator');
  operands.forEach((operand, index) => {
    const before = operators[index - 1];
    if (before !== undefined) pushInfix(b, stacks, before);
    pushPrefixes(b, stacks, operand);
    stacks.values.push({ expression: buildOperand(operand), span: operandSpan(operand) });
  });
  while (stacks.pending.length > 0) reduce(b, stacks);
  return stacks.values[0]!.expression;
}

/** The operand after its prefixes, including its parentheses: in `not a == b` the comparison begins at `a`. */
function operandSpan(operand: CstNode): Span {
  const has = tokens(operand, 'prefix').find(({ image }) => image === 'has');
  const span = nodeSpan(requiredNode(operand, 'postfix'));
  return has === undefined ? span : cover(tokenSpan(has), span);
}

/** The number of operators and prefixes in an expression, excluding those inside its brackets. */
export function countOperators(node: CstNode): number {
  const prefixes = nodes(node, 'operand').map((operand) => tokens(operand, 'prefix').length);
  return prefixes.reduce((sum, count) => sum + count, nodes(node, 'operator').length);
}

function pushInfix(b: Builder, stacks: Stacks, node: CstNode): void {
  const operator = readOperator(b, node);
  const binding = precedence[operator];
  while ((stacks.pending.at(-1)?.precedence ?? 0) >= binding) reduce(b, stacks);
  stacks.pending.push({ kind: 'infix', operator, precedence: binding, span: nodeSpan(node) });
}

function pushPrefixes(b: Builder, stacks: Stacks, operand: CstNode): void {
  for (const token of tokens(operand, 'prefix')) {
    const span = { start: token.startOffset, end: token.startOffset + token.image.length };
    if (token.image === '!') b.report(messages.foreignOperator('!', 'not'), span);
    if (token.image === 'has') continue;
    const operator = token.image === '-' ? '-' : 'not';
    stacks.pending.push({
      kind: 'prefix',
      operator,
      precedence: operator === '-' ? precedence.minus : precedence.not,
      span,
    });
  }
}

function readOperator(b: Builder, node: CstNode): Infix {
  if (node.children['Not'] !== undefined) return 'not in';
  const image = tokens(node, 'Operator')[0]!.image;
  if (image === '=') {
    b.report(messages.unify, nodeSpan(node));
    return '==';
  }
  const instead = foreign[image];
  if (instead === undefined) return image as Infix;
  b.report(messages.foreignOperator(image, instead), nodeSpan(node));
  return instead;
}

function reduce(b: Builder, stacks: Stacks): void {
  const pending = stacks.pending.pop()!;
  const right = stacks.values.pop()!;
  if (pending.kind === 'prefix') {
    const span = cover(pending.span, right.span);
    const { operator } = pending;
    stacks.values.push({ expression: { kind: 'unary', operator, operand: right.expression, span }, span });
    return;
  }
  const left = stacks.values.pop()!;
  if (pending.precedence === comparison && chains(left, pending.operator)) {
    b.report(messages.chainedComparison, pending.span);
  }
  const span = cover(left.span, right.span);
  stacks.values.push({ expression: joined(pending.operator, left.expression, right.expression, span), span });
}

/** A comparison directly on the left of another; one in parentheses has a wider span than its node. */
function chains(left: Built, operator: Infix): boolean {
  const { expression, span } = left;
  if (span.end !== expression.span.end) return false;
  if (expression.kind === 'membership') return operator !== 'in' && operator !== 'not in';
  return expression.kind === 'binary' && precedence[expression.operator] === comparison;
}

function joined(operator: Infix, left: Expression, right: Expression, span: Span): Expression {
  if (operator === 'in' || operator === 'not in') {
    const negated = operator === 'not in';
    return { kind: 'membership', negated, key: null, value: left, collection: right, span };
  }
  return { kind: 'binary', operator, left, right, span };
}
