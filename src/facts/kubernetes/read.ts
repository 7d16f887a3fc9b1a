/**
 * Members of API objects by their types. Null counts as missing, as in Go's JSON. A member of another type than the API declares
 * is unknown: the server refuses it, or reads it in its own way.
 */
import {
  isArray,
  isObject,
  property,
  Unknown,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';

export type Found<T> = T | Unknown | undefined;

export function memberOf(object: Maybe, key: string): Maybe {
  const value = isObject(object) ? property(object, key) : undefined;
  return value === null ? undefined : value;
}

function typed<T extends Value>(value: Maybe, is: (value: Value) => value is T, type: string): Found<T> {
  if (value === undefined || value instanceof Unknown || is(value)) return value;
  return new Unknown(`the value is no ${type}`);
}

const isText = (value: Value): value is string => typeof value === 'string';
const isBoolean = (value: Value): value is boolean => typeof value === 'boolean';
const isInteger = (value: Value): value is number => Number.isSafeInteger(value);

export const textAt = (object: Maybe, key: string) => typed(memberOf(object, key), isText, 'text');
export const booleanAt = (object: Maybe, key: string) => typed(memberOf(object, key), isBoolean, 'boolean');
export const integerAt = (object: Maybe, key: string) => typed(memberOf(object, key), isInteger, 'integer');
export const objectAt = (object: Maybe, key: string): Found<ValueObject> =>
  typed(memberOf(object, key), isObject, 'object');

/** The members of a list: empty if it is missing, one unknown member if it is not a list. */
export function listAt(object: Maybe, key: string): readonly Value[] {
  const value = memberOf(object, key);
  if (value === undefined) return [];
  return isArray(value) ? value : [new Unknown('the value is no list')];
}

export function textsAt(object: Maybe, key: string): readonly Value[] {
  return listAt(object, key).map((one) => typed(one, isText, 'text') ?? new Unknown('the value is no text'));
}

export function valueAt(object: Maybe, path: readonly string[]): Maybe {
  return path.reduce<Maybe>(memberOf, object);
}
