/**
 * Rows of COPY in the binary format. PostgreSQL manual, COPY, "Binary Format": a header, then for each row a number of fields
 * and each field with its length, then -1 in place of the number.
 */
import { fixedMask, maskValue, unreadMask } from '../../../src/masking/postgres/value.js';
import { COPY_VALUE_BYTES_MAX } from './columns.js';
import type { CopyRows, MaskedColumn } from './columns.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { ProtocolViolation } from '../wire/messages.js';

/** Signature, flags, length of the extension. */
const HEADER_BYTES = 19;
const SIGNATURE = Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1');

type Part = 'header' | 'extension' | 'count' | 'length' | 'value' | 'end';

export class CopyBinary implements CopyRows {
  readonly #columns: readonly (MaskedColumn | null)[];
  #part: Part = 'header';
  /** Bytes of the current part still to come. */
  #wanted = HEADER_BYTES;
  #index = 0;
  /** The kept part: numbers and masked values, not yet passed on. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #valueBytes = 0;
  /** Columns whose fixed replacement the client was already shown. */
  readonly #noted = new Set<number>();

  constructor(columns: readonly (MaskedColumn | null)[]) {
    this.#columns = columns;
  }

  get settled(): boolean {
    return this.#part === 'end';
  }

  /** Not scanned for: binary rows are read field by field. */
  passesUntil(): null {
    return null;
  }

  push(bytes: Buffer, start: number, end: number, out: MessageWriter): void {
    let kept = start;
    let at = start;
    while (at < end || this.#wanted === 0) {
      const masked = this.#masked;
      const stop = Math.min(end, at + this.#wanted);
      this.#wanted -= stop - at;
      if (masked) {
        out.append(bytes, kept, at);
        kept = stop;
      }
      if (masked || this.#part !== 'value') this.#hold(bytes, at, stop);
      at = stop;
      if (this.#wanted > 0) break;
      if (masked && this.#part === 'value') this.#write(out);
      this.#next(masked, out);
      if (this.#part === 'end' && at < end) throw violation();
      if (this.#part === 'end') break;
    }
    out.append(bytes, kept, end);
  }

  /** Whether the current part is changed: a masked value, and its length. */
  get #masked(): boolean {
    if (this.#part !== 'value' && this.#part !== 'length') return false;
    return this.#columns[this.#index] !== null;
  }

  #next(masked: boolean, out: MessageWriter): void {
    const held = this.#part === 'value' ? Buffer.alloc(0) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    switch (this.#part) {
      case 'header':
        if (!held.subarray(0, SIGNATURE.length).equals(SIGNATURE) || held.readUInt16BE(11) !== 0)
          throw violation();
        this.#await('extension', held.readInt32BE(15));
        break;
      case 'extension':
        this.#await('count', 2);
        break;
      case 'count':
        this.#row(held.readInt16BE(0));
        break;
      case 'length':
        this.#field(held.readInt32BE(0), masked, out);
        break;
      case 'value':
        this.#after();
        break;
      case 'end':
        throw violation();
    }
  }

  #await(part: Part, bytes: number): void {
    if (bytes < 0) throw violation();
    this.#part = part;
    this.#wanted = bytes;
  }

  #row(count: number): void {
    if (count !== -1 && count !== this.#columns.length) throw violation();
    this.#index = 0;
    if (count === -1) this.#await('end', 1);
    else if (count === 0) this.#await('count', 2);
    else this.#await('length', 4);
  }

  #field(length: number, masked: boolean, out: MessageWriter): void {
    if (length === -1) {
      if (masked) out.int32(-1);
      this.#after();
      return;
    }
    this.#valueBytes = length;
    this.#await('value', length);
  }

  #after(): void {
    this.#index++;
    if (this.#index < this.#columns.length) this.#await('length', 4);
    else this.#await('count', 2);
  }

  #hold(bytes: Buffer, start: number, stop: number): void {
    this.#heldBytes += stop - start;
    if (this.#heldBytes > COPY_VALUE_BYTES_MAX) this.#held = [];
    else if (stop > start) this.#held.push(Buffer.from(bytes.subarray(start, stop)));
  }

  #write(out: MessageWriter): void {
    const { mask, typeOid, key, shown: seen } = this.#columns[this.#index]!;
    const fixed = fixedMask(mask, typeOid, 1);
    const shown =
      fixed !== undefined
        ? fixed
        : this.#valueBytes > COPY_VALUE_BYTES_MAX
          ? unreadMask(mask, typeOid, 1)
          : maskValue(mask, Buffer.concat(this.#held), typeOid, 1, key);
    if (fixed === undefined || !this.#noted.has(this.#index)) seen.note(mask, shown, typeOid, 1);
    if (fixed !== undefined) this.#noted.add(this.#index);
    out.int32(shown === null ? -1 : shown.length);
    if (shown !== null) out.append(shown, 0, shown.length);
  }
}

function violation(): ProtocolViolation {
  return new ProtocolViolation('rows of COPY in a binary form that cannot be read');
}
