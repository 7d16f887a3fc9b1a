/** Decision rules: whether one fires, with which reasons, and what it requires. */
import type { Compiler, Continue, Evaluate } from './compiler.js';
import { EvaluationLimit, noOutcome, type Context, type Frame, type Outcome } from '../context.js';
import type { Core, DecisionClause, DecisionGroup } from '../core.js';
import { readsVariables } from '../core-walk.js';
import { renderInTemplate, shorten } from '../../values/render.js';
import { isArray, Unknown, ValueSet, type Maybe } from '../../values/value.js';

const reasonsMax = 8;
/** Characters of a reason: a template may quote a whole command. */
const reasonLengthMax = 1000;

interface Demand {
  readonly groups: readonly string[];
  readonly reasons: string[];
}

/** The combined solutions of one evaluation, stored in the slot after the variables once there is one. */
class Findings {
  fired = false;
  /** Why a solution is uncertain. */
  doubt: Unknown | null = null;
  /** Why the requirements of a solution are unknown. */
  open: Unknown | null = null;
  failed = false;
  readonly reasons: string[] = [];
  #demands: Map<string, Demand> | null = null;

  addReason(reason: string): void {
    if (this.reasons.length < reasonsMax && !this.reasons.includes(reason)) this.reasons.push(reason);
  }

  addDemand(groups: readonly string[], reason: string): void {
    const key = JSON.stringify(groups);
    this.#demands ??= new Map();
    const demand = this.#demands.get(key) ?? { groups, reasons: [] };
    this.#demands.set(key, demand);
    if (demand.reasons.length < reasonsMax && !demand.reasons.includes(reason)) demand.reasons.push(reason);
  }

  toOutcome(): Outcome {
    const unknown = this.open ?? (this.fired ? null : this.doubt);
    if (!this.fired && unknown === null) return noOutcome;
    const demands = this.#demands === null ? noOutcome.demands : [...this.#demands.values()];
    return { fired: this.fired, unknown, failed: this.failed, reasons: this.reasons, demands };
  }
}

export function compileDecision(c: Compiler, group: DecisionGroup): (context: Context) => Outcome {
  const clauses = group.clauses.map((clause) => ({
    at: clause.slots,
    run: compileClause(c, clause),
    varies: asksOfEach(clause),
  }));
  return (context) => {
    let findings: Findings | undefined;
    for (const { at, run, varies } of clauses) {
      // Most rules stop before their variables, so the slots are allocated when the first one is filled.
      const frame: Frame = { slots: [], context };
      if (findings !== undefined) frame.slots[at] = findings;
      try {
        run(frame, null);
        findings = frame.slots[at] as Findings | undefined;
      } catch (error) {
        findings = findingsAt(frame, at);
        contain(error, findings, varies);
      }
    }
    return findings?.toOutcome() ?? noOutcome;
  };
}

/** Most rules do not fire, so nothing is allocated for them. */
function findingsAt({ slots }: Frame, at: number): Findings {
  const findings = (slots[at] as Findings | undefined) ?? new Findings();
  slots[at] = findings;
  return findings;
}

/** Whether the reviewers depend on the solution. */
function asksOfEach({ by }: DecisionClause): boolean {
  return by !== null && readsVariables(by);
}

/**
 * An evaluation that is stopped has an unknown outcome. Solutions found before count, unless further reviewers might
 * have followed. Our own errors deny.
 */
function contain(error: unknown, findings: Findings, varies: boolean): void {
  if (error instanceof EvaluationLimit || error instanceof RangeError) {
    const limit = error instanceof EvaluationLimit ? error.message : 'the evaluation is nested too deeply';
    findings.doubt ??= new Unknown(limit);
    if (varies) findings.open ??= new Unknown(limit);
  } else {
    findings.failed = true;
    findings.open = new Unknown('the evaluation failed');
  }
}

function compileClause(c: Compiler, clause: DecisionClause): Continue {
  const reason = clause.reason && compileReason(c, clause.reason);
  const by = clause.by && c.expression(clause.by);
  const varies = asksOfEach(clause);
  const enough = !varies && (clause.reason === null || clause.reason.kind === 'constant');
  return c.body(clause.body, (frame, doubt) => {
    const findings = findingsAt(frame, clause.slots);
    if (doubt !== null) {
      // A certain review leaves open who else would have to agree if this solution holds too.
      if (varies) findings.open ??= doubt;
      findings.doubt ??= doubt;
      return false;
    }
    findings.fired = true;
    if (by !== null) addDemand(findings, by(frame), reason === null ? '' : reason(frame));
    if (reason !== null) findings.addReason(reason(frame));
    return enough || (by === null && findings.reasons.length === reasonsMax);
  });
}

function addDemand(findings: Findings, by: Maybe, reason: string): void {
  const members = isArray(by) ? by : by instanceof ValueSet ? by.items : null;
  const groups = members?.filter((member) => typeof member === 'string') ?? [];
  if (by instanceof Unknown) findings.open ??= by;
  else if (members === null || groups.length !== members.length)
    findings.open ??= new Unknown('`by` is not a set of group names');
  else if (groups.length === 0) findings.open ??= new Unknown('`by` names no group');
  else findings.addDemand(groups, reason);
}

/** A reason over an absent or unknown value is still a reason. */
function compileReason(c: Compiler, reason: Core): (...frame: Parameters<Evaluate>) => string {
  if (reason.kind === 'constant') {
    const text = renderInTemplate(reason.value);
    return () => text;
  }
  const parts = reason.kind === 'template' ? reason.parts : [reason];
  const holes = parts.map((part) => (typeof part === 'string' ? part : c.expression(part)));
  return (frame) => {
    const texts = holes.map((hole) => (typeof hole === 'string' ? hole : renderInTemplate(hole(frame))));
    return shorten(texts.join(''), reasonLengthMax);
  };
}
