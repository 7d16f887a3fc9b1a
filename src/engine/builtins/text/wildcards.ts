import { RE2JS } from 're2js';

/** Translates wildcards to an RE2 pattern: `*` is any text, `?` one character, everything else itself. */
export function wildcards(glob: string): string {
  const parts = glob
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : RE2JS.quote(part)));
  return `(?s)^${parts.join('')}$`;
}
