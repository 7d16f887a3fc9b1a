/** Every name of a rule file, with what it stands for. */
import type {
  DecisionRule,
  Expectation,
  HelperRule,
  Import,
  Module,
  Statement,
  TestBlock,
} from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import { dynamic } from './types.js';
import { declarationsOf, isRule } from './declarations.js';
import type { Occurrence } from './entity.js';
import { walkBody, walkExpression, walkLiteral, walkPattern } from './walk-expression.js';
import { childScope, note, type RuleSetNames, type Scope, type Walk } from './walk.js';

/** In source order; no two overlap. */
export function findOccurrences(module: Module, names: RuleSetNames): readonly Occurrence[] {
  const walk = createWalk(module, names);
  note(walk, module.package.span, { kind: 'package', path: module.package.path }, null, true);
  for (const written of module.imports) walkImport(walk, written);
  for (const { path, name } of declarationsOf(module)) note(walk, name, { kind: 'rule', path }, null, true);
  for (const statement of module.statements) walkStatement(walk, statement);
  return walk.found.filter(({ span }) => span.end > span.start).sort((a, b) => a.span.start - b.span.start);
}

export function createWalk(
  module: Pick<Module, 'package' | 'imports' | 'source'>,
  names: RuleSetNames,
): Walk {
  const imports = new Map(
    module.imports.map(({ path, alias }) => [alias?.name ?? path.at(-1)!, { path, aliased: alias !== null }]),
  );
  const walk: Walk = {
    names,
    module,
    imports,
    found: [],
    expression: (written, scope) => walkExpression(walk, written, scope),
    literal: (written, scope) => walkLiteral(walk, written, scope),
    body: (written, scope) => walkBody(walk, written, scope),
    pattern: (written, value, scope) => walkPattern(walk, written, value, scope),
  };
  return walk;
}

/** The last word of the path refers to the import, and an alias is a name of this file. */
function walkImport(walk: Walk, { path, alias, span }: Import): void {
  const name = alias?.name ?? path.at(-1)!;
  if (alias !== null) note(walk, alias.span, { kind: 'import', name, path, aliased: true }, null, true);
  const written = walk.module.source.text.slice(span.start, alias?.span.start ?? span.end);
  const last = written.lastIndexOf(path.at(-1)!);
  if (last === -1) return;
  const start = span.start + last;
  const place = { start, end: start + path.at(-1)!.length };
  const entity = pathEntity(walk, path) ?? { kind: 'import', name, path, aliased: alias !== null };
  note(walk, place, entity, null);
}

function pathEntity({ names }: Walk, [root, ...rest]: readonly string[]): Occurrence['entity'] | null {
  if (root !== 'data') return null;
  if (isRule(names.declarations, rest)) return { kind: 'rule', path: rest };
  return names.declarations.packages.has(rest.join('.'))
    ? { kind: 'package', path: rest }
    : { kind: 'data', path: rest };
}

function walkStatement(walk: Walk, statement: Statement): void {
  const scope = childScope(null);
  switch (statement.kind) {
    case 'applies':
      walk.body(statement.body, scope);
      if (statement.unless !== null) walk.body(statement.unless, childScope(scope));
      return;
    case 'decision-rule':
      walkDecision(walk, statement, scope);
      return;
    case 'helper-rule':
      walkHelper(walk, statement, scope);
      return;
    case 'default-rule':
      for (const parameter of statement.parameters ?? []) walk.pattern(parameter, dynamic, scope);
      walk.expression(statement.value, scope);
      return;
    case 'test-block':
      walkTest(walk, statement, scope);
      return;
    case 'shared-given':
      walk.expression(statement.given.target, scope);
      walk.expression(statement.given.value, scope);
  }
}

/** The reason and the reviewers are read after the body, whose names they may use. */
function walkDecision(walk: Walk, rule: DecisionRule, scope: Scope): void {
  if (rule.body !== null) walk.body(rule.body, scope);
  if (rule.unless !== null) walk.body(rule.unless, childScope(scope));
  if ('reason' in rule && rule.reason !== null) walk.expression(rule.reason, scope);
  if (rule.effect === 'review') walk.expression(rule.by, scope);
  if (rule.effect !== 'mask') return;
  for (const { by, value, span } of rule.selectors)
    if (by === 'pattern') note(walk, endOf(span, value), { kind: 'detector', name: value }, null);
  const { name, span } = rule.method;
  note(walk, { start: span.start, end: span.start + name.length }, { kind: 'method', name }, null);
}

function endOf({ end }: Span, word: string): Span {
  return { start: end - word.length, end };
}

function walkHelper(walk: Walk, rule: HelperRule, scope: Scope): void {
  const { head } = rule;
  if (head.kind === 'function')
    for (const parameter of head.parameters) walk.pattern(parameter, dynamic, scope);
  const value = head.kind === 'contains' ? head.element : head.value;
  for (const branch of [{ body: rule.body, value }, ...rule.alternatives]) {
    const inner = childScope(scope);
    if (branch.body !== null) walk.body(branch.body, inner);
    if (branch.value !== null) walk.expression(branch.value, inner);
    for (const step of rule.path) if (step.kind === 'index') walk.expression(step.index, inner);
  }
}

function walkTest(walk: Walk, test: TestBlock, scope: Scope): void {
  if (test.table !== null) walk.literal(test.table, scope);
  for (const { target, value } of test.givens) {
    walk.expression(target, scope);
    walk.expression(value, scope);
  }
  for (const row of test.rows) {
    if (row.kind === 'condition-row') {
      walk.literal(row.literal, scope);
      continue;
    }
    walk.expression(row.command, scope);
    for (const { target, value } of row.modifiers) {
      walk.expression(target, scope);
      walk.expression(value, scope);
    }
    walkExpectation(walk, row.expectation);
  }
}

/** `=> deny ci.orders.drop`: the rule is named by its last word. */
function walkExpectation(walk: Walk, { ruleIds, shadows }: Expectation): void {
  for (const { name, span } of [...ruleIds, ...shadows]) {
    const path = name.split('.');
    if (isRule(walk.names.declarations, path))
      note(walk, endOf(span, path.at(-1)!), { kind: 'rule', path }, null);
  }
}

/** The occurrence at a position, including its end: the cursor is there when a name was just typed. */
export function occurrenceAt(occurrences: readonly Occurrence[], offset: number): Occurrence | null {
  const around = occurrences.filter(({ span }) => span.start <= offset && offset <= span.end);
  return around.find(({ span }) => offset < span.end) ?? around[0] ?? null;
}
