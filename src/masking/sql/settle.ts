/**
 * What the gateway makes of the rules' decision before it acts on it. Pure, and shared by the guard and by replay, so
 * that a recorded command is decided again the way it was decided then.
 */
import type { Decision, UnknownRule } from '../../engine/decision.js';
import { deniedBy, type FixedRule } from '../../engine/fixed-rule.js';
import type { Phase } from '../../facts/command.js';
import type { SqlAnalysis } from '../../facts/sql/scope/analysis.js';
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import { planMasks, type MaskPlan } from './plan.js';
import type { ColumnTags } from './resolve.js';

export interface SettledDecision {
  readonly decision: Decision;
  /** One plan for each top-level statement; empty where the command is denied. */
  readonly masks: readonly MaskPlan[];
}

export interface SettledCommand {
  readonly phase: Phase;
  readonly analysis: SqlAnalysis;
  readonly objection?: FixedRule | undefined;
}

export function settle(
  decided: Decision,
  command: SettledCommand,
  catalogue: Catalogue | null,
  tags?: ColumnTags,
): SettledDecision {
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

/** The server may read a text that the parser here does not, and what it answers then has no lineage to mask it by. */
function unreadObstacle({ masks }: Decision, { analysis }: SettledCommand): FixedRule | null {
  const [first] = masks;
  if (first === undefined || analysis.error === null) return null;
  return { rule: first.rule, reason: `what it returns cannot be masked: ${analysis.error}` };
}

/**
 * A statement is prepared before its values are known. Where nothing but those values is missing, be it for a rule that
 * refuses or for one that allows, the preparation passes: it runs nothing, and the statement is decided again, with the
 * values, before they are bound and each time it is executed.
 */
function deferUnbound(decision: Decision, command: SettledCommand): Decision {
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
