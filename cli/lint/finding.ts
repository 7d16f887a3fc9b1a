/** Input and output of the linter: plain data, for the command line and for editors alike. */
import type { Module } from '../../grammar/ast.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import type { Source, Span } from '../../grammar/source.js';
import type { ValueObject } from '../../src/values/value.js';
import type { KnownCatalogue } from '../../src/protocols/world.js';
import type { LintConfig } from './config.js';

export type Category = 'bug' | 'security' | 'style' | 'testing' | 'performance';

/** A change of the text of one file; an empty span inserts. */
export interface Edit {
  readonly source: Source;
  readonly span: Span;
  readonly text: string;
}

/** A fix for a finding; without `narrows` it does not change the meaning of a rule. */
export interface Fix {
  /**
   * The rule means less after the fix, which is probably what its author meant. Editors and reports offer it; `--fix` leaves it
   * to a person.
   */
  readonly narrows?: true;
  /** What an editor offers: `replace by \`x in {…}\``. */
  readonly title: string;
  /** They do not overlap; all of them or none. */
  readonly edits: readonly Edit[];
}

/** A diagnostic whose `code` is the id of the lint rule and whose `severity` is its configured level. */
export interface LintFinding extends Diagnostic {
  readonly category: Category;
  readonly fix: Fix | null;
}

/** The groups that an identity can have, according to the templates of `sallyport.yaml`. */
export interface KnownGroups {
  readonly canBe: (group: string) => boolean;
  /** Literal groups, without a claim in them. */
  readonly fixed: readonly string[];
}

/** A file of data beside the rules. */
export interface DataFilePlace {
  /** As shown to people. */
  readonly file: string;
  /** Where its value stands below `data`. */
  readonly path: readonly string[];
}

/** The context in which rules are linted. */
export interface LintContext {
  readonly config: LintConfig;
  readonly data: ValueObject;
  /** Catalogues of targets, if available. */
  readonly catalogues: readonly KnownCatalogue[];
  /** Empty if an editor does not know them: then no data is reported as unused. */
  readonly dataFiles: readonly DataFilePlace[];
  /** Null if no configuration defines it. */
  readonly groups: KnownGroups | null;
  /** Whether the modules are a whole rule set with its tests; otherwise missing parts are not reported. */
  readonly whole: boolean;
}

/** Rules and their tests together, as they were parsed; files of tests end in `_test.rules`. */
export type LintedModules = readonly Module[];
