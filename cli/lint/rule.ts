/** What a lint rule is. */
import type { Comment, Module } from '../../grammar/ast.js';
import type { Source, Span } from '../../grammar/source.js';
import type { FactSchema } from '../../src/values/schema.js';
import type { Program } from '../../src/engine/core.js';
import type { World } from '../../src/engine/resolve/scope.js';
import type { Level, Options } from './config.js';
import type { Category, Fix, LintContext } from './finding.js';
import type { Placed } from './walk.js';

/** The rule set as rules see it. */
export interface LintSet extends LintContext {
  readonly modules: readonly Module[];
  /** Every node of a module's tree with the nodes around it, in source order. */
  readonly nodes: (module: Module) => readonly Placed[];
  /** In source order. */
  readonly comments: (source: Source) => readonly Comment[];
  readonly schema: FactSchema;
  /** Null if the rules do not compile: then only the syntax can be linted. */
  readonly meaning: Meaning | null;
}

export interface Meaning {
  readonly program: Program;
  readonly world: World;
}

export interface Reported {
  readonly source: Source;
  readonly span: Span;
  /** One sentence, lower case, no full stop, user text in backticks. */
  readonly message: string;
  readonly help?: string;
  readonly fix?: Fix | null;
}
export type Report = (reported: Reported) => void;

export interface LintRule {
  readonly id: string;
  readonly category: Category;
  /** The default level. */
  readonly level: Level;
  /** One line, for `policy lint --rules`, SARIF and the pages' titles. */
  readonly doc: string;
  /** Some of its findings can be fixed without changing a meaning. */
  readonly fixes?: boolean;
  /** Applies to a whole rule set with its tests, and reports nothing for a part. */
  readonly whole?: boolean;
  /** Needs resolved names, and reports nothing for rules that do not compile. */
  readonly needsMeaning?: boolean;
  /** With their defaults, which define what may be configured. */
  readonly options: Options;
  /** `options` are the rule's own, each of its default's type. */
  readonly check: (set: LintSet, report: Report, options: Options) => void;
}

interface Definition<Own extends Options> extends Omit<LintRule, 'options' | 'check'> {
  readonly options?: Own;
  readonly check: (set: LintSet, report: Report, options: Own) => void;
}

/** Gives a rule's options their types: configured values were checked against the defaults. */
export function defineRule<Own extends Options>(definition: Definition<Own>): LintRule {
  const defaults = definition.options ?? ({} as Own);
  return {
    ...definition,
    options: defaults,
    check: (set, report, options) => definition.check(set, report, { ...defaults, ...options }),
  };
}

export function isTest({ source }: Module): boolean {
  return isTestFile(source);
}

export function isTestFile({ path }: Source): boolean {
  return path.endsWith('_test.rules');
}
