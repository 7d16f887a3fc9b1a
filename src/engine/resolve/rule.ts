/** Rules: heads, clauses, `applies` and `unless`, with their bodies resolved. */
import type { Body, DecisionRule, Expression, HelperRule, PathStep, Pattern } from '../../../grammar/ast.js';
import type { Branch, Core, CoreBody, CoreLiteral, CorePattern, HelperGroup } from '../core.js';
import { existsOf } from './body.js';
import type { DecisionDefinition, HelperDefinition } from './definition.js';
import {
  childScope,
  closeScope,
  declare,
  openScope,
  report,
  type ModuleScope,
  type Resolver,
  type Scope,
} from './scope.js';

export function resolveHelper(r: Resolver, definition: HelperDefinition): void {
  const { file, written, group, keys } = definition;
  const scope = openScope(file, group.uses, file.tests || written.name.name.startsWith('test_'));
  if (written.kind === 'default-rule') {
    resolveParameters(r, written.parameters ?? [], scope);
    if (group.default !== null) {
      report(
        file,
        {
          code: 'second-default',
          message: `\`${group.name}\` has a default already`,
          help: 'leave one of the two out',
        },
        written.span,
      );
    }
    group.default = r.expression(written.value, scope);
    return;
  }
  const parameters =
    written.head.kind === 'function' ? resolveParameters(r, written.head.parameters, scope) : [];
  const branches = [resolveBranch(r, scope, written.body, headValue(written), keys, written)];
  if (written.alternatives.length > 0 && (group.kind === 'set' || group.kind === 'object')) {
    const help = 'write another rule for the other members';
    report(
      file,
      { code: 'else-of-set', message: 'only a rule with one value has an `else`', help },
      written.alternatives[0]!.span,
    );
  }
  for (const alternative of written.alternatives)
    branches.push(resolveBranch(r, scope, alternative.body, alternative.value, keys, written));
  group.clauses.push({
    parameters,
    branches,
    slots: scope.frame.slots,
    span: written.span,
    source: file.source,
  });
}

function headValue(written: HelperRule) {
  return written.head.kind === 'contains' ? written.head.element : written.head.value;
}

/** No parameter may be repeated, and none need be used. */
function resolveParameters(r: Resolver, written: readonly Pattern[], scope: Scope): CorePattern[] {
  return written.map((pattern) => {
    if (pattern.kind !== 'variable-pattern') return r.pattern(pattern, scope);
    const local = declare(scope, pattern.name, pattern.span, true);
    return {
      kind: 'variable',
      name: local.name,
      slot: local.slot,
      span: pattern.span,
      source: scope.file.source,
    };
  });
}

function resolveBranch(
  r: Resolver,
  outer: Scope,
  body: Body | null,
  value: Expression | null,
  keys: readonly PathStep[],
  written: HelperRule,
): Branch {
  const scope = childScope(outer);
  const resolved: CoreBody = body === null ? { literals: [] } : r.body(body, scope);
  const source = scope.file.source;
  const head: Core =
    value === null
      ? { kind: 'constant', value: true, span: written.name.span, source }
      : r.expression(value, scope);
  const branch: Branch = {
    body: resolved,
    value: head,
    keys: keys.map((key) => resolveHeadKey(r, key, scope)),
    member: written.head.kind === 'contains',
  };
  closeScope(scope);
  return branch;
}

function resolveHeadKey(r: Resolver, step: PathStep, scope: Scope): Core {
  if (step.kind === 'index') return r.expression(step.index, scope);
  return { kind: 'constant', value: step.name, span: step.span, source: scope.file.source };
}

/** The `applies` of a file as a hidden rule, so that it is evaluated once for all rules that it guards. */
export function resolveApplies(r: Resolver, file: ModuleScope): HelperGroup | null {
  const [first, second] = file.module.statements.filter((statement) => statement.kind === 'applies');
  if (first === undefined) return null;
  if (second !== undefined) {
    const help = 'put all conditions into one, or make another file of the same package';
    report(file, { code: 'second-applies', message: 'a file has one `applies`', help }, second.span);
  }
  const group: HelperGroup = {
    kind: 'complete',
    path: [...file.package, 'applies'],
    name: [...file.package, 'applies'].join('.'),
    arity: 0,
    clauses: [],
    default: null,
    uses: new Set(),
    span: first.span,
    source: file.source,
  };
  const scope = openScope(file, group.uses, file.tests);
  const body = r.body(first.body, scope, 'applies');
  const literals = [...body.literals, ...resolveUnless(r, first.unless, scope)];
  closeScope(scope);
  const value: Core = { kind: 'constant', value: true, span: first.span, source: file.source };
  const branches = [{ body: { literals }, value, keys: [], member: false }];
  group.clauses.push({
    parameters: [],
    branches,
    slots: scope.frame.slots,
    span: first.span,
    source: file.source,
  });
  return group;
}

export function resolveDecision(
  r: Resolver,
  definition: DecisionDefinition,
  applies: HelperGroup | null,
): void {
  const { file, written, group } = definition;
  const scope = openScope(file, group.uses, file.tests);
  const body = written.body === null ? [] : r.body(written.body, scope).literals;
  const literals = [...guard(applies, file), ...body, ...resolveUnless(r, written.unless, scope)];
  if (applies !== null) group.uses.add(applies);
  const reason = 'reason' in written && written.reason !== null ? r.expression(written.reason, scope) : null;
  const by = written.effect === 'review' ? r.expression(written.by, scope) : null;
  closeScope(scope);
  group.clauses.push({
    written,
    body: { literals },
    reason,
    by,
    slots: scope.frame.slots,
    span: written.span,
    source: file.source,
  });
}

function guard(applies: HelperGroup | null, file: ModuleScope): CoreLiteral[] {
  if (applies === null) return [];
  const { span } = applies;
  const expression: Core = { kind: 'rule', rule: applies, span, source: file.source };
  return [{ kind: 'condition', origin: 'applies', expression, span, source: file.source }];
}

/** `unless` is `and not { … }`, over the variables of the body. */
function resolveUnless(r: Resolver, unless: DecisionRule['unless'], scope: Scope): CoreLiteral[] {
  if (unless === null) return [];
  const inner = childScope(scope);
  const { span } = unless;
  const source = scope.file.source;
  const operand = existsOf(r.body(unless, inner, 'unless'), span, inner);
  closeScope(inner);
  return [
    { kind: 'condition', origin: 'unless', expression: { kind: 'not', operand, span, source }, span, source },
  ];
}
