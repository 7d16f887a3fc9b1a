/** Which files make up a rule set: those of folders, files that are named, and those inside of bundle files. */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { Source } from '../../grammar/source.js';
import { GatewayError } from '../errors.js';
import { archiveBytesMax, invalidBundle, isArchivePath } from './archive.js';
import { openBundle, type OpenBundle } from './manifest.js';

export interface FoundFile {
  /** As shown to people. */
  readonly path: string;
  /** Below the folder that was named, with `/`. */
  readonly relative: string;
  /** Two that are equal are one file. */
  readonly identity: string;
  readonly read: () => Buffer;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** Of a bundle; null where the files are from folders. */
  readonly revision: string | null;
}

const filesMax = 10_000;
const depthMax = 32;

/** Files that are no data although their names end like it. */
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

/** Throws GatewayError `rules-unreadable`, or `bundle-invalid` for a bundle file that is not whole. */
export function findRuleFiles(path: string, diagnostics: Diagnostic[]): FoundFiles {
  try {
    if (!statSync(path).isDirectory()) {
      if (isArchivePath(path)) return bundledFiles(openBundleFile(path), `${path}/`);
      return { files: [onDisk(path, basename(path)), ...siblingCatalogues(path)], revision: null };
    }
    const root = realpathSync(path);
    const files: FoundFile[] = [];
    walk({ root, shown: path, files, diagnostics }, path, 0);
    return { files, revision: null };
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('rules-unreadable', `the rules at \`${path}\` cannot be read`, { cause });
  }
}

/** A bundle file that is whole; whether it is signed is not asked here. */
export function openBundleFile(path: string): OpenBundle {
  if (statSync(path).size > archiveBytesMax)
    throw invalidBundle(`\`${path}\` is larger than ${archiveBytesMax} bytes`);
  try {
    return openBundle(readFileSync(path));
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw invalidBundle(`\`${path}\` is no bundle to be used: ${cause.message}`, cause);
  }
}

/** What stands in a bundle file at a path that was shown for it; null for any other path. */
export function readBundled(path: string): Buffer | null {
  const [, archive, inside] = /^(.*?\.(?:tar\.gz|tgz))\/(.+)$/.exec(path) ?? [];
  if (archive === undefined || statSync(archive, { throwIfNoEntry: false })?.isFile() !== true) return null;
  return openBundleFile(archive).files.find((file) => file.path === inside)?.bytes ?? null;
}

/** What is no rule, no data and no catalogue would be read by nobody, and is a sign of another tool. */
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
  readonly diagnostics: Diagnostic[];
}

function walk(state: Walk, folder: string, depth: number): void {
  if (depth > depthMax)
    throw new GatewayError('rules-unreadable', `folders are nested too deeply at \`${folder}\``);
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith('.') || ignored.has(name)) continue;
    const path = join(folder, name);
    const kind = lstatSync(path);
    if (kind.isDirectory()) walk(state, path, depth + 1);
    else if (isWanted(path) && isReadable(state, path, kind.isSymbolicLink())) addFile(state, path);
  }
}

function addFile(state: Walk, path: string): void {
  state.files.push(onDisk(path, relative(state.shown, path).split(sep).join('/')));
  if (state.files.length > filesMax)
    throw new GatewayError('rules-unreadable', `\`${state.shown}\` holds more than ${filesMax} files`);
}

/** A link that leads out of the folder is refused aloud: a rule that is left out in silence may be a deny. */
function isReadable(state: Walk, path: string, link: boolean): boolean {
  if (link && !realpathSync(path).startsWith(state.root + sep)) {
    const help = 'put the file itself into the folder';
    state.diagnostics.push(fileProblem('outside-link', 'this link leads out of the folder', path, help));
    return false;
  }
  return statSync(path).isFile();
}

export function fileProblem(code: string, message: string, path: string, help: string): Diagnostic {
  return { code, severity: 'error', message, span: { start: 0, end: 0 }, source: new Source(path, ''), help };
}
