/** Types in words, for messages. */
import type { Type } from '../../../values/schema.js';

export function describeType(type: Type): string {
  switch (type.kind) {
    case 'json':
      return 'a value';
    case 'null':
      return 'null';
    case 'array':
      return 'an array';
    case 'object':
    case 'map':
      return 'an object';
    case 'union':
      return [...new Set(type.members.map(describeType))].join(' or ');
    case 'boolean':
    case 'number':
    case 'string':
    case 'set':
      return `a ${type.kind}`;
  }
}

/** `a`, `b` or `c`, each between backticks. */
export function listOf(values: readonly string[], word = 'or'): string {
  const quoted = values.map((value) => `\`${value}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${word} ${last}`;
}
