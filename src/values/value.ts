/**
 * The values that rules compute with. JSON's, plus sets, plus `Unknown`.
 *
 * - An absent value is `undefined`, never null.
 * - Objects are plain objects read by own property only, so that hostile keys (`__proto__`) are ordinary keys.
 * - Numbers are doubles; an integer beyond ±(2^53 − 1) is a bigint, so that nanoseconds since 1970 stay exact.
 *   `normalizeNumber` ensures that no bigint holds a safe integer.
 * - A collection may hold `Unknown` members beside known ones. Membership in it is true
 *   where found among the known, unknown otherwise.
 */
export type Value =
  null | boolean | number | bigint | string | readonly Value[] | ValueSet | ValueObject | Unknown;
export interface ValueObject {
  readonly [key: string]: Value;
}
/** A value, or nothing: a missing optional fact, a rule without a value. */
export type Maybe = Value | undefined;

/** A value that could not be established. It propagates by Kleene's logic and never makes a rule allow. */
export class Unknown {
  /** Why, one short sentence for the record: "the statement does not parse". */
  readonly reason: string;
  /** The fact that is unknown, as a path (`sql.statements`), if it is a fact. */
  readonly fact: string | null;

  constructor(reason: string, fact: string | null = null) {
    this.reason = reason;
    this.fact = fact;
  }
}

/** Up to this many scalars, a scan is faster than a hash set, which takes ten times the memory. */
const SCANNED_MAX = 8;

/** An immutable set, iterated in the order of `compare`, without duplicates. Unknown members come last. */
export class ValueSet {
  readonly items: readonly Value[];
  /** Whether all members are scalars, so nothing in it is unknown. */
  readonly isFlat: boolean;
  readonly #scalars: ReadonlySet<Value> | null;

  private constructor(items: readonly Value[]) {
    this.items = items;
    this.isFlat = items.every(isScalar);
    this.#scalars = this.isFlat && items.length > SCANNED_MAX ? new Set(items) : null;
  }

  static of(values: Iterable<Value>): ValueSet {
    const sorted = [...values].sort(compare);
    const items: Value[] = [];
    for (const value of sorted) {
      if (items.length === 0 || compare(items.at(-1)!, value) !== 0) items.push(value);
    }
    return items.length === 0 ? ValueSet.empty : new ValueSet(items);
  }

  static readonly empty = new ValueSet([]);

  get size(): number {
    return this.items.length;
  }

  /** Whether an equal value is among the known members. */
  has(value: Value): boolean {
    if (this.isFlat && isScalar(value)) return this.#scalars?.has(value) ?? this.items.includes(value);
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = compare(this.items[middle]!, value);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return false;
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.items[Symbol.iterator]();
  }
}

export function isScalar(value: Value): value is null | boolean | number | bigint | string {
  return value === null || (typeof value !== 'object' && typeof value !== 'undefined');
}

export function isObject(value: Maybe): value is ValueObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ValueSet) &&
    !(value instanceof Unknown)
  );
}

export function isArray(value: Maybe): value is readonly Value[] {
  return Array.isArray(value);
}

/** Keeps integers that a double holds exactly as numbers, the others as bigints. */
export function normalizeNumber(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value;
}

/** Rego's order of types: null < boolean < number < string < array < object < set; unknown is last. */
function rank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number' || typeof value === 'bigint') return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 4;
  if (value instanceof ValueSet) return 6;
  return value instanceof Unknown ? 7 : 5;
}

/** A total order over all values, code point order for strings. Equal exactly if the result is 0. */
export function compare(left: Value, right: Value): number {
  if (left === right) return 0;
  const difference = rank(left) - rank(right);
  if (difference !== 0) return difference;
  switch (rank(left)) {
    case 1:
      return left === false ? -1 : 1;
    case 2:
      // JavaScript compares a number with a bigint by mathematical value.
      return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;
    case 3:
      return compareStrings(left as string, right as string);
    case 4:
      return compareSequences(left as readonly Value[], right as readonly Value[]);
    case 5:
      return compareObjects(left as ValueObject, right as ValueObject);
    case 6:
      return compareSequences((left as ValueSet).items, (right as ValueSet).items);
    default:
      return compareStrings((left as Unknown).reason, (right as Unknown).reason);
  }
}

/** By code points, as Go compares UTF-8: surrogates sort after all of the basic plane. */
function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    const aHigh = a >= 0xd800 && a <= 0xdfff;
    const bHigh = b >= 0xd800 && b <= 0xdfff;
    return aHigh === bHigh ? a - b : aHigh ? 1 : -1;
  }
  return left.length - right.length;
}

function compareSequences(left: readonly Value[], right: readonly Value[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const order = compare(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareObjects(left: ValueObject, right: ValueObject): number {
  const leftKeys = Object.keys(left).sort(compareStrings);
  const rightKeys = Object.keys(right).sort(compareStrings);
  const length = Math.min(leftKeys.length, rightKeys.length);
  for (let i = 0; i < length; i++) {
    const byKey = compareStrings(leftKeys[i]!, rightKeys[i]!);
    if (byKey !== 0) return byKey;
    const byValue = compare(left[leftKeys[i]!]!, right[rightKeys[i]!]!);
    if (byValue !== 0) return byValue;
  }
  return leftKeys.length - rightKeys.length;
}

export function equals(left: Value, right: Value): boolean {
  return compare(left, right) === 0;
}

/** An own property, or nothing: prototypes are not part of a value. */
export function property(object: ValueObject, key: string): Maybe {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Reads one property of objects; a key that no prototype has needs no own-property check. */
export function propertyReader(key: string): (object: ValueObject) => Maybe {
  return key in Object.prototype ? (object) => property(object, key) : (object) => object[key];
}

/** An object with any keys as own properties, `__proto__` included. */
export function objectOf(entries: Iterable<readonly [string, Value]>): ValueObject {
  let object: Record<string, Value> = {};
  for (const [key, value] of entries) {
    // Only an object without a prototype can be assigned `__proto__`; an object with one takes a quarter of the memory.
    if (key === '__proto__') object = Object.assign(Object.create(null) as typeof object, object);
    object[key] = value;
  }
  return object;
}

/** A copy of `object` with the value of one member replaced. */
export function withMember(object: ValueObject, key: string, value: Value): ValueObject {
  return { ...object, [key]: value };
}

/** JSON for records and output: sets become sorted arrays, unknown becomes `{"$unknown": reason}`. */
export function toJson(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Unknown) return { $unknown: value.reason };
  if (value instanceof ValueSet) return value.items.map(toJson);
  if (isArray(value)) return value.map(toJson);
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) object[key] = toJson(member);
  return object;
}

/** JSON as parsed (or YAML's core schema) as a value. Anything else is a bug of ours. */
export function fromJson(json: unknown): Value {
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number') return json;
  if (typeof json === 'bigint') return normalizeNumber(json);
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json === 'object')
    return objectOf(Object.entries(json).map(([k, v]) => [k, fromJson(v)] as const));
  throw new TypeError(`not JSON: ${typeof json}`);
}
