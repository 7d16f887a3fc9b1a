/** What both ends of every proxy share: writing in batches, and never more than the other end can take. */
import type { Duplex } from 'node:stream';

/**
 * After so long without a byte the kernel asks whether the other end is still there, and gives up when ten questions, a
 * second apart, stay without an answer: a peer that vanished without a word holds nothing for longer.
 */
export const KEEPALIVE_MS = 30_000;

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
    const before = this.#take();
    if (before !== null) this.#pieces.push(before);
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  write(bytes: Buffer): void {
    this.pass(bytes, 0, bytes.length);
  }

  flush(): void {
    const last = this.#take();
    const pieces = this.#pieces;
    if (pieces.length === 0) {
      if (last !== null) this.#send(last);
      return;
    }
    this.#pieces = [];
    if (last !== null) pieces.push(last);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length <= JOINED_BYTES_MAX) {
      this.#send(Buffer.concat(pieces, length));
      return;
    }
    this.#socket.cork();
    for (const piece of pieces) this.#send(piece);
    this.#socket.uncork();
  }

  #send(bytes: Buffer): void {
    if (!this.#socket.writable) return;
    this.written += bytes.length;
    this.#socket.write(bytes);
  }

  /** Whether the end has more waiting than it wants: its other end must then be left unread until `drain`. */
  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** The stretch at hand. */
  #take(): Buffer | null {
    const bytes = this.#bytes;
    if (bytes === null) return null;
    this.#bytes = null;
    const whole = this.#start === 0 && this.#end === bytes.length;
    return whole ? bytes : bytes.subarray(this.#start, this.#end);
  }
}
