/** Files on disk and in the editor, combined into rule sets on request. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Module } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { Source } from '../../../grammar/source.js';
import { dataPath, mergeData, parseDataFile, type DataFile } from '../../../src/engine/bundle/data-file.js';
import type { RuleType } from '../../../src/engine/resolve/inferred.js';
import { DataNames } from '../../../src/engine/bundle/named-data.js';
import {
  findRuleFiles,
  isCatalogue,
  isRules,
  type FoundFile,
} from '../../../src/engine/bundle/rule-files.js';
import { rulesFolderOf } from '../../input/project.js';
import { parseFile, type ParsedFile } from './parsed-file.js';
import { RuleSet, type OpenFile, type RuleSetData } from './rule-set.js';

/** The files on disk below a folder: read once, and again when the editor reports a change. */
interface Scan {
  readonly rules: readonly string[];
  readonly data: RuleSetData;
  /** By path, the positions of files that are data only if a rule names them. */
  readonly optional: ReadonlyMap<string, readonly string[]>;
}

/** A folder that is open in the editor, and where its rules are. */
interface Folder {
  readonly path: string;
  readonly rules: string;
}

function openFolder(path: string): Folder {
  return { path, rules: rulesFolderOf(path) };
}

/** Larger files are not held in memory for an editor. */
const fileBytesMax = 4 * 1024 * 1024;

export class Workspace {
  #folders: readonly Folder[];
  readonly #open = new Map<string, TextDocument>();
  readonly #parsed = new Map<string, ParsedFile>();
  /** The last text of each file without a mistake. */
  readonly #good = new Map<string, Module>();
  readonly #disk = new Map<string, TextDocument>();
  readonly #scans = new Map<string, Scan>();
  readonly #types = new Map<string, Map<string, RuleType>>();
  readonly #ruleSets = new Map<string, RuleSet>();

  constructor(folders: readonly string[]) {
    this.#folders = folders.map(openFolder);
  }

  setFolders(folders: readonly string[]): void {
    this.#folders = folders.map(openFolder);
    this.diskChanged();
  }

  /** A text as the editor has it now. */
  put(document: TextDocument): void {
    this.#open.set(pathOf(document.uri), document);
    this.#ruleSets.clear();
  }

  /** From now on the file on disk counts. */
  close(uri: string): void {
    this.#open.delete(pathOf(uri));
    this.diskChanged();
  }

  diskChanged(): void {
    this.#folders = this.#folders.map(({ path }) => openFolder(path));
    this.#disk.clear();
    this.#scans.clear();
    this.#ruleSets.clear();
  }

  openPaths(): readonly string[] {
    return [...this.#open.keys()];
  }

  ruleSetOf(path: string): RuleSet {
    const root = this.#rootOf(path);
    const known = this.#ruleSets.get(root);
    // A file that cannot be read belongs to no rule set, however often it is requested.
    if (known !== undefined && (known.files.has(path) || this.#read(path) === null)) return known;
    const ruleSet = this.#load(root, path);
    this.#ruleSets.set(root, ruleSet);
    return ruleSet;
  }

  /** Those of the folders that are open and of every open file. */
  ruleSets(): readonly RuleSet[] {
    const folders = this.#folders.map(({ rules }) => join(rules, 'any.rules'));
    return [...new Set([...folders, ...this.openPaths()].map((path) => this.ruleSetOf(path)))];
  }

  /** The rules of the open folder around it, otherwise of the file's folder; a new file stands alone. */
  #rootOf(path: string): string {
    if (!isAbsolute(path)) return path;
    const folder = this.#folders.find(({ rules }) => path.startsWith(rules + sep));
    return folder?.rules ?? dirname(path);
  }

  #load(root: string, asked: string): RuleSet {
    const scan = this.#scans.get(root) ?? this.#scan(root);
    this.#scans.set(root, scan);
    const unsaved = this.openPaths().filter((path) => isRules(path) && this.#rootOf(path) === root);
    const paths = [...new Set([...scan.rules, ...unsaved, asked])].sort();
    const files = new Map(
      paths.flatMap((path): [string, OpenFile][] => {
        const document = this.#read(path);
        return document === null ? [] : [[path, this.#parse(path, document)]];
      }),
    );
    const whole = this.#folders.some(({ rules }) => root === rules);
    const types = this.#types.get(root) ?? new Map<string, RuleType>();
    this.#types.set(root, types);
    return new RuleSet(root, whole, files, withoutUnread(scan, files), types);
  }

  #scan(root: string): Scan {
    const diagnostics: Diagnostic[] = [];
    const found = findOnDisk(root, diagnostics);
    const rules = found.filter(({ path }) => isRules(path)).map(({ path }) => path);
    const optional = found.flatMap((file) =>
      file.optional === true ? [[file.path, dataPath(file.relative)] as const] : [],
    );
    return { rules, data: this.#loadData(found, diagnostics), optional: new Map(optional) };
  }

  #parse(path: string, document: TextDocument): OpenFile {
    const known = this.#parsed.get(path);
    const same = known?.document === document || known?.document.getText() === document.getText();
    const file = same ? { ...known, document } : parseFile(path, document);
    this.#parsed.set(path, file);
    if (file.whole && file.module !== null) this.#good.set(path, file.module);
    return { file, meant: this.#good.get(path) ?? file.module };
  }

  #loadData(found: readonly FoundFile[], diagnostics: Diagnostic[]): RuleSetData {
    const documents = new Map<string, TextDocument>();
    const data: DataFile[] = [];
    const places: RuleSetData['places'][number][] = [];
    for (const { path, relative } of found.filter((file) => !isRules(file.path) && !isCatalogue(file.path))) {
      const document = this.#read(path);
      if (document === null) continue;
      documents.set(path, document);
      const source = new Source(path, document.getText());
      const parsed = parseDataFile(source);
      diagnostics.push(...parsed.diagnostics);
      places.push({ file: path, path: dataPath(relative) });
      if (parsed.value !== undefined) data.push({ source, path: dataPath(relative), value: parsed.value });
    }
    const merged = mergeData(data, diagnostics);
    const catalogues = found.map(({ path }) => path).filter(isCatalogue);
    return { data: merged, catalogues, documents, places, diagnostics };
  }

  /** The editor's text takes precedence. Null if it does not exist or is too large. */
  #read(path: string): TextDocument | null {
    const open = this.#open.get(path) ?? this.#disk.get(path);
    if (open !== undefined) return open;
    try {
      if (statSync(path).size > fileBytesMax) return null;
      const document = TextDocument.create(uriOf(path), 'rules', 0, readFileSync(path, 'utf8'));
      this.#disk.set(path, document);
      return document;
    } catch {
      return null;
    }
  }
}

/** Comments in a `tsconfig.json` are not worth a report. */
function withoutUnread({ data, optional }: Scan, files: ReadonlyMap<string, OpenFile>): RuleSetData {
  if (data.diagnostics.length === 0) return data;
  const names = new DataNames([...files.values()].flatMap(({ meant }) => meant ?? []));
  const isRead = ({ source }: Diagnostic): boolean => {
    const path = optional.get(source.path);
    return path === undefined || names.has(path);
  };
  return { ...data, diagnostics: data.diagnostics.filter(isRead) };
}

/** A folder that cannot be read has no files: the editor may be ahead of the disk. */
function findOnDisk(root: string, diagnostics: Diagnostic[]): readonly FoundFile[] {
  try {
    return findRuleFiles(root, diagnostics).files.filter(({ outside }) => outside !== true);
  } catch {
    return [];
  }
}

/** For a document without a local file (`untitled:`, `file://elsewhere/`), the path is its URI. */
export function pathOf(uri: string): string {
  try {
    const path = uri.startsWith('file:') ? fileURLToPath(uri) : uri;
    return path.includes('\0') ? uri : path;
  } catch {
    return uri;
  }
}

export function uriOf(path: string): string {
  return /^[\w+.-]{2,}:/.test(path) ? path : pathToFileURL(path).href;
}
