/** The rule set that a file belongs to: its files on disk, replaced by those that are open in the editor. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Module } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { engineBuiltins } from '../../../src/engine/builtins/catalogue.js';
import type { RuleType } from '../../../src/engine/resolve/inferred.js';
import type { ValueObject } from '../../../src/values/value.js';
import { host } from '../../input/rule-set.js';
import { declare } from '../analysis/declarations.js';
import type { Occurrence } from '../analysis/entity.js';
import { findOccurrences } from '../analysis/occurrences.js';
import type { ParsedFile } from './parsed-file.js';
import type { RuleSetNames } from '../analysis/walk.js';

export interface OpenFile {
  readonly file: ParsedFile;
  /** The module while it is being edited: of its last text without a mistake, or of the readable part of this one. */
  readonly meant: Module | null;
}

export interface RuleSetData {
  readonly data: ValueObject;
  readonly catalogues: readonly string[];
  /** By path: JSON and YAML files, to find positions in. */
  readonly documents: ReadonlyMap<string, TextDocument>;
  readonly places: readonly { readonly file: string; readonly path: readonly string[] }[];
  readonly diagnostics: readonly Diagnostic[];
}

export class RuleSet {
  readonly root: string;
  /** Whether these are all rules, with their tests. */
  readonly whole: boolean;
  readonly files: ReadonlyMap<string, OpenFile>;
  readonly data: RuleSetData;
  readonly names: RuleSetNames;
  /** Shared with earlier and later versions of the rule set: the last inferred types stay until they are inferred again. */
  readonly #types: Map<string, RuleType>;
  readonly #occurrences = new Map<string, readonly Occurrence[]>();

  constructor(
    root: string,
    whole: boolean,
    files: ReadonlyMap<string, OpenFile>,
    data: RuleSetData,
    types: Map<string, RuleType>,
  ) {
    this.root = root;
    this.whole = whole;
    this.files = files;
    this.data = data;
    this.names = {
      declarations: declare(this.modules(), data.data),
      schema: host.schema,
      builtins,
      types,
    };
    this.#types = types;
  }

  learn(types: ReadonlyMap<string, RuleType>): void {
    this.#types.clear();
    for (const [path, type] of types) this.#types.set(path, type);
    this.#occurrences.clear();
  }

  /** The modules of the files, in the order of their paths. */
  modules(): readonly Module[] {
    return [...this.files.values()].flatMap(({ meant }) => meant ?? []);
  }

  /** The names in a file as it stands in the editor. */
  occurrences(path: string): readonly Occurrence[] {
    const known = this.#occurrences.get(path);
    if (known !== undefined) return known;
    const module = this.files.get(path)?.file.module ?? null;
    const found = module === null ? [] : findOccurrences(module, this.names);
    this.#occurrences.set(path, found);
    return found;
  }
}

const builtins = new Map([...engineBuiltins, ...host.builtins].map((builtin) => [builtin.name, builtin]));
