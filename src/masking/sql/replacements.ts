/**
 * What a session was shown in place of masked values, so that nothing of it is written back. docs/masking.md, "What is not
 * written back", says what this refuses and what it lets pass.
 *
 * A replacement is *telling* where nobody writes it by chance: `[redacted]`, a hash, `****1111`. It is then refused wherever
 * it is written. Any other (NULL, `0`, `true`, `**`) is *everyday*, and is known by the columns that it was shown for.
 *
 * What is kept has a bound. Beyond it telling replacements are known by their form, and everyday ones by what they are.
 */
import type { MaskMethod } from '../../engine/decision.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import { kinOf } from './kin.js';
import { masksAsText, REDACTED } from '../methods.js';
import { canonicalNumeric } from '../numeric.js';
import type { FieldMask } from '../field-mask.js';
import {
  DIGITS_MIN,
  formPattern,
  fragmentsOf,
  isApart,
  isWord,
  readings,
  STARS_MIN,
  type Form,
  type FormPattern,
} from './replacement-forms.js';

export interface ReplacementBounds {
  /** Values that differ, and their characters together. */
  readonly values: number;
  readonly characters: number;
}

const BOUNDS: ReplacementBounds = { values: 20_000, characters: 1024 * 1024 };

/** Shown for a column: everyday replacements. */
interface Everyday {
  readonly values: Set<string | null>;
  /** More were shown than are kept: all of the kind count. */
  numbers: boolean;
  stars: boolean;
}

const ANY_COLUMN = '*';
/** No telling replacement has fewer characters. */
const SHORTEST = 4;
/** Columns that are told apart. */
const COLUMNS_MAX = 5_000;

export class Replacements {
  readonly #bounds: ReplacementBounds;
  /** Constants that tell; true where a pattern mask puts it into the middle of texts. */
  readonly #constants = new Map<string, boolean>();
  /** Of those that differ from value to value, by their spelling. */
  readonly #values = new Set<string>();
  readonly #forms = new Set<Form>();
  readonly #kept = new Set<number>();
  readonly #everyday = new Map<string, Everyday>();
  /** Masks of which nothing more has to be noted. */
  #settled = new WeakSet<FieldMask>();
  #pattern: FormPattern | null = null;
  #characters = 0;
  #count = 0;
  #full = false;
  #empty = true;

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** Nothing was shown: any value may be written. */
  get isEmpty(): boolean {
    return this.#empty;
  }

  /** The client is about to see `shown` in a field with this mask. */
  note(mask: FieldMask, shown: Uint8Array | null, typeOid: number, format: number): void {
    if (this.#settled.has(mask)) return;
    this.#empty = false;
    if (shown === null) this.#noteEveryday(mask, null);
    else this.#noteValue(mask, shown, typeOid, format);
    if (this.#full && mask.method !== null && mask.detectors.length === 0) this.#settled.add(mask);
  }

  #noteValue(mask: FieldMask, shown: Uint8Array, typeOid: number, format: number): void {
    const scalar = scalarOf(shown, typeOid, format);
    if (scalar !== null) this.#noteScalar(mask, scalar);
    else this.#noteText(mask, textOf(shown, typeOid, format), masksAsText(typeOid));
  }

  /** A number, a UUID, bytes, a truth value, a date. */
  #noteScalar(mask: FieldMask, { form, spelling }: Scalar): void {
    const tells =
      form === 'number'
        ? spelling.replace(/\D/g, '').length >= DIGITS_MIN
        : form !== null && /[^0\\x-]/.test(spelling);
    if (form === null || !tells) this.#noteEveryday(mask, spelling);
    else this.#keep(form, spelling, mask);
  }

  #noteText(mask: FieldMask, text: string, isText: boolean): void {
    if (text.includes(REDACTED)) this.#constants.set(REDACTED, true);
    for (const method of [mask.method, ...mask.detectors.map((detector) => detector.method)]) {
      if (method !== null) this.#noteMethod(mask, method, text);
    }
    const whole = mask.detectors.length === 0 && isText ? wholeForm(mask.method, text) : null;
    if (whole !== null) this.#keep(whole, text.toLowerCase(), mask);
    else if (this.#pattern !== null) {
      for (const { form, spelling } of fragmentsOf(text, this.#pattern, this.#kept))
        this.#keep(form, spelling, mask);
    }
  }

  #noteMethod(mask: FieldMask, method: MaskMethod, text: string): void {
    switch (method.kind) {
      case 'replace':
        if (mask.method === method || text.includes(method.text)) this.#noteConstant(mask, method.text);
        break;
      case 'hash':
      case 'email':
        this.#seek(method.kind);
        break;
      case 'partial':
        this.#kept.add(method.keepLast);
        this.#seek('partial');
        if (mask.method === method && !text.startsWith(STARS)) this.#noteEveryday(mask, text);
        break;
      case 'redact':
      case 'null':
        break;
    }
  }

  #noteConstant(mask: FieldMask, text: string): void {
    if (isEverydayText(text)) this.#noteEveryday(mask, text);
    else this.#constants.set(text, mask.detectors.length > 0 || this.#constants.get(text) === true);
  }

  #seek(form: Form): void {
    if (this.#forms.has(form)) return;
    this.#forms.add(form);
    this.#pattern = formPattern(this.#forms);
  }

  #keep(form: Form, spelling: string, mask: FieldMask): void {
    this.#seek(form);
    if (this.#values.has(spelling)) return;
    if (this.#full || !this.#hasRoom(spelling.length)) {
      // A number has no form that tells it from others: of the columns that it was shown for all are doubtful.
      if (form === 'number') this.#everydayOf(mask, (everyday) => (everyday.numbers = true));
      return;
    }
    this.#values.add(spelling);
  }

  #hasRoom(characters: number): boolean {
    this.#count++;
    this.#characters += characters;
    this.#full ||= this.#count > this.#bounds.values || this.#characters > this.#bounds.characters;
    return !this.#full;
  }

  #noteEveryday(mask: FieldMask, value: string | null): void {
    this.#everydayOf(mask, (everyday) => {
      if (everyday.values.has(value)) return;
      // NULL and what a rule writes out are few: they always fit.
      if (value === null || isConstantOf(mask) || this.#hasRoom(value.length)) everyday.values.add(value);
      else if (/\d/.test(value) && !value.includes('*')) everyday.numbers = true;
      else everyday.stars = true;
    });
  }

  #everydayOf({ columns }: FieldMask, change: (everyday: Everyday) => void): void {
    const crowded = this.#everyday.size >= COLUMNS_MAX;
    for (const own of columns?.map(keyOf) ?? [ANY_COLUMN]) {
      const key = crowded && !this.#everyday.has(own) ? ANY_COLUMN : own;
      const known = this.#everyday.get(key) ?? { values: new Set(), numbers: false, stars: false };
      this.#everyday.set(key, known);
      change(known);
    }
  }

  /** Whether a text that is to be stored is a telling replacement, or holds one. Takes time in proportion to its length. */
  holds(text: string): boolean {
    if (text.length < SHORTEST) return false;
    if (this.#values.has(text.toLowerCase())) return true;
    return readings(text).some((reading) => this.#holdsConstant(reading) || this.#holdsFragment(reading));
  }

  #holdsConstant(text: string): boolean {
    for (const [constant, inside] of this.#constants) {
      for (let at = text.indexOf(constant); at !== -1; at = text.indexOf(constant, at + constant.length)) {
        const end = at + constant.length;
        if (constant === REDACTED || isApart(text, at, end) || (inside && isWord(text, at, end))) return true;
      }
    }
    return false;
  }

  #holdsFragment(text: string): boolean {
    if (this.#pattern === null) return false;
    for (const { form, spelling } of fragmentsOf(text, this.#pattern, this.#kept)) {
      if (this.#values.has(spelling)) return true;
      if (this.#full && form !== 'number' && (form !== 'partial' || tellsByForm(spelling))) return true;
    }
    return false;
  }

  /** Whether a value is what was shown for one of these columns, or for one of which nobody knows. Null is SQL's NULL. */
  wasShownFor(columns: readonly ColumnName[], value: string | null, catalogue: Catalogue | null): boolean {
    if (this.#everyday.size === 0) return false;
    const kin = columns.flatMap((column) => kinOf(catalogue, column));
    return [ANY_COLUMN, ...kin.map(keyOf)].some((key) => {
      const everyday = this.#everyday.get(key);
      return everyday !== undefined && isAmong(everyday, value);
    });
  }
}

const STARS = '*'.repeat(STARS_MIN);

/** The form that the whole text has by its method; null where it has none, or one that is everybody's. */
function wholeForm(method: MaskMethod | null, text: string): Form | null {
  if (method === null || text === REDACTED) return null;
  if (method.kind === 'partial') return text.startsWith(STARS) ? 'partial' : null;
  return method.kind === 'hash' || method.kind === 'email' ? method.kind : null;
}

function keyOf({ schema, table, column }: ColumnName): string {
  return `${schema}\u0000${table}\u0000${column}`;
}

function isConstantOf({ method, detectors }: FieldMask): boolean {
  return method?.kind === 'replace' && detectors.length === 0;
}

function isAmong({ values, numbers, stars }: Everyday, value: string | null): boolean {
  if (value === null) return values.has(null);
  const trimmed = value.trim();
  const number = canonicalNumeric(Buffer.from(trimmed, 'utf8'), 0);
  if (values.has(value) || (number !== null && (numbers || values.has(number)))) return true;
  const truth = truths.get(trimmed.toLowerCase());
  return (truth !== undefined && values.has(truth)) || (stars && value.startsWith('*'));
}

const truths: ReadonlyMap<string, string> = new Map([
  ...['t', 'true', 'yes', 'y', 'on', '1'].map((word) => [word, 'true'] as const),
  ...['f', 'false', 'no', 'n', 'off', '0'].map((word) => [word, 'false'] as const),
]);

/** Asterisks alone, or followed by what reads like the end of a value: beyond the bound nothing more is known. */
function tellsByForm(spelling: string): boolean {
  return /^\*+[\p{L}\p{N}]*$/u.test(spelling);
}

/** What `replace` may put in that says nothing by itself: blanks, numbers, truth values, dates, a few letters. */
function isEverydayText(text: string): boolean {
  const bare = text.trim();
  return (
    Array.from(bare).length < 4 || /^[-+.,:/\d\s]*$/.test(bare) || /^(?:true|false|null|none)$/i.test(bare)
  );
}

interface Scalar {
  /** Null of truth values and dates. */
  readonly form: Form | null;
  readonly spelling: string;
}

const BOOLEAN = 16;
const BYTES = 17;
const DATE = 1082;
const NUMERIC = 1700;
const UUID = 2950;
/** int8, int2, int4: how many bytes each has. */
const whole: ReadonlyMap<number, number> = new Map([
  [20, 8],
  [21, 2],
  [23, 4],
]);

/** A value of a type that holds no text, in the one way in which it is compared; null of any other type. */
export function scalarOf(value: Uint8Array, typeOid: number, format: number): Scalar | null {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = format === 0 ? bytes.toString('utf8') : null;
  if (whole.has(typeOid)) return wholeNumber(bytes, text, whole.get(typeOid)!);
  switch (typeOid) {
    case NUMERIC: {
      const number = canonicalNumeric(bytes, format);
      return number === null ? null : { form: 'number', spelling: number };
    }
    case UUID:
      return { form: 'uuid', spelling: text?.toLowerCase() ?? hyphenated(bytes.toString('hex')) };
    case BYTES:
      return { form: 'bytes', spelling: text?.toLowerCase() ?? `\\x${bytes.toString('hex')}` };
    case BOOLEAN:
      return {
        form: null,
        spelling: (text ?? (bytes[0] === 0 ? 'f' : 't')).startsWith('t') ? 'true' : 'false',
      };
    case DATE:
      return { form: null, spelling: text ?? dateText(bytes) };
    default:
      return null;
  }
}

function wholeNumber(bytes: Buffer, text: string | null, size: number): Scalar | null {
  if (text !== null) return { form: 'number', spelling: text };
  if (bytes.length !== size) return null;
  const number = size === 8 ? bytes.readBigInt64BE(0) : bytes.readIntBE(0, size);
  return { form: 'number', spelling: number.toString() };
}

function hyphenated(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Days since 2000-01-01. PostgreSQL, date_recv. */
function dateText(bytes: Buffer): string {
  if (bytes.length !== 4) return '';
  return new Date(Date.UTC(2000, 0, 1) + bytes.readInt32BE(0) * 86_400_000).toISOString().slice(0, 10);
}

const JSONB = 3802;

/** Of any other type: its text, or its binary form read as one, in which texts stand as they are. */
export function textOf(value: Uint8Array, typeOid: number, format: number): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (format === 0 || masksAsText(typeOid)) return bytes.toString('utf8');
  return bytes.toString('utf8', typeOid === JSONB ? 1 : 0);
}
