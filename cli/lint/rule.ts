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
  /** Null where the rules do not compile: then only what is written can be looked at. */
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
  /** Where nothing is configured. */
  readonly level: Level;
  /** One line, for `policy lint --rules`, SARIF and the pages' titles. */
  readonly doc: string;
  /** Some of what it finds can be mended without changing a meaning. */
  readonly fixes?: boolean;
  /** Says something of a whole rule set with its tests, and nothing of a part. */
  readonly whole?: boolean;
  /** Looks at what names mean, and says nothing of rules that do not compile. */
  readonly needsMeaning?: boolean;
  /** With their defaults, from which follows what may be configured. */
  readonly options: Options;
  /** Options are those of the rule, each of its default's type. */
  readonly check: (set: LintSet, report: Report, options: Options) => void;
}

interface Definition<Own extends Options> extends Omit<LintRule, 'options' | 'check'> {
  readonly options?: Own;
  readonly check: (set: LintSet, report: Report, options: Own) => void;
}

/** Gives a rule's options their types: what is configured was checked against the defaults. */
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
