/** Globs with delimiters, alternatives and character classes. They are translated to regular expressions. */
import { RE2JS } from 're2js';
import { arrayOf, text } from '../../../values/schema.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import { charactersOf, codePointCount } from '../define/code-points.js';
import { define, either, string, takes, truth, type Kind } from '../define/define.js';
import { compileTranslated, occurs } from '../define/pattern.js';

const nothing: Kind<null> = { type: { kind: 'null' } };
const texts: Kind<readonly string[]> = { type: arrayOf(text) };

const codeOf = (character: string): string => `\\x{${character.codePointAt(0)!.toString(16)}}`;

/** Null means no delimiters; an empty array means a dot. */
function delimitersOf(given: null | readonly string[]): readonly string[] {
  if (given === null) return [];
  if (given.some((delimiter) => codePointCount(delimiter) !== 1))
    throw new BuiltinError('a delimiter is one character');
  return given.length === 0 ? ['.'] : given;
}

/** The regular expression: `*` and `?` stop at delimiters, `**` and classes do not. */
function translate(glob: string, delimiters: readonly string[]): string {
  const one = delimiters.length === 0 ? '.' : `[^${delimiters.map(codeOf).join('')}]`;
  const characters = charactersOf(glob);
  let pattern = '';
  let level = 0;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*') {
      const isSuper = characters[at + 1] === '*';
      pattern += isSuper ? '.*' : `${one}*`;
      if (isSuper) at++;
    } else if (character === '?') pattern += one;
    else if (character === '{') {
      level++;
      pattern += '(?:';
    } else if (character === '}' && level > 0) {
      level--;
      pattern += ')';
    } else if (character === ',' && level > 0) pattern += '|';
    else if (character === '[') {
      const [klass, end] = readClass(characters, at + 1);
      pattern += klass;
      at = end;
    } else if (character === '\\') {
      const escaped = characters[++at];
      if (escaped === undefined) throw new BuiltinError('the pattern ends with a backslash');
      pattern += RE2JS.quote(escaped);
    } else pattern += RE2JS.quote(character);
  }
  if (level > 0) throw new BuiltinError('a `{` is not closed');
  return `(?s)^(?:${pattern})$`;
}

/** `[abc]`, `[a-z]` and both with `!`; a class is a list or one range. Returns the position of its `]` as the end. */
function readClass(characters: readonly string[], from: number): readonly [string, number] {
  const isNegated = characters[from] === '!';
  const start = isNegated ? from + 1 : from;
  const open = isNegated ? '[^' : '[';
  if (characters[start + 1] === '-') {
    const low = characters[start];
    const high = characters[start + 2];
    if (low === undefined || high === undefined || characters[start + 3] !== ']')
      throw new BuiltinError('a range is not closed');
    if (high.codePointAt(0)! < low.codePointAt(0)!) throw new BuiltinError('a range is out of order');
    return [`${open}${codeOf(low)}-${codeOf(high)}]`, start + 3];
  }
  let members = '';
  let at = start;
  for (; characters[at] !== ']'; at++) {
    if (characters[at] === '\\') at++;
    const member = characters[at];
    if (member === undefined) throw new BuiltinError('a `[` is not closed');
    members += codeOf(member);
  }
  if (members === '') throw new BuiltinError('a class is empty');
  return [`${open}${members}]`, at];
}

export const glob: readonly Builtin[] = [
  define(
    'glob.match',
    [takes('pattern', string), takes('delimiters', either(nothing, texts)), takes('match', string)],
    truth,
    'Whether a text matches a glob: `*` within delimiters, `**` across, `?`, `[a-z]`, `{one,other}`.',
    ([pattern, delimiters, value], context) => {
      const between = delimitersOf(delimiters);
      const kind = `glob ${between.join('')}`;
      const compiled = compileTranslated(kind, pattern, () => translate(pattern, between));
      return occurs(compiled, value, context);
    },
  ),
  define(
    'glob.quote_meta',
    [takes('pattern', string)],
    string,
    'With a backslash before what is special in globs.',
    ([pattern]) => pattern.replace(/[*?\\[\]{}]/g, '\\$&'),
  ),
];
