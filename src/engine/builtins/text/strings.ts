/** Texts. Characters are Unicode code points; indexes and lengths count those. */
import type { ValueObject, ValueSet } from '../../../values/value.js';
import { mapOf, numberIn, text } from '../../../values/schema.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import {
  charactersOf,
  codePointCount,
  isBasic,
  lower,
  sliceCodePoints,
  spaces,
  trimCharacters,
  upper,
} from '../define/code-points.js';
import {
  type Kind,
  counted,
  define,
  either,
  list,
  numeric,
  string,
  strings,
  takes,
  truth,
} from '../define/define.js';
import { goFormat } from './go-format.js';
import { bounded, checkLength, index, isInteger, membersOf, spendOn } from '../define/limits.js';
import { replaceMany } from './replace-many.js';

const several: Kind<string | readonly string[] | ValueSet> = either(string, strings);
const replacements: Kind<ValueObject> = { type: mapOf(text) };

function occurrences(haystack: string, needle: string): number {
  if (needle === '') return codePointCount(haystack) + 1;
  let count = 0;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + needle.length)) count++;
  return count;
}

function join(separator: string, parts: readonly string[]): string {
  let length = separator.length * Math.max(parts.length - 1, 0);
  for (const part of parts) length += part.length;
  checkLength(length);
  return parts.join(separator);
}

function replace(haystack: string, old: string, fresh: string): string {
  const count = occurrences(haystack, old);
  checkLength(haystack.length + count * (fresh.length - old.length));
  if (old !== '') return haystack.replaceAll(old, () => fresh);
  return `${fresh}${charactersOf(haystack)
    .map((character) => character + fresh)
    .join('')}`;
}

function firstIndex(haystack: string, needle: string): number {
  if (needle === '') throw new BuiltinError('`needle` must not be empty');
  const at = haystack.indexOf(needle);
  return at < 0 ? -1 : codePointCount(haystack.slice(0, at));
}

/** Overlapping occurrences all count. */
function allIndexes(haystack: string, needle: string): number[] {
  if (needle === '') throw new BuiltinError('`needle` must not be empty');
  const basic = isBasic(haystack);
  const found: number[] = [];
  let counted = 0;
  let from = 0;
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    counted += basic ? at - from : codePointCount(haystack.slice(from, at));
    from = at;
    found.push(counted);
  }
  return found;
}

function substring(value: string, offset: number, length: number): string {
  if (offset < 0) throw new BuiltinError('`offset` must not be negative');
  return sliceCodePoints(value, offset, length < 0 ? Infinity : offset + length);
}

function formatInteger(value: number | bigint, base: number | bigint): string {
  if (base !== 2 && base !== 8 && base !== 10 && base !== 16)
    throw new BuiltinError('`base` must be 2, 8, 10 or 16');
  return (isInteger(value) ? BigInt(value) : BigInt(Math.trunc(Number(value)))).toString(base);
}

const listOf = (value: string | readonly string[] | ValueSet): readonly string[] =>
  typeof value === 'string' ? [value] : membersOf<string>(value);

const mapping = (name: string, doc: string, call: (value: string) => string): Builtin =>
  define(name, [takes('value', string)], string, doc, ([value], context) => {
    spendOn(value, context);
    return bounded(call(value));
  });

const trimming = (name: string, doc: string, start: boolean, end: boolean): Builtin =>
  define(name, [takes('value', string), takes('cutset', string)], string, doc, ([value, cutset], context) => {
    spendOn(value, context);
    return trimCharacters(value, cutset, { start, end });
  });

const testing = (
  name: string,
  needle: string,
  doc: string,
  call: (a: string, b: string) => boolean,
): Builtin =>
  define(name, [takes('value', string), takes(needle, string)], truth, doc, ([a, b]) => call(a, b));

/** Once sorted, texts with a common prefix are adjacent and follow the position of the prefix itself. */
function anyStartsWith(values: readonly string[], prefixes: readonly string[]): boolean {
  const sorted = [...values].sort();
  return prefixes.some((prefix) => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < prefix) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.startsWith(prefix) === true;
  });
}

const backwards = (value: string): string => value.split('').reverse().join('');

const anyMatch = (name: string, part: string, doc: string, turn: (value: string) => string): Builtin =>
  define(name, [takes('search', several), takes(part, several)], truth, doc, ([search, parts], context) => {
    const values = listOf(search);
    const affixes = listOf(parts);
    context.spend((values.length + affixes.length) * Math.ceil(Math.log2(values.length + 2)));
    for (const value of values) spendOn(value, context);
    return anyStartsWith(values.map(turn), affixes.map(turn));
  });

const tests: readonly Builtin[] = [
  testing('contains', 'needle', 'Whether `needle` occurs in `value`.', (a, b) => a.includes(b)),
  testing('startswith', 'prefix', 'Whether `value` begins with `prefix`.', (a, b) => a.startsWith(b)),
  testing('endswith', 'suffix', 'Whether `value` ends with `suffix`.', (a, b) => a.endsWith(b)),
  anyMatch(
    'strings.any_prefix_match',
    'prefixes',
    'Whether any of the texts begins with any of the prefixes.',
    (value) => value,
  ),
  anyMatch(
    'strings.any_suffix_match',
    'suffixes',
    'Whether any of the texts ends with any of the suffixes.',
    backwards,
  ),
];

const trims: readonly Builtin[] = [
  trimming('trim', 'Without the characters of `cutset` at both ends.', true, true),
  trimming('trim_left', 'Without the characters of `cutset` at the start.', true, false),
  trimming('trim_right', 'Without the characters of `cutset` at the end.', false, true),
  mapping('trim_space', 'Without white space at both ends.', (value) =>
    trimCharacters(value, spaces, { start: true, end: true }),
  ),
  define(
    'trim_prefix',
    [takes('value', string), takes('prefix', string)],
    string,
    'Without `prefix` at the start.',
    ([value, prefix]) => (value.startsWith(prefix) ? value.slice(prefix.length) : value),
  ),
  define(
    'trim_suffix',
    [takes('value', string), takes('suffix', string)],
    string,
    'Without `suffix` at the end.',
    ([value, suffix]) => (value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : value),
  ),
];

const searches: readonly Builtin[] = [
  define(
    'indexof',
    [takes('haystack', string), takes('needle', string)],
    { type: numberIn(-1, Infinity) },
    'Where `needle` first occurs; -1 if it does not.',
    ([haystack, needle], context) => {
      spendOn(haystack, context);
      return firstIndex(haystack, needle);
    },
  ),
  define(
    'indexof_n',
    [takes('haystack', string), takes('needle', string)],
    list,
    'Every index at which `needle` occurs.',
    ([haystack, needle], context) => {
      context.spend(haystack.length);
      return allIndexes(haystack, needle);
    },
  ),
  define(
    'strings.count',
    [takes('search', string), takes('substring', string)],
    counted,
    'How often `substring` occurs, without overlaps.',
    ([search, part], context) => {
      spendOn(search, context);
      return occurrences(search, part);
    },
  ),
];

const builders: readonly Builtin[] = [
  mapping('lower', 'In lower case.', lower),
  mapping('upper', 'In upper case.', upper),
  mapping('strings.reverse', 'From the last character to the first.', (value) =>
    [...charactersOf(value)].reverse().join(''),
  ),
  define(
    'concat',
    [takes('delimiter', string), takes('collection', strings)],
    string,
    'The texts in one, `delimiter` between them.',
    ([delimiter, parts], context) => {
      context.spend(1 + membersOf(parts).length);
      return join(delimiter, membersOf<string>(parts));
    },
  ),
  define(
    'split',
    [takes('value', string), takes('delimiter', string)],
    list,
    'The parts between the delimiters; the characters if it is empty.',
    ([value, delimiter], context) => {
      context.spend(value.length);
      return delimiter === '' ? charactersOf(value) : value.split(delimiter);
    },
  ),
  define(
    'replace',
    [takes('value', string), takes('old', string), takes('new', string)],
    string,
    'With every `old` replaced by `new`.',
    ([value, old, fresh], context) => {
      spendOn(value, context);
      return replace(value, old, fresh);
    },
  ),
  define(
    'strings.replace_n',
    [takes('patterns', replacements), takes('value', string)],
    string,
    'With every key of `patterns` replaced by its value, in one pass.',
    ([patterns, value], context) => {
      return replaceMany(patterns as Readonly<Record<string, string>>, value, context);
    },
  ),
  define(
    'substring',
    [takes('value', string), takes('offset', numeric), takes('length', numeric)],
    string,
    '`length` characters from `offset`; all that follow if `length` is negative.',
    ([value, offset, length], context) => {
      spendOn(value, context);
      return substring(value, index(offset, 'offset'), index(length, 'length'));
    },
  ),
  define(
    'format_int',
    [takes('number', numeric), takes('base', numeric)],
    string,
    'The integer part of a number in base 2, 8, 10 or 16.',
    ([value, base]) => formatInteger(value, base),
  ),
  define(
    'sprintf',
    [takes('format', string), takes('values', list)],
    string,
    'Text from a format with the verbs of Go: `%s %d %v %f %q %x` and so on.',
    ([format, values], context) => {
      spendOn(format, context);
      return goFormat(format, values);
    },
  ),
];

export const stringBuiltins: readonly Builtin[] = [...tests, ...trims, ...searches, ...builders];
