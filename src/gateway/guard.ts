/**
 * The choke point: every command of every protocol comes through `decide`, and nothing else is forwarded.
 *
 *     facts ─▶ decide ─▶ complete (plan masks, apply fixed rules) ─▶ record ─▶ forward, hold or refuse
 *
 * The record is written before the verdict is returned. If it cannot be written the command is not decided at all: the
 * GatewayError reaches the proxy, which forwards nothing.
 */
import type { CommandDecided } from '../audit/event.js';
import type { Decision, Limits } from '../engine/decision.js';
import { deniedBy, type FixedRule } from '../engine/fixed-rule.js';
import type { Facts, Policy } from '../engine/policy.js';
import { commandFacts, type SessionFacts } from '../facts/command.js';
import { toJson } from '../values/value.js';
import { digestOf } from './digest.js';
import type { KnownVerdicts, Planned } from './known-verdicts.js';
import { refusalOf } from './refusal.js';
import type { Command, Decided } from './session.js';
import { watch } from './watched-facts.js';

export interface GuardedSession {
  readonly protocol: string;
  readonly facts: SessionFacts;
  readonly policy: Policy;
  readonly now: Date;
  readonly known: KnownVerdicts;
  /** The number of the next command. */
  readonly next: number;
  /** Writes the decision on that command to the session's record; throws if it cannot. */
  readonly record: (event: CommandDecided) => void;
}

type Unrecorded = Omit<GuardedSession, 'record' | 'next'>;

/** A recorded decision: its verdict and, for a review that the client can wait for, the plan to carry out on approval. */
export type Guarded<Plan> = { readonly verdict: Decided<Plan>; readonly held: Plan | null };

export function decide<Plan>(session: GuardedSession, command: Command<Plan>): Guarded<Plan> {
  const { decision, plan, hint } = plannedFor(session, command);
  const { facts, next } = session;
  session.record(describe(command, next, digestOf(facts, command.meaning), decision));
  if (decision.effect === 'allow')
    return { verdict: { kind: 'forward', command: next, decision, plan: plan! }, held: null };
  const { id } = facts.session as unknown as { readonly id: string };
  const refusal = refusalOf(decision, command.objection?.hint ?? hint ?? null, {
    reference: `session ${id}, command ${next}`,
    unknowns: () => command.meaning.unknowns(),
  });
  return {
    verdict: { kind: 'refuse', command: next, decision, refusal },
    held: decision.effect === 'review' && command.waits === true ? plan : null,
  };
}

/**
 * Whether a setting given with the connection is refused. It needs no rule that allows it, only none against it.
 * Nothing is recorded.
 */
export function isRefused(session: Unrecorded, command: Command<unknown>): boolean {
  const { effect, rules, unknowns } = plannedFor(session, command).decision;
  return effect === 'review' || unknowns.length > 0 || rules.some((rule) => rule.effect === 'deny');
}

/** Whether the command would be forwarded. Nothing is recorded. */
export function passes(session: Unrecorded, command: Command<unknown>): boolean {
  return plannedFor(session, command).decision.effect === 'allow';
}

/** Whether it is allowed and no rule depends on its unknown parts: knowing them would change nothing. */
export function passesAnyway(session: Unrecorded, command: Command<unknown>): boolean {
  const { effect, unknowns, masks } = plannedFor(session, command).decision;
  return effect === 'allow' && unknowns.length === 0 && masks.length === 0;
}

/** The earlier decision on the same meaning, if it depends on nothing else. */
function plannedFor<Plan>(session: Unrecorded, command: Command<Plan>): Planned<Plan> {
  const { protocol, policy, known, now } = session;
  const { phase, text, enforces, meaning } = command;
  const facts = (): Facts =>
    commandFacts(session.facts, { protocol, phase, text, roots: meaning.roots }, now);
  if (command.objection !== undefined || !meaning.reusable) return planAnew(session, command, facts());
  const circumstances = { policy, phase, enforces };
  const before = known.find(meaning, circumstances);
  if (before === null) return planAnew(session, command, facts());
  if (before !== undefined) return before;
  const watched = watch(facts(), meaning.varying);
  const planned = planAnew(session, command, watched.facts);
  known.keep(meaning, circumstances, watched.read() ? null : planned);
  return planned;
}

function planAnew<Plan>(
  { policy }: Pick<GuardedSession, 'policy'>,
  command: Command<Plan>,
  facts: Facts,
): Planned<Plan> {
  const { meaning, phase, objection: fixed } = command;
  const planned = meaning.plan(policy.decide(facts), { facts, policy, phase, fixed });
  return withinLimits(planned, command.enforces);
}

/** A limit that the proxy does not carry out refuses the command: it is never dropped silently. */
function withinLimits<Plan>(planned: Planned<Plan>, enforces: Command<unknown>['enforces']): Planned<Plan> {
  const { decision } = planned;
  if (decision.effect !== 'allow') return planned;
  const limits = Object.keys(decision.limits) as (keyof Limits)[];
  const open = limits.filter((limit) => enforces?.includes(limit) !== true);
  if (open.length === 0) return planned;
  const fixed: FixedRule = {
    rule: 'gateway.limit',
    reason: `a limit on ${open.join(' and ')} cannot be carried out on this command`,
  };
  return { decision: deniedBy(decision, fixed), plan: null };
}

/** The recorded form of a command and its decision. The command is forwarded if the decision allows it. */
export function describe(
  { phase, text, context, parameters }: Pick<Command<unknown>, 'phase' | 'text' | 'context' | 'parameters'>,
  command: number,
  factsDigest: string,
  decision: Decision,
): CommandDecided {
  return {
    kind: 'command',
    command,
    phase,
    text,
    parameters: parameters?.map(toJson),
    context: context(),
    factsDigest,
    decision,
    forwarded: decision.effect === 'allow',
  };
}

/** The decision on a command that a fault of ours kept from being decided. */
export function failedDecision(revision: string): Decision {
  const reason = 'the gateway failed while it decided the command';
  const rule = {
    id: 'gateway.internal_error',
    effect: 'deny' as const,
    file: '',
    line: 0,
    reasons: [reason],
  };
  return {
    effect: 'deny',
    rules: [rule],
    unknowns: [],
    reasons: [reason],
    reviews: [],
    masks: [],
    limits: {},
    shadows: [],
    revision,
  };
}
