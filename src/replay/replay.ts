/**
 * Replays recorded sessions against other rules: derives the facts again with today's extractor, decides again and
 * compares.
 */
import type { AuditEvent, CommandDecided, SessionOpened } from '../audit/event.js';
import { readRecording } from '../audit/recording.js';
import type { Decision } from '../engine/decision.js';
import type { FixedRule } from '../engine/fixed-rule.js';
import type { Policy } from '../engine/policy.js';
import { commandFacts, sessionFacts, type SessionFacts } from '../facts/command.js';
import { protocols } from '../protocols/list.js';
import type { Protocol } from '../protocols/protocol.js';
import type { World } from '../protocols/world.js';
import { fromJson } from '../values/value.js';
import { differences, type Change } from './difference.js';

export interface ReplayOptions {
  readonly policy: Policy;
  /** The policy to compare with; null to compare with the recorded decision. */
  readonly base: Policy | null;
  /** The protocols of the recordings; all of them if omitted. */
  readonly protocols?: readonly Protocol[];
  /** What files beside the rules say of a target. */
  world(target: string): World;
}

export interface ReplayedCommand {
  readonly session: string;
  readonly command: number;
  readonly at: string;
  readonly phase: CommandDecided['phase'];
  readonly text: string;
  readonly subject: string;
  readonly target: string;
  readonly before: Decision;
  readonly after: Decision;
  readonly changes: readonly Change[];
}

export type ReplayStep =
  | { readonly kind: 'command'; readonly replayed: ReplayedCommand }
  /** The file cannot be trusted from this line on. */
  | { readonly kind: 'broken'; readonly line: number; readonly problem: string }
  | { readonly kind: 'torn'; readonly line: number };

interface Session {
  readonly event: SessionOpened;
  readonly protocol: Protocol;
  readonly facts: SessionFacts;
}

export async function* replayRecording(path: string, options: ReplayOptions): AsyncGenerator<ReplayStep> {
  let session: Session | null = null;
  for await (const step of readRecording(path)) {
    if (step.kind !== 'event') {
      yield step;
      if (step.kind === 'broken') return;
      continue;
    }
    const { event, line } = step;
    if (event.kind === 'opened') {
      const protocol = (options.protocols ?? protocols).find(({ name }) => name === event.protocol);
      if (protocol === undefined) {
        yield { kind: 'broken', line, problem: `the protocol \`${event.protocol}\` is not known here` };
        return;
      }
      session = { event, protocol, facts: factsOf(event) };
    }
    if (event.kind !== 'command') continue;
    if (session === null) {
      yield { kind: 'broken', line, problem: 'a command stands before the session was opened' };
      return;
    }
    const replayed = replayCommand(event, session, options);
    if (replayed === null) {
      yield { kind: 'broken', line, problem: 'the context of the command is not of its protocol' };
      return;
    }
    yield { kind: 'command', replayed };
  }
}

function factsOf(opened: SessionOpened & { readonly at: string }): SessionFacts {
  const { session: id, identity, target, client, at } = opened;
  const who = { ...identity, claims: fromJson(identity.claims) };
  return sessionFacts({ id, identity: who, target, client, started: new Date(at) });
}

/** Null if the recorded command is not valid in its protocol. */
function replayCommand(
  event: Extract<AuditEvent, { kind: 'command' }>,
  { event: opened, protocol, facts: session }: Session,
  options: ReplayOptions,
): ReplayedCommand | null {
  const { text, phase } = event;
  const meaning = protocol.readRecorded(event, options.world(opened.target.name));
  if (meaning === null) return null;
  const described = { protocol: opened.protocol, text, phase, roots: meaning.roots };
  const facts = commandFacts(session, described, new Date(event.at));
  const fixed = fixedRule(event.decision, protocol);
  const decideWith = (policy: Policy): Decision =>
    meaning.plan(policy.decide(facts), { facts, policy, phase, fixed }).decision;
  const after = decideWith(options.policy);
  const before = options.base === null ? event.decision : decideWith(options.base);
  const shown = (decision: Decision, policy: Policy): Decision => ({
    ...decision,
    masks: meaning.reaching(decision.masks, facts, policy),
  });
  return {
    session: opened.session,
    command: event.command,
    at: event.at,
    phase,
    text,
    subject: opened.identity.subject,
    target: opened.target.name,
    before,
    after,
    changes: differences(shown(before, options.base ?? options.policy), shown(after, options.policy)),
  };
}

/** A refusal by the gateway itself stands whatever the rules say, except those that rules may lift. */
function fixedRule(recorded: Decision, { liftable }: Protocol): FixedRule | undefined {
  const rule = recorded.rules.find(({ id }) => id.startsWith('gateway.') && !liftable.includes(id));
  return rule === undefined ? undefined : { rule: rule.id, reason: rule.reasons.join('; ') };
}
