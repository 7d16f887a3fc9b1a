/** Reads the body of one message from front to back. Every read is checked: a body may claim anything. */
import { isAscii, isUtf8 } from 'node:buffer';
import { MalformedMessage } from './messages.js';

const SHORT_BYTES = 256;

export class BodyReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #offset: number;
  readonly #foreign: boolean;

  /** `foreign`: texts are not in UTF-8. */
  constructor(bytes: Buffer, start: number, end: number, foreign = false) {
    this.#foreign = foreign;
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** A count of items that take at least `bytesEach` each, so that the count cannot exceed its message. */
  count(bytesEach: number): number {
    const count = this.#bytes.readUInt16BE(this.#take(2));
    if (count * bytesEach > this.#end - this.#offset)
      throw new MalformedMessage('a count beyond its message');
    return count;
  }

  /** Text up to its terminator, as bytes in any encoding. */
  terminated(): Buffer {
    const at = this.#bytes.indexOf(0, this.#offset);
    if (at < 0 || at >= this.#end) throw new MalformedMessage('a text without its terminator');
    const text = this.#bytes.subarray(this.#offset, at);
    this.#offset = at + 1;
    return text;
  }

  /**
   * A name or setting: valid UTF-8, or ASCII if the client uses another encoding. The server could read anything else
   * differently.
   */
  text(): string {
    return this.#short() ?? this.#long();
  }

  /** Names and most texts are short and in ASCII: checking each byte is faster than a call into native code. */
  #short(): string | null {
    const start = this.#offset;
    const most = Math.min(this.#end, start + SHORT_BYTES);
    for (let at = start; at < most; at++) {
      const byte = this.#bytes[at]!;
      if (byte > 0x7f) return null;
      if (byte !== 0) continue;
      this.#offset = at + 1;
      return at === start ? '' : this.#bytes.toString('latin1', start, at);
    }
    return null;
  }

  #long(): string {
    const bytes = this.terminated();
    const readable = this.#foreign ? isAscii(bytes) : isUtf8(bytes);
    if (!readable) throw new MalformedMessage('the message is not valid UTF-8', 'encoding');
    return bytes.toString('utf8');
  }

  /** SQL: valid UTF-8. In another encoding each byte beyond ASCII becomes the character of that number. */
  sql(): string {
    return this.#foreign ? this.terminated().toString('latin1') : this.text();
  }

  /** A length-prefixed value; -1 stands for NULL. */
  value(): Buffer | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) throw new MalformedMessage('a negative length');
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Skips a value and returns its length, -1 for NULL. */
  stretch(): number {
    const length = this.int32();
    if (length < -1) throw new MalformedMessage('a negative length');
    if (length > 0) this.#take(length);
    return length;
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#take(this.#end - this.#offset), this.#end);
  }

  /** PostgreSQL refuses a message with bytes left over ("invalid message format"); so does the gateway. */
  finish(): void {
    if (this.#offset !== this.#end) throw new MalformedMessage('bytes after the end of a message');
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  #take(count: number): number {
    const at = this.#offset;
    if (count > this.#end - at) throw new MalformedMessage('a message ends early');
    this.#offset = at + count;
    return at;
  }
}
