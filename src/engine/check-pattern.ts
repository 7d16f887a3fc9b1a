/** Patterns: the variables they bind, and what a value must be to fit them. */
import { never } from '../errors.js';
import { typeAt } from './learn.js';
import { localType, narrowed, type Checker } from './checker.js';
import type { CorePattern } from './core.js';
import { json, type Type } from './schema.js';
import { fieldType } from './type-algebra.js';

export function bindPattern(checker: Checker, pattern: CorePattern, type: Type): void {
  switch (pattern.kind) {
    case 'variable':
      checker.locals.set(pattern.slot, type);
      return;
    case 'wildcard':
      return;
    case 'constant':
      checker.infer(pattern.value);
      return;
    case 'array':
      for (const element of pattern.elements) checker.bind(element, elementType(type));
      return;
    case 'object':
      for (const { key, value } of pattern.entries) checker.bind(value, fieldType(type, key) ?? json);
      return;
    default:
      never(pattern);
  }
}

function elementType(type: Type): Type {
  return type.kind === 'array' ? type.element : json;
}

/** What an argument must be to fit a parameter of which so much is known. */
export function typeOfPattern(checker: Checker, pattern: CorePattern): Type {
  switch (pattern.kind) {
    case 'variable': {
      const { name, slot, span, source } = pattern;
      return narrowed(checker, { kind: 'local', name, slot, span, source }, localType(checker, slot));
    }
    case 'wildcard':
      return json;
    case 'constant':
      return typeAt(checker, pattern.value);
    case 'array':
      return { kind: 'array', element: json };
    case 'object':
      return { kind: 'map', value: json };
    default:
      return never(pattern);
  }
}
