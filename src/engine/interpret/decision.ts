/** Decision rules in the tree walk: which fire, and their combined decision. */
import type { ReviewRule } from '../../../grammar/ast.js';
import { EvaluationLimit, type Context, type Outcome } from '../context.js';
import type { Core, DecisionClause, DecisionGroup } from '../core.js';
import { readsVariables } from '../core-walk.js';
import { toMethod } from '../compile/decide.js';
import { CANNOT_BE_DECIDED, NO_RULE_ALLOWS_IT, type Decision, type Limits } from '../decision.js';
import { emptyEnvironment, type Environment, type Interpreter } from './interpreter.js';
import { renderInTemplate, shorten } from '../../values/render.js';
import { isArray, Unknown, ValueSet, type Maybe } from '../../values/value.js';

const reasonsMax = 8;
const reasonLengthMax = 1000;

interface Finding {
  /** Why it is not certain that the rule fires; null if it is certain. */
  readonly doubt: Unknown | null;
  /** Why its requirements are unknown; null if they are known. */
  readonly open: Unknown | null;
  readonly reason: string | null;
  readonly groups: readonly string[] | null;
  readonly failed?: boolean;
}

export function evaluateDecision(w: Interpreter, group: DecisionGroup, context: Context): Outcome {
  const findings = group.clauses.flatMap((clause) => findingsOf(w, clause, context));
  const certain = findings.filter(({ doubt }) => doubt === null);
  const fired = certain.some(({ failed }) => failed !== true);
  const failure = findings.findLast(({ failed }) => failed === true);
  const open = failure?.open ?? findings.find((finding) => finding.open !== null)?.open ?? null;
  const doubt = findings.find((finding) => finding.doubt !== null)?.doubt ?? null;
  const reasons = certain.map(({ reason }) => reason).filter((reason) => reason !== null);
  return {
    fired,
    unknown: open ?? (fired ? null : doubt),
    failed: failure !== undefined,
    reasons: [...new Set(reasons)].slice(0, reasonsMax),
    demands: demandsOf(certain),
  };
}

function findingsOf(w: Interpreter, clause: DecisionClause, context: Context): readonly Finding[] {
  const findings: Finding[] = [];
  try {
    for (const { environment, doubt } of w.solve(clause.body, emptyEnvironment(context)))
      findings.push(doubt === null ? findingOf(w, clause, environment) : uncertainFinding(clause, doubt));
  } catch (error) {
    findings.push(contained(clause, error));
  }
  return findings;
}

/** A certain review leaves open who else would have to agree if this solution holds too. */
function uncertainFinding({ by }: DecisionClause, doubt: Unknown): Finding {
  return { doubt, open: by !== null && readsVariables(by) ? doubt : null, reason: null, groups: null };
}

function findingOf(w: Interpreter, clause: DecisionClause, environment: Environment): Finding {
  const reason = clause.reason && shorten(reasonOf(w, clause.reason, environment), reasonLengthMax);
  const finding = { doubt: null, open: null, reason, groups: null };
  if (clause.by === null) return finding;
  const groups = groupsOf(w.evaluate(clause.by, environment));
  return groups instanceof Unknown ? { ...finding, open: groups } : { ...finding, groups };
}

/** An evaluation that is stopped is a doubt like any other; solutions found before count. Our own errors deny. */
function contained(clause: DecisionClause, error: unknown): Finding {
  if (error instanceof EvaluationLimit) return uncertainFinding(clause, new Unknown(error.message));
  if (error instanceof RangeError)
    return uncertainFinding(clause, new Unknown('the evaluation is nested too deeply'));
  const open = new Unknown('the evaluation failed');
  return { doubt: null, open, reason: null, groups: null, failed: true };
}

/** A reason over an absent or unknown value is still a reason. */
function reasonOf(w: Interpreter, reason: Core, environment: Environment): string {
  const parts = reason.kind === 'template' ? reason.parts : [reason];
  const texts = parts.map((part) =>
    typeof part === 'string' ? part : renderInTemplate(w.evaluate(part, environment)),
  );
  return texts.join('');
}

function groupsOf(by: Maybe): readonly string[] | Unknown {
  if (by instanceof Unknown) return by;
  const members = isArray(by) ? by : by instanceof ValueSet ? by.items : null;
  if (members?.every((member) => typeof member === 'string') !== true)
    return new Unknown('`by` is not a set of group names');
  return members.length === 0 ? new Unknown('`by` names no group') : members;
}

/** Solutions that require the same groups are one demand. */
function demandsOf(findings: readonly Finding[]): Outcome['demands'] {
  const demands = new Map<string, { readonly groups: readonly string[]; readonly reasons: Set<string> }>();
  for (const { groups, reason } of findings) {
    if (groups === null) continue;
    const key = JSON.stringify(groups);
    const demand = demands.get(key) ?? { groups, reasons: new Set() };
    demands.set(key, demand);
    demand.reasons.add(reason ?? '');
  }
  return [...demands.values()].map(({ groups, reasons }) => ({
    groups,
    reasons: [...reasons].slice(0, reasonsMax),
  }));
}

interface Evaluated {
  readonly group: DecisionGroup;
  readonly outcome: Outcome;
}

/** How rules combine: unknown before deny, deny before review, review before allow, and otherwise deny. */
export function combineRules(
  evaluated: readonly Evaluated[],
  shadows: readonly Evaluated[],
  revision: string,
): Decision {
  const fired = evaluated.filter(({ outcome }) => outcome.fired);
  const having = (effect: string) => fired.filter(({ group }) => group.effect === effect);
  const unknown = evaluated.filter(
    ({ group, outcome }) => outcome.failed || (outcome.unknown !== null && group.effect !== 'allow'),
  );
  const settling = [having('deny'), having('review'), having('allow')].find((rules) => rules.length > 0);
  const effect = unknown.length > 0 || settling === undefined ? 'deny' : settling[0]!.group.effect;
  const reasons = settling?.flatMap(({ outcome }) => outcome.reasons) ?? [NO_RULE_ALLOWS_IT];
  const passes = effect !== 'deny';
  const open = evaluated.filter(
    ({ group, outcome }) => group.effect === 'allow' && outcome.unknown !== null && !outcome.failed,
  );
  return {
    effect: effect as Decision['effect'],
    rules: fired.map(describe),
    unknowns: unknown.map(describeUnknown),
    ...(settling !== undefined || open.length === 0 ? {} : { mightAllow: open.map(describeUnknown) }),
    reasons: unknown.length > 0 ? [CANNOT_BE_DECIDED] : reasons,
    reviews: effect === 'review' ? requirementsOf(having('review')) : [],
    masks: passes ? masksOf(having('mask')) : [],
    limits: passes ? limitsOf(having('limit')) : {},
    shadows: shadows.filter(({ outcome }) => outcome.fired || outcome.unknown !== null).map(describeShadow),
    revision,
  };
}

function placeOf({ id, effect, source, span }: DecisionGroup) {
  return { id, effect, file: source.path, line: source.position(span.start).line };
}

function describe({ group, outcome }: Evaluated): Decision['rules'][number] {
  return { ...placeOf(group), reasons: outcome.reasons };
}

function describeShadow(evaluated: Evaluated): Decision['shadows'][number] {
  const rule = describe(evaluated);
  return evaluated.outcome.fired ? rule : { ...rule, undecided: describeUnknown(evaluated).reason };
}

function describeUnknown({ group, outcome: { unknown } }: Evaluated): Decision['unknowns'][number] {
  const reason = unknown?.reason ?? 'the evaluation failed';
  return { ...placeOf(group), reason, fact: unknown?.fact ?? null };
}

/** All of them must be met, within the shortest time; 15 minutes if none is given. */
function requirementsOf(reviews: readonly Evaluated[]): Decision['reviews'] {
  const seconds = reviews.map(({ group }) => {
    const { within } = group.written as ReviewRule;
    return within === null ? 900 : within.nanoseconds / 1e9;
  });
  return reviews.flatMap(({ group, outcome }) =>
    outcome.demands.map(({ groups, reasons }) => ({
      rule: group.id,
      reason: reasons.join('; '),
      groups,
      quorum: Number((group.written as ReviewRule).quorum?.text ?? 1),
      withinSeconds: Math.min(...seconds),
    })),
  );
}

function masksOf(masks: readonly Evaluated[]): Decision['masks'] {
  return masks.flatMap(({ group: { id, written } }) => {
    if (written.effect !== 'mask') return [];
    const selectors = written.selectors.map(({ by, value }) => ({ by, value }));
    return [{ rule: id, selectors, method: toMethod(written.method) }];
  });
}

function limitsOf(limits: readonly Evaluated[]): Limits {
  const smallest: { rows?: number; bytes?: number; seconds?: number } = {};
  for (const unit of ['rows', 'bytes', 'seconds'] as const) {
    const amounts = limits.flatMap(({ group: { written } }) =>
      written.effect === 'limit' && written.unit === unit ? [Number(written.amount.text)] : [],
    );
    if (amounts.length > 0) smallest[unit] = Math.min(...amounts);
  }
  return smallest;
}
