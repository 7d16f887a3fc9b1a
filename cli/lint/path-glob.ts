/** Globs over paths of files: `*` within a folder, `**` across folders, `?` one character. */
import { linear, quoted } from './linear-pattern.js';

export function pathMatches(glob: string, path: string): boolean {
  const pattern = glob
    .replace(/^\.\//, '')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => words[part] ?? quoted(part))
    .join('');
  return linear(`(?:.*/)?${pattern}`)(path.replaceAll('\\', '/'));
}

const words: Readonly<Record<string, string>> = {
  '**/': '(?:[^/]+/)*',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};
