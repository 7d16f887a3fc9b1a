/** A map that forgets what was not used for longest. */
export class RecentlyUsed<V> {
  /** Oldest first: a Map keeps the order in which its keys were set. */
  readonly #entries = new Map<string, V>();
  readonly #lengthMax: number;
  readonly #entryLength: number;
  #length = 0;

  /** `lengthMax` bounds the keys together, in UTF-16 units; each entry counts `entryLength` more. */
  constructor(lengthMax: number, entryLength: number) {
    this.#lengthMax = lengthMax;
    this.#entryLength = entryLength;
  }

  get(key: string): V | undefined {
    const known = this.#entries.get(key);
    if (known === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, known);
    return known;
  }

  set(key: string, value: V): void {
    if (!this.#entries.delete(key)) this.#length += key.length + this.#entryLength;
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#length <= this.#lengthMax) break;
      this.#entries.delete(oldest);
      this.#length -= oldest.length + this.#entryLength;
    }
  }
}
