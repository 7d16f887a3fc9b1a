/** Types by what they are, so that one can be recognised where it is met again. */
import { text, type Type } from '../../../values/schema.js';

const numbers = new WeakMap<object, number>();
let numbersGiven = 0;

/** Equal only for types that hold the same values. */
export function typeKey(type: Type): string {
  switch (type.kind) {
    case 'null':
    case 'boolean':
      return type.kind;
    case 'number':
      return type.range === undefined ? 'number' : `number${JSON.stringify(type.range)}`;
    case 'string':
      if (type.given !== undefined) return `string${JSON.stringify(type.given)}`;
      return Object.keys(type).length === 1 ? 'string' : numbered(type);
    case 'array':
      if (type.places !== undefined) return `array(${type.places.map(typeKey).join(',')})`;
      return `array<${typeKey(type.element)}>`;
    case 'set':
      return `set<${typeKey(type.element)}>`;
    case 'map':
      return `map<${typeKey(type.keys ?? text)},${typeKey(type.value)}>`;
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
