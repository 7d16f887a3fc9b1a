/**
 * The choke point: every command of every protocol comes through `judge`, and nothing is forwarded that did not.
 *
 *     facts ─▶ decide ─▶ settle (can it be carried out?) ─▶ record ─▶ forward or refuse
 *
 * The record is written before the verdict is returned. Where it cannot be written the command is not judged at all:
 * the GatewayError reaches the proxy, which forwards nothing.
 */
import type { CommandContext, CommandDecided } from '../audit/event.js';
import type { Decision, Limits } from '../engine/decision.js';
import type { Facts, Policy } from '../engine/policy.js';
import { toJson } from '../values/value.js';
import { commandFacts, type SessionFacts } from '../facts/command.js';
import type { Catalogue } from '../facts/sql/catalogue/catalogue.js';
import { namesIn } from '../facts/sql/session/named-in.js';
import {
  allowsMaskedRows,
  refusalOfMaskedWrite,
  withMaskedWrite,
  type MaskedWriteRefusal,
} from '../masking/sql/masked-write.js';
import { settle, type SettledDecision } from '../masking/sql/settle.js';
import { tagsFor } from '../masking/sql/tags.js';
import { digestOf } from './canonical.js';
import type { Judgement, KnownJudgements } from './known-judgements.js';
import { refusalOf } from './refusal.js';
import type { Command, Objection, Verdict } from './session.js';
import { watch } from './watched-facts.js';

export interface GuardedSession {
  readonly facts: SessionFacts;
  readonly policy: Policy;
  /** As the session sees it. */
  readonly catalogue: Catalogue | null;
  readonly now: Date;
  readonly known: KnownJudgements;
  /** The number that the next command gets. */
  readonly next: number;
  /** Writes the decision on that command to the session's record; throws where it cannot. */
  readonly record: (event: CommandDecided) => void;
}

type Unrecorded = Omit<GuardedSession, 'record' | 'next'>;

export function judge(session: GuardedSession, requested: Command): Verdict {
  const command = session.catalogue === null ? withoutCatalogue(requested) : requested;
  const { decision, masks, hint } = judgementOn(session, command);
  const passes = decision.effect === 'allow';
  const digest = digestOf(session.facts, command.analysis, command.context.parameters ?? undefined);
  session.record(describe(command, session.next, digest, decision));
  if (passes) {
    const forward = { kind: 'forward' as const, command: session.next, decision, masks };
    if (command.maskedWrite?.kind !== 'rows') return forward;
    const { policy, facts, now } = session;
    const mayPass = allowsMaskedRows(commandFacts(facts, command, now), (given) => policy.decide(given));
    return { ...forward, maskedRows: mayPass ? 'pass' : 'refuse' };
  }
  const { id } = session.facts.session as unknown as { readonly id: string };
  const refusal = refusalOf(decision, command.objection?.hint ?? hint ?? null, {
    reference: `session ${id}, command ${session.next}`,
    text: command.text,
    analysis: command.analysis,
    catalogue: session.catalogue,
  });
  return { kind: 'refuse', command: session.next, decision, refusal };
}

/**
 * Of a setting that comes with the connection, as the SET that it is: it needs no rule that allows it, and none may be
 * against it. Nothing is recorded.
 */
export function isRefused(session: Unrecorded, command: Command): boolean {
  const { effect, rules, unknowns } = judgementOn(session, command).decision;
  return effect === 'review' || unknowns.length > 0 || rules.some((rule) => rule.effect === 'deny');
}

/** Whether the command would be forwarded. Nothing is recorded. */
export function passes(session: Unrecorded, requested: Command): boolean {
  const command = session.catalogue === null ? withoutCatalogue(requested) : requested;
  return judgementOn(session, command).decision.effect === 'allow';
}

/** Whether it is allowed, and no rule waits for what is not known of it: reading that would change nothing. */
export function passesAnyway(session: Unrecorded, requested: Command): boolean {
  if (session.catalogue === null) return false;
  const { effect, unknowns, masks } = judgementOn(session, requested).decision;
  return effect === 'allow' && unknowns.length === 0 && masks.length === 0;
}

/** The judgement that was made of the same meaning before, where it depends on nothing else. */
function judgementOn(session: Unrecorded, command: Command): Judgement {
  const { policy, catalogue, known, now } = session;
  const { phase, enforces, analysis } = command;
  const { statements } = analysis;
  const facts = (): Facts => withMaskedWrite(commandFacts(session.facts, command, now), command.maskedWrite);
  // What a session was shown is no part of the meaning: such a command is judged by itself.
  const byItself = command.maskedWrite !== undefined && command.maskedWrite.kind !== 'rows';
  if (catalogue === null || command.objection !== undefined || statements.length === 0 || byItself)
    return decideOn(session, command, facts());
  const circumstances = { policy, phase, enforces };
  const before = known.find(statements, catalogue, circumstances);
  if (before === null) return decideOn(session, command, facts());
  if (before !== undefined) return before;
  const watched = watch(facts());
  const judgement = decideOn(session, command, watched.facts);
  known.keep(statements, circumstances, watched.read() ? null : judgement);
  return judgement;
}

function decideOn(
  { policy, catalogue }: Pick<GuardedSession, 'policy' | 'catalogue'>,
  command: Command,
  facts: Facts,
): Judgement {
  const decided = policy.decide(facts);
  const tags = tagsFor(decided.masks, policy, facts);
  const masked = maskedWriteObjection(command, decided, facts, policy);
  const objected = masked === null ? command : { ...command, objection: masked };
  const judgement = withinLimits(settle(decided, objected, catalogue, tags), command, catalogue);
  return masked === null ? judgement : { ...judgement, hint: masked.hint };
}

/** Null where the command is none, where the rules allow it, and where something else refuses it already. */
function maskedWriteObjection(
  { objection, maskedWrite }: Command,
  decided: Decision,
  facts: Facts,
  policy: Policy,
): MaskedWriteRefusal | null {
  if (objection !== undefined || maskedWrite?.kind !== 'found') return null;
  return refusalOfMaskedWrite(decided, facts, (given) => policy.decide(given), maskedWrite.reason);
}

/** What needs no names to be understood: a client may always end its transaction. */
const NAMELESS_EFFECTS: ReadonlySet<string> = new Set(['transaction', 'session']);

/**
 * Without a catalogue a view looks like a table, and what it reads is not seen. Rules that are tested may do without
 * one; a live target may not.
 */
function withoutCatalogue(command: Command): Command {
  const { statements, error } = command.analysis;
  const nameless = statements.every(({ effects }) =>
    [...effects].every((effect) => NAMELESS_EFFECTS.has(effect)),
  );
  if (command.objection !== undefined || (nameless && error === null)) return command;
  const reason = 'the catalogue of the target cannot be read at the moment, so that names mean nothing';
  return { ...command, objection: { rule: 'gateway.catalogue', reason, hint: 'try again in a moment' } };
}

/** A limit that the proxy does not carry out refuses the command: it is never dropped silently. */
function withinLimits(
  settled: SettledDecision,
  command: Command,
  catalogue: Catalogue | null,
): SettledDecision {
  const { decision } = settled;
  if (decision.effect !== 'allow') return settled;
  const limits = Object.keys(decision.limits) as (keyof Limits)[];
  const open = limits.filter((limit) => command.enforces?.includes(limit) !== true);
  if (open.length === 0) return settled;
  const objection: Objection = {
    rule: 'gateway.limit',
    reason: `a limit on ${open.join(' and ')} cannot be carried out on this command`,
    hint: null,
  };
  return settle(decision, { ...command, objection }, catalogue);
}

/** What the record keeps of a command and of what became of it. It is forwarded where the decision allows it. */
export function describe(
  {
    phase,
    text,
    context,
    maskedWrite,
    analysis,
  }: Pick<Command, 'phase' | 'text' | 'context' | 'maskedWrite'> & Partial<Pick<Command, 'analysis'>>,
  command: number,
  factsDigest: string,
  decision: Decision,
): CommandDecided {
  return {
    kind: 'command',
    command,
    phase,
    text,
    parameters: context.parameters?.map(toJson),
    context: withRecordedWrite(
      recordedContext(text, context, (analysis?.unread.length ?? 0) > 0),
      maskedWrite,
    ),
    factsDigest,
    decision,
    forwarded: decision.effect === 'allow',
  };
}

/** Values that the session was shown are not in its record: what came of them is kept, for the rules that read it. */
function withRecordedWrite(context: CommandContext, write: Command['maskedWrite']): CommandContext {
  if (write === undefined || write.kind === 'rows') return context;
  return { ...context, maskedWrite: write.kind === 'found' ? { reason: write.reason } : 'unbound' };
}
/** Only such a text can set the role, the user or a path that has the user's schema; Unicode escapes may hide the names. */
const NAMES_USER = /role|authorization|\$user|u&['"]/i;

/** Of prepared statements and cursors those that the text may name: replay derives its facts from them again. */
function recordedContext(text: string, context: Command['context'], stale: boolean): CommandContext {
  const { transaction, searchPath, prepared, cursors, own, plainOnly, parameterTypes } = context;
  const user = NAMES_USER.test(text) ? context.user : undefined;
  const plain =
    prepared.size === 0 && !stale && plainOnly !== true && user === undefined && parameterTypes === undefined;
  if (plain && cursors?.size === 0 && (own?.length ?? 0) === 0) return plainContext(transaction, searchPath);
  const said = namesIn(text);
  // Inside quotes a name may be written with doubled quotes or Unicode escapes (U&"\\0061").
  const escapes = /u&"/i.test(text);
  const names = (name: string): boolean => name !== '' && (said.has(name) || name.includes('"') || escapes);
  const named = (texts: ReadonlyMap<string, string>): Record<string, string> =>
    Object.fromEntries([...texts].filter(([name]) => names(name)));
  const statements = named(prepared);
  return {
    transaction,
    searchPath,
    ...(Object.keys(statements).length === 0 ? {} : { prepared: statements }),
    ...(cursors === undefined ? {} : { cursors: named(cursors) }),
    ...(stale ? { stale } : {}),
    ...(plainOnly === true ? { plainOnly } : {}),
    ...(user === undefined ? {} : { user }),
    ...(own === undefined || own.length === 0 ? {} : { own }),
    ...(parameterTypes === undefined ? {} : { parameterTypes }),
  };
}

type PlainContexts = Partial<Record<CommandContext['transaction'], CommandContext>>;
const plainContexts = new WeakMap<readonly string[], PlainContexts>();

/** Nearly all are the same throughout a session: the same object is written without being looked through again. */
function plainContext(
  transaction: CommandContext['transaction'],
  searchPath: readonly string[] | null,
): CommandContext {
  if (searchPath === null) return { transaction, searchPath, cursors: {} };
  let known = plainContexts.get(searchPath);
  if (known === undefined) plainContexts.set(searchPath, (known = {}));
  return (known[transaction] ??= { transaction, searchPath, cursors: {} });
}

/** The decision over a command that could not be judged, by a fault of ours. */
export function failedDecision(revision: string): Decision {
  const reason = 'the gateway failed while it judged the command';
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
