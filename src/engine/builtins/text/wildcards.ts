import { RE2JS } from 're2js';

/** The pattern, as RE2 writes it, of a text with wildcards: `*` is any text, `?` one character, everything else itself. */
export function wildcards(glob: string): string {
  const parts = glob
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : RE2JS.quote(part)));
  return `(?s)^${parts.join('')}$`;
}
