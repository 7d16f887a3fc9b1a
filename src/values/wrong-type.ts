/**
 * Values of the wrong type. What came from JSON may be anything, and a question that makes no sense of a value has no
 * answer: it is unknown, so that no rule is opened by a claim of another form than its author thought of.
 */
import { isArray, isScalar, Unknown, ValueSet, type Value } from './value.js';

/** As people name it in a message. */
export function typeWord(value: Value): string {
  if (value === null) return 'null';
  if (isScalar(value)) return scalarWords[typeof value as keyof typeof scalarWords];
  if (isArray(value)) return 'an array';
  return value instanceof ValueSet ? 'a set' : 'an object';
}

const scalarWords = { boolean: 'a boolean', number: 'a number', bigint: 'a number', string: 'a string' };

/** What `in`, `some` and `every` go through has members. */
export function noMembers(value: Value): Unknown {
  return new Unknown(`${typeWord(value)} has no members`);
}

export function noFields(value: Value, key: Value): Unknown {
  return new Unknown(
    `${typeWord(value)} has no ${typeof key === 'string' ? `field \`${key}\`` : 'such key'}`,
  );
}

/** A pattern takes apart what has parts. */
export function noParts(value: Value, pattern: 'array' | 'object'): Unknown {
  return new Unknown(`${typeWord(value)} stands in the place of an ${pattern}`);
}

/**
 * Whether one of two known values is a scalar and the other a collection: `claims.aud == "shop"` where the claim is a
 * list. Null is the exception, because it stands for nothing there, and what is there is not it.
 */
export function isUnlike(left: Value, right: Value): boolean {
  if (left === null || right === null || left instanceof Unknown || right instanceof Unknown) return false;
  return isScalar(left) !== isScalar(right);
}

export function unlike(left: Value, right: Value): Unknown {
  return new Unknown(`${typeWord(left)} is compared with ${typeWord(right)}`);
}
