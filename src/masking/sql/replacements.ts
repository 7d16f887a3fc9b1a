/**
 * Remembers the replacements that a session was shown for masked values, so that none is written back. docs/masking.md,
 * "What is not written back", says what is refused and what passes.
 *
 * A replacement is *distinctive* if nobody writes it by chance: `[redacted]`, a hash, `****1111`. It is then refused
 * wherever it is written. Any other (NULL, `0`, `true`, `**`) is *common*, and is refused only for the columns that it
 * was shown for.
 *
 * Memory is bounded. Beyond the bound, distinctive replacements are recognised by their form, and common ones by their
 * kind.
 */
import type { MaskMethod } from '../../engine/decision.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import { relatedColumns } from './inheritance.js';
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
  /** The number of distinct values, and of their characters in total. */
  readonly values: number;
  readonly characters: number;
}

const BOUNDS: ReplacementBounds = { values: 20_000, characters: 1024 * 1024 };

/** The common replacements shown for one column. */
interface Common {
  readonly values: Set<string | null>;
  /** More were shown than are kept, so every value of the kind counts. */
  numbers: boolean;
  stars: boolean;
}

const ANY_COLUMN = '*';
/** No distinctive replacement has fewer characters. */
const SHORTEST = 4;
/** How many columns are distinguished. */
const COLUMNS_MAX = 5_000;

export class Replacements {
  readonly #bounds: ReplacementBounds;
  /** Distinctive constants; true if a pattern mask inserts them into longer texts. */
  readonly #constants = new Map<string, boolean>();
  /** Distinctive replacements that differ from value to value, by their spelling. */
  readonly #values = new Set<string>();
  readonly #forms = new Set<Form>();
  readonly #kept = new Set<number>();
  readonly #common = new Map<string, Common>();
  /** Masks for which nothing more has to be noted. */
  #done = new WeakSet<FieldMask>();
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
    if (this.#done.has(mask)) return;
    this.#empty = false;
    if (shown === null) this.#noteCommon(mask, null);
    else this.#noteValue(mask, shown, typeOid, format);
    if (this.#full && mask.method !== null && mask.detectors.length === 0) this.#done.add(mask);
  }

  #noteValue(mask: FieldMask, shown: Uint8Array, typeOid: number, format: number): void {
    const scalar = scalarOf(shown, typeOid, format);
    if (scalar !== null) this.#noteScalar(mask, scalar);
    else this.#noteText(mask, textOf(shown, typeOid, format), masksAsText(typeOid));
  }

  /** Notes a number, a UUID, bytes, a boolean or a date. */
  #noteScalar(mask: FieldMask, { form, spelling }: Scalar): void {
    const distinctive =
      form === 'number'
        ? spelling.replace(/\D/g, '').length >= DIGITS_MIN
        : form !== null && /[^0\\x-]/.test(spelling);
    if (form === null || !distinctive) this.#noteCommon(mask, spelling);
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
        if (mask.method === method && !text.startsWith(STARS)) this.#noteCommon(mask, text);
        break;
      case 'redact':
      case 'null':
        break;
    }
  }

  #noteConstant(mask: FieldMask, text: string): void {
    if (isCommonText(text)) this.#noteCommon(mask, text);
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
      // A number has no distinctive form, so every number counts for the columns that it was shown for.
      if (form === 'number') this.#commonOf(mask, (common) => (common.numbers = true));
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

  #noteCommon(mask: FieldMask, value: string | null): void {
    this.#commonOf(mask, (common) => {
      if (common.values.has(value)) return;
      // NULL and constants from rules are few, so they are always kept.
      if (value === null || isConstantOf(mask) || this.#hasRoom(value.length)) common.values.add(value);
      else if (/\d/.test(value) && !value.includes('*')) common.numbers = true;
      else common.stars = true;
    });
  }

  #commonOf({ columns }: FieldMask, change: (common: Common) => void): void {
    const full = this.#common.size >= COLUMNS_MAX;
    for (const own of columns?.map(keyOf) ?? [ANY_COLUMN]) {
      const key = full && !this.#common.has(own) ? ANY_COLUMN : own;
      const known = this.#common.get(key) ?? { values: new Set(), numbers: false, stars: false };
      this.#common.set(key, known);
      change(known);
    }
  }

  /** Whether a text to be stored is or contains a distinctive replacement. Linear in its length. */
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
      if (this.#full && form !== 'number' && (form !== 'partial' || isDistinctiveForm(spelling))) return true;
    }
    return false;
  }

  /** Whether a value was shown for one of these columns, or for an unknown column. Null is SQL's NULL. */
  wasShownFor(columns: readonly ColumnName[], value: string | null, catalogue: Catalogue | null): boolean {
    if (this.#common.size === 0) return false;
    const related = columns.flatMap((column) => relatedColumns(catalogue, column));
    return [ANY_COLUMN, ...related.map(keyOf)].some((key) => {
      const common = this.#common.get(key);
      return common !== undefined && isAmong(common, value);
    });
  }
}

const STARS = '*'.repeat(STARS_MIN);

/** The form that the method gave the whole text; null if it has none, or only a common one. */
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

function isAmong({ values, numbers, stars }: Common, value: string | null): boolean {
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

/** Asterisks only, or followed by what looks like the end of a value. Beyond the bound nothing more is known. */
function isDistinctiveForm(spelling: string): boolean {
  return /^\*+[\p{L}\p{N}]*$/u.test(spelling);
}

/** Common texts of `replace`: blanks, numbers, booleans, dates, a few letters. */
function isCommonText(text: string): boolean {
  const bare = text.trim();
  return (
    Array.from(bare).length < 4 || /^[-+.,:/\d\s]*$/.test(bare) || /^(?:true|false|null|none)$/i.test(bare)
  );
}

interface Scalar {
  /** Null for booleans and dates. */
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

/** The canonical form of a value of a non-text type, for comparison; null for any other type. */
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

/** For any other type: its text, or its binary format read as text, in which strings are unchanged. */
export function textOf(value: Uint8Array, typeOid: number, format: number): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (format === 0 || masksAsText(typeOid)) return bytes.toString('utf8');
  return bytes.toString('utf8', typeOid === JSONB ? 1 : 0);
}
