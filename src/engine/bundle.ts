/** Rules and data from folders and bundle files. Of the engine's core this and rule-files.ts alone read files. */
import { createHash } from 'node:crypto';
import type { Module } from '../../grammar/ast.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { parseModule } from '../../grammar/parser.js';
import { Source } from '../../grammar/source.js';
import { dataPath, mergeData, parseDataFile, type DataFile } from './data-file.js';
import type { OpenBundle } from './manifest.js';
import {
  bundledFiles,
  fileProblem,
  findRuleFiles,
  isCatalogue,
  isRules,
  type FoundFile,
} from './rule-files.js';
import type { ValueObject } from './value.js';

export interface Bundle {
  /** Without those of `*_test.rules` files. */
  readonly modules: readonly Module[];
  readonly tests: readonly Module[];
  readonly data: ValueObject;
  /**
   * What a bundle file says of itself, where the rules are from one alone; otherwise twelve hexadecimal digits of a hash
   * over the rules and the data, in which tests do not count.
   */
  readonly revision: string;
  /**
   * Paths of `*.catalogue.yaml` and `*.catalogue.json` files: SQL catalogues, which are no data. `readBundled` reads those
   * that are in a bundle file.
   */
  readonly catalogues: readonly string[];
  /** Where one is an error, the bundle is not to be used. */
  readonly diagnostics: readonly Diagnostic[];
}

const rulesBytesMax = 4 * 1024 * 1024;

/**
 * Each path is a folder, a file or a bundle file. Throws GatewayError `rules-unreadable` where one of them cannot be read,
 * and `bundle-invalid` where a bundle is not whole.
 */
export function loadBundle(paths: readonly string[]): Bundle {
  const diagnostics: Diagnostic[] = [];
  const found = paths.map((path) => findRuleFiles(path, diagnostics));
  const files = found.flatMap((one) => one.files);
  return assemble(files, diagnostics, found.length === 1 ? found[0]!.revision : null);
}

/** The rules of an opened bundle. Throws GatewayError `bundle-invalid` where it holds what is no rule and no data. */
export function bundleOf(open: OpenBundle): Bundle {
  const { files, revision } = bundledFiles(open);
  return assemble(files, [], revision);
}

function assemble(found: readonly FoundFile[], diagnostics: Diagnostic[], revision: string | null): Bundle {
  const files = [...new Map(found.map((file) => [file.identity, file])).values()].sort(byRelative);
  const modules: Module[] = [];
  const tests: Module[] = [];
  const data: DataFile[] = [];
  const hash = createHash('sha256');
  for (const file of files.filter(({ path }) => !isCatalogue(path))) {
    const bytes = file.read();
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
    revision: revision ?? hash.digest('hex').slice(0, 12),
    catalogues: files.map(({ path }) => path).filter(isCatalogue),
    diagnostics,
  };
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
