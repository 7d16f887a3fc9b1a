import type { BuiltinContext } from '../define/builtin.js';
import { compare } from '../../../values/value.js';
import { checkLength } from '../define/limits.js';

/**
 * Replaces in one pass from left to right, without overlaps. If several keys match, the first in sorted order wins, so
 * a key that is a prefix of another hides it. An empty key matches before every character and at the end.
 */
export function replaceMany(
  replacements: Readonly<Record<string, string>>,
  value: string,
  context: BuiltinContext,
): string {
  const byFirst = new Map<string, string[]>();
  for (const key of Object.keys(replacements).sort(compare)) {
    const first = String.fromCodePoint(...(key === '' ? [] : [key.codePointAt(0)!]));
    byFirst.set(first, [...(byFirst.get(first) ?? []), key]);
  }
  const between = replacements[''] ?? '';
  const parts: string[] = [between];
  let length = between.length;
  for (let at = 0; at < value.length;) {
    const character = String.fromCodePoint(value.codePointAt(at)!);
    const candidates = byFirst.get(character) ?? [];
    context.spend(1 + candidates.length);
    const key = candidates.find((candidate) => value.startsWith(candidate, at));
    const part = (key === undefined ? character : replacements[key]!) + between;
    length += part.length;
    checkLength(length);
    parts.push(part);
    at += (key ?? character).length;
  }
  return parts.join('');
}
