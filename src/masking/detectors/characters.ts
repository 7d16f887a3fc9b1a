/** Classes of characters by UTF-16 code. `charCodeAt` past the end is NaN, which is in none of them. */

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

export function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

export function isLetter(code: number): boolean {
  return isUpper(code) || isLower(code);
}

export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code);
}

/** RFC 4648 section 5. */
export function isBase64Url(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2d || code === 0x5f;
}

/** RFC 4648 section 4, without the padding. */
export function isBase64(code: number): boolean {
  return isAlphanumeric(code) || code === 0x2b || code === 0x2f;
}

export function isWhitespace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0;
}

/** The first position at or after `start` whose character is not in the class. */
export function skip(text: string, start: number, inClass: (code: number) => boolean): number {
  let position = start;
  while (inClass(text.charCodeAt(position))) position++;
  return position;
}

/** The start of the run of the class that ends before `end`, looking back no further than `floor`. */
export function skipBack(
  text: string,
  end: number,
  floor: number,
  inClass: (code: number) => boolean,
): number {
  let position = end;
  while (position > floor && inClass(text.charCodeAt(position - 1))) position--;
  return position;
}

/** Every position of a needle, without overlaps. */
export function* positions(text: string, needle: string): Generator<number> {
  let position = text.indexOf(needle);
  while (position !== -1) {
    yield position;
    position = text.indexOf(needle, position + needle.length);
  }
}
