/** What was already done to make the command at hand decidable. Each step happens once or a few times per command. */

/** If one command needs more reads than this, something changes faster than it can be read. */
const READINGS_MAX = 8;

export class Attempts {
  #readings = 0;
  #renewed = false;
  #reread: 'no' | 'done' | 'failed' = 'no';
  #interrupted = false;

  /** Whether changed objects may be read once more. */
  get mayRead(): boolean {
    return this.#readings < READINGS_MAX;
  }

  /** The catalogue was read again. */
  get renewed(): boolean {
    return this.#renewed;
  }

  /** Whether changes were read after the command arrived; `failed` if they could not be. */
  get reread(): 'no' | 'done' | 'failed' {
    return this.#reread;
  }

  /** The client asked to cancel the command that waits for its decision. */
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

  /** The command was refused because of it, or a cancel request was sent to the target. */
  interruptEnded(): void {
    this.#interrupted = false;
  }

  /** The message has been handled. */
  ended(): void {
    this.#readings = 0;
    this.#renewed = false;
    this.#reread = 'no';
  }
}
