/** Recorded sessions against other rules: facts derived again with today's extractor, decided again, compared. */
import type { AuditEvent, CommandContext, CommandDecided, SessionOpened } from '../audit/event.js';
import { readRecording } from '../audit/recording.js';
import type { Decision } from '../engine/decision.js';
import type { Policy } from '../engine/policy.js';
import { fromJson, isObject, property, Unknown, type Value } from '../values/value.js';
import { commandFacts, sessionFacts, type SessionFacts } from '../facts/command.js';
import type { Catalogue } from '../facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../facts/sql/derive.js';
import { anyChange } from '../facts/sql/catalogue/schema-change.js';
import {
  MASKED_WRITE,
  refusalOfMaskedWrite,
  withMaskedWrite,
  type MaskedWrite,
} from '../masking/sql/masked-write.js';
import { settle, type FixedRefusal } from '../masking/sql/settle.js';
import { tagsFor } from '../masking/sql/tags.js';
import { differences, type Change } from './difference.js';
import { reachingMasks } from './reach.js';

export interface ReplayOptions {
  readonly policy: Policy;
  /** Decides the other side; where left out, the recorded decision is that side. */
  readonly base: Policy | null;
  /** The catalogue of a target, from a file beside the rules; null where there is none. */
  catalogue(target: string): Catalogue | null;
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

export async function* replayRecording(path: string, options: ReplayOptions): AsyncGenerator<ReplayStep> {
  let opened: { readonly event: SessionOpened; readonly facts: SessionFacts } | null = null;
  for await (const step of readRecording(path)) {
    if (step.kind !== 'event') {
      yield step;
      if (step.kind === 'broken') return;
      continue;
    }
    const { event } = step;
    if (event.kind === 'opened') opened = { event, facts: factsOf(event) };
    if (event.kind !== 'command') continue;
    if (opened === null) {
      yield { kind: 'broken', line: step.line, problem: 'a command stands before the session was opened' };
      return;
    }
    yield { kind: 'command', replayed: replayCommand(event, opened.event, opened.facts, options) };
  }
}

function factsOf(opened: SessionOpened & { readonly at: string }): SessionFacts {
  const { session: id, identity, target, client, at } = opened;
  const who = { ...identity, claims: fromJson(identity.claims) };
  return sessionFacts({ id, identity: who, target, client, started: new Date(at) });
}

function replayCommand(
  event: Extract<AuditEvent, { kind: 'command' }>,
  opened: SessionOpened,
  session: SessionFacts,
  options: ReplayOptions,
): ReplayedCommand {
  const { text, phase, context } = event;
  const catalogue = options.catalogue(opened.target.name);
  const analysis = deriveSql(text, {
    catalogue,
    searchPath: context.searchPath,
    prepared: new Map(Object.entries(context.prepared ?? {})),
    ...(context.cursors === undefined ? {} : { cursors: new Map(Object.entries(context.cursors)) }),
    ...(context.stale === true ? { changed: anyChange } : {}),
    plainOnly: context.plainOnly === true,
    ...(context.user === undefined ? {} : { user: context.user }),
    ...(context.own === undefined ? {} : { own: context.own }),
    ...(context.parameterTypes === undefined ? {} : { parameterTypes: context.parameterTypes }),
    transaction: context.transaction,
    parameters: event.parameters?.map(parameterValue) ?? null,
  });
  const plain = commandFacts(session, { text, phase, analysis }, new Date(event.at));
  const facts = withMaskedWrite(plain, maskedWriteOf(context));
  const objection = fixedRefusal(event.decision);
  const settled = objection === undefined ? { phase, analysis } : { phase, analysis, objection };
  const decideWith = (policy: Policy): Decision => {
    const decided = policy.decide(facts);
    const tags = tagsFor(decided.masks, policy, facts);
    const masked = refusalOfMaskedWrite(decided, facts, (given) => policy.decide(given), reasonOf(context));
    const refused = masked === null || objection !== undefined ? settled : { ...settled, objection: masked };
    return settle(decided, refused, catalogue, tags).decision;
  };
  const after = decideWith(options.policy);
  const before = options.base === null ? event.decision : decideWith(options.base);
  const shown = (decision: Decision, policy: Policy): Decision => {
    const tags = tagsFor(decision.masks, policy, facts);
    return {
      ...decision,
      masks: reachingMasks(decision.masks, { statements: analysis.statements, catalogue, tags }),
    };
  };
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

/** Values as the record has them; what was not decoded then is unknown now. */
function parameterValue(recorded: unknown): Value {
  const value = fromJson(recorded);
  const unknown = isObject(value) ? property(value, '$unknown') : undefined;
  return typeof unknown === 'string' ? new Unknown(unknown, 'sql.parameters') : value;
}

function maskedWriteOf({ maskedWrite }: CommandContext): MaskedWrite | undefined {
  if (maskedWrite === undefined) return undefined;
  return maskedWrite === 'unbound' ? { kind: 'unbound' } : { kind: 'found', ...maskedWrite };
}

function reasonOf({ maskedWrite }: CommandContext): string | undefined {
  return typeof maskedWrite === 'object' ? maskedWrite.reason : undefined;
}

/** A refusal by the gateway itself stands whatever the rules say, but for the one that rules may lift. */
function fixedRefusal(recorded: Decision): FixedRefusal | undefined {
  const rule = recorded.rules.find(({ id }) => id.startsWith('gateway.') && id !== MASKED_WRITE);
  return rule === undefined ? undefined : { rule: rule.id, reason: rule.reasons.join('; ') };
}
