/** What values a type has: whether a value is one of them, and in words which they are. */
import { isNumber } from '../../../values/operators.js';
import type { Range, Type } from '../../../values/schema.js';
import { isArray, isObject, ValueSet, type Value, type ValueObject } from '../../../values/value.js';

type TextType = Type & { kind: 'string' };
type NumberType = Type & { kind: 'number' };

/** Whether something of the type can be this value. What is dynamic can be anything, but for what its source says. */
export function admits(type: Type, value: Value): boolean {
  switch (type.kind) {
    case 'json':
      return type.expected === undefined || admits(type.expected, value);
    case 'union':
      return type.members.some((member) => admits(member, value));
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return isNumber(value) && (type.range === undefined || isWithin(type.range, value));
    case 'string':
      return typeof value === 'string' && admitsText(type, value);
    case 'array':
      return isArray(value) && value.every((member) => admits(type.element, member));
    case 'set':
      return value instanceof ValueSet && value.items.every((member) => admits(type.element, member));
    case 'map':
    case 'object':
      return isObject(value) && admitsFields(type, value);
  }
}

function admitsFields(type: Type & { kind: 'map' | 'object' }, value: ValueObject): boolean {
  return Object.entries(value).every(([name, member]) => {
    if (type.kind === 'map')
      return admits(type.keys ?? { kind: 'string' }, name) && admits(type.value, member);
    const field = Object.hasOwn(type.fields, name) ? type.fields[name]! : null;
    return field === null ? type.dictionary === true : admits(field.type, member);
  });
}

export function admitsText({ values, spelling }: TextType, text: string): boolean {
  if (values !== undefined && !values.includes(text)) return false;
  return spelling === undefined || spelling.of(text) === text;
}

function isWithin({ least, most, whole }: Range, value: number | bigint): boolean {
  return value >= least && value <= most && (!whole || typeof value === 'bigint' || Number.isInteger(value));
}

/** What both may be lies between the outer ends of both; a number that may be any is in no range. */
export function joinNumbers(left: NumberType, right: NumberType): NumberType {
  if (left.range === undefined || right.range === undefined) return { kind: 'number' };
  const [one, other] = [left.range, right.range];
  return {
    kind: 'number',
    range: {
      least: Math.min(one.least, other.least),
      most: Math.max(one.most, other.most),
      whole: one.whole && other.whole,
    },
  };
}

/** `a whole number from 0 to 65535` */
export function describeRange({ least, most, whole }: Range): string {
  if (least === most) return `always ${least}`;
  const kind = whole ? 'a whole number' : 'a number';
  if (most === Infinity) return least === -Infinity ? kind : `${kind} of ${least} or more`;
  if (least === -Infinity) return `${kind} of ${most} or less`;
  return `${kind} from ${least} to ${most}`;
}

/** Whether a comparison of any number of the range with this one comes out one way; null where it may come out both. */
export function rangeTruth({ least, most }: Range, operator: '<' | '<=' | '>' | '>=', than: number | bigint) {
  switch (operator) {
    case '<':
      return most < than ? true : least >= than ? false : null;
    case '<=':
      return most <= than ? true : least > than ? false : null;
    case '>':
      return least > than ? true : most <= than ? false : null;
    case '>=':
      return least >= than ? true : most < than ? false : null;
  }
}
