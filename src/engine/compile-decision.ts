/** Decision rules: whether one fires, with which reasons, and what it asks for. */
import type { Compiler, Continue, Evaluate } from './compiler.js';
import { createFrame, EvaluationLimit, type Context, type Outcome } from './context.js';
import type { Core, DecisionClause, DecisionGroup } from './core.js';
import { readsVariables } from './core-walk.js';
import { renderInTemplate, shorten } from './render.js';
import { isArray, Unknown, ValueSet, type Maybe } from './value.js';

const reasonsMax = 8;
/** Characters of a reason: a template may quote a whole command. */
const reasonLengthMax = 1000;

interface Demand {
  readonly groups: readonly string[];
  readonly reasons: string[];
}

/** What the solutions of one evaluation add up to; the last slot of each frame holds it. */
class Findings {
  fired = false;
  /** Why a solution is not certain. */
  doubt: Unknown | null = null;
  /** Why it is not known what a solution asks for. */
  open: Unknown | null = null;
  failed = false;
  readonly reasons: string[] = [];
  readonly demands = new Map<string, Demand>();

  addReason(reason: string): void {
    if (this.reasons.length < reasonsMax && !this.reasons.includes(reason)) this.reasons.push(reason);
  }

  addDemand(groups: readonly string[], reason: string): void {
    const key = JSON.stringify(groups);
    const demand = this.demands.get(key) ?? { groups, reasons: [] };
    this.demands.set(key, demand);
    if (demand.reasons.length < reasonsMax && !demand.reasons.includes(reason)) demand.reasons.push(reason);
  }

  toOutcome(): Outcome {
    return {
      fired: this.fired,
      unknown: this.open ?? (this.fired ? null : this.doubt),
      failed: this.failed,
      reasons: this.reasons,
      demands: [...this.demands.values()],
    };
  }
}

export function compileDecision(c: Compiler, group: DecisionGroup): (context: Context) => Outcome {
  const clauses = group.clauses.map((clause) => ({ slots: clause.slots + 1, run: compileClause(c, clause) }));
  return (context) => {
    const findings = new Findings();
    for (const { slots, run } of clauses) {
      const frame = createFrame(slots, context);
      frame.slots[slots - 1] = findings;
      try {
        run(frame, null);
      } catch (error) {
        contain(error, findings);
      }
    }
    return findings.toOutcome();
  };
}

/** What stops an evaluation makes its outcome unknown; what fired before stays. Our own errors deny. */
function contain(error: unknown, findings: Findings): void {
  if (error instanceof EvaluationLimit) {
    findings.doubt ??= new Unknown(error.message);
  } else if (error instanceof RangeError) {
    findings.doubt ??= new Unknown('the evaluation is nested too deeply');
  } else {
    findings.failed = true;
    findings.open = new Unknown('the evaluation failed');
  }
}

function compileClause(c: Compiler, clause: DecisionClause): Continue {
  const reason = clause.reason && compileReason(c, clause.reason);
  const by = clause.by && c.expression(clause.by);
  const varies = clause.by !== null && readsVariables(clause.by);
  const enough = !varies && (clause.reason === null || clause.reason.kind === 'constant');
  return c.body(clause.body, (frame, doubt) => {
    const findings = frame.slots.at(-1) as Findings;
    if (doubt !== null) {
      // A review that is certain does not say who else would have to agree if this solution is one too.
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

/** A reason over a value that is absent or unknown still is a reason. */
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
