/** Rows of COPY in the text and CSV formats: fields separated by delimiters, each row ended by a line feed. */
import { PrefilterScanner, type Prefilter } from '../../../src/masking/prefilter.js';
import {
  COPY_VALUE_BYTES_MAX,
  fixedText,
  maskedText,
  noteFixed,
  quietColumns,
  unreadText,
} from './columns.js';
import type { CopyRows, MaskedColumn } from './columns.js';
import type { Dialect } from './dialect.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { ProtocolViolation } from '../wire/messages.js';
import type { Message } from '../wire/messages.js';

const LINE_FEED = 0x0a;

/** A masked column, and its fixed replacement if it has one. */
interface Line {
  readonly column: MaskedColumn;
  readonly fixed: { readonly text: string | null; readonly value: Buffer; readonly nothing: Buffer } | null;
  /** The client was already shown the fixed replacement. */
  noted: boolean;
}

interface Columns {
  readonly lines: readonly (Line | null)[];
  /** After the last masked column only the end of the row is searched for. */
  readonly last: number;
}

export class CopyLines implements CopyRows {
  readonly #dialect: Dialect;
  readonly #loud: Columns;
  /** For rows in which no detector can match. */
  readonly #quiet: (Columns & { readonly prefilter: Prefilter }) | null;
  readonly #scanner = new PrefilterScanner();
  #header: boolean;
  /** The column of the current field. */
  #index = 0;
  /** The current field began in an earlier chunk. */
  #begun = false;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(dialect: Dialect, columns: readonly (MaskedColumn | null)[], header: boolean) {
    this.#dialect = dialect;
    this.#loud = columnsOf(dialect, columns);
    const quiet = dialect.plain ? quietColumns(columns) : null;
    this.#quiet =
      quiet === null ? null : { ...columnsOf(dialect, quiet.columns), prefilter: quiet.prefilter };
    this.#header = header;
  }

  get settled(): boolean {
    return this.#index === 0 && !this.#begun;
  }

  passesUntil({ bytes, start, end }: Message): number | null {
    if (this.#quiet?.last !== -1 || !this.#isQuiet(bytes, start, end)) return null;
    return this.#scanner.cleanUntil;
  }

  push(bytes: Buffer, start: number, end: number, out: MessageWriter, whole: boolean): void {
    const { lines, last } = whole && this.#isQuiet(bytes, start, end) ? this.#quiet! : this.#loud;
    // The bytes from `kept` to `at` pass unchanged.
    let kept = start;
    let at = start;
    while (at < end) {
      const line = this.#header ? null : (lines[this.#index] ?? null);
      const tail = this.#header || this.#index > last;
      const stop = tail ? this.#dialect.skip(bytes, at, end) : this.#dialect.scan(bytes, at, end);
      if (line !== null) {
        out.append(bytes, kept, at);
        this.#value(line, bytes, at, stop, stop < end, out);
        kept = stop;
      }
      this.#begun = stop === end;
      if (stop < end) this.#delimited(bytes[stop] === LINE_FEED, tail);
      at = stop + 1;
    }
    out.append(bytes, kept, end);
  }

  /** A PostgreSQL message is a row: no value continues in the next one. */
  #isQuiet(bytes: Buffer, start: number, end: number): boolean {
    if (this.#quiet === null || this.#header || !this.settled || bytes[end - 1] !== LINE_FEED) return false;
    return this.#scanner.isClean(this.#quiet.prefilter, bytes, start, end);
  }

  #delimited(row: boolean, tail: boolean): void {
    if (!row) {
      this.#index++;
      if (this.#index >= this.#loud.lines.length) throw fieldsDiffer();
      return;
    }
    if (!tail && this.#index !== this.#loud.lines.length - 1) throw fieldsDiffer();
    this.#index = 0;
    this.#header = false;
  }

  /** A part of a masked value. */
  #value(line: Line, bytes: Buffer, start: number, stop: number, ended: boolean, out: MessageWriter): void {
    if (!ended || this.#begun) this.#hold(bytes, start, stop);
    if (!ended) return;
    const tooLong = this.#heldBytes > COPY_VALUE_BYTES_MAX;
    const raw = this.#begun ? Buffer.concat(this.#held) : bytes.subarray(start, stop);
    this.#held = [];
    this.#heldBytes = 0;
    const shown = this.#masked(line, raw, tooLong);
    out.append(shown, 0, shown.length);
  }

  #masked(line: Line, raw: Buffer, tooLong: boolean): Buffer {
    const { column, fixed } = line;
    if (tooLong) return this.#dialect.encode(unreadText(column), column.name);
    const dialect = this.#dialect;
    if (dialect.isNull(raw)) return fixed?.nothing ?? dialect.encode(null, column.name);
    if (fixed !== null) {
      if (!line.noted) noteFixed(column, fixed.text);
      line.noted = true;
      return fixed.value;
    }
    const value = dialect.decode(raw);
    const shown = maskedText(column, value);
    return shown === value ? raw : dialect.encode(shown, column.name);
  }

  #hold(bytes: Buffer, start: number, stop: number): void {
    this.#heldBytes += stop - start;
    if (this.#heldBytes > COPY_VALUE_BYTES_MAX) this.#held = [];
    // A copy: otherwise the whole chunk would be retained.
    else if (stop > start) this.#held.push(Buffer.from(bytes.subarray(start, stop)));
  }
}

function columnsOf(dialect: Dialect, columns: readonly (MaskedColumn | null)[]): Columns {
  return {
    lines: columns.map((column) => (column === null ? null : lineOf(dialect, column))),
    last: columns.findLastIndex((column) => column !== null),
  };
}

function lineOf(dialect: Dialect, column: MaskedColumn): Line {
  const fixed = fixedText(column);
  const { name } = column;
  return {
    column,
    fixed:
      fixed === null
        ? null
        : {
            text: fixed.text,
            value: dialect.encode(fixed.text, name),
            nothing: dialect.encode(null, name),
          },
    noted: false,
  };
}

function fieldsDiffer(): ProtocolViolation {
  return new ProtocolViolation('a row of COPY with other fields than announced');
}
