/** What is configured of the linter, read and checked. */

export type Level = 'error' | 'warning' | 'off';

/** An option of a rule: a number, or a list of texts. */
export type OptionValue = number | readonly string[];
export type Options = Readonly<Record<string, OptionValue>>;

export interface RuleSetting {
  readonly level?: Level;
  readonly options?: Options;
}

export interface LintConfig {
  /** By the id of the rule. */
  readonly rules: ReadonlyMap<string, RuleSetting>;
  /** Globs over the paths of files in which nothing is reported. */
  readonly ignore: readonly string[];
}

/** Every rule at its own level. */
export const defaultConfig: LintConfig = { rules: new Map(), ignore: [] };
