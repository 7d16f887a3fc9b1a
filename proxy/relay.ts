/** What both ends of every proxy share: writing in batches, and never more than the other end can take. */
import type { Duplex } from 'node:stream';

/** Small pieces cost less to copy into one than to hand to the kernel side by side. */
const JOINED_BYTES_MAX = 16 * 1024;

/**
 * What is to be written to one end, gathered while one chunk of the other is read and written at once: a system call
 * for each chunk, not for each message. Stretches of the same chunk are passed on without a copy.
 */
export class Outlet {
  readonly #socket: Duplex;
  #pieces: Buffer[] = [];
  #bytes: Buffer | null = null;
  #start = 0;
  #end = 0;
  /** Bytes written so far, those that are still gathered left out. */
  written = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** A stretch of a chunk, joined to the one before where it follows it. */
  pass(bytes: Buffer, start: number, end: number): void {
    if (this.#bytes === bytes && this.#end === start) {
      this.#end = end;
      return;
    }
    this.#settle();
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  write(bytes: Buffer): void {
    this.pass(bytes, 0, bytes.length);
  }

  flush(): void {
    this.#settle();
    const pieces = this.#pieces;
    if (pieces.length === 0 || this.#socket.destroyed || !this.#socket.writable) {
      this.#pieces.length = 0;
      return;
    }
    this.#pieces = [];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.written += length;
    if (pieces.length > 1 && length <= JOINED_BYTES_MAX) {
      this.#socket.write(Buffer.concat(pieces, length));
      return;
    }
    if (pieces.length > 1) this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    if (pieces.length > 1) this.#socket.uncork();
  }

  /** Whether the end has more waiting than it wants: its other end must then be left unread until `drain`. */
  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  #settle(): void {
    if (this.#bytes !== null) {
      const whole = this.#start === 0 && this.#end === this.#bytes.length;
      this.#pieces.push(whole ? this.#bytes : this.#bytes.subarray(this.#start, this.#end));
    }
    this.#bytes = null;
  }
}
