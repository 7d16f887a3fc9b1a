/** Expressions, bodies and patterns: records every name in them, and infers the type of their values. */
import type { Body, Comprehension, Expression, Literal, Pattern } from '../../../grammar/ast.js';
import { boolean, number, text } from '../../../src/values/schema.js';
import { never } from '../../../src/errors.js';
import { dynamic, known, memberOf, stepTo, type Known } from './types.js';
import { walkCall, walkReference, walkVariable } from './walk-reference.js';
import { childScope, note, type Scope, type Walk } from './walk.js';

export function walkExpression(walk: Walk, written: Expression, scope: Scope): Known {
  switch (written.kind) {
    case 'null':
      return known({ kind: 'null' });
    case 'boolean':
      return known(boolean);
    case 'number':
    case 'duration':
      return known(number);
    case 'string':
      return known(text);
    case 'template':
      for (const part of written.parts) if (part.kind === 'hole') walk.expression(part.expression, scope);
      return known(text);
    case 'array':
    case 'set': {
      const [first] = written.elements.map((element) => walk.expression(element, scope));
      return known({ kind: written.kind, element: (first ?? dynamic).type });
    }
    case 'object':
      return walkObject(walk, written.entries, scope);
    case 'comprehension':
      return walkComprehension(walk, written, scope);
    case 'variable':
      return walkVariable(walk, written, scope);
    case 'reference':
      return walkReference(walk, written, scope);
    case 'call':
      return walkCall(walk, written, scope);
    case 'has':
      walk.expression(written.path, scope);
      return known(boolean);
    case 'unary':
    case 'binary':
    case 'membership':
      return walkOperator(walk, written, scope);
    default:
      return never(written);
  }
}

type ObjectEntries = Extract<Expression, { kind: 'object' }>['entries'];

function walkObject(walk: Walk, entries: ObjectEntries, scope: Scope): Known {
  for (const { key, value } of entries) {
    walk.expression(key, scope);
    walk.expression(value, scope);
  }
  return dynamic;
}

type Operator = Extract<Expression, { kind: 'unary' | 'binary' | 'membership' }>;

function walkOperator(walk: Walk, written: Operator, scope: Scope): Known {
  if (written.kind === 'unary') {
    const operand = walk.expression(written.operand, scope);
    return written.operator === 'not' ? known(boolean) : operand;
  }
  if (written.kind === 'membership') {
    if (written.key !== null) walk.expression(written.key, scope);
    walk.expression(written.value, scope);
    walk.expression(written.collection, scope);
    return known(boolean);
  }
  const left = walk.expression(written.left, scope);
  walk.expression(written.right, scope);
  const keeps = ['|', '&', '+', '-', '*', '/', '%', '??'].includes(written.operator);
  return keeps ? known(left.type) : known(boolean);
}

function walkComprehension(walk: Walk, written: Comprehension, outer: Scope): Known {
  const scope = childScope(outer);
  walk.body(written.body, scope);
  if (written.key !== null) walk.expression(written.key, scope);
  const { type } = walk.expression(written.value, scope);
  return known(written.of === 'object' ? { kind: 'map', value: type } : { kind: written.of, element: type });
}

export function walkBody(walk: Walk, { literals }: Body, scope: Scope): void {
  for (const literal of literals) walk.literal(literal, scope);
}

export function walkLiteral(walk: Walk, written: Literal, scope: Scope): void {
  for (const { target, value } of written.modifiers) {
    walk.expression(target, scope);
    walk.expression(value, scope);
  }
  switch (written.kind) {
    case 'condition':
      walk.expression(written.expression, scope);
      return;
    case 'assign':
      walk.pattern(written.pattern, walk.expression(written.value, scope), scope);
      return;
    case 'some':
    case 'every': {
      const member = memberOf(walk.expression(written.collection, scope));
      const inner = written.kind === 'some' ? scope : childScope(scope);
      if (written.key !== null) walk.pattern(written.key, member.key, inner);
      walk.pattern(written.value, member.value, inner);
      if (written.kind === 'every') walk.body(written.body, inner);
      return;
    }
    case 'not-body':
      walk.body(written.body, childScope(scope));
      return;
    default:
      never(written);
  }
}

export function walkPattern(walk: Walk, written: Pattern, value: Known, scope: Scope): void {
  switch (written.kind) {
    case 'variable-pattern': {
      const { name, span } = written;
      scope.locals.set(name, { name, at: span.start, value });
      note(walk, span, { kind: 'local', name, at: span.start }, value.type, true);
      return;
    }
    case 'wildcard-pattern':
      return;
    case 'array-pattern':
      for (const element of written.elements) walk.pattern(element, memberOf(value).value, scope);
      return;
    case 'object-pattern':
      for (const entry of written.entries) {
        const field = stepTo(value, entry.key.value)?.value;
        walk.pattern(entry.value, field ?? memberOf(value).value, scope);
      }
      return;
    case 'constant-pattern':
      walk.expression(written.value, scope);
      return;
    default:
      never(written);
  }
}
