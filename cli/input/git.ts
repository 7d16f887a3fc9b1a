/** Rules as they were at a git revision, read without touching the working tree. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../output/outcome.js';

const FILE_BYTES_MAX = 64 * 1024 * 1024;

export interface RulesAt {
  /** The same paths, as they were then. */
  readonly paths: readonly string[];
  /** Removes the copies. */
  dispose(): void;
}

export function rulesAt(revision: string, paths: readonly string[]): RulesAt {
  const folder = mkdtempSync(join(tmpdir(), 'policy-base-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    return {
      paths: paths.map((path, index) => checkOut(revision, path, join(folder, String(index)))),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function checkOut(revision: string, path: string, into: string): string {
  const isFolder = statSync(path).isDirectory();
  const at = isFolder ? path : dirname(path);
  const commit = git(
    at,
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    revision,
  )
    .toString('utf8')
    .trim();
  const wanted = isFolder ? '.' : `./${basename(path)}`;
  const names = git(at, ['ls-tree', '-r', '-z', '--name-only', commit, '--', wanted], revision).toString(
    'utf8',
  );
  const files = names.split('\0').filter((name) => name !== '');
  if (files.length === 0) throw new UsageError(`\`${path}\` is not in \`${revision}\``);
  for (const name of files) {
    const copy = join(into, name);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, git(at, ['show', `${commit}:./${name}`], revision));
  }
  return isFolder ? into : join(into, basename(path));
}

function git(cwd: string, args: readonly string[], revision: string): Buffer {
  try {
    return execFileSync('git', args, { cwd, maxBuffer: FILE_BYTES_MAX, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    throw new UsageError(`git has no revision \`${revision}\` of these rules`);
  }
}
