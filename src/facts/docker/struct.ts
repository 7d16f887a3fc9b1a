/**
 * JSON objects as Go's decoder fills structs from them (package encoding/json): the names of fields match without regard
 * to case, a key that stands twice fills the same field twice, and keys that name no field are dropped in silence.
 */
import { Unknown, isArray, isObject, type Maybe, type Value } from '../../values/value.js';

export interface Struct {
  /** Absent if it is missing or null, which leaves the field unchanged. */
  get(name: string): Maybe;
  /** Keys that are not among the known names. */
  readonly others: readonly string[];
  /** Known names that are there. */
  readonly names: readonly string[];
}

export function readStruct(value: Maybe, known: readonly string[]): Struct {
  if (value === undefined || value === null) return { get: () => undefined, others: [], names: [] };
  if (!isObject(value)) {
    const unknown = value instanceof Unknown ? value : new Unknown('the body has a value of another type');
    return { get: () => unknown, others: [], names: known };
  }
  const byFold = new Map(known.map((name) => [foldKey(name), name]));
  const found = new Map<string, Value>();
  const others: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    const name = byFold.get(foldKey(key));
    if (name === undefined) others.push(key);
    else if (found.has(name)) found.set(name, new Unknown(`the key \`${name}\` stands twice`));
    else found.set(name, member);
  }
  return { get: (name) => found.get(name) ?? undefined, others, names: [...found.keys()] };
}

/** Two characters beyond ASCII, the long s and the Kelvin sign, fold into it (bytes.EqualFold). */
export function foldKey(key: string): string {
  return key
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const wrongType = (fact: string): Unknown => new Unknown('the body has a value of another type', fact);

export function textOf(value: Maybe, fact: string): string | Unknown {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' || value instanceof Unknown ? value : wrongType(fact);
}

export function flagOf(value: Maybe, fact: string): boolean | Unknown {
  if (value === undefined || value === null) return false;
  return typeof value === 'boolean' || value instanceof Unknown ? value : wrongType(fact);
}

export function numberOf(value: Maybe, fact: string): number | Unknown {
  if (value === undefined || value === null) return 0;
  return typeof value === 'number' || value instanceof Unknown ? value : wrongType(fact);
}

/** The members; one unknown member if the list is unknown. */
export function membersOf(value: Maybe, fact: string): readonly Value[] {
  if (value === undefined || value === null) return [];
  if (isArray(value)) return value;
  return [value instanceof Unknown ? value : wrongType(fact)];
}

/** Keys and values of a map, whose keys are kept as written; null if it is not known. */
export function entriesOf(value: Maybe): readonly (readonly [string, Value])[] | null {
  if (value === undefined || value === null) return [];
  return isObject(value) ? Object.entries(value) : null;
}
