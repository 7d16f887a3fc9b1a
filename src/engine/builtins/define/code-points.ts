/** Texts as Rego sees them: sequences of Unicode code points, whereas JavaScript counts UTF-16 code units. */

/** The code points, each as a text of its own. */
export const charactersOf = (text: string): readonly string[] => Array.from(text);

/** Whether code point and code unit indexes are the same in a text. */
export function isBasic(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text);
}

export function codePointCount(text: string): number {
  let pairs = 0;
  for (let i = 0; i + 1 < text.length; i++) {
    if (!isHigh(text.charCodeAt(i)) || !isLow(text.charCodeAt(i + 1))) continue;
    pairs++;
    i++;
  }
  return text.length - pairs;
}

/** From `start` to before `end`, in code points. */
export function sliceCodePoints(text: string, start: number, end: number): string {
  if (isBasic(text)) return text.slice(start, end);
  return charactersOf(text).slice(start, end).join('');
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

const asciiOnly = /^[\0-\x7f]*$/;

/** Case mapping of one code point to one, as Go does it: `ß` stays, a final sigma is not special. */
function mapCase(text: string, map: (character: string) => string): string {
  if (asciiOnly.test(text)) return map(text);
  const mapped: string[] = [];
  for (const character of text) {
    const other = map(character);
    mapped.push(codePointCount(other) === 1 ? other : character);
  }
  return mapped.join('');
}

// The dotted capital I of Turkish is the only one whose simple lower case JavaScript does not provide.
export const lower = (text: string): string => mapCase(text, (c) => (c === 'İ' ? 'i' : c.toLowerCase()));
export const upper = (text: string): string => mapCase(text, (c) => c.toUpperCase());

/** Without the characters of `cut` at its ends. */
export function trimCharacters(text: string, cut: string, ends: { start: boolean; end: boolean }): string {
  const unwanted = new Set(cut);
  const characters = isBasic(text) && isBasic(cut) ? text : charactersOf(text);
  let start = 0;
  let end = characters.length;
  while (ends.start && start < end && unwanted.has(characters[start]!)) start++;
  while (ends.end && end > start && unwanted.has(characters[end - 1]!)) end--;
  const rest = characters.slice(start, end);
  return typeof rest === 'string' ? rest : rest.join('');
}

/** Unicode's White_Space, which is what Go trims; JavaScript's `trim` includes the byte order mark and excludes U+0085. */
export const spaces =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
