/** Types as the generated pages name them. */
import { never } from '../../src/errors.js';
import type { Type } from '../../src/values/schema.js';

/** More words than this are not listed in a cell. */
export const WORDS_IN_A_CELL = 8;

export function typeWords(type: Type): string {
  switch (type.kind) {
    case 'json':
      return 'any value';
    case 'null':
    case 'boolean':
    case 'number':
    case 'object':
      return type.kind;
    case 'string':
      return type.values === undefined || type.values.length > WORDS_IN_A_CELL
        ? 'string'
        : quoted(type.values);
    case 'array':
    case 'set':
      return `${type.kind} of ${typeWords(type.element)}`;
    case 'map':
      return `object with values of ${typeWords(type.value)}`;
    case 'union':
      return [...new Set(type.members.map(typeWords))].join(' or ');
    default:
      return never(type);
  }
}

export function quoted(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(', ');
}
