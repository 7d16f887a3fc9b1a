/**
 * The choke point: every command of every protocol comes through `judge`, and nothing is forwarded that did not.
 *
 *     facts ─▶ decide ─▶ settle (can the masks be carried out?) ─▶ record ─▶ forward or refuse
 *
 * The record is written before the verdict is returned. Where it cannot be written the command is not judged at all:
 * the GatewayError reaches the proxy, which forwards nothing.
 */
import { createHash } from 'node:crypto';
import type { CommandDecided } from '../audit/event.js';
import type { Decision } from '../engine/decision.js';
import type { Policy } from '../engine/policy.js';
import { compare, toJson, type Value, type ValueObject } from '../engine/value.js';
import { commandFacts, type SessionFacts } from '../facts/command.js';
import type { Catalogue } from '../facts/sql/catalogue.js';
import { settle } from '../masking/settle.js';
import type { Command, Refusal, Verdict } from './session.js';

export interface GuardedSession {
  readonly facts: SessionFacts;
  readonly policy: Policy;
  readonly catalogue: Catalogue | null;
  readonly now: Date;
  /** Writes the decision to the session's record and gives the command's number; throws where it cannot. */
  record(event: Omit<CommandDecided, 'command'>): number;
}

export function judge(session: GuardedSession, command: Command): Verdict {
  const facts = commandFacts(session.facts, command, session.now);
  const { decision, masks } = settle(session.policy.decide(facts), command, session.catalogue);
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

/** The settings under which the text was read, and the prepared statements that it may name. */
function recordedContext(command: Command): CommandDecided['context'] {
  const { transaction, searchPath, prepared } = command.context;
  const text = command.text.toLowerCase();
  const named = [...prepared].filter(([name]) => name !== '' && text.includes(name.toLowerCase()));
  const context = { transaction, searchPath: searchPath ?? [] };
  return named.length === 0 ? context : { ...context, prepared: Object.fromEntries(named) };
}

/** What the client is told: the rule and its reason, and of what is unknown only that it is. */
function refusalOf(decision: Decision, hint: string | null): Refusal {
  if (decision.effect === 'review') {
    const groups = [...new Set(decision.reviews.flatMap((review) => review.groups))];
    const rules = decision.reviews.map((review) => review.rule);
    const message = `denied by ${rules.join(', ')}: needs review by ${groups.join(', ')}`;
    return { message, detail: decision.reasons.join('; '), hint };
  }
  const refusing = [...decision.unknowns, ...decision.rules.filter((rule) => rule.effect === 'deny')];
  const ids = [...new Set(refusing.map((rule) => rule.id))];
  const by = ids.length === 0 ? '' : ` by ${ids.join(', ')}`;
  return { message: `denied${by}: ${decision.reasons.join('; ')}`, detail: null, hint };
}

/** Hex SHA-256 of the facts as JSON with sorted keys. */
function digest(facts: ValueObject): string {
  return createHash('sha256').update(canonical(facts)).digest('hex');
}

function canonical(value: Value): string {
  return JSON.stringify(toJson(value), (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => compare(a, b)))
      : member,
  );
}
