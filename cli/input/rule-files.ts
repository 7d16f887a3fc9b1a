/** The files that a command line names. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readBundled } from '../../src/engine/bundle/rule-files.js';
import { UsageError } from '../output/outcome.js';

/** If no path is given: `rules` if that folder exists, otherwise this folder. */
export function orDefault(paths: readonly string[] | undefined): readonly string[] {
  if (paths !== undefined && paths.length > 0) return paths;
  return existsSync('rules') ? ['rules'] : ['.'];
}

/** Every file below the paths that `wanted` names, sorted; a file that is named itself is always taken. */
export function findFiles(paths: readonly string[], wanted: (name: string) => boolean): string[] {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new UsageError(`\`${path}\` does not exist`);
    return stat.isDirectory() ? walk(path, wanted) : [path];
  });
}

function walk(folder: string, wanted: (name: string) => boolean): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
      const path = folder === '.' ? entry.name : join(folder, entry.name);
      if (entry.isDirectory()) return walk(path, wanted);
      return wanted(entry.name) ? [path] : [];
    });
}

export function readText(path: string): string {
  try {
    return readBundled(path)?.toString('utf8') ?? readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

export function unreadable(path: string, error: unknown): UsageError {
  const code = (error as NodeJS.ErrnoException).code;
  const why =
    code === 'ENOENT'
      ? 'it does not exist'
      : code === 'EISDIR'
        ? 'it is a folder'
        : (code ?? 'unknown error');
  return new UsageError(`\`${path}\` cannot be read: ${why}`);
}
