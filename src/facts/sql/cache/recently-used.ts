/**
 * A map that forgets what was not used for long. It keeps two generations: what is used goes to the younger one, and where that
 * has half of the room, it takes the older one's place. Finding what was used a moment ago changes nothing.
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

  /** What alone weighs more than half of the room is not kept. */
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
