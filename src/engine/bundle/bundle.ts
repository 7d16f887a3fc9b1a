/** Loads rules and data from folders and bundle files. In the engine, only this file and rule-files.ts read files. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Module } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { parseModule } from '../../../grammar/parser.js';
import { Source } from '../../../grammar/source.js';
import { dataPath, mergeData, parseDataFile, type DataFile } from './data-file.js';
import type { OpenBundle } from './manifest.js';
import { DataNames } from './named-data.js';
import {
  bundledFiles,
  fileProblem,
  filesMax,
  findRuleFiles,
  isCatalogue,
  isOutside,
  isRules,
  type FoundFile,
} from './rule-files.js';
import { GatewayError } from '../../errors.js';
import type { ValueObject } from '../../values/value.js';

export interface Bundle {
  /** Without those of `*_test.rules` files. */
  readonly modules: readonly Module[];
  readonly tests: readonly Module[];
  readonly data: ValueObject;
  /**
   * The revision of the bundle file, if the rules come from exactly one; otherwise twelve hexadecimal digits of a hash
   * over rules and data, without tests.
   */
  readonly revision: string;
  /**
   * Paths of `*.catalogue.yaml` and `*.catalogue.json` files: SQL catalogues, which are not data. `readBundled` reads
   * those inside a bundle file.
   */
  readonly catalogues: readonly string[];
  /** All files of the bundle. */
  readonly files: readonly FoundFile[];
  /** JSON and YAML files beside them that no rule names. */
  readonly unread: readonly FoundFile[];
  /** If one is an error, the bundle must not be used. */
  readonly diagnostics: readonly Diagnostic[];
}

const rulesBytesMax = 4 * 1024 * 1024;

/**
 * Each path is a folder, a file or a bundle file. `alsoRead` lists data paths that are read by something other than the
 * rules. Throws GatewayError `rules-unreadable` if one of them cannot be read, and `bundle-invalid` if a bundle is
 * incomplete.
 */
export function loadBundle(paths: readonly string[], alsoRead: readonly (readonly string[])[] = []): Bundle {
  const diagnostics: Diagnostic[] = [];
  const found = paths.map((path) => findRuleFiles(path, diagnostics));
  const files = found.flatMap((one) => one.files);
  return assemble(files, diagnostics, found.length === 1 ? found[0]!.revision : null, alsoRead);
}

/**
 * The rules of an opened bundle. Throws GatewayError `bundle-invalid` if it contains anything other than rules and
 * data.
 */
export function bundleOf(open: OpenBundle): Bundle {
  const { files, revision } = bundledFiles(open);
  return assemble(files, [], revision, []);
}

function assemble(
  found: readonly FoundFile[],
  diagnostics: Diagnostic[],
  revision: string | null,
  alsoRead: readonly (readonly string[])[],
): Bundle {
  const all = [...new Map(found.map((file) => [file.identity, file])).values()].sort(byRelative);
  const read = new Map<FoundFile, Read>();
  const modules: Module[] = [];
  const tests: Module[] = [];
  for (const file of all.filter(({ path }) => isRules(path))) {
    refuseMany(read.size);
    const { source, bytes } = readFile(file, read, diagnostics);
    if (source !== null) readRules(source, bytes.length, isTest(file) ? tests : modules, diagnostics);
  }
  const { chosen, unread } = chooseData(all, new DataNames([...modules, ...tests], alsoRead));
  refuseMany(read.size + chosen.length);
  const data: DataFile[] = [];
  for (const file of chosen.filter((one) => !isOutside(one, diagnostics))) {
    const { source } = readFile(file, read, diagnostics);
    if (source !== null) readData(source, file.relative, data, diagnostics);
  }
  diagnostics.push(...misnamedCatalogues(unread, [...modules, ...tests]));
  const files = all.filter((file) => isCatalogue(file.path) || read.has(file));
  return {
    modules,
    tests,
    data: mergeData(data, diagnostics),
    revision: revision ?? revisionOf(files, read),
    catalogues: files.map(({ path }) => path).filter(isCatalogue),
    files,
    unread,
    diagnostics,
  };
}

/**
 * Warns about catalogues under another name, which nothing reads, in folders with rules. Files that begin differently
 * are not parsed.
 */
function misnamedCatalogues(unread: readonly FoundFile[], modules: readonly Module[]): Diagnostic[] {
  const folders = new Set(modules.map(({ source }) => dirname(source.path)));
  const beside = unread.filter(({ path, outside }) => folders.has(dirname(path)) && outside !== true);
  return beside.flatMap(({ path, read }) => {
    const text = read().toString('utf8');
    if (!/^\s*(#.*\s+)*\{?\s*"?relations"?\s*:/.test(text.slice(0, 4096))) return [];
    return parseDataFile(new Source(path, text)).diagnostics.filter(({ code }) => code === 'catalogue-name');
  });
}

function refuseMany(files: number): void {
  if (files > filesMax)
    throw new GatewayError('rules-unreadable', `the rules are more than ${filesMax} files`);
}

interface Read {
  readonly bytes: Buffer;
  /** Null if the file is not UTF-8. */
  readonly source: Source | null;
}

function readFile(file: FoundFile, read: Map<FoundFile, Read>, diagnostics: Diagnostic[]): Read {
  const bytes = file.read();
  const one = { bytes, source: decode(file.path, bytes, diagnostics) };
  read.set(file, one);
  return one;
}

function isTest({ path }: FoundFile): boolean {
  return path.endsWith('_test.rules');
}

/** A file that merely lies in the folder is data if a rule names its path, or a very similar one. */
function chooseData(
  all: readonly FoundFile[],
  names: DataNames,
): { readonly chosen: readonly FoundFile[]; readonly unread: readonly FoundFile[] } {
  const files = all.filter(({ path }) => !isRules(path) && !isCatalogue(path));
  const meant = names.meant(files.map(({ relative }) => dataPath(relative)));
  const isChosen = ({ optional, relative }: FoundFile): boolean => {
    const path = dataPath(relative);
    return optional !== true || names.has(path) || meant.has(path[0] ?? '');
  };
  return { chosen: files.filter(isChosen), unread: files.filter((file) => !isChosen(file)) };
}

function revisionOf(files: readonly FoundFile[], read: ReadonlyMap<FoundFile, Read>): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = read.get(file)?.bytes;
    if (bytes !== undefined && !isTest(file))
      hash.update(`${file.relative}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}

function byRelative(a: FoundFile, b: FoundFile): number {
  const [left, right] = a.relative === b.relative ? [a.path, b.path] : [a.relative, b.relative];
  return left < right ? -1 : left > right ? 1 : 0;
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
        `the file has ${bytes} bytes, and ${rulesBytesMax} is the most`,
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
