/**
 * The two ways in which COPY writes values as text: PostgreSQL's own and CSV. Where a field ends, what its bytes mean, and how
 * a value is written. PostgreSQL, copyto.c: CopyAttributeOutText and CopyAttributeOutCSV.
 */
import type { CopyClause } from '../../../src/facts/sql/scope/analysis.js';

export interface Dialect {
  /** Values are unchanged or escaped by backslashes: nothing else is inserted. */
  readonly plain: boolean;
  /** The end of the current field: a delimiter or a line feed, or `end` if more of it is to come. */
  scan(bytes: Buffer, start: number, end: number): number;
  /** The end of the current row, for rows of which nothing more has to be read. */
  skip(bytes: Buffer, start: number, end: number): number;
  isNull(raw: Buffer): boolean;
  /** The text of a value that is not NULL. */
  decode(raw: Buffer): string;
  encode(value: string | null, column: string): Buffer;
}

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;

/** The letter after the backslash for a control character. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['\b', 'b'],
  ['\f', 'f'],
  ['\n', 'n'],
  ['\r', 'r'],
  ['\t', 't'],
  ['\v', 'v'],
]);
const CONTROLS: ReadonlyMap<string, string> = new Map(
  [...LETTERS].map(([control, letter]) => [letter, control]),
);

const CONTROL = /[\b\f\n\r\t\v\\]/;

export class TextDialect implements Dialect {
  readonly plain: boolean;
  readonly #delimiter: string;
  readonly #mark: number;
  readonly #null: Buffer;
  readonly #nullIsCertain: boolean;
  /** The last byte was a backslash that escapes the next one. */
  #escaped = false;

  constructor({ delimiter, nullText }: CopyClause) {
    this.#delimiter = delimiter;
    this.#mark = delimiter.charCodeAt(0);
    this.plain = nullText === undefined;
    this.#null = Buffer.from(nullText ?? '\\N', 'utf8');
    const text = this.#null.toString('utf8');
    // A value whose text equals NULL's is written like NULL: such a field is read as the value. Without a text nothing is
    // shown.
    this.#nullIsCertain = text === '' || !this.#write(this.#unescape(text)).equals(this.#null);
  }

  scan(bytes: Buffer, start: number, end: number): number {
    const mark = this.#mark;
    let at = start;
    if (this.#escaped && at < end) {
      this.#escaped = false;
      at++;
    }
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === LINE_FEED || byte === mark) return at;
      if (byte !== BACKSLASH) continue;
      at++;
      this.#escaped = at === end;
    }
    return end;
  }

  /** A line feed inside a value is written as `\n`: the byte ends a row wherever it stands. */
  skip(bytes: Buffer, start: number, end: number): number {
    const at = bytes.indexOf(LINE_FEED, start);
    if (at === -1 || at >= end) return end;
    this.#escaped = false;
    return at;
  }

  isNull(raw: Buffer): boolean {
    return this.#nullIsCertain && raw.equals(this.#null);
  }

  decode(raw: Buffer): string {
    return this.#unescape(raw.toString('utf8'));
  }

  #unescape(text: string): string {
    if (!text.includes('\\')) return text;
    return text.replaceAll(/\\([\s\S])/g, (_, character: string) => CONTROLS.get(character) ?? character);
  }

  encode(value: string | null): Buffer {
    return value === null ? this.#null : this.#write(value);
  }

  #write(value: string): Buffer {
    if (!CONTROL.test(value) && !value.includes(this.#delimiter)) return Buffer.from(value, 'utf8');
    let text = '';
    for (const character of value) {
      const letter = LETTERS.get(character);
      if (letter !== undefined) text += `\\${letter}`;
      else text += character === '\\' || character === this.#delimiter ? `\\${character}` : character;
    }
    return Buffer.from(text, 'utf8');
  }
}

/** The state of the CSV scanner. CLOSED is after a quote that ends the value or is the first of two. */
const START = 0;
const BARE = 1;
const QUOTED = 2;
const ESCAPED = 3;
const CLOSED = 4;

export class CsvDialect implements Dialect {
  readonly plain: boolean;
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #escape: string;
  readonly #marks: readonly [delimiter: number, quote: number, escape: number];
  readonly #null: Buffer;
  readonly #forced: readonly string[] | 'all';
  readonly #single: boolean;
  #place: number = START;

  constructor({ delimiter, quote, escape, nullText, forceQuote }: CopyClause, columns: number) {
    this.plain = (quote ?? '"') === '"' && (escape ?? '"') === '"';
    this.#delimiter = delimiter;
    this.#quote = quote ?? '"';
    this.#escape = escape ?? this.#quote;
    this.#marks = [delimiter.charCodeAt(0), this.#quote.charCodeAt(0), this.#escape.charCodeAt(0)];
    this.#null = Buffer.from(nullText ?? '', 'utf8');
    this.#forced = forceQuote ?? [];
    this.#single = columns === 1;
  }

  scan(bytes: Buffer, start: number, end: number): number {
    const [delimiter, quote, escape] = this.#marks;
    let place = this.#place;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (place === QUOTED) {
        if (byte === quote) place = CLOSED;
        else if (byte === escape) place = ESCAPED;
      } else if (place === ESCAPED) place = QUOTED;
      else if (place === CLOSED && byte === quote && escape === quote) place = QUOTED;
      else if (byte === delimiter || byte === LINE_FEED) {
        this.#place = START;
        return at;
      } else place = place === START && byte === quote ? QUOTED : BARE;
    }
    this.#place = place;
    return end;
  }

  /** A line feed may stand between quotes: fields must be distinguished to the end of the row. */
  skip(bytes: Buffer, start: number, end: number): number {
    let at = this.scan(bytes, start, end);
    while (at < end && bytes[at] !== LINE_FEED) at = this.scan(bytes, at + 1, end);
    return at;
  }

  isNull(raw: Buffer): boolean {
    return raw.equals(this.#null);
  }

  decode(raw: Buffer): string {
    const text = raw.toString('utf8');
    if (!text.startsWith(this.#quote) || text.length < 2) return text;
    let value = '';
    for (let at = 1; at < text.length - 1; at++) {
      const escapes =
        text[at] === this.#escape && (text[at + 1] === this.#quote || text[at + 1] === this.#escape);
      if (escapes) at++;
      value += text[at]!;
    }
    return value;
  }

  encode(value: string | null, column: string): Buffer {
    if (value === null) return this.#null;
    if (!this.#wantsQuotes(value, column)) return Buffer.from(value, 'utf8');
    let text = this.#quote;
    for (const character of value) {
      text += character === this.#quote || character === this.#escape ? this.#escape + character : character;
    }
    return Buffer.from(text + this.#quote, 'utf8');
  }

  #wantsQuotes(value: string, column: string): boolean {
    if (value === this.#null.toString('utf8') || (this.#single && value === '\\.')) return true;
    if (this.#forced === 'all' || this.#forced.includes(column)) return true;
    return [this.#delimiter, this.#quote, '\n', '\r'].some((mark) => value.includes(mark));
  }
}
