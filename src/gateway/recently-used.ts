/**
 * A map that forgets what was not used for long. It keeps two generations: what is used goes to the younger one, and where that
 * has half of the room, it takes the older one's place. Finding what was used a moment ago changes nothing.
 */
export class RecentlyUsed<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  readonly #youngMax: number;
  readonly #entryLength: number;
  #length = 0;

  /** `lengthMax` bounds the keys together, in UTF-16 units; each entry counts `entryLength` more. */
  constructor(lengthMax: number, entryLength: number) {
    this.#youngMax = lengthMax / 2;
    this.#entryLength = entryLength;
  }

  get(key: string): V | undefined {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    const length = key.length + this.#entryLength;
    if (!this.#young.has(key)) this.#length += length;
    if (this.#length > this.#youngMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#length = length;
    }
    this.#old.delete(key);
    this.#young.set(key, value);
  }
}
