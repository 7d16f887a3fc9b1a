/**
 * The choke point: every command of every protocol comes through `judge`, and nothing is forwarded that did not.
 *
 *     facts ─▶ decide ─▶ can the masks be carried out? ─▶ record ─▶ forward or refuse
 *
 * The record is written before the verdict is returned. Where it cannot be written the command is not judged at all:
 * the GatewayError reaches the proxy, which forwards nothing.
 */
import { createHash } from 'node:crypto';
import type { CommandDecided } from '../audit/event.js';
import { NO_RULE_ALLOWS_IT, type Decision } from '../engine/decision.js';
import type { Policy } from '../engine/policy.js';
import { compare, toJson, type Value, type ValueObject } from '../engine/value.js';
import { planMasks, type MaskPlan } from '../masking/plan.js';
import type { Catalogue } from '../facts/sql/catalogue.js';
import { commandFacts, type SessionFacts } from '../facts/command.js';
import type { Command, Objection, Refusal, Verdict } from './session.js';

export interface GuardedSession {
  readonly facts: SessionFacts;
  readonly policy: Policy;
  readonly catalogue: Catalogue | null;
  readonly now: Date;
  /** Writes the decision to the session's record; throws where it cannot. */
  record(event: Omit<CommandDecided, 'command'>): number;
}

export function judge(session: GuardedSession, command: Command): Verdict {
  const facts = commandFacts(session.facts, command, session.now);
  const decided = session.policy.decide(facts);
  const settled = deferUnbound(decided, command);
  const { decision, masks } = withMasks(
    withObjection(settled, command.objection),
    command,
    session.catalogue,
  );
  const passes = decision.effect === 'allow';
  const number = session.record({
    kind: 'command',
    phase: command.phase,
    text: command.text,
    ...(command.context.parameters === null ? {} : { parameters: command.context.parameters.map(toJson) }),
    context: recordedContext(command),
    factsDigest: digest(facts),
    decision,
    forwarded: passes,
  });
  if (passes) return { kind: 'forward', command: number, decision, masks };
  return {
    kind: 'refuse',
    command: number,
    decision,
    refusal: refusalOf(decision, command.objection?.hint ?? null),
  };
}

/**
 * A statement is prepared before its values are known. Where nothing but those values is missing the preparation passes:
 * it runs nothing, and the statement is decided again, with the values, each time it is executed.
 */
function deferUnbound(decision: Decision, command: Command): Decision {
  const waits =
    command.phase === 'prepare' &&
    decision.unknowns.length > 0 &&
    !decision.rules.some((rule) => rule.effect === 'deny');
  const onlyValues = decision.unknowns.every(
    (unknown) => unknown.fact?.startsWith('sql.parameters') === true,
  );
  return waits && onlyValues ? { ...decision, effect: 'allow', reasons: [] } : decision;
}

/** What the protocol itself refuses, no rule allows. */
function withObjection(decision: Decision, objection: Objection | undefined): Decision {
  return objection === undefined ? decision : denied(decision, objection.rule, objection.reason);
}

/** A mask that cannot be carried out turns the decision into a denial: it is never dropped silently. */
function withMasks(
  decision: Decision,
  command: Command,
  catalogue: Catalogue | null,
): { readonly decision: Decision; readonly masks: readonly MaskPlan[] } {
  if (decision.effect === 'deny') return { decision, masks: [] };
  const masks = command.analysis.statements.map((statement) =>
    planMasks(decision.masks, statement, catalogue),
  );
  const refused = masks.find((plan) => plan.kind === 'refuse');
  if (refused?.kind !== 'refuse') return { decision, masks };
  return { decision: denied(decision, refused.rule, refused.reason), masks: [] };
}

function denied(decision: Decision, id: string, reason: string): Decision {
  const rule = { id, effect: 'deny' as const, file: '', line: 0, reasons: [reason] };
  const reasons =
    decision.effect === 'deny'
      ? [...decision.reasons.filter((one) => one !== NO_RULE_ALLOWS_IT), reason]
      : [reason];
  return {
    ...decision,
    effect: 'deny',
    rules: [...decision.rules, rule],
    reasons,
    reviews: [],
    masks: [],
    limits: {},
  };
}

function recordedContext(command: Command): CommandDecided['context'] {
  const { transaction, searchPath, prepared } = command.context;
  const named = [...prepared].filter(([name]) => command.text.toLowerCase().includes(name.toLowerCase()));
  const context = { transaction, searchPath: searchPath ?? [] };
  return named.length === 0 ? context : { ...context, prepared: Object.fromEntries(named) };
}

/** What the client is told: the rule and its reason, and no more of an unknown than that it is one. */
function refusalOf(decision: Decision, hint: string | null): Refusal {
  if (decision.effect === 'review') {
    const groups = [...new Set(decision.reviews.flatMap((review) => review.groups))];
    const rules = decision.reviews.map((review) => review.rule).join(', ');
    return {
      message: `denied by ${rules}: needs review by ${groups.join(', ')}`,
      detail: decision.reasons.join('; '),
      hint: 'reviews cannot be given yet: ask for a rule that allows this',
    };
  }
  const ids = [
    ...new Set(
      [...decision.unknowns, ...decision.rules.filter((rule) => rule.effect === 'deny')].map(
        (rule) => rule.id,
      ),
    ),
  ];
  const by = ids.length === 0 ? '' : ` by ${ids.join(', ')}`;
  return { message: `denied${by}: ${decision.reasons.join('; ')}`, detail: null, hint };
}

/** Hex SHA-256 of the facts as JSON with sorted keys. */
function digest(facts: ValueObject): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(facts)))
    .digest('hex');
}

function canonical(value: Value): unknown {
  const sorted = (_: string, member: unknown): unknown =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => compare(a, b)))
      : member;
  return JSON.parse(JSON.stringify(toJson(value), sorted)) as unknown;
}
