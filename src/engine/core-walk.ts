/** Walking the resolved program: every part of an expression. */
import { never } from '../errors.js';
import type { Core, CoreBody, CoreLiteral, CorePattern } from './core.js';

/** The expressions directly below one, in the order in which they are evaluated. */
export function partsOf(core: Core): readonly Core[] {
  switch (core.kind) {
    case 'constant':
    case 'local':
    case 'input':
    case 'fact':
    case 'rule':
    case 'document':
      return [];
    case 'template':
      return core.parts.filter((part) => typeof part !== 'string');
    case 'array':
    case 'set':
      return core.elements;
    case 'object':
      return core.entries.flatMap(({ key, value }) => [key, value]);
    case 'comprehension':
      return [...bodyParts(core.body), ...(core.key === null ? [] : [core.key]), core.value];
    case 'step':
      return [core.base, core.key];
    case 'call':
      return core.arguments;
    case 'not':
    case 'negate':
    case 'has':
      return [core.operand];
    case 'binary':
      return [core.left, core.right];
    case 'membership':
      return core.key === null ? [core.value, core.collection] : [core.key, core.value, core.collection];
    case 'every':
      return [
        core.collection,
        ...patternParts(core.key),
        ...patternParts(core.value),
        ...bodyParts(core.body),
      ];
    case 'exists':
      return bodyParts(core.body);
    case 'with':
      return [...core.modifiers.flatMap((m) => ('kind' in m.value ? [m.value] : [])), core.operand];
    default:
      return never(core);
  }
}

function bodyParts(body: CoreBody): readonly Core[] {
  return body.literals.flatMap(literalParts);
}

export function literalParts(literal: CoreLiteral): readonly Core[] {
  switch (literal.kind) {
    case 'condition':
      return [literal.expression];
    case 'assign':
      return [literal.value, ...patternParts(literal.pattern)];
    case 'some':
      return [literal.collection, ...patternParts(literal.key), ...patternParts(literal.value)];
    default:
      return never(literal);
  }
}

/** The expressions of constant patterns. */
function patternParts(pattern: CorePattern | null): readonly Core[] {
  if (pattern === null) return [];
  switch (pattern.kind) {
    case 'variable':
    case 'wildcard':
      return [];
    case 'constant':
      return [pattern.value];
    case 'array':
      return pattern.elements.flatMap(patternParts);
    case 'object':
      return pattern.entries.flatMap(({ value }) => patternParts(value));
    default:
      return never(pattern);
  }
}

/** The variables that a pattern binds. */
export function patternSlots(pattern: CorePattern): readonly number[] {
  switch (pattern.kind) {
    case 'variable':
      return [pattern.slot];
    case 'wildcard':
    case 'constant':
      return [];
    case 'array':
      return pattern.elements.flatMap(patternSlots);
    case 'object':
      return pattern.entries.flatMap(({ value }) => patternSlots(value));
    default:
      return never(pattern);
  }
}

/** Whether the value may differ from one solution of a body to the next. */
export function readsVariables(core: Core): boolean {
  return core.kind === 'local' || partsOf(core).some(readsVariables);
}

/** What a literal asks about: its condition, the collection it goes through, or the value it names. */
export function subjectOf(literal: CoreLiteral): Core {
  switch (literal.kind) {
    case 'condition':
      return literal.expression;
    case 'some':
      return literal.collection;
    case 'assign':
      return literal.value;
    default:
      return never(literal);
  }
}
