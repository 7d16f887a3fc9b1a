/**
 * Cuts a stream of chunks into messages: a type byte, a length that counts itself, a body. The same in both directions
 * once the start-up is over. Nothing is copied where a message lies inside one chunk.
 */
import { ProtocolViolation } from './messages.js';
import type { Message, MessagePart } from './messages.js';

/** `whole`: handed on in one piece, gathered first where it is split. `stream`: handed on in parts as they come. */
export type Handling = 'whole' | 'stream';

const HEADER_BYTES = 5;
const NOTHING: Buffer = Buffer.alloc(0);

/** A message, and what follows it in the same chunk. */
export interface Stretch extends Message {
  /** Takes along whole messages of the same type as far as they end before `until`. How many they were. */
  extend(until?: number): number;
}

/** The reader is the message at hand: one object for a session instead of one for each message. */
export class FrameReader implements MessagePart, Stretch {
  /** The message at hand: its type, and its bytes (header included) from `start` to `end` of `bytes`. */
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
  /** Pieces of a message that is not complete, from its header on. */
  #pieces: Buffer[] = [];
  #gathered = 0;
  #wanted = 0;
  /** What is still to come of a streamed message. */
  #remaining = 0;

  /** `handlingOf` sees each header before anything of the body is kept, and may throw ProtocolViolation. */
  constructor(handlingOf: (type: number, bodyBytes: number) => Handling) {
    this.#handlingOf = handlingOf;
  }

  /** The chunk before must have been read to its end, or is kept beside the new one. */
  push(chunk: Buffer): void {
    const rest = this.#chunk.length - this.#offset;
    this.#chunk = rest === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /** Bytes of the message whose first part is at hand, those that are still to come among them. */
  get size(): number {
    return this.end - this.start + this.#remaining;
  }

  /** Bytes that were pushed and not handed on, those of an incomplete message among them. */
  get pending(): number {
    return this.#gathered + this.#chunk.length - this.#offset;
  }

  /** Whether a message has begun of which more is to come. */
  get midway(): boolean {
    return this.#remaining > 0 || this.#gathered > 0;
  }

  /** Whether parts of a streamed message were handed on of which more is to come. */
  get partlyShown(): boolean {
    return this.#remaining > 0;
  }

  /** Moves to the next message or part; false where more bytes are needed. Throws ProtocolViolation. */
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
   * Takes along what follows the message at hand in the same chunk: whole messages of its type, which it is for the caller
   * to know that nobody has to look at, as far as they end before `until`. How many they were.
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

  /** With a message begun: true where the header was split and is now at the front, or where all of it is here. */
  #gather(): boolean {
    const available = this.#chunk.length - this.#offset;
    if (available === 0) return false;
    if (this.#wanted === 0) {
      // The header itself was split, which is rare enough to pay for with a copy of the chunk.
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
