/** Expressions and patterns as text, with no more parentheses than they need. */
import type {
  Call,
  Comprehension,
  Expression,
  Pattern,
  PathStep,
  Reference,
  Template,
  Variable,
} from '../ast.js';
import { precedence } from '../build/operators.js';
import {
  concat,
  group,
  ifBroken,
  indent,
  join,
  line,
  render,
  softLine,
  trailing,
  type Layout,
} from './layout.js';
import { anywhere, breaksBetween, type Place, type Printer } from './context.js';
import { layOutList, stack, type Item } from './list.js';
import { quote, quoteRaw, templateText } from './text.js';

const tight = precedence.minus + 1;

/** How tightly the outermost operator of an expression binds; one without an operator binds tightest. */
function bindingOf(expression: Expression): number {
  if (expression.kind === 'binary') return precedence[expression.operator];
  if (expression.kind === 'membership') return precedence.in;
  if (expression.kind !== 'unary') return tight;
  return expression.operator === 'not' ? precedence.not : precedence.minus;
}

export function printExpression(p: Printer, expression: Expression, place: Place): Layout {
  const bars = place.noBar === true && expression.kind === 'binary' && expression.operator === '|';
  const parentheses = bars || bindingOf(expression) < place.precedence || isKeyed(expression);
  if (!parentheses) return printBare(p, expression, place);
  return concat('(', printBare(p, expression, anywhere), ')');
}

/** `k, v in xs` always stands in parentheses. */
function isKeyed(expression: Expression): boolean {
  return expression.kind === 'membership' && expression.key !== null;
}

function printBare(p: Printer, expression: Expression, place: Place): Layout {
  switch (expression.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(expression.value);
    case 'number':
    case 'duration':
      return expression.text;
    case 'string':
      return expression.raw ? quoteRaw(expression.value) : quote(expression.value);
    case 'template':
      return printTemplate(p, expression);
    case 'variable':
      return expression.name;
    case 'reference':
      return printReference(p, expression);
    case 'call':
      return printCall(p, expression);
    case 'has':
      return concat('has ', p.expression(expression.path, { precedence: tight }));
    case 'array':
      return printBrackets(p, '[', elements(p, expression.elements), expression.span, ']', ',');
    case 'set':
      if (expression.elements.length === 0) return 'set()';
      return printBrackets(p, '{', elements(p, expression.elements), expression.span, '}', ',');
    case 'object':
      return printBrackets(p, '{', entries(p, expression.entries), expression.span, '}', ',');
    case 'comprehension':
      return printComprehension(p, expression);
    case 'unary':
    case 'binary':
    case 'membership':
      return printOperators(p, expression, place);
  }
}

function elements(p: Printer, expressions: readonly Expression[]): Item[] {
  return expressions.map((element, index) => ({
    span: element.span,
    print: () => p.expression(element, { precedence: 0, noBar: index === 0 }),
  }));
}

function entries(
  p: Printer,
  list: readonly { readonly key: Expression; readonly value: Expression }[],
): Item[] {
  return list.map(({ key, value }, index) => {
    const place = { precedence: 0, noBar: index === 0 };
    return {
      span: { start: key.span.start, end: value.span.end },
      print: () => concat(p.expression(key, place), ': ', p.expression(value, place)),
    };
  });
}

/** A bracketed list: on one line if it fits and the author did not break it after the bracket. */
export function printBrackets(
  p: Printer,
  open: string,
  items: readonly Item[],
  span: { readonly start: number; readonly end: number },
  close: string,
  lastSeparator: string,
): Layout {
  if (items.length === 0) return open + close;
  const list = layOutList(p, items, span, ',');
  const first = items[0]!.span.start;
  const broken = !p.oneLine && (list.hasComments || breaksBetween(p, span.start, first));
  const comments = list.opening.map((text) => trailing(text));
  const content = broken
    ? stack({ ...list, items: withLastSeparator(list.items, lastSeparator) })
    : concat(
        join(
          line,
          list.items.map(({ layout }) => layout),
        ),
        ifBroken(lastSeparator),
      );
  return group(concat(open, ...comments, indent(concat(softLine, content)), softLine, close), broken);
}

/** The comma after the last element goes before a comment beside it, which stays at the end of the line. */
function withLastSeparator<T extends { readonly layout: Layout }>(
  items: readonly T[],
  separator: string,
): T[] {
  return items.map((item, index) =>
    index === items.length - 1 ? { ...item, layout: concat(item.layout, separator) } : item,
  );
}

function printComprehension(p: Printer, expression: Comprehension): Layout {
  const [open, close] = expression.of === 'array' ? ['[', ']'] : ['{', '}'];
  const place: Place = { precedence: 0, noBar: true };
  const key = expression.key === null ? '' : concat(p.expression(expression.key, place), ': ');
  const value = p.expression(expression.value, place);
  const between = { start: expression.value.span.end, end: expression.span.end };
  return group(concat(open, key, value, ' |', p.literals(expression.body, between), close));
}

/** A dot after a number would be read as part of it, and `true.x` is the name `true`. */
const stoodApart: ReadonlySet<Expression['kind']> = new Set(['number', 'duration', 'has', 'boolean', 'null']);

function printReference(p: Printer, reference: Reference): Layout {
  const { base } = reference;
  const apart = stoodApart.has(base.kind);
  const printed = p.expression(base, { precedence: tight });
  return concat(
    apart ? concat('(', printed, ')') : printed,
    ...reference.steps.map((step) => printStep(p, step)),
  );
}

export function printStep(p: Printer, step: PathStep): Layout {
  return step.kind === 'field' ? `.${step.name}` : concat('[', p.expression(step.index, anywhere), ']');
}

function printCall(p: Printer, call: Call): Layout {
  const callee: Reference | Variable = call.callee;
  const items = call.arguments.map((argument) => ({
    span: argument.span,
    print: () => p.expression(argument, anywhere),
  }));
  const span = { start: callee.span.end, end: call.span.end };
  return concat(p.expression(callee, anywhere), printBrackets(p, '(', items, span, ')', ''));
}

function printTemplate(p: Printer, template: Template): Layout {
  const q = p.onOneLine;
  const mark = template.raw ? '`' : '"';
  const parts = template.parts.map((part) =>
    part.kind === 'text'
      ? templateText(part.value, template.raw)
      : `{${render(q.expression(part.expression, anywhere), Infinity)}}`,
  );
  return concat('$', mark, ...parts, mark);
}

type Operation = Extract<Expression, { kind: 'unary' | 'binary' | 'membership' }>;

function printOperators(p: Printer, expression: Operation, place: Place): Layout {
  if (expression.kind === 'unary') return printUnary(p, expression.operator, expression.operand, place);
  if (expression.kind === 'membership' && expression.key !== null) {
    const key = p.expression(expression.key, anywhere);
    const operand = { precedence: precedence.in + 1 };
    return concat(
      key,
      ', ',
      p.expression(expression.value, operand),
      ' in ',
      p.expression(expression.collection, operand),
    );
  }
  return printChain(p, expression, place);
}

function printUnary(p: Printer, operator: 'not' | '-', operand: Expression, place: Place): Layout {
  if (operator === '-') return concat('-', p.expression(operand, { ...place, precedence: precedence.minus }));
  // `not {` would open a body.
  if (beginsWithBrace(operand)) return concat('not (', p.expression(operand, anywhere), ')');
  return concat('not ', p.expression(operand, { ...place, precedence: precedence.not }));
}

/** `a + b + c` is a tree that leans left; its operands are laid out as one list. */
function printChain(p: Printer, expression: Operation, place: Place): Layout {
  const binding = bindingOf(expression);
  const parts: Layout[] = [];
  let left: Expression = expression;
  while (isInChain(left, binding)) {
    const operator = left.kind === 'binary' ? left.operator : left.negated ? 'not in' : 'in';
    const right: Expression = left.kind === 'binary' ? left.right : left.collection;
    parts.unshift(concat(` ${operator}`, line, p.expression(right, { ...place, precedence: binding + 1 })));
    left = left.kind === 'binary' ? left.left : left.value;
    // Comparisons do not chain, except `in`.
    if (
      binding === precedence.in &&
      !(isInChain(left, binding) && operator.endsWith('in') && left.kind === 'membership')
    )
      break;
  }
  const first = p.expression(left, { ...place, precedence: binding + 1 });
  return group(concat(first, indent(concat(...parts))));
}

type Link = Extract<Expression, { kind: 'binary' | 'membership' }>;

function isInChain(expression: Expression, binding: number): expression is Link {
  if (expression.kind === 'membership') return expression.key === null && binding === precedence.in;
  return expression.kind === 'binary' && precedence[expression.operator] === binding;
}

/** Whether the text of an expression begins with `{`. */
export function beginsWithBrace(expression: Expression): boolean {
  const { kind } = expression;
  if (kind === 'set') return expression.elements.length > 0;
  if (kind === 'object') return true;
  if (kind === 'comprehension') return expression.of !== 'array';
  if (kind === 'reference') return beginsWithBrace(expression.base);
  if (kind === 'binary') return beginsWithBrace(expression.left);
  return kind === 'membership' && expression.key === null && beginsWithBrace(expression.value);
}

export function printPattern(p: Printer, pattern: Pattern, place: Place): Layout {
  switch (pattern.kind) {
    case 'variable-pattern':
      return pattern.name;
    case 'wildcard-pattern':
      return '_';
    case 'constant-pattern':
      return p.expression(pattern.value, place);
    case 'array-pattern': {
      const items = pattern.elements.map((element) => ({
        span: element.span,
        print: () => p.pattern(element, anywhere),
      }));
      return printBrackets(p, '[', items, pattern.span, ']', ',');
    }
    case 'object-pattern': {
      const items = pattern.entries.map(({ key, value }) => ({
        span: { start: key.span.start, end: value.span.end },
        print: () => concat(p.expression(key, anywhere), ': ', p.pattern(value, anywhere)),
      }));
      return printBrackets(p, '{', items, pattern.span, '}', ',');
    }
  }
}
