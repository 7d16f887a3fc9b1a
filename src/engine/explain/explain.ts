/** Why a decision is what it is: each rule, each condition, and the values of the condition that stopped a rule. */
import { decideIn, newContext, prepare } from '../compile/compile.js';
import { changesOfLiteral, changesToHold, changesToStop, type Change } from './change.js';
import { createContext, type Outcome } from '../context.js';
import type {
  Clause,
  Core,
  CoreBody,
  CoreLiteral,
  DecisionClause,
  DecisionGroup,
  HelperGroup,
} from '../core.js';
import { partsOf, subjectOf } from '../core-walk.js';
import type { Decision, RuleEffect } from '../decision.js';
import type { EngineHost, Facts, PolicySource } from '../policy.js';
import { textOf, Trace, type Fared, type Part } from './trace.js';

export interface Explanation {
  readonly decision: Decision;
  /** In order of id. */
  readonly rules: readonly RuleExplanation[];
  /**
   * Rules that would have to come out the other way for the decision to be less strict: all that refuse, or one that
   * allows.
   */
  readonly otherwise: readonly Pick<RuleExplanation, 'id' | 'effect' | 'outcome' | 'changes'>[];
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
  /**
   * What would have to differ for the rule to come out the other way: to fire if it did not, not to fire if it did, to
   * be known if it is unknown.
   */
  readonly changes: readonly Change[];
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
  /** Its parts with their values. */
  readonly parts: readonly Part[];
  /** What would have to differ, for a condition that stopped the rule and is not in another rule. */
  readonly changes: readonly Change[];
  /** For a condition that reads a helper rule: the outcomes of that rule's bodies. */
  readonly within: readonly BodyExplanation[];
}

/** Null if the rules do not compile; `compilePolicy` says why. */
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
  return { decision, rules, otherwise: otherwiseOf(decision, rules) };
}

function otherwiseOf(decision: Decision, rules: readonly RuleExplanation[]): Explanation['otherwise'] {
  const counted = rules.filter(({ shadow }) => !shadow);
  const undecided = new Set(decision.unknowns.map(({ id }) => id));
  const settling = counted.filter(({ id, effect, outcome }) =>
    undecided.size > 0 ? undecided.has(id) : effect === decision.effect && outcome === 'fired',
  );
  const missing = decision.effect === 'deny' && settling.length === 0;
  const allows = counted.filter(({ effect }) => effect === 'allow');
  // An allow of a file that does not apply is suggested last.
  const near = allows.some(applies) ? allows.filter(applies) : allows;
  const wanted = missing ? near : settling;
  if (decision.effect === 'allow') return [];
  return wanted.map(({ id, effect, outcome, changes }) => ({ id, effect, outcome, changes }));
}

function applies({ bodies }: RuleExplanation): boolean {
  return bodies.some(({ conditions }) =>
    conditions.every(({ clause, fared }) => clause !== 'applies' || fared === 'held'),
  );
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
    changes: changesOfRule(group, fired && unknown === null, trace),
    bodies: group.clauses.map((clause) => explainBody(clause, clause.body, trace, 0)),
  };
}

/** One body that holds is enough to fire; to prevent it, all of them must be stopped. */
function changesOfRule({ clauses }: DecisionGroup, fired: boolean, trace: Trace): readonly Change[] {
  const bodies = clauses.map(({ body }) => (fired ? changesToStop(body, trace) : changesToHold(body, trace)));
  const ways = bodies.filter((changes) => changes.length > 0);
  return fired || ways.length < 2 ? ways.flat() : [{ kind: 'any', of: ways }];
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
    conditions: body.literals.map((literal) => explainLiteral(literal, body, trace, depth)),
  };
}

function explainLiteral(
  literal: CoreLiteral,
  body: CoreBody,
  trace: Trace,
  depth: number,
): ConditionExplanation {
  const fared = trace.fared(literal);
  const core = subjectOf(literal);
  const stopped = fared === 'failed' || fared === 'unknown';
  const read = stopped && depth < depthMax ? bodiesRead(core) : [];
  const guard = core.kind === 'rule' && core.span === core.rule.span;
  const within = read.map(({ at, body: inner }) => explainBody(at, inner, trace, depth + 1));
  const told = within.some(saysChange);
  return {
    text: guard ? 'applies' : textOf(literal),
    line: lineOf(literal),
    clause: literal.origin,
    fared,
    parts: guard ? [] : trace.parts(core),
    changes: stopped && !told ? changesOfLiteral(literal, body, trace) : [],
    within,
  };
}

function saysChange({ conditions }: BodyExplanation): boolean {
  return conditions.some(({ changes, within }) => changes.length > 0 || within.some(saysChange));
}

interface ReadBody {
  readonly at: Pick<Core, 'source' | 'span'>;
  readonly body: CoreBody;
}

/** The bodies of the rules that a condition reads, which contain the actual reason. */
function bodiesRead(core: Core): ReadBody[] {
  const rules = [...new Set(rulesRead(core))];
  const clauses = rules.flatMap((rule): readonly (Clause | DecisionClause)[] => rule.clauses);
  return clauses.flatMap((at) => bodiesOf(at).map((body) => ({ at, body })));
}

function rulesRead(core: Core): (HelperGroup | DecisionGroup)[] {
  return [...ownRules(core), ...partsOf(core).flatMap(rulesRead)];
}

function ownRules(core: Core): readonly (HelperGroup | DecisionGroup)[] {
  if (core.kind === 'rule') return [core.rule];
  if (core.kind === 'document') return core.document.decisions;
  return core.kind === 'call' && 'clauses' in core.callee ? [core.callee] : [];
}

function bodiesOf(clause: Clause | DecisionClause): readonly CoreBody[] {
  const bodies = 'branches' in clause ? clause.branches.map(({ body }) => body) : [clause.body];
  return bodies.filter(({ literals }) => literals.length > 0);
}
