/** How often something may be done: so many times in each second. */
export class Rate {
  readonly #most: number;
  #taken = 0;
  #since = -Infinity;

  constructor(most: number) {
    this.#most = most;
  }

  /** False where it was done often enough. `now` is in milliseconds. */
  take(now = performance.now()): boolean {
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#taken = 0;
    }
    return this.#taken++ < this.#most;
  }
}
