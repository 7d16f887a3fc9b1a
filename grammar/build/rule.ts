/** Decision rules, helper rules and defaults. */
import type { CstNode, IToken } from 'chevrotain';
import type {
  AppliesClause,
  Body,
  DecisionRule,
  DefaultRule,
  DurationLiteral,
  Effect,
  ElseBranch,
  HelperHead,
  HelperRule,
  Identifier,
  NumberLiteral,
  PathStep,
  Pattern,
  Reason,
  ReviewRule,
} from '../ast.js';
import { buildStep, buildTemplate, checkCommas } from './expression.js';
import { buildMethod, buildSelectors } from './mask.js';
import { missingIdentifier, type Builder } from './builder.js';
import { node, nodeSpan, nodes, requiredNode, requiredToken, token, tokenSpan, tokens } from '../cst.js';
import { buildNumber, buildString } from './literal-text.js';
import * as messages from '../messages.js';

/** Later passes recurse over the branches of a rule. */
const branchesMax = 200;
const effects: readonly string[] = ['allow', 'deny', 'review', 'mask', 'limit'] satisfies Effect[];

function identifier(at: IToken): Identifier {
  return { kind: 'identifier', name: at.image, span: tokenSpan(at) };
}

interface Conditions {
  readonly body: Body | null;
  readonly unless: Body | null;
}

function buildConditions(b: Builder, parent: CstNode): Conditions {
  const at = requiredNode(parent, 'conditions');
  const bare = node(at, 'bare');
  if (bare !== undefined) b.report(messages.missingIf, tokenSpan(requiredToken(bare, 'LeftBrace')));
  const body = node(at, 'if') ?? bare;
  const unless = node(at, 'unless');
  return { body: body ? b.body(body) : null, unless: unless ? b.body(unless) : null };
}

/** Helper rules have no `unless`: `not` says it. */
function buildHelperBody(b: Builder, parent: CstNode): Body | null {
  const { body, unless } = buildConditions(b, parent);
  if (unless !== null) {
    const at = requiredToken(requiredNode(parent, 'conditions'), 'Unless');
    b.report(messages.unlessOnHelper, tokenSpan(at));
  }
  return body;
}

export function buildApplies(b: Builder, at: CstNode): AppliesClause {
  const { body, unless } = buildConditions(b, at);
  const span = nodeSpan(at);
  const always: Body = { kind: 'body', braces: true, literals: [], span };
  return { kind: 'applies', doc: null, body: body ?? always, unless, span };
}

export function buildDecisionRule(b: Builder, at: CstNode): DecisionRule {
  const rest = {
    kind: 'decision-rule',
    doc: null,
    shadow: token(at, 'Shadow') !== undefined,
    ...buildConditions(b, at),
    span: nodeSpan(at),
  } as const;
  const allow = node(at, 'allow');
  if (allow !== undefined) {
    const name = token(allow, 'Name');
    const reason = node(allow, 'reason');
    return {
      ...rest,
      effect: 'allow',
      name: name ? identifier(name) : null,
      reason: reason ? buildReason(b, reason) : null,
    };
  }
  const deny = node(at, 'deny');
  if (deny !== undefined) return { ...rest, effect: 'deny', ...buildNamed(b, deny) };
  const review = node(at, 'review');
  if (review !== undefined)
    return { ...rest, effect: 'review', ...buildNamed(b, review), ...buildReview(b, review) };
  const mask = node(at, 'mask');
  if (mask !== undefined) {
    const selectors = buildSelectors(b, mask);
    const method = buildMethod(b, requiredNode(mask, 'method'));
    return { ...rest, effect: 'mask', name: identifier(requiredToken(mask, 'Name')), selectors, method };
  }
  const limit = requiredNode(at, 'limit');
  return {
    ...rest,
    effect: 'limit',
    name: identifier(requiredToken(limit, 'Name')),
    unit: requiredToken(limit, 'unit').image as 'rows' | 'bytes' | 'seconds',
    amount: buildCount(b, requiredToken(limit, 'Number')),
  };
}

function buildNamed(b: Builder, at: CstNode): { name: Identifier; reason: Reason } {
  return {
    name: identifier(requiredToken(at, 'Name')),
    reason: buildReason(b, requiredNode(at, 'reason')),
  };
}

function buildReason(b: Builder, at: CstNode): Reason {
  const template = node(at, 'template');
  if (template !== undefined) return buildTemplate(b, template);
  return buildString(b, (token(at, 'String') ?? token(at, 'RawString') ?? token(at, 'SingleQuoted'))!);
}

function buildReview(b: Builder, at: CstNode) {
  return { by: b.expression(requiredNode(at, 'expression')), ...buildTerms(b, [at]) };
}

/** `quorum N` and `within T`, each at most once across all nodes. */
export function buildTerms(b: Builder, at: readonly CstNode[]): Pick<ReviewRule, 'quorum' | 'within'> {
  const quorums = at.flatMap((node) => tokens(node, 'quorumNumber'));
  const withins = at.flatMap((node) => tokens(node, 'withinDuration'));
  for (const again of [...quorums.slice(1), ...withins.slice(1)]) {
    b.report(messages.duplicateClause, tokenSpan(again));
  }
  const [quorum] = quorums;
  const [within] = withins;
  return {
    quorum: quorum ? buildCount(b, quorum) : null,
    within: within ? buildDuration(b, within) : null,
  };
}

export function buildCount(b: Builder, at: IToken): NumberLiteral {
  const built = buildNumber(b, at);
  if (built.kind === 'number' && /^\d+$/.test(built.text)) return built;
  if (built.kind === 'duration' || /^[\d.eE+-]+$/.test(built.text))
    b.report(messages.badCount(at.image), built.span);
  return { kind: 'number', text: '0', span: built.span };
}

function buildDuration(b: Builder, at: IToken): DurationLiteral {
  const built = buildNumber(b, at);
  if (built.kind === 'duration') return built;
  if (/^[\d.eE+-]+$/.test(built.text)) b.report(messages.badDuration, built.span);
  return { kind: 'duration', text: '0s', nanoseconds: 0, span: built.span };
}

interface Head {
  readonly name: Identifier;
  readonly path: readonly PathStep[];
  readonly parameters: readonly Pattern[] | null;
}

/** `name`, `a.b[c]`, `f(x, [y, _])`: a name, its path and optional parameters. */
function buildHead(b: Builder, at: CstNode): Head {
  const primary = requiredNode(at, 'primary');
  const name = token(primary, 'Name');
  if (name === undefined || name.image === '_') b.report(messages.badHead, nodeSpan(primary));
  const steps = nodes(at, 'step');
  const last = steps.at(-1);
  const call = last && node(last, 'callArguments');
  const path = call === undefined ? steps : steps.slice(0, -1);
  const misplaced = path.find((step) => node(step, 'callArguments') !== undefined);
  if (misplaced !== undefined) b.report(messages.badHead, nodeSpan(misplaced));
  return {
    name: name ? identifier(name) : missingIdentifier(nodeSpan(primary)),
    path: path.filter((step) => node(step, 'callArguments') === undefined).map((step) => buildStep(b, step)),
    parameters: call === undefined ? null : buildParameters(b, call),
  };
}

function buildParameters(b: Builder, call: CstNode): Pattern[] {
  checkCommas(b, call, 'expression', 'LeftParen');
  return nodes(call, 'expression').map((parameter) => b.pattern(parameter));
}

function reportUnify(b: Builder, at: CstNode): void {
  const sign = token(at, 'Unify');
  if (sign !== undefined) b.report(messages.unify, tokenSpan(sign));
}

export function buildHelperRule(b: Builder, at: CstNode): HelperRule {
  reportUnify(b, at);
  const { name, path, parameters } = buildHead(b, requiredNode(at, 'postfix'));
  if (name.name === 'applies' && path.length === 0) b.report(messages.appliesValue, name.span);
  const head = buildHelperHead(b, at, parameters);
  const body = buildHelperBody(b, at);
  if (body === null && head.kind !== 'contains' && head.value === null) {
    b.report(messages.bareRule(name.name), name.span);
  }
  const branches = nodes(at, 'elseBranch');
  if (branches.length > branchesMax) b.report(messages.tooManyBranches, name.span);
  const alternatives = branches.slice(0, branchesMax).map((branch) => buildElse(b, branch));
  return { kind: 'helper-rule', doc: null, name, path, head, body, alternatives, span: nodeSpan(at) };
}

function buildHelperHead(b: Builder, at: CstNode, parameters: readonly Pattern[] | null): HelperHead {
  const written = node(at, 'expression');
  const value = written ? b.expression(written) : null;
  const contains = token(at, 'Contains');
  if (contains !== undefined && value !== null) {
    if (parameters !== null) b.report(messages.emptyContains, tokenSpan(contains));
    return { kind: 'contains', element: value };
  }
  return parameters === null ? { kind: 'value', value } : { kind: 'function', parameters, value };
}

function buildElse(b: Builder, at: CstNode): ElseBranch {
  reportUnify(b, at);
  const written = node(at, 'expression');
  const value = written ? b.expression(written) : null;
  const body = buildHelperBody(b, at);
  if (value === null && body === null) b.report(messages.bareElse, nodeSpan(at));
  return { kind: 'else', value, body, span: nodeSpan(at) };
}

export function buildDefault(b: Builder, at: CstNode): DefaultRule {
  reportUnify(b, at);
  const head = buildHead(b, requiredNode(at, 'postfix'));
  if (effects.includes(head.name.name) && head.path.length === 0) {
    b.report(messages.defaultEffect(head.name.name), nodeSpan(at));
  }
  const value = b.expression(requiredNode(at, 'expression'));
  return { kind: 'default-rule', doc: null, ...head, value, span: nodeSpan(at) };
}
