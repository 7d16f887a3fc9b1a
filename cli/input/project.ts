/**
 * The rule set of the paths on a command line. A path selects what is tested, checked or linted; the rules, the data and the
 * catalogues are those of the whole project, because they decide together.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isArchivePath } from '../../src/engine/bundle/archive.js';
import { isRules } from '../../src/engine/bundle/rule-files.js';
import { CONFIG_FILE } from './config.js';
import { findFiles } from './rule-files.js';
import { say } from '../output/terminal.js';

export interface Project {
  /** Folders, files and bundle files to load rules from. */
  readonly roots: readonly string[];
  /** Whether one of their files was named. */
  readonly selects: (file: string) => boolean;
}

export function projectOf(paths: readonly string[]): Project {
  const selected = paths.map((path) => resolve(path));
  return {
    roots: [...new Set(paths.map(rootOf))],
    selects: (file) => selected.some((path) => isWithin(resolve(file), path)),
  };
}

/** Rules below a path that are not part of the project's rule set: neither the gateway nor this command reads them. */
export function sayUnread(paths: readonly string[]): void {
  for (const path of new Set(paths)) {
    const root = rootOf(path);
    sayMisnamed(path);
    if (root === path || !isWithin(resolve(root), resolve(path))) continue;
    const unread = findFiles([path], isRules).filter((file) => !isWithin(resolve(file), resolve(root)));
    if (unread.length === 0) continue;
    const more = unread.length > shownMax ? ` and ${unread.length - shownMax} more` : '';
    const files = `${unread.slice(0, shownMax).join(', ')}${more}`;
    say(
      `not read, because the rule set is rooted at \`${root}\`: ${files}; name them to check them separately`,
    );
  }
}

const shownMax = 10;

/** A rule file with another extension: nobody reads it, so its rules deny nothing. */
function sayMisnamed(path: string): void {
  if (!isFolder(path)) return;
  const misnamed = findFiles([path], (name) => /\.(rule|rules)$/i.test(name) && !isRules(name));
  for (const file of misnamed.slice(0, shownMax))
    say(`\`${file}\` is not read: rules are in \`*.rules\` files`);
}

/** The rules of the project around a path; the path itself if it is in no project. */
function rootOf(path: string): string {
  const at = resolve(path);
  const folder = isArchivePath(path) ? null : projectFolder(isFolder(at) ? at : dirname(at));
  const rules = folder === null ? null : rulesFolderOf(folder);
  if (rules === null || rules === at || !(isWithin(at, rules) || isWithin(rules, at))) return path;
  return isAbsolute(path) ? rules : relative('.', rules) || '.';
}

/** The nearest folder with a configuration in it, within a checkout; otherwise this one, if it holds `rules`. */
function projectFolder(from: string): string | null {
  for (let folder = from; folder !== homedir(); folder = dirname(folder)) {
    if ([CONFIG_FILE, '.sallyport'].some((name) => existsSync(join(folder, name)))) return folder;
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) break;
  }
  return isFolder('rules') ? resolve('.') : null;
}

/** The folder that `sallyport.yaml` names, else `rules`; if neither exists, the folder itself. */
export function rulesFolderOf(folder: string): string {
  const configured = configuredRules(join(folder, CONFIG_FILE));
  const names = [...(configured === null ? [] : [configured]), 'rules'];
  return names.map((name) => resolve(folder, name)).find(isFolder) ?? folder;
}

/** Recognized by its line alone: the file may be in the middle of a change. */
function configuredRules(file: string): string | null {
  try {
    return /^rules:[ \t]*["']?([^"'#\s{]+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
