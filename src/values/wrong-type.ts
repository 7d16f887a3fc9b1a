/**
 * Values of the wrong type. JSON may hold anything, and an operation that does not apply to a value gives unknown, so
 * that a claim of an unexpected shape never makes a rule allow.
 */
import { isArray, isScalar, Unknown, ValueSet, type Value } from './value.js';

/** The type's name in messages. */
export function typeWord(value: Value): string {
  if (value === null) return 'null';
  if (isScalar(value)) return scalarWords[typeof value as keyof typeof scalarWords];
  if (isArray(value)) return 'an array';
  return value instanceof ValueSet ? 'a set' : 'an object';
}

const scalarWords = { boolean: 'a boolean', number: 'a number', bigint: 'a number', string: 'a string' };

/** `in`, `some` and `every` over a value without members. */
export function noMembers(value: Value): Unknown {
  return new Unknown(`${typeWord(value)} has no members`);
}

export function noFields(value: Value, key: Value): Unknown {
  return new Unknown(
    `${typeWord(value)} has no ${typeof key === 'string' ? `field \`${key}\`` : 'such key'}`,
  );
}

/** A pattern over a value without parts. */
export function noParts(value: Value, pattern: 'array' | 'object'): Unknown {
  return new Unknown(`${typeWord(value)} stands in the place of an ${pattern}`);
}

/**
 * Whether one of two known values is a scalar and the other a collection: `claims.aud == "shop"` when the claim is a
 * list. Null is the exception: it means that nothing is there, and anything present differs from it.
 */
export function isUnlike(left: Value, right: Value): boolean {
  if (left === null || right === null || left instanceof Unknown || right instanceof Unknown) return false;
  return isScalar(left) !== isScalar(right);
}

export function unlike(left: Value, right: Value): Unknown {
  return new Unknown(`${typeWord(left)} is compared with ${typeWord(right)}`);
}
