/** What was done so that the command at hand can be decided. Each is done once for a command, or a few times. */

/** With more readings for one command, something changes faster than it is read. */
const READINGS_MAX = 8;

export class Attempts {
  #readings = 0;
  #renewed = false;
  #reread: 'no' | 'done' | 'failed' = 'no';
  #interrupted = false;

  /** Whether what was changed may be read once more. */
  get mayRead(): boolean {
    return this.#readings < READINGS_MAX;
  }

  /** The catalogue was read again. */
  get renewed(): boolean {
    return this.#renewed;
  }

  /** What has changed was read after the command came; `failed` if it could not be. */
  get reread(): 'no' | 'done' | 'failed' {
    return this.#reread;
  }

  /** The client wants the command cancelled that waits to be decided. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  reads(): void {
    this.#readings++;
  }

  renews(): void {
    this.#renewed = true;
  }

  rereads(done: boolean): void {
    this.#reread = done ? 'done' : 'failed';
  }

  interrupts(): void {
    this.#interrupted = true;
  }

  /** It was refused for that, or the target has been sent what is to be cancelled. */
  interruptEnded(): void {
    this.#interrupted = false;
  }

  /** A message has been dealt with. */
  ended(): void {
    this.#readings = 0;
    this.#renewed = false;
    this.#reread = 'no';
  }
}
