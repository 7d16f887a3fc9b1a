/** Finds the files of a rule set: in folders, named individually, and inside bundle files. */
import { readdirSync, readFileSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { Source } from '../../../grammar/source.js';
import { GatewayError } from '../../errors.js';
import { archiveBytesMax, invalidBundle, isArchivePath } from './archive.js';
import { openBundle, type OpenBundle } from './manifest.js';

export interface FoundFile {
  /** As shown to people. */
  readonly path: string;
  /** Relative to the named folder, with `/`. */
  readonly relative: string;
  /** Equal for the same file. */
  readonly identity: string;
  /**
   * A JSON or YAML file that merely lies in the folder, as a `tsconfig.json` does: it is data only if a rule names its
   * path. Rules, catalogues, files in a top-level `data` folder or in a bundle, and files named individually always
   * belong to the rule set.
   */
  readonly optional?: boolean;
  /** A link that leads out of the folder. */
  readonly outside?: boolean;
  readonly read: () => Buffer;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** The revision of a bundle; null if the files come from folders. */
  readonly revision: string | null;
}

/** How many files a rule set may have. */
export const filesMax = 10_000;
/** How many files and folders are visited to find them: enough for a whole repository. */
const entriesMax = 500_000;
const depthMax = 64;

/** Files that are not data although they have its extension. */
const ignored = new Set(['node_modules', 'sallyport.yaml', 'sallyport.yml']);

export function isRules(path: string): boolean {
  return path.endsWith('.rules');
}

export function isCatalogue(path: string): boolean {
  return /\.catalogue\.(json|ya?ml)$/.test(path);
}

function isWanted(path: string): boolean {
  return isRules(path) || /\.(json|ya?ml)$/.test(path);
}

/** Throws GatewayError `rules-unreadable`, or `bundle-invalid` for an incomplete bundle file. */
export function findRuleFiles(path: string, diagnostics: Diagnostic[]): FoundFiles {
  try {
    if (!statSync(path).isDirectory()) {
      if (isArchivePath(path)) return bundledFiles(openBundleFile(path), `${path}/`);
      return { files: [onDisk(path, basename(path)), ...siblingCatalogues(path)], revision: null };
    }
    const root = realpathSync(path);
    const files: FoundFile[] = [];
    walk({ root, shown: path, files, entries: 0 }, path, 0);
    return { files: withoutOutside(files, diagnostics), revision: null };
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('rules-unreadable', `the rules at \`${path}\` cannot be read`, { cause });
  }
}

/** Opens a bundle file and checks that it is complete, but not its signature. */
export function openBundleFile(path: string): OpenBundle {
  if (statSync(path).size > archiveBytesMax)
    throw invalidBundle(`\`${path}\` is larger than ${archiveBytesMax} bytes`);
  try {
    return openBundle(readFileSync(path));
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw invalidBundle(`\`${path}\` is not a usable bundle: ${cause.message}`, cause);
  }
}

/** The content of a file in a bundle, by its displayed path; null for any other path. */
export function readBundled(path: string): Buffer | null {
  const [, archive, inside] = /^(.*?\.(?:tar\.gz|tgz))\/(.+)$/.exec(path) ?? [];
  if (archive === undefined || statSync(archive, { throwIfNoEntry: false })?.isFile() !== true) return null;
  return openBundleFile(archive).files.find((file) => file.path === inside)?.bytes ?? null;
}

/** Nothing would read a file that is not a rule, data or a catalogue; it is a sign of another tool. */
export function bundledFiles({ files, manifest }: OpenBundle, shown = ''): FoundFiles {
  const odd = files.find(({ path }) => !isWanted(path));
  if (odd !== undefined) throw invalidBundle(`\`${odd.path}\` is neither rules nor data nor a catalogue`);
  return {
    files: files.map(({ path, bytes }) => ({
      path: `${shown}${path}`,
      relative: path,
      identity: `${shown}\0${path}`,
      read: () => bytes,
    })),
    revision: manifest.revision,
  };
}

function onDisk(path: string, relativePath: string): FoundFile {
  return { path, relative: relativePath, identity: realpathSync(path), read: () => readFileSync(path) };
}

/** A rule file named alone still resolves its SQL through the catalogues beside it. */
function siblingCatalogues(path: string): FoundFile[] {
  if (!isRules(path)) return [];
  const names = readdirSync(dirname(path)).filter(isCatalogue).sort();
  return names.map((name) => onDisk(join(dirname(path), name), name));
}

interface Walk {
  /** The real path of the folder, which no link may leave. */
  readonly root: string;
  readonly shown: string;
  readonly files: FoundFile[];
  entries: number;
}

function walk(state: Walk, folder: string, depth: number): void {
  if (depth > depthMax)
    throw new GatewayError('rules-unreadable', `\`${folder}\` is nested more than ${depthMax} folders deep`);
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort(byName)) {
    const { name } = entry;
    if (name.startsWith('.') || ignored.has(name)) continue;
    if (++state.entries > entriesMax)
      throw new GatewayError(
        'rules-unreadable',
        `\`${state.shown}\` holds more than ${entriesMax} files and folders`,
      );
    const path = join(folder, name);
    if (entry.isDirectory()) walk(state, path, depth + 1);
    else if (isWanted(path)) addFile(state, path, entry);
  }
}

function byName(one: Dirent, other: Dirent): number {
  return one.name < other.name ? -1 : 1;
}

function addFile(state: Walk, path: string, entry: Dirent): void {
  const below = relative(state.shown, path);
  const place = below.split(sep).join('/');
  const optional = !isRules(path) && !isCatalogue(path) && !place.startsWith('data/');
  const real = entry.isSymbolicLink() ? targetOf(path, optional) : join(state.root, below);
  if (real === null) return;
  state.files.push({
    path,
    relative: place,
    identity: real,
    optional,
    outside: !real.startsWith(state.root + sep),
    read: () => readFileSync(path),
  });
}

/** The target of a link; null for a folder, and for a broken link that is optional. */
function targetOf(path: string, optional: boolean): string | null {
  if (optional && statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  return statSync(path).isFile() ? realpathSync(path) : null;
}

/** A link that leads out of the folder is an error: a rule that is silently ignored may be a deny. */
function withoutOutside(files: readonly FoundFile[], diagnostics: Diagnostic[]): FoundFile[] {
  return files.filter((file) => file.optional === true || !isOutside(file, diagnostics));
}

export function isOutside({ outside, path }: FoundFile, diagnostics: Diagnostic[]): boolean {
  if (outside === true)
    diagnostics.push(
      fileProblem(
        'outside-link',
        'this link leads out of the folder',
        path,
        'put the file itself into the folder',
      ),
    );
  return outside === true;
}

export function fileProblem(code: string, message: string, path: string, help: string): Diagnostic {
  return { code, severity: 'error', message, span: { start: 0, end: 0 }, source: new Source(path, ''), help };
}
