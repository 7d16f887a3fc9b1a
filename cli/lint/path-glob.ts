/** Globs over paths of files: `*` within a folder, `**` across folders, `?` one character. */

export function pathMatches(glob: string, path: string): boolean {
  const pattern = glob
    .replace(/^\.\//, '')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => words[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^(?:.*/)?${pattern}$`).test(path.replaceAll('\\', '/'));
}

const words: Readonly<Record<string, string>> = {
  '**/': '(?:[^/]+/)*',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};
