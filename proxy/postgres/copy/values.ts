/**
 * The values in the rows of COPY from a client, in chunks split anywhere. Readers want the values, not their columns.
 * PostgreSQL, copyfromparse.c: CopyReadLineText, CopyReadAttributesText and CopyReadAttributesCSV.
 */
import type { CopyClause } from '../../../src/facts/sql/scope/analysis.js';
import { COPY_VALUE_BYTES_MAX } from './columns.js';

/** Called with each value as it is read; `whole` is false for a part of one that is too long to keep. */
export type TakeValue = (value: Buffer, whole: boolean) => void;

export interface CopyValues {
  push(bytes: Buffer, start: number, end: number): void;
  /** The input is complete. */
  finish(): void;
}

export function copyValues(copy: CopyClause, take: TakeValue): CopyValues {
  switch (copy.format) {
    case 'binary':
      return new BinaryFields(take);
    case 'csv':
      return new CsvFields(copy, take);
    case 'text':
    case 'other':
      return new TextFields(copy, take);
  }
}

/** The overlap of two parts of a long value, so that nothing across their border is missed. */
const OVERLAP_BYTES = 512;

/** Collects a value as its bytes arrive. */
class Gathering {
  readonly #take: TakeValue;
  #pieces: Buffer[] = [];
  #length = 0;
  #whole = true;

  constructor(take: TakeValue) {
    this.#take = take;
  }

  add(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) {
      const next = Math.min(end, at + COPY_VALUE_BYTES_MAX - this.#length);
      // A copy: otherwise the whole chunk would be retained.
      this.#pieces.push(Buffer.from(bytes.subarray(at, next)));
      this.#length += next - at;
      at = next;
      if (this.#length >= COPY_VALUE_BYTES_MAX) this.#spill();
    }
  }

  /** The last bytes of the value are in `bytes`: nothing is copied if all of them are. */
  end(bytes: Buffer, start: number, end: number): void {
    if (this.#pieces.length === 0) {
      this.#take(bytes.subarray(start, end), true);
      return;
    }
    this.add(bytes, start, end);
    this.#take(Buffer.concat(this.#pieces), this.#whole);
    this.#pieces = [];
    this.#length = 0;
    this.#whole = true;
  }

  #spill(): void {
    const held = Buffer.concat(this.#pieces);
    this.#take(held, false);
    this.#whole = false;
    this.#pieces = [held.subarray(held.length - OVERLAP_BYTES)];
    this.#length = OVERLAP_BYTES;
  }
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;

const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

class TextFields implements CopyValues {
  readonly #gathering: Gathering;
  readonly #delimiter: number;
  #escaped = false;
  /** The current field contains a backslash. */
  #plain = true;

  constructor({ delimiter }: CopyClause, take: TakeValue) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#gathering = new Gathering((value, whole) => take(this.#plain ? value : unescaped(value), whole));
  }

  push(bytes: Buffer, start: number, end: number): void {
    let from = start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) {
        this.#escaped = true;
        this.#plain = false;
      } else if (byte === this.#delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        this.#gathering.end(bytes, from, at);
        this.#plain = true;
        from = at + 1;
      }
    }
    this.#gathering.add(bytes, from, end);
  }

  finish(): void {
    this.#gathering.end(NOTHING, 0, 0);
  }
}

/** A backslash before a letter, up to three octal digits, `x` and up to two hexadecimal ones, or any other character. */
function unescaped(value: Buffer): Buffer {
  const text = value
    .toString('latin1')
    .replaceAll(
      /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([^]))/g,
      (_, octal?: string, hex?: string, other?: string) => {
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        return CONTROLS[other!] ?? other!;
      },
    );
  return Buffer.from(text, 'latin1');
}

/** Quotes may open and close anywhere in a value. */
class CsvFields implements CopyValues {
  readonly #gathering: Gathering;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  #quoted = false;
  /** Inside quotes, after an escape character that is not the quote. */
  #escaped = false;

  constructor({ delimiter, quote = '"', escape = quote }: CopyClause, take: TakeValue) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote.charCodeAt(0);
    this.#escape = escape.charCodeAt(0);
    this.#gathering = new Gathering((value, whole) => take(this.#unquoted(value), whole));
  }

  push(bytes: Buffer, start: number, end: number): void {
    let from = start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (this.#quoted) this.#insideQuotes(byte);
      else if (byte === this.#quote) this.#quoted = true;
      else if (byte === this.#delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        this.#gathering.end(bytes, from, at);
        from = at + 1;
      }
    }
    this.#gathering.add(bytes, from, end);
  }

  /** A doubled quote closes and opens again, which has the same effect here. */
  #insideQuotes(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === this.#quote) this.#quoted = false;
    else if (byte === this.#escape) this.#escaped = true;
  }

  finish(): void {
    this.#gathering.end(NOTHING, 0, 0);
  }

  #unquoted(value: Buffer): Buffer {
    if (!value.includes(this.#quote)) return value;
    const bytes: number[] = [];
    let quoted = false;
    for (let at = 0; at < value.length; at++) {
      const byte = value[at]!;
      const next = value[at + 1];
      if (quoted && byte === this.#escape && (next === this.#quote || next === this.#escape)) {
        bytes.push(next);
        at++;
      } else if (byte === this.#quote) quoted = !quoted;
      else bytes.push(byte);
    }
    return Buffer.from(bytes);
  }
}

/** Signature, flags, length of the extension. */
const HEADER_BYTES = 19;
const EXTENSION_AT = 15;

type Part = 'header' | 'extension' | 'count' | 'length' | 'value' | 'over';

/** PostgreSQL manual, COPY, "Binary Format". The server refuses broken data: nothing after it is read. */
class BinaryFields implements CopyValues {
  readonly #gathering: Gathering;
  #part: Part = 'header';
  #wanted = HEADER_BYTES;
  /** Number of fields left in the current row. */
  #left = 0;
  #number: Buffer[] = [];

  constructor(take: TakeValue) {
    this.#gathering = new Gathering(take);
  }

  push(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (this.#part !== 'over' && (at < end || this.#wanted === 0)) {
      const next = Math.min(end, at + this.#wanted);
      this.#wanted -= next - at;
      const done = this.#wanted === 0;
      if (this.#part !== 'value') this.#number.push(Buffer.from(bytes.subarray(at, next)));
      else if (done) this.#gathering.end(bytes, at, next);
      else this.#gathering.add(bytes, at, next);
      at = next;
      if (done) this.#next();
    }
  }

  #next(): void {
    const read = Buffer.concat(this.#number);
    this.#number = [];
    switch (this.#part) {
      case 'header':
        this.#await('extension', read.readInt32BE(EXTENSION_AT));
        break;
      case 'extension':
        this.#await('count', 2);
        break;
      case 'count':
        this.#left = read.readInt16BE(0);
        if (this.#left < 0) this.#await('over', 0);
        else this.#nextField();
        break;
      case 'length': {
        const length = read.readInt32BE(0);
        this.#left--;
        if (length === -1) this.#nextField();
        else this.#await('value', length);
        break;
      }
      case 'value':
        this.#nextField();
        break;
      case 'over':
        break;
    }
  }

  #nextField(): void {
    if (this.#left > 0) this.#await('length', 4);
    else this.#await('count', 2);
  }

  #await(part: Part, bytes: number): void {
    this.#part = bytes < 0 ? 'over' : part;
    this.#wanted = Math.max(0, bytes);
  }

  finish(): void {
    this.#part = 'over';
  }
}
