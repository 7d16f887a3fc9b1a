/** What the linter is given and what it returns: plain data, for the command line and for editors alike. */
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

/** What mends a finding; without `narrows` it does not change the meaning of a rule. */
export interface Fix {
  /**
   * Says less than the rule did, which is what its author can be expected to have meant. Editors and reports offer it;
   * `--fix` leaves it to a person.
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

/** Which groups anybody can be in, as the templates of `sallyport.yaml` say. */
export interface KnownGroups {
  readonly canBe: (group: string) => boolean;
  /** Those that are written out, without a claim in them. */
  readonly fixed: readonly string[];
}

/** A file of data beside the rules. */
export interface DataFilePlace {
  /** As shown to people. */
  readonly file: string;
  /** Where its value stands below `data`. */
  readonly path: readonly string[];
}

/** What the rules are looked at with. */
export interface LintContext {
  readonly config: LintConfig;
  readonly data: ValueObject;
  /** Catalogues of targets, as far as they are at hand. */
  readonly catalogues: readonly KnownCatalogue[];
  /** Empty where an editor does not know them: then no data is reported as unused. */
  readonly dataFiles: readonly DataFilePlace[];
  /** Null where no configuration says it. */
  readonly groups: KnownGroups | null;
  /** Whether the modules are a whole rule set, with its tests; otherwise nothing is said of what is missing. */
  readonly whole: boolean;
}

/** Rules and their tests together, as they were parsed; files of tests end in `_test.rules`. */
export type LintedModules = readonly Module[];
