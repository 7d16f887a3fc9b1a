/** Why a decision is what it is: each rule, each condition, and the values of the condition that stopped a rule. */
import { decideIn, newContext, prepare } from './compile.js';
import { createContext, type Outcome } from './context.js';
import type { Branch, CoreBody, CoreLiteral, DecisionGroup, HelperGroup } from './core.js';
import { partsOf } from './core-walk.js';
import type { Decision, RuleEffect } from './decision.js';
import type { EngineHost, Facts, PolicySource } from './policy.js';
import { textOf, Trace, type Fared, type Part } from './trace.js';
import type { Core } from './core.js';

export interface Explanation {
  readonly decision: Decision;
  /** In order of id. */
  readonly rules: readonly RuleExplanation[];
}
export interface RuleExplanation {
  readonly id: string;
  readonly effect: RuleEffect;
  readonly shadow: boolean;
  readonly file: string;
  readonly line: number;
  /** The doc comment. */
  readonly doc: string | null;
  readonly outcome: 'fired' | 'did not fire' | 'unknown';
  readonly reasons: readonly string[];
  /** Why it is unknown. */
  readonly unknown: string | null;
  readonly bodies: readonly BodyExplanation[];
}
export interface BodyExplanation {
  readonly file: string;
  readonly line: number;
  readonly conditions: readonly ConditionExplanation[];
}
export interface ConditionExplanation {
  /** As written. */
  readonly text: string;
  readonly line: number;
  readonly clause: CoreLiteral['origin'];
  readonly fared: Fared;
  /** Of a condition that stopped the rule: its parts with their values. */
  readonly parts: readonly Part[];
  /** Of a condition that reads a helper rule: how the bodies of that rule fared. */
  readonly within: readonly BodyExplanation[];
}

/** Null where the rules do not compile; `compilePolicy` says why. */
export function explain(source: PolicySource, host: EngineHost, facts: Facts): Explanation | null {
  const { runnable } = prepare(source, host, true);
  if (runnable === null) return null;
  const trace = new Trace();
  const plain = newContext(runnable, facts);
  const context = createContext(facts, plain.budget, trace);
  const decision = decideIn(runnable, context);
  const groups = runnable.program.decisions;
  const rules = groups.map((group) =>
    explainRule(group, runnable.compiler.readDecision(group, context), trace),
  );
  return { decision, rules };
}

function explainRule(group: DecisionGroup, outcome: Outcome, trace: Trace): RuleExplanation {
  const { unknown, fired } = outcome;
  return {
    id: group.id,
    effect: group.effect,
    shadow: group.shadow,
    file: group.source.path,
    line: lineOf(group),
    doc: group.written.doc,
    outcome: unknown !== null ? 'unknown' : fired ? 'fired' : 'did not fire',
    reasons: outcome.reasons,
    unknown: unknown && `${unknown.reason}${unknown.fact === null ? '' : ` (${unknown.fact})`}`,
    bodies: group.clauses.map((clause) => explainBody(clause, clause.body, trace, 0)),
  };
}

function lineOf({ source, span }: Pick<Core, 'source' | 'span'>): number {
  return source.position(span.start).line;
}

/** How deeply helper rules are explained inside the rules that read them. */
const depthMax = 4;

export function explainBody(
  at: Pick<Core, 'source' | 'span'>,
  body: CoreBody,
  trace: Trace,
  depth: number,
): BodyExplanation {
  return {
    file: at.source.path,
    line: lineOf(at),
    conditions: body.literals.map((literal) => explainLiteral(literal, trace, depth)),
  };
}

function explainLiteral(literal: CoreLiteral, trace: Trace, depth: number): ConditionExplanation {
  const fared = trace.fared(literal);
  const core =
    literal.kind === 'condition'
      ? literal.expression
      : literal.kind === 'some'
        ? literal.collection
        : literal.value;
  const stopped = fared === 'failed' || fared === 'unknown';
  const helpers = stopped && depth < depthMax ? helpersOf(core) : [];
  const guard = core.kind === 'rule' && core.span === core.rule.span;
  return {
    text: guard ? 'applies' : textOf(literal),
    line: lineOf(literal),
    clause: literal.origin,
    fared,
    parts: stopped && !guard ? trace.parts(core) : [],
    within: helpers.flatMap((group) => explainHelper(group, trace, depth + 1)),
  };
}

/** The rules that a condition reads, which are where the reason lies. */
function helpersOf(core: Core): HelperGroup[] {
  const own =
    core.kind === 'rule'
      ? [core.rule]
      : core.kind === 'call' && 'clauses' in core.callee
        ? [core.callee]
        : [];
  return [...new Set([...own, ...partsOf(core).flatMap(helpersOf)])];
}

function explainHelper(group: HelperGroup, trace: Trace, depth: number): BodyExplanation[] {
  return group.clauses.flatMap((clause) =>
    clause.branches
      .filter((branch: Branch) => branch.body.literals.length > 0)
      .map((branch) => explainBody(clause, branch.body, trace, depth)),
  );
}
