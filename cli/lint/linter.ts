/**
 * The linter: applies lint rules to a rule set. Pure, so that the command line, an editor and the tests call the same function.
 */
import type { Module } from '../../grammar/ast.js';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { check } from '../../src/engine/check/check.js';
import type { EngineHost } from '../../src/engine/policy.js';
import type { Core } from '../../src/engine/core.js';
import { resolve } from '../../src/engine/resolve/resolve.js';
import type { Type } from '../../src/values/schema.js';
import type { Level } from './config.js';
import { keepsComments } from './edit.js';
import type { Fix, LintContext, LintedModules, LintFinding } from './finding.js';
import { settleIgnores } from './ignore.js';
import { pathMatches } from './path-glob.js';
import type { LintRule, LintSet, Meaning, Reported } from './rule.js';
import { lintRules } from './rules.js';
import { ignoreWithoutReason, unusedIgnore } from './rules/ignores.js';
import { placeNodes, type Placed } from './walk.js';

/** Findings in the order of files and lines. Rules that do not compile are linted by their syntax only. */
export function lint(modules: LintedModules, context: LintContext, host: EngineHost): readonly LintFinding[] {
  const set = createSet(modules, context, host);
  const found = lintRules.flatMap((rule) => runRule(rule, set));
  const { findings, withoutReason, unused } = settleIgnores(found, set, lintRules);
  const ofIgnores = [
    ...withoutReason.flatMap((reported) => toFinding(ignoreWithoutReason, set, reported)),
    ...unused.flatMap((reported) => toFinding(unusedIgnore, set, reported)),
  ];
  return [...findings, ...ofIgnores].filter(isWanted(set)).sort(byPlace);
}

function isWanted({ config }: LintSet): (finding: LintFinding) => boolean {
  return ({ source }) => !config.ignore.some((glob) => pathMatches(glob, source.path));
}

function createSet(modules: LintedModules, context: LintContext, host: EngineHost): LintSet {
  const nodes = new Map<Module, readonly Placed[]>();
  const comments = new Map(modules.map((module) => [module.source, module.comments]));
  return {
    ...context,
    modules,
    nodes: (module) => {
      const known = nodes.get(module) ?? placeNodes(module);
      nodes.set(module, known);
      return known;
    },
    comments: (source) => comments.get(source) ?? [],
    schema: host.schema,
    meaning: meaningOf(modules, context, host),
  };
}

function meaningOf(modules: LintedModules, { data }: LintContext, host: EngineHost): Meaning | null {
  const { program, world, diagnostics } = resolve(modules, data, host.schema, [
    ...engineBuiltins,
    ...host.builtins,
  ]);
  const typed = { ...world, types: new Map<Core, Type>() };
  check(program, typed);
  return diagnostics.some(({ severity }) => severity === 'error') ? null : { program, world: typed };
}

function runRule(rule: LintRule, set: LintSet): LintFinding[] {
  if (levelOf(rule, set) === 'off' || (rule.whole === true && !set.whole)) return [];
  const found: LintFinding[] = [];
  const options = { ...rule.options, ...set.config.rules.get(rule.id)?.options };
  rule.check(set, (reported) => found.push(...toFinding(rule, set, reported)), options);
  return found;
}

function levelOf(rule: LintRule, { config }: LintSet): Level {
  return config.rules.get(rule.id)?.level ?? rule.level;
}

function toFinding(rule: LintRule, set: LintSet, { fix = null, ...reported }: Reported): LintFinding[] {
  const severity = levelOf(rule, set);
  if (severity === 'off') return [];
  const kept = fix === null || isSafe(rule, fix, set) ? fix : null;
  return [{ code: rule.id, severity, category: rule.category, fix: kept, ...reported }];
}

/** Their fixes concern a comment, or print all comments. */
const mayCutComments: ReadonlySet<string> = new Set(['unused-ignore', 'unformatted']);

/** A fix removes no comment. */
function isSafe(rule: LintRule, fix: Fix, set: LintSet): boolean {
  const [edit] = fix.edits;
  const comments = edit === undefined ? [] : set.comments(edit.source);
  return mayCutComments.has(rule.id) || keepsComments(fix, comments);
}

function byPlace(a: LintFinding, b: LintFinding): number {
  if (a.source.path !== b.source.path) return a.source.path < b.source.path ? -1 : 1;
  return a.span.start - b.span.start || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}
