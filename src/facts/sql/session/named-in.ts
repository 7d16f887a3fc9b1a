/** The names that a text may say, to look them up among those that a session knows: one pass, whatever there are of either. */
import { NAME_BYTES_MAX } from '../name-bytes.js';

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g;

/**
 * Words in lower case, and what stands between two double quotes, whichever of them opens. A name that is written otherwise
 * (with doubled quotes, or as `U&"…"`) is not among them.
 */
export function namesIn(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [word] of text.matchAll(WORD)) names.add(cut(word.toLowerCase()));
  let from = text.indexOf('"');
  for (let to = next(text, from); to !== -1; to = next(text, from)) {
    if (to - from - 1 <= QUOTED_MAX) names.add(cut(text.slice(from + 1, to)));
    from = to;
  }
  return names;
}

const next = (text: string, from: number): number => (from === -1 ? -1 : text.indexOf('"', from + 1));

/** In UTF-16 units. What is longer is no name that anybody gave. */
const QUOTED_MAX = 1000;

function cut(name: string): string {
  if (name.length <= NAME_BYTES_MAX / 3 || Buffer.byteLength(name) <= NAME_BYTES_MAX) return name;
  const bytes = Buffer.from(name);
  let end = NAME_BYTES_MAX;
  // Never in the middle of a character.
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
