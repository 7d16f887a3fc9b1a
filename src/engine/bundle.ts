/** Rules and data from folders. Of the engine's core this alone reads files. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Module } from '../../grammar/ast.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { parseModule } from '../../grammar/parser.js';
import { Source } from '../../grammar/source.js';
import { GatewayError } from '../errors.js';
import { dataPath, mergeData, parseDataFile, type DataFile } from './data-file.js';
import type { ValueObject } from './value.js';

export interface Bundle {
  /** Without those of `*_test.rules` files. */
  readonly modules: readonly Module[];
  readonly tests: readonly Module[];
  readonly data: ValueObject;
  /** Twelve hexadecimal digits of a hash over the rules and the data; tests do not count. */
  readonly revision: string;
  /** Paths of `*.catalogue.yaml` and `*.catalogue.json` files: SQL catalogues, which are no data. */
  readonly catalogues: readonly string[];
  /** Where one is an error, the bundle is not to be used. */
  readonly diagnostics: readonly Diagnostic[];
}

interface FoundFile {
  /** As shown to people. */
  readonly path: string;
  /** Below the folder that was named, with `/`. */
  readonly relative: string;
}

const rulesBytesMax = 4 * 1024 * 1024;
const filesMax = 10_000;
const depthMax = 32;

/** Files that are no data although their names end like it. */
const ignored = new Set(['node_modules', 'sallyport.yaml', 'sallyport.yml']);

/** Each path is a folder or a file. Throws GatewayError `rules-unreadable` where one of them cannot be read. */
export function loadBundle(paths: readonly string[]): Bundle {
  const diagnostics: Diagnostic[] = [];
  const found = paths.flatMap((path) => findFiles(path, diagnostics));
  const files = [...new Map(found.map((file) => [realpathSync(file.path), file])).values()].sort(byRelative);
  const modules: Module[] = [];
  const tests: Module[] = [];
  const data: DataFile[] = [];
  const hash = createHash('sha256');
  for (const file of files.filter(({ path }) => !isCatalogue(path))) {
    const bytes = readFileSync(file.path);
    const source = decode(file.path, bytes, diagnostics);
    const test = file.path.endsWith('_test.rules');
    if (!test) hash.update(`${file.relative}\0${bytes.length}\0`).update(bytes);
    if (source === null) continue;
    if (isRules(file.path)) readRules(source, bytes.length, test ? tests : modules, diagnostics);
    else readData(source, file.relative, data, diagnostics);
  }
  return {
    modules,
    tests,
    data: mergeData(data, diagnostics),
    revision: hash.digest('hex').slice(0, 12),
    catalogues: files.map(({ path }) => path).filter(isCatalogue),
    diagnostics,
  };
}

function byRelative(a: FoundFile, b: FoundFile): number {
  const [left, right] = a.relative === b.relative ? [a.path, b.path] : [a.relative, b.relative];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isRules(path: string): boolean {
  return path.endsWith('.rules');
}

function isCatalogue(path: string): boolean {
  return /\.catalogue\.(json|ya?ml)$/.test(path);
}

function isWanted(path: string): boolean {
  return isRules(path) || /\.(json|ya?ml)$/.test(path);
}

function findFiles(path: string, diagnostics: Diagnostic[]): FoundFile[] {
  try {
    if (!statSync(path).isDirectory())
      return [{ path, relative: basename(path) }, ...siblingCatalogues(path)];
    const root = realpathSync(path);
    const files: FoundFile[] = [];
    walk({ root, shown: path, files, diagnostics }, path, 0);
    return files;
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('rules-unreadable', `the rules at \`${path}\` cannot be read`, { cause });
  }
}

/** A rule file named alone still resolves its SQL through the catalogues beside it. */
function siblingCatalogues(path: string): FoundFile[] {
  if (!isRules(path)) return [];
  const names = readdirSync(dirname(path)).filter(isCatalogue).sort();
  return names.map((name) => ({ path: join(dirname(path), name), relative: name }));
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
  state.files.push({ path, relative: relative(state.shown, path).split(sep).join('/') });
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

function fileProblem(code: string, message: string, path: string, help: string): Diagnostic {
  return { code, severity: 'error', message, span: { start: 0, end: 0 }, source: new Source(path, ''), help };
}

function decode(path: string, bytes: Buffer, diagnostics: Diagnostic[]): Source | null {
  try {
    return new Source(path, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    diagnostics.push(fileProblem('not-utf8', 'the file is not UTF-8', path, 'save it as UTF-8'));
    return null;
  }
}

function readRules(source: Source, bytes: number, modules: Module[], diagnostics: Diagnostic[]): void {
  if (bytes > rulesBytesMax) {
    diagnostics.push(
      fileProblem(
        'rules-too-large',
        'the file is too large',
        source.path,
        'split it, or keep the values in data files',
      ),
    );
    return;
  }
  const parsed = parseModule(source.path, source.text);
  diagnostics.push(...parsed.diagnostics);
  if (parsed.module !== null) modules.push(parsed.module);
}

function readData(source: Source, relativePath: string, data: DataFile[], diagnostics: Diagnostic[]): void {
  const parsed = parseDataFile(source);
  diagnostics.push(...parsed.diagnostics);
  if (parsed.value !== undefined) data.push({ source, path: dataPath(relativePath), value: parsed.value });
}
