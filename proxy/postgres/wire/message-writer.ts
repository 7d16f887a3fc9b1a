/**
 * Writes rewritten messages one after another into a few large buffers instead of a buffer each: a result of many masked rows
 * costs as few allocations and writes as an unmasked one.
 */
import type { Outlet } from '../../relay.js';

const HEADER_BYTES = 5;
const FIRST_BYTES = 256;
const BYTES_MAX = 64 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

export class MessageWriter {
  readonly #outlet: Outlet;
  #bytes = NOTHING;
  /** Start of the current message. */
  #start = 0;
  #end = 0;
  #next = FIRST_BYTES;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  begin(type: number): void {
    this.#start = this.#end;
    this.#reserve(HEADER_BYTES);
    this.#bytes[this.#end] = type;
    this.#end += HEADER_BYTES;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= 0) return;
    this.#reserve(length);
    if (length > COPIED_BY_HAND_MAX) this.#bytes.set(bytes.subarray(start, end), this.#end);
    else for (let i = 0; i < length; i++) this.#bytes[this.#end + i] = bytes[start + i]!;
    this.#end += length;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#end = this.#bytes.writeInt16BE(value, this.#end);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  /** Ends the message and passes it on. Returns its size in bytes, including the header. */
  end(): number {
    const size = this.#end - this.#start;
    this.#bytes.writeInt32BE(size - 1, this.#start + 1);
    this.#outlet.pass(this.#bytes, this.#start, this.#end);
    return size;
  }

  /** The position of the last message, valid until the next one begins. */
  get bytes(): Buffer {
    return this.#bytes;
  }
  get start(): number {
    return this.#start;
  }
  get stop(): number {
    return this.#end;
  }

  /** Bytes of the body so far. */
  get bodyBytes(): number {
    return this.#end - this.#start - HEADER_BYTES;
  }

  /** Discards the current message. */
  cancel(): void {
    this.#end = this.#start;
  }

  /** Releases the memory: an idle session holds none. */
  release(): void {
    this.#bytes = NOTHING;
    this.#start = 0;
    this.#end = 0;
    this.#next = FIRST_BYTES;
  }

  /** Earlier messages may still wait in a socket: a buffer is never overwritten. */
  #reserve(length: number): void {
    if (this.#bytes.length - this.#end >= length) return;
    const begun = this.#end - this.#start;
    const wanted = Math.max(this.#next, 2 * begun, begun + length);
    const bytes = Buffer.allocUnsafe(wanted);
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = begun;
    this.#next = Math.min(2 * this.#next, BYTES_MAX);
  }
}

/** For a few bytes, a call into native code costs more than copying them. */
const COPIED_BY_HAND_MAX = 24;
