/** Types by what they are, so that one can be recognised where it is met again. */
import type { Type } from '../../../values/schema.js';

const numbers = new WeakMap<object, number>();
let numbersGiven = 0;

/** Equal only for types that hold the same values. */
export function typeKey(type: Type): string {
  switch (type.kind) {
    case 'null':
    case 'boolean':
    case 'number':
      return type.kind;
    case 'string':
      return type.values === undefined && type.names === undefined ? 'string' : numbered(type);
    case 'array':
    case 'set':
      return `${type.kind}<${typeKey(type.element)}>`;
    case 'map':
      return `map<${typeKey(type.value)}>`;
    case 'union':
      return type.members.map(typeKey).join('|');
    case 'object':
      return numbered(type);
    case 'json':
      return type.expected === undefined ? 'json' : `json<${typeKey(type.expected)}>`;
  }
}

function numbered(type: Type): string {
  let number = numbers.get(type);
  if (number === undefined) numbers.set(type, (number = ++numbersGiven));
  return `${type.kind}#${number}`;
}
