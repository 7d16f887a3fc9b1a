/** Shared by both ends of every proxy: writing in batches, and never more than the other end accepts. */
import type { Duplex } from 'node:stream';

/**
 * After this long without a byte the kernel probes whether the other end is still there, and gives up after ten unanswered
 * probes, a second apart: a peer that vanished silently holds nothing for longer.
 */
export const KEEPALIVE_MS = 30_000;

/** Copying small pieces into one costs less than passing them to the kernel side by side. */
const JOINED_BYTES_MAX = 16 * 1024;

/**
 * Output for one end, gathered while one chunk of the other is read and written at once: a system call per chunk, not per
 * message. Stretches of the same chunk are passed on without a copy.
 */
export class Outlet {
  readonly #socket: Duplex;
  #pieces: Buffer[] = [];
  #bytes: Buffer | null = null;
  #start = 0;
  #end = 0;
  /** Bytes written so far, without those still gathered. */
  written = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** A stretch of a chunk, joined to the one before if they are adjacent. */
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

  /** Whether the end is congested: the other end must then not be read until `drain`. */
  get full(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** The current stretch. */
  #take(): Buffer | null {
    const bytes = this.#bytes;
    if (bytes === null) return null;
    this.#bytes = null;
    const whole = this.#start === 0 && this.#end === bytes.length;
    return whole ? bytes : bytes.subarray(this.#start, this.#end);
  }
}
