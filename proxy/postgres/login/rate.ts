/** Rate limit: how many times per second something may be done. */
export class Rate {
  readonly #most: number;
  #taken = 0;
  #since = -Infinity;

  constructor(most: number) {
    this.#most = most;
  }

  /** False if the limit is reached. `now` is in milliseconds. */
  take(now = performance.now()): boolean {
    if (now - this.#since >= 1000) {
      this.#since = now;
      this.#taken = 0;
    }
    return this.#taken++ < this.#most;
  }
}
