/** Conditions in words: what a reviewer reads who has never seen the language. */
import type { Body, Expression, Literal, Pattern } from '../../grammar/ast.js';
import { printExpression } from '../../grammar/print/printer.js';
import type { Source } from '../../grammar/source.js';
import { never } from '../../src/errors.js';
import { code, type Item } from './markdown.js';

export function bodyItems({ literals }: Body, source: Source): readonly Item[] {
  return literals.map((literal) => literalItem(literal, source));
}

function literalItem(literal: Literal, source: Source): Item {
  const item = unmodified(literal, source);
  if (literal.modifiers.length === 0) return item;
  const changes = literal.modifiers.map(({ target, value }) => `${shown(target)} being ${shown(value)}`);
  return { ...item, text: `${item.text}, with ${changes.join(' and ')}` };
}

function unmodified(literal: Literal, source: Source): Item {
  switch (literal.kind) {
    case 'condition':
      return conditionItem(literal.expression);
    case 'assign':
      return { text: `where ${pattern(literal.pattern, source)} is ${shown(literal.value)}` };
    case 'some':
      return { text: `for some ${names(literal, source)} in ${shown(literal.collection)}` };
    case 'every':
      return {
        text: `for every ${names(literal, source)} in ${shown(literal.collection)}:`,
        children: bodyItems(literal.body, source),
      };
    case 'not-body':
      return { text: 'not all of:', children: bodyItems(literal.body, source) };
    default:
      return never(literal);
  }
}

function names({ key, value }: Literal & { kind: 'some' | 'every' }, source: Source): string {
  const bound = [...(key === null ? [] : [key]), value];
  return bound.map((one) => pattern(one, source)).join(', ');
}

function pattern({ span }: Pattern, { text }: Source): string {
  return code(text.slice(span.start, span.end));
}

/** A choice between conditions is a list of its own. */
function conditionItem(expression: Expression): Item {
  if (expression.kind !== 'binary' || expression.operator !== 'or') return { text: words(expression) };
  return { text: 'one of:', children: choices(expression).map(conditionItem) };
}

function choices(expression: Expression): readonly Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== 'or') return [expression];
  return [...choices(expression.left), ...choices(expression.right)];
}

const comparisons: Readonly<Partial<Record<string, string>>> = {
  '==': 'is',
  '!=': 'is not',
  '<': 'is less than',
  '<=': 'is at most',
  '>': 'is more than',
  '>=': 'is at least',
};

function words(expression: Expression): string {
  switch (expression.kind) {
    case 'unary':
      return expression.operator === 'not' ? negated(expression.operand) : shown(expression);
    case 'binary': {
      const { operator, left, right } = expression;
      if (operator === 'and') return `${words(left)}, and ${words(right)}`;
      const verb = comparisons[operator];
      return verb === undefined ? `${shown(expression)} holds` : `${shown(left)} ${verb} ${shown(right)}`;
    }
    case 'membership':
      return membership(expression, expression.negated);
    case 'has':
      return `${shown(expression.path)} is there`;
    case 'variable':
    case 'reference':
    case 'call':
      return `${shown(expression)} holds`;
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'template':
    case 'duration':
    case 'array':
    case 'set':
    case 'object':
    case 'comprehension':
      return shown(expression);
    default:
      return never(expression);
  }
}

function negated(operand: Expression): string {
  switch (operand.kind) {
    case 'membership':
      return membership(operand, !operand.negated);
    case 'has':
      return `${shown(operand.path)} is not there`;
    case 'variable':
    case 'reference':
    case 'call':
      return `${shown(operand)} does not hold`;
    case 'unary':
    case 'binary':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'template':
    case 'duration':
    case 'array':
    case 'set':
    case 'object':
    case 'comprehension':
      return `it is not so that ${words(operand)}`;
    default:
      return never(operand);
  }
}

/** A set that is written out is a list of what may be; one value alone is that value. */
function membership({ key, value, collection }: Expression & { kind: 'membership' }, not: boolean): string {
  const member = key === null ? shown(value) : `${shown(key)}, ${shown(value)}`;
  const is = not ? 'is not' : 'is';
  const written = collection.kind === 'set' || collection.kind === 'array' ? collection.elements : [];
  if (written.length === 0 || key !== null) return `${member} ${is} in ${shown(collection)}`;
  const values = written
    .map(shown)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
  return `${member} ${is} ${values}`;
}

function shown(expression: Expression): string {
  return code(printExpression(expression));
}
