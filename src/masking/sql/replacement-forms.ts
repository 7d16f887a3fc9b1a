/**
 * The forms of replacements in a text: as the whole text, as a string of a document, as an element of an array, or
 * between other words. Each has a normalized spelling for comparison.
 */

/** Replacements that differ from value to value, by form. Constants (`[redacted]`, the text of `replace`) have none. */
export type Form = 'hash' | 'email' | 'partial' | 'uuid' | 'bytes' | 'number';

export interface Fragment {
  readonly form: Form;
  /** Normalized for comparison: in lower case, a UUID with its hyphens. */
  readonly spelling: string;
}

/** This many asterisks are not an accident; people write fewer themselves. */
export const STARS_MIN = 4;
/** Numbers of fewer digits are counters, years, amounts: too common to tell. */
export const DIGITS_MIN = 9;

const patterns: Readonly<Record<Exclude<Form, 'partial'>, string>> = {
  hash: '\\bh:[0-9a-f]{32}\\b',
  email: '(?<!\\*)\\*{3}@[\\p{L}\\p{N}.-]+',
  uuid: '\\b[0-9a-f]{8}-?[0-9a-f]{4}-?8[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}\\b',
  bytes: '\\\\x[0-9a-f]{32}(?![0-9a-f])',
  number: '(?<![\\p{L}\\p{N}_.-])-?[0-9]{9,20}(?![\\p{L}\\p{N}_]|\\.[0-9])',
};
/** A prefilter: what a text must contain to hold the form. Most texts do not, and this is several times as fast. */
const prefilters: Readonly<Record<Form, string>> = {
  hash: 'h:[0-9a-f]{32}',
  email: '\\*{3}@',
  partial: `\\*{${STARS_MIN}}`,
  uuid: '[0-9a-f]{8}-?[0-9a-f]{4}-?8[0-9a-f]{3}-?[89ab]',
  bytes: '\\\\x[0-9a-f]{32}',
  number: `[0-9]{${DIGITS_MIN}}`,
};
const stars = `\\*{${STARS_MIN},}`;

export interface FormPattern {
  readonly prefilter: RegExp;
  readonly whole: RegExp;
}

/** Finds everything that has one of the forms. There must be at least one form. */
export function formPattern(forms: ReadonlySet<Form>): FormPattern {
  const parts = [...forms].map((form) => `(?<${form}>${form === 'partial' ? stars : patterns[form]})`);
  return {
    prefilter: new RegExp([...forms].map((form) => prefilters[form]).join('|'), 'i'),
    whole: new RegExp(parts.join('|'), 'giu'),
  };
}

/**
 * Everything in the text that has one of the forms, from front to back. `kept` lists how many characters `partial`
 * leaves: that many after the asterisks belong to the replacement, and may be asterisks too.
 */
export function* fragmentsOf(
  text: string,
  { prefilter, whole }: FormPattern,
  kept: ReadonlySet<number>,
): Generator<Fragment> {
  if (!prefilter.test(text)) return;
  for (const match of text.matchAll(whole)) {
    const groups = match.groups as Partial<Record<Form, string>>;
    const form = (Object.keys(groups) as Form[]).find((one) => groups[one] !== undefined)!;
    const written = match[0];
    if (form === 'partial') yield* partialsAt(text, match.index, match.index + written.length, kept);
    else yield { form, spelling: spell(form, written) };
  }
}

function spell(form: Form, written: string): string {
  const lower = written.toLowerCase();
  if (form === 'email') return lower.replace(/[.-]+$/, '');
  if (form !== 'uuid') return lower;
  return lower.replaceAll('-', '').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Up to this many asterisks at the end of a run may belong to the value. */
const OWN_STARS_MAX = 8;

function* partialsAt(
  text: string,
  start: number,
  end: number,
  kept: ReadonlySet<number>,
): Generator<Fragment> {
  // Asterisks only, if they stand apart: between words they may be ordinary text.
  if (isApart(text, start, end)) yield { form: 'partial', spelling: text.slice(start, end) };
  for (const count of kept) {
    for (let own = 0; own <= OWN_STARS_MAX && own < count && own + STARS_MIN <= end - start; own++) {
      const stop = afterCharacters(text, end - own, count);
      if (stop !== null) yield { form: 'partial', spelling: text.slice(start, stop).toLowerCase() };
    }
  }
}

/** Null if there are fewer. Characters are code points, as `partial` counts them. */
function afterCharacters(text: string, start: number, count: number): number | null {
  let at = start;
  for (let left = count; left > 0; left--) {
    if (at >= text.length) return null;
    at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  }
  return at;
}

const OPENERS = '{[(",:\t';
const CLOSERS = '}])",:\t';

/** Whether it is the whole text, or a whole string or element of a document, an array or a row. */
export function isApart(text: string, start: number, end: number): boolean {
  if (start === 0 && end === text.length) return true;
  if (!'{[("'.includes(text.charAt(0))) return false;
  const before = nearest(text, start - 1, -1);
  const after = nearest(text, end, 1);
  return OPENERS.includes(before) && CLOSERS.includes(after);
}

/** How many blanks are skipped: serializers write one or two. */
const BLANKS_MAX = 8;

function nearest(text: string, from: number, step: 1 | -1): string {
  let at = from;
  for (let left = BLANKS_MAX; left > 0 && ' \n\r'.includes(text.charAt(at)) && text.charAt(at) !== ''; left--)
    at += step;
  return text.charAt(at);
}

/** Whether it is a whole word. */
export function isWord(text: string, start: number, end: number): boolean {
  const letter = /[\p{L}\p{N}_]/u;
  const joins = (outer: string, inner: string): boolean => letter.test(outer) && letter.test(inner);
  return !joins(text.charAt(start - 1), text.charAt(start)) && !joins(text.charAt(end), text.charAt(end - 1));
}

/**
 * The variants of a text to search: as it is, and with the backslash escapes of documents, arrays and literals resolved
 * (RFC 8259 section 7; array_out doubles what a document has escaped already).
 */
export function readings(text: string): readonly string[] {
  if (!text.includes('\\')) return [text];
  const plain = unescaped(text);
  const twice = plain.includes('\\') ? unescaped(plain) : plain;
  return [...new Set([text, plain, twice])];
}

/** A loop without a callback per escape, since a text may consist of backslashes. */
function unescaped(text: string): string {
  let plain = '';
  let copied = 0;
  for (let at = text.indexOf('\\'); at !== -1 && at + 1 < text.length; at = text.indexOf('\\', copied)) {
    const code = text.charAt(at + 1) === 'u' ? codeAt(text, at + 2) : null;
    plain += text.slice(copied, at) + (code ?? text.charAt(at + 1));
    copied = at + (code === null ? 2 : 6);
  }
  return plain + text.slice(copied);
}

/** The character with this code of four hexadecimal digits; null if there are none. */
function codeAt(text: string, at: number): string | null {
  const digits = text.slice(at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? String.fromCharCode(Number.parseInt(digits, 16)) : null;
}
