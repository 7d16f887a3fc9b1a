/**
 * Plans the masks of a decision before the gateway acts on it. Pure, and shared by the guard and by replay, so
 * that a recorded command is decided again in the same way.
 */
import type { Decision, UnknownRule } from '../../engine/decision.js';
import { deniedBy, type FixedRule } from '../../engine/fixed-rule.js';
import type { Phase } from '../../facts/command.js';
import type { SqlAnalysis } from '../../facts/sql/scope/analysis.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { planMasks, type MaskPlan } from './plan.js';
import type { ColumnTags } from './resolve.js';

export interface PlannedDecision {
  readonly decision: Decision;
  /** One plan for each top-level statement; empty if the command is denied. */
  readonly masks: readonly MaskPlan[];
}

export interface AnalysedCommand {
  readonly phase: Phase;
  readonly analysis: SqlAnalysis;
  readonly objection?: FixedRule | undefined;
}

export function planDecision(
  decided: Decision,
  command: AnalysedCommand,
  catalogue: Catalogue | null,
  tags?: ColumnTags,
): PlannedDecision {
  const deferred = deferUnbound(decided, command);
  const { objection } = command;
  const decision = objection === undefined ? deferred : deniedBy(deferred, objection);
  if (decision.effect === 'deny') return { decision, masks: [] };
  const unread = unreadObstacle(decision, command);
  if (unread !== null) return { decision: deniedBy(decision, unread), masks: [] };
  const masks = command.analysis.statements.map((statement) =>
    planMasks(decision.masks, statement, catalogue, tags),
  );
  const refused = masks.find((plan) => plan.kind === 'refuse');
  // A mask that cannot be carried out turns the decision into a denial: it is never dropped silently.
  return refused?.kind === 'refuse'
    ? { decision: deniedBy(decision, refused), masks: [] }
    : { decision, masks };
}

/** The server may accept a text that our parser does not, and its result then has no lineage to mask it by. */
function unreadObstacle({ masks }: Decision, { analysis }: AnalysedCommand): FixedRule | null {
  const [first] = masks;
  if (first === undefined || analysis.error === null) return null;
  return { rule: first.rule, reason: `what it returns cannot be masked: ${analysis.error}` };
}

/**
 * A statement is prepared before its values are known. If only those values are missing, for a rule that refuses or for
 * one that allows, the Parse passes: it runs nothing, and the statement is decided again, with its values, when they
 * are bound and each time it is executed.
 */
function deferUnbound(decision: Decision, command: AnalysedCommand): Decision {
  if (command.phase !== 'prepare' || decision.effect !== 'deny') return decision;
  const refused = decision.rules.some((rule) => rule.effect === 'deny');
  const wanted =
    decision.rules.some((rule) => rule.effect === 'allow' || rule.effect === 'review') ||
    decision.mightAllow?.some(waitsForValues) === true;
  const onlyValues = decision.unknowns.every(waitsForValues);
  return refused || !wanted || !onlyValues ? decision : { ...decision, effect: 'allow', reasons: [] };
}

function waitsForValues({ fact }: UnknownRule): boolean {
  return fact?.startsWith('sql.parameters') === true || fact === 'sql.masked_write';
}
