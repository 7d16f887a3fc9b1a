/**
 * Splits a stream of chunks into messages: a type byte, a length that counts itself, a body. Both directions use the same
 * format after start-up. Nothing is copied if a message lies inside one chunk.
 */
import { ProtocolViolation } from './messages.js';
import type { Message, MessagePart } from './messages.js';

/** `whole`: passed on in one piece, gathered first if it is split. `stream`: passed on in parts as they arrive. */
export type Handling = 'whole' | 'stream';

const HEADER_BYTES = 5;
const NOTHING: Buffer = Buffer.alloc(0);

/** A message, and the messages after it in the same chunk. */
export interface Stretch extends Message {
  /** Adds whole messages of the same type that end before `until`. Returns their number. */
  extend(until?: number): number;
}

/** The reader is also the current message: one object per session instead of one per message. */
export class FrameReader implements MessagePart, Stretch {
  /** The current message: its type, and its bytes (including the header) from `start` to `end` of `bytes`. */
  type = 0;
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  /** Whether this part begins and ends the message; both true for a whole one. */
  first = true;
  last = true;

  readonly #handlingOf: (type: number, bodyBytes: number) => Handling;
  #chunk: Buffer = NOTHING;
  #offset = 0;
  /** Pieces of an incomplete message, starting with its header. */
  #pieces: Buffer[] = [];
  #gathered = 0;
  #wanted = 0;
  /** Bytes of a streamed message still to come. */
  #remaining = 0;

  /** `handlingOf` sees each header before any of the body is kept, and may throw ProtocolViolation. */
  constructor(handlingOf: (type: number, bodyBytes: number) => Handling) {
    this.#handlingOf = handlingOf;
  }

  /** The previous chunk must have been read to its end; an incomplete message is kept. */
  push(chunk: Buffer): void {
    const rest = this.#chunk.length - this.#offset;
    this.#chunk = rest === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /** Bytes of the message whose first part is current, including those still to come. */
  get size(): number {
    return this.end - this.start + this.#remaining;
  }

  /** Bytes pushed and not yet passed on, including those of an incomplete message. */
  get pending(): number {
    return this.#gathered + this.#chunk.length - this.#offset;
  }

  /** Whether a message has begun and is incomplete. */
  get midway(): boolean {
    return this.#remaining > 0 || this.#gathered > 0;
  }

  /** Whether parts of a streamed message were passed on and more are to come. */
  get partlyShown(): boolean {
    return this.#remaining > 0;
  }

  /** Moves to the next message or part; false if more bytes are needed. Throws ProtocolViolation. */
  next(): boolean {
    if (this.#remaining > 0) return this.#continue();
    if (this.#gathered > 0 && !this.#gather()) return false;
    if (this.#wanted > 0) return this.#join();
    const available = this.#chunk.length - this.#offset;
    if (available < HEADER_BYTES) return this.#keep(available, 0);
    const type = this.#chunk[this.#offset]!;
    const length = this.#chunk.readInt32BE(this.#offset + 1);
    if (length < 4) throw new ProtocolViolation('a message length below 4');
    const handling = this.#handlingOf(type, length - 4);
    const total = length + 1;
    this.type = type;
    if (handling === 'whole' && available < total) return this.#keep(available, total);
    this.#show(this.#chunk, this.#offset, Math.min(this.#chunk.length, this.#offset + total));
    this.#offset = this.end;
    this.#remaining = total - (this.end - this.start);
    this.first = true;
    this.last = this.#remaining === 0;
    return true;
  }

  /**
   * Adds the messages that follow the current one in the same chunk: whole messages of its type that end before `until`. The
   * caller must know that nobody has to read them. Returns their number.
   */
  extend(until = Number.POSITIVE_INFINITY): number {
    const chunk = this.#chunk;
    if (!this.last || this.bytes !== chunk || this.end !== this.#offset) return 0;
    let count = 0;
    let end = this.end;
    const stop = Math.min(chunk.length, until);
    while (end + HEADER_BYTES <= stop && chunk[end] === this.type) {
      const length = chunk.readInt32BE(end + 1);
      if (length < 4 || end + 1 + length > stop) break;
      end += 1 + length;
      count++;
    }
    this.end = end;
    this.#offset = end;
    return count;
  }

  #show(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  #continue(): boolean {
    const available = this.#chunk.length - this.#offset;
    if (available === 0) return false;
    const taken = Math.min(available, this.#remaining);
    this.#show(this.#chunk, this.#offset, this.#offset + taken);
    this.#offset += taken;
    this.#remaining -= taken;
    this.first = false;
    this.last = this.#remaining === 0;
    return true;
  }

  #keep(available: number, wanted: number): boolean {
    if (available > 0) this.#pieces.push(this.#chunk.subarray(this.#offset));
    this.#gathered += available;
    this.#wanted = wanted;
    this.#offset = this.#chunk.length;
    return false;
  }

  /** After a message has begun: true if the header was split and is now at the front, or if all of it is here. */
  #gather(): boolean {
    const available = this.#chunk.length - this.#offset;
    if (available === 0) return false;
    if (this.#wanted === 0) {
      // The header itself was split, which is rare enough to justify copying the chunk.
      this.#chunk = Buffer.concat([...this.#pieces, this.#chunk.subarray(this.#offset)]);
      this.#offset = 0;
      this.#forget();
      return true;
    }
    if (this.#gathered + available >= this.#wanted) return true;
    return this.#keep(available, this.#wanted);
  }

  #join(): boolean {
    const missing = this.#wanted - this.#gathered;
    this.#pieces.push(this.#chunk.subarray(this.#offset, this.#offset + missing));
    this.#show(Buffer.concat(this.#pieces, this.#wanted), 0, this.#wanted);
    this.#offset += missing;
    this.first = true;
    this.last = true;
    this.#forget();
    return true;
  }

  #forget(): void {
    this.#pieces = [];
    this.#gathered = 0;
    this.#wanted = 0;
  }
}
