/** Arrays in wire format: array_in's text and array_send's bytes. Elements are left to the caller. */

import type { Value } from '../../../src/values/value.js';

/** PostgreSQL's MAXDIM. */
const DIMENSIONS_MAX = 6;

/** Null in the array is SQL's NULL. Undefined if the text is not supported: explicit bounds, or malformed. */
export function readArray(text: string, read: (element: string) => Value): readonly Value[] | undefined {
  const parts = text.trim().match(/[{},]|"(?:[^"\\]|\\[^])*"|(?:[^{},"\\]|\\[^])+|[^]/g) ?? [];
  const stack: Value[][] = [];
  let done: Value[] | undefined;
  let expected: 'item' | 'first' | 'separator' = 'item';
  for (const part of parts) {
    if (withoutBlanks(part) === '') continue;
    if (done !== undefined) return undefined;
    if (part === '{') {
      if (expected === 'separator' || stack.length === DIMENSIONS_MAX) return undefined;
      stack.push([]);
      expected = 'first';
    } else if (part === '}') {
      const closed = stack.pop();
      const outer = stack.at(-1);
      // The server turns nested empty arrays into a single empty one.
      if (closed === undefined || expected === 'item' || (closed.length === 0 && outer !== undefined))
        return undefined;
      if (outer === undefined) done = closed;
      else outer.push(closed);
      expected = 'separator';
    } else if (part === ',') {
      if (expected !== 'separator' || stack.length === 0) return undefined;
      expected = 'item';
    } else {
      const list = stack.at(-1);
      if (expected === 'separator' || list === undefined) return undefined;
      const element = unquoted(part);
      if (element === undefined) return undefined;
      list.push(element === null ? null : read(element));
      expected = 'separator';
    }
  }
  return done;
}

/** White space as array_in defines it. A pattern would be slow on a long stretch of it. */
const BLANKS = ' \t\n\r\v\f';

export function withoutBlanks(text: string, blanks = BLANKS, where: 'both' | 'end' = 'both'): string {
  let [start, end] = [0, text.length];
  while (end > start && blanks.includes(text[end - 1]!)) end--;
  while (where === 'both' && start < end && blanks.includes(text[start]!)) start++;
  return text.slice(start, end);
}

/** Null for NULL; undefined if quotes and bare words are mixed, which is not supported. */
function unquoted(part: string): string | null | undefined {
  if (part.startsWith('"')) {
    return part.length >= 2 && part.endsWith('"')
      ? part.slice(1, -1).replaceAll(/\\([^])/g, '$1')
      : undefined;
  }
  const bare = withoutBlanks(part);
  if (bare.includes('\\')) return undefined;
  return bare.toLowerCase() === 'null' ? null : bare;
}

/** Undefined if it is not an array of these elements. */
export function arrayOf(
  bytes: Buffer,
  elementOid: number,
  read: (element: Buffer) => Value,
): readonly Value[] | undefined {
  if (bytes.length < 12 || bytes.readUInt32BE(8) !== elementOid) return undefined;
  const dimensions = bytes.readInt32BE(0);
  if (dimensions < 0 || dimensions > DIMENSIONS_MAX || bytes.length < 12 + 8 * dimensions) return undefined;
  const sizes = Array.from({ length: dimensions }, (_, index) => bytes.readInt32BE(12 + 8 * index));
  const flat = elementsOf(bytes.subarray(12 + 8 * dimensions), read);
  if (flat === undefined || sizes.some((size) => size < 1)) return undefined;
  if (sizes.reduce((product, size) => product * size, dimensions === 0 ? 0 : 1) !== flat.length)
    return undefined;
  return nest(flat, sizes.slice(1));
}

function elementsOf(bytes: Buffer, read: (element: Buffer) => Value): Value[] | undefined {
  const elements: Value[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) return undefined;
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length > bytes.length - at) return undefined;
    elements.push(length < 0 ? null : read(bytes.subarray(at, at + length)));
    at += Math.max(0, length);
  }
  return elements;
}

/** From the innermost dimension outwards. */
function nest(flat: readonly Value[], sizes: readonly number[]): readonly Value[] {
  let level = flat;
  for (const size of sizes.toReversed()) {
    const above: Value[] = [];
    for (let at = 0; at < level.length; at += size) above.push(level.slice(at, at + size));
    level = above;
  }
  return level;
}
