/** Three-valued truth: what holds, what does not, and what cannot be known. */
import {
  compare,
  isArray,
  isObject,
  isScalar,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from './value.js';
import { isUnlike, noFields, noMembers, unlike } from './wrong-type.js';

/** True, false, or why it is unknown. */
export type Truth = boolean | Unknown;

/** Whether a value standing as a condition holds: anything except `false` and absent does, as in Rego. */
export function holds(value: Maybe): Truth {
  if (value instanceof Unknown) return value;
  return value !== undefined && value !== false;
}

export function not(truth: Truth): Truth {
  return truth instanceof Unknown ? truth : !truth;
}

const searched = new WeakMap<object, Unknown | null>();

/** The first unknown value inside a value, at any depth; null if all of it is known. */
export function findUnknown(value: Value): Unknown | null {
  if (isScalar(value)) return null;
  if (value instanceof Unknown) return value;
  const before = searched.get(value);
  if (before !== undefined) return before;
  const found = search(value);
  searched.set(value, found);
  return found;
}

function search(value: readonly Value[] | ValueSet | { readonly [key: string]: Value }): Unknown | null {
  const members = isArray(value) ? value : value instanceof ValueSet ? value.items : Object.values(value);
  for (const member of members) {
    const found = findUnknown(member);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Equality of values that may hold unknown parts: false if the known parts differ, unknown if they agree. An unknown
 * member of an array or set stands for any number of members, so what follows it proves nothing.
 */
export function isEqual(left: Value, right: Value): Truth {
  if (typeof left === typeof right && typeof left !== 'object') return left === right;
  if (isScalar(left) && isScalar(right)) return compare(left, right) === 0;
  const unknown = findUnknown(left) ?? findUnknown(right);
  if (unknown === null) return compare(left, right) === 0;
  if (left instanceof Unknown || right instanceof Unknown) return unknown;
  if (isArray(left) && isArray(right)) return equalArrays(left, right, unknown);
  if (left instanceof ValueSet && right instanceof ValueSet) return equalSets(left, right, unknown);
  if (isObject(left) && isObject(right)) return equalObjects(left, right, unknown);
  return false;
}

function equalArrays(left: readonly Value[], right: readonly Value[], unknown: Unknown): Truth {
  let truth: Truth = true;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left[i]!;
    const b = right[i]!;
    if (a instanceof Unknown || b instanceof Unknown) return unknown;
    const equal = isEqual(a, b);
    if (equal === false) return false;
    if (equal !== true) truth = equal;
  }
  if (left.length === right.length) return truth;
  const rest = left.length > right.length ? left.slice(length) : right.slice(length);
  const shorter = left.length > right.length ? right : left;
  return rest.every((member) => member instanceof Unknown) ||
    shorter.some((member) => member instanceof Unknown)
    ? unknown
    : false;
}

function equalSets(left: ValueSet, right: ValueSet, unknown: Unknown): Truth {
  return mayContain(left, right) && mayContain(right, left) ? unknown : false;
}

/** Whether every known member of `part` can be a member of `whole`. */
function mayContain(whole: ValueSet, part: ValueSet): boolean {
  return part.items.every((member) => member instanceof Unknown || hasMember(member, whole) !== false);
}

/** A field with an unknown value may be absent. */
function equalObjects(
  left: { readonly [key: string]: Value },
  right: { readonly [key: string]: Value },
  unknown: Unknown,
): Truth {
  return mayHaveFields(left, right) && mayHaveFields(right, left) ? unknown : false;
}

function mayHaveFields(
  whole: { readonly [key: string]: Value },
  part: { readonly [key: string]: Value },
): boolean {
  return Object.entries(part).every(([key, value]) => {
    const other = property(whole, key);
    return other === undefined ? value instanceof Unknown : isEqual(value, other) !== false;
  });
}

/**
 * `==` in rules. Comparing a scalar with a collection is unknown: it is a mistake, not a question. So is comparing two
 * collections that differ only in such parts: `[claims.aud] == ["shop"]` if the claim is a list.
 */
export function isSame(left: Value, right: Value): Truth {
  if (isUnlike(left, right)) return unlike(left, right);
  const equal = isEqual(left, right);
  return equal === false ? differs(left, right) : equal;
}

/** Two values that are not equal: false if parts of them certainly differ. */
function differs(left: Value, right: Value): false | Unknown {
  if (isScalar(left) || isScalar(right)) return false;
  if (left instanceof ValueSet && right instanceof ValueSet)
    return anyUnknown([
      ...left.items.map((member) => isMember(member, right)),
      ...right.items.map((member) => isMember(member, left)),
    ]);
  if (isArray(left) && isArray(right))
    return left.length !== right.length ? false : anyUnknown(left.map((one, i) => isSame(one, right[i]!)));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return anyUnknown(
    keys.map((key) => {
      const other = property(right, key);
      return other === undefined ? false : isSame(property(left, key)!, other);
    }),
  );
}

function anyUnknown(truths: readonly Truth[]): false | Unknown {
  const unknown = truths.find((truth) => truth instanceof Unknown);
  return unknown === undefined || truths.includes(false) ? false : unknown;
}

/** `value in collection`. */
export function isMember(value: Value, collection: Value): Truth {
  if (collection instanceof Unknown) return collection;
  if (isScalar(collection)) return noMembers(collection);
  if (collection instanceof ValueSet && collection.isFlat && isScalar(value)) return collection.has(value);
  const found = hasMember(value, collection);
  if (found !== false) return found;
  for (const member of membersOf(collection)) {
    const same = isSame(value, member);
    if (same !== false) return same;
  }
  return false;
}

/** Whether a collection has an equal member. */
function hasMember(value: Value, collection: Value): Truth {
  if (collection instanceof ValueSet && collection.has(value) && findUnknown(value) === null) return true;
  if (collection instanceof ValueSet && findUnknown(collection) === null && findUnknown(value) === null)
    return false;
  let truth: Truth = false;
  for (const member of membersOf(collection)) {
    const equal = isEqual(value, member);
    if (equal === true) return true;
    if (equal !== false) truth = equal;
  }
  return truth;
}

/** `key, value in collection`. */
export function isEntry(key: Value, value: Value, collection: Value): Truth {
  if (collection instanceof Unknown) return collection;
  if (isScalar(collection)) return noMembers(collection);
  if (collection instanceof ValueSet) return and(isSame(key, value), () => isMember(value, collection));
  let truth: Truth = false;
  for (const [k, v] of entriesOf(collection)) {
    const equal = and(isSame(key, k), () => isSame(value, v));
    if (equal === true) return true;
    if (equal !== false) truth = equal;
  }
  return truth;
}

function and(left: Truth, right: () => Truth): Truth {
  if (left === false) return false;
  const other = right();
  if (other === false || left === true) return other;
  return left;
}

export function membersOf(collection: Value): readonly Value[] {
  if (isArray(collection)) return collection;
  if (collection instanceof ValueSet) return collection.items;
  return isObject(collection) ? Object.values(collection) : [];
}

/**
 * Keys and members in iteration order: arrays by index, objects by key, sets sorted (a member of a set is its own key).
 * After an unknown member of an array no index is certain.
 */
export function* entriesOf(collection: Value): Generator<readonly [Value, Value]> {
  if (isArray(collection)) {
    let doubt: Unknown | null = null;
    for (let i = 0; i < collection.length; i++) {
      const member = collection[i]!;
      if (member instanceof Unknown) doubt ??= member;
      yield [doubt ?? i, member];
    }
  } else if (collection instanceof ValueSet) {
    for (const member of collection.items) yield [member, member];
  } else if (isObject(collection)) {
    for (const key of Object.keys(collection).sort(compare)) yield [key, collection[key]!];
  }
}

/** What `base[key]` is; unknown if the type of the base has no such keys. */
export function step(base: Value, key: Value): Maybe {
  if (base instanceof Unknown) return base;
  if (isScalar(base)) return noFields(base, key);
  if (base instanceof ValueSet) {
    const member = isMember(key, base);
    return member === true ? key : member === false ? undefined : member;
  }
  if (key instanceof Unknown) return key;
  const fits = isObject(base) ? typeof key === 'string' : typeof key === 'number' || typeof key === 'bigint';
  return fits ? lookUp(base, key) : noFields(base, key);
}

/** The same for callers with a fallback: a value of any type is either present or absent. */
export function lookUp(base: Value, key: Value): Maybe {
  if (base instanceof Unknown) return base;
  if (isScalar(base)) return undefined;
  if (key instanceof Unknown) return key;
  if (isObject(base)) return typeof key === 'string' ? property(base, key) : undefined;
  if (base instanceof ValueSet) {
    const member = hasMember(key, base);
    return member === true ? key : member === false ? undefined : member;
  }
  return typeof key === 'number' && Number.isInteger(key) ? element(base, key) : undefined;
}

function element(array: readonly Value[], index: number): Maybe {
  if (index < 0) return undefined;
  if (findUnknown(array) === null) return array[index];
  const before = array.slice(0, index + 1).find((member) => member instanceof Unknown);
  return before ?? array[index];
}
