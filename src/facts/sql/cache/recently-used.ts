/**
 * A map that drops entries that were not used recently. It keeps two generations: an entry that is used moves to the younger one.
 * When the younger one has filled half of the room, it replaces the older one. Finding an entry that was used a moment ago
 * changes nothing.
 */
export class RecentlyUsed<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  readonly #youngMax: number;
  readonly #weigh: (key: string, value: V) => number;
  #weight = 0;

  /** `weightMax` bounds what all entries weigh together. An entry weighs the same for as long as it is here. */
  constructor(weightMax: number, weigh: (key: string, value: V) => number) {
    this.#youngMax = weightMax / 2;
    this.#weigh = weigh;
  }

  get(key: string): V | undefined {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** An entry that alone takes more than half of the room is not kept. */
  set(key: string, value: V): void {
    const weight = this.#weigh(key, value);
    if (weight > this.#youngMax) return;
    if (!this.#young.has(key)) this.#weight += weight;
    if (this.#weight > this.#youngMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = weight;
    }
    this.#old.delete(key);
    this.#young.set(key, value);
  }
}
