/** The git commit of rule files. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Commit {
  readonly id: string;
  /** Files differ from the commit. */
  readonly changed: boolean;
}

/** A folder or a file that was named, and what was found there, with `/` and from there. */
export interface Place {
  readonly path: string;
  readonly files: readonly string[];
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Null if the paths are in no repository, in one without a commit, or at different commits. */
export function commitOf(places: readonly Place[]): Commit | null {
  const commits = places.map(commitAt);
  const [first = null] = commits;
  if (first === null || commits.some((one) => one?.id !== first.id)) return null;
  return { id: first.id, changed: commits.some((one) => one?.changed === true) };
}

function commitAt({ path, files }: Place): Commit | null {
  const folder = statSync(path).isDirectory() ? path : dirname(path);
  try {
    const [id = ''] = git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
    const known = new Set(git(folder, ['ls-files', '-z']));
    const changed = git(folder, ['diff', '-z', '--name-only', 'HEAD', '--', '.']).filter(isRuleFile);
    return { id, changed: changed.length > 0 || files.some((file) => !known.has(file)) };
  } catch {
    return null;
  }
}

/** A removed file is a change too. */
function isRuleFile(name: string): boolean {
  return /\.(rules|json|ya?ml)$/.test(name);
}

function git(cwd: string, args: readonly string[]): string[] {
  const text = execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split(/[\0\n]/).filter((name) => name !== '');
}
