/**
 * A map that differs from another in a few entries, made without copying the other: after DDL a catalogue of thousands of names
 * differs from the one before in one or two.
 */

/** With more differences than this they are copied into a map of their own, so that one look-up asks two maps at most. */
const LAYER_MAX = 200;

const GONE = Symbol('gone');

/** `base` without some keys and with some entries; the same object where that makes no difference. */
export function withEntries<K, V>(
  base: ReadonlyMap<K, V>,
  gone: readonly K[],
  added: readonly (readonly [K, V])[],
): ReadonlyMap<K, V> {
  const left = gone.filter((key) => base.has(key));
  return left.length === 0 && added.length === 0 ? base : layered(base, left, added);
}

function layered<K, V>(
  base: ReadonlyMap<K, V>,
  gone: readonly K[],
  added: readonly (readonly [K, V])[],
): ReadonlyMap<K, V> {
  const [below, above] = base instanceof LayeredMap ? base.layers() : [base, new Map<K, V | typeof GONE>()];
  for (const key of gone) {
    above.delete(key);
    if (below.has(key)) above.set(key, GONE);
  }
  for (const [key, value] of added) {
    // What is set again comes last, as in a map.
    above.delete(key);
    above.set(key, value);
  }
  const map = new LayeredMap(below, above);
  return above.size > LAYER_MAX ? new Map(map) : map;
}

class LayeredMap<K, V> implements ReadonlyMap<K, V> {
  readonly size: number;
  readonly #below: ReadonlyMap<K, V>;
  readonly #above: ReadonlyMap<K, V | typeof GONE>;

  constructor(below: ReadonlyMap<K, V>, above: ReadonlyMap<K, V | typeof GONE>) {
    this.#below = below;
    this.#above = above;
    let size = below.size;
    for (const [key, value] of above) size += (value === GONE ? 0 : 1) - (below.has(key) ? 1 : 0);
    this.size = size;
  }

  /** The second is the caller's to change. */
  layers(): [ReadonlyMap<K, V>, Map<K, V | typeof GONE>] {
    return [this.#below, new Map(this.#above)];
  }

  get(key: K): V | undefined {
    const value = this.#above.get(key);
    if (value === GONE) return undefined;
    return value ?? (this.#above.has(key) ? value : this.#below.get(key));
  }

  has(key: K): boolean {
    const value = this.#above.get(key);
    return value !== GONE && (this.#above.has(key) || this.#below.has(key));
  }

  *entries(): Generator<[K, V], undefined> {
    for (const entry of this.#below) if (!this.#above.has(entry[0])) yield entry;
    for (const [key, value] of this.#above) if (value !== GONE) yield [key, value];
  }

  *keys(): Generator<K, undefined> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) each(value, key, this);
  }
}
