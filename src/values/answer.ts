/** Combines the solutions of a rule: one value, several (an error), possibly a value, or none. */
import { isEqual } from './kleene.js';
import { compare, isObject, property, Unknown, ValueSet, type Maybe, type Value } from './value.js';

/** Beyond this many possible values, the value is treated as unknown. */
const possibleMax = 8;

/** The value of a complete rule or function. */
export class Answer {
  /** The value of the certain solutions. */
  value: Maybe = undefined;
  /** Why the value is unknown: two values at once, or an unknown head. */
  #open: Unknown | null = null;
  /** Values of uncertain solutions. */
  readonly possible: Value[] = [];
  #doubt: Unknown | null = null;
  readonly #conflict: string;

  constructor(conflict: string) {
    this.#conflict = conflict;
  }

  get open(): boolean {
    return this.#open !== null;
  }

  add(value: Value, doubt: Unknown | null): void {
    if (value instanceof Unknown) this.#open ??= value;
    else if (doubt !== null) this.#addPossible(value, doubt);
    else if (this.value === undefined) this.value = value;
    else {
      const equal = isEqual(this.value, value);
      if (equal === false) this.#open ??= new Unknown(this.#conflict);
      else if (equal !== true) this.#open ??= equal;
    }
  }

  #addPossible(value: Value, doubt: Unknown): void {
    this.#doubt ??= doubt;
    if (this.possible.some((other) => compare(other, value) === 0)) return;
    if (this.possible.length < possibleMax) this.possible.push(value);
    else this.#open ??= doubt;
  }

  result(): Maybe {
    if (this.#open !== null) return this.#open;
    const { value } = this;
    if (value === undefined) return this.#doubt ?? undefined;
    const same = this.possible.every((other) => isEqual(other, value) === true);
    return same ? value : (this.#doubt ?? undefined);
  }
}

/** Whether something was gathered for certain. A collection that exists only through its members may be absent. */
class Presence {
  #certain = false;
  #doubt: Unknown | null = null;

  note(value: Value, doubt: Unknown | null): void {
    if (value instanceof Unknown) this.#doubt ??= doubt ?? value;
    else if (doubt !== null) this.#doubt ??= doubt;
    else this.#certain = true;
  }

  /** Why it may be absent; null if it is present. */
  get doubt(): Unknown | null {
    return this.#certain ? null : this.#doubt;
  }
}

/** The members of a set or array: uncertain members stay in it as an unknown member. */
export class Members {
  readonly items: Value[] = [];
  readonly presence = new Presence();

  add(value: Value, doubt: Unknown | null): void {
    this.presence.note(value, doubt);
    if (doubt === null) this.items.push(value);
    else if (!(this.items.at(-1) instanceof Unknown)) this.items.push(doubt);
  }

  toSet(): ValueSet {
    return ValueSet.of(this.items);
  }
}

type Entry = Entries | Members | { value: Value };

/** An object built from entries at any depth. */
export class Entries {
  readonly #entries = new Map<string, Entry>();
  readonly presence = new Presence();
  /** Why the whole object is unknown: an unknown key, or two values for one key. */
  unknown: Unknown | null = null;
  readonly #conflict: string;

  constructor(conflict: string) {
    this.#conflict = conflict;
  }

  add(keys: readonly Value[], value: Value, doubt: Unknown | null, member: boolean): void {
    const [key, ...rest] = keys;
    this.presence.note(value, doubt);
    if (key instanceof Unknown) this.unknown ??= key;
    else if (typeof key !== 'string') this.unknown ??= new Unknown('the keys of an object are strings');
    else if (rest.length > 0) this.#below(key)?.add(rest, value, doubt, member);
    else if (member) this.#addMember(key, value, doubt);
    else this.#addValue(key, doubt ?? value);
  }

  #below(key: string): Entries | null {
    const entry = this.#entries.get(key) ?? new Entries(this.#conflict);
    this.#entries.set(key, entry);
    if (entry instanceof Entries) return entry;
    this.#clash();
    return null;
  }

  #addMember(key: string, value: Value, doubt: Unknown | null): void {
    const entry = this.#entries.get(key) ?? new Members();
    this.#entries.set(key, entry);
    if (entry instanceof Members) entry.add(value, doubt);
    else this.#clash();
  }

  #addValue(key: string, value: Value): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { value });
    else if ('value' in entry) this.#merge(entry, value);
    else this.#clash();
  }

  /** An uncertain value puts the certain one in doubt: both at once would be an error. */
  #merge(entry: { value: Value }, value: Value): void {
    const equal = isEqual(entry.value, value);
    if (equal === false) this.#clash();
    else if (equal !== true) entry.value = equal;
  }

  #clash(): void {
    this.unknown ??= new Unknown(this.#conflict);
  }

  result(): Value {
    if (this.unknown !== null) return this.unknown;
    const object = Object.create(null) as Record<string, Value>;
    for (const [key, entry] of this.#entries) {
      if ('value' in entry) object[key] = entry.value;
      else object[key] = entry.presence.doubt ?? (entry instanceof Members ? entry.toSet() : entry.result());
    }
    return object;
  }
}

/**
 * A copy of a value with the value at a path replaced, creating objects on the way. An unknown value stays unknown as a
 * whole.
 */
export function replaceAt(value: Maybe, path: readonly string[], replacement: Value): Value {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (value instanceof Unknown) return value;
  const base = isObject(value) ? value : {};
  const copy = Object.assign(Object.create(null) as Record<string, Value>, base);
  copy[key] = replaceAt(property(base, key), rest, replacement);
  return copy;
}
