/** From a text and the session's state to a verdict. Everything a client wants to run is decided here. */
import { Unknown } from '../../../src/values/value.js';
import type { SqlContext } from '../../../src/facts/sql/scope/analysis.js';
import type { Objection, Refusal } from '../../../src/gateway/session.js';
import type { SqlCommand, SqlVerdict } from '../state/sql-session.js';
import { maskedWriteOf } from '../../../src/masking/sql/masked-write.js';
import { absentRelation, refusalOfAbsent } from './absence.js';
import { Fatal } from '../wire/fatal.js';
import { enforceable, limitsOf } from '../state/limits.js';
import { resultOf, startRun } from '../state/run.js';
import type { Passed } from '../state/run.js';
import type { Link } from '../state/link.js';
import { FOREIGN_MASK, INTERRUPTED, tooMuchWork } from '../state/objections.js';
import { learn } from '../state/schema-questions.js';
import type { Portal } from '../state/open-portals.js';
import { mayChangeAnything } from '../state/server-state.js';
import { changesEncoding, objectionToSettings } from '../state/session-settings.js';
import { continues } from '../state/under-way.js';

/** query_canceled. */
const QUERY_CANCELED = '57014';
/** statement_too_complex. */
const TOO_COMPLEX = '54001';

export type Judged =
  | ({ readonly kind: 'forward' } & Passed)
  | {
      readonly kind: 'refuse';
      readonly refusal: Refusal;
      readonly rule: string;
      /** The SQLSTATE, if it differs from that of a denial. */
      readonly sqlstate?: string;
    };

/** How much of a text that is refused unread is recorded. */
const HEAD_CHARACTERS_MAX = 1024;

type Bound = Pick<Portal, 'statement' | 'parameters' | 'values' | 'searchPath'>;

/**
 * Decides a text as PostgreSQL would understand it now. Null if it must wait: it depends on changes that are being read. Throws
 * Fatal if the session is over.
 */
export function judgeText(
  link: Link,
  phase: SqlCommand['phase'],
  text: string,
  bound?: Bound,
): Judged | null {
  if (link.attempts.interrupted) return refuseInterrupted(link, phase, text);
  const command = commandOf(link, phase, text, bound);
  if (
    command.analysis.unread.length > 0 &&
    !needsNothing(link, command) &&
    learn(link, command.analysis.unread)
  )
    return null;
  return judgeCommand(link, command);
}

/**
 * Decides a text that arrives for the first time. Null if it must wait: it names something that may have been created since the
 * catalogue was read.
 */
export function judgeNew(link: Link, phase: 'query' | 'prepare', text: string): Judged | null {
  const { attempts } = link;
  if (attempts.interrupted) return refuseInterrupted(link, phase, text);
  const command = commandOf(link, phase, text);
  const { unread, missing } = command.analysis;
  if ((unread.length > 0 || missing) && needsNothing(link, command)) return judgeCommand(link, command);
  if (learn(link, unread)) return null;
  if (missing && !attempts.renewed && link.renew()) {
    attempts.renews();
    return null;
  }
  const absent = absentRelation(link, command, (assumed) =>
    commandOf(link, phase, text, undefined, { assumed }),
  );
  if (absent === null || attempts.reread === 'failed') return judgeCommand(link, command);
  if (attempts.reread === 'no') {
    link.reread();
    return null;
  }
  const judged = decide(link, { ...command, objection: absent });
  return judged.kind === 'refuse' ? { ...judged, ...refusalOfAbsent(absent) } : judged;
}

/**
 * Unknown facts about the command itself decide nothing: they wait for no read. A command that may have changed anything, as
 * far as is known, would have everything read again.
 */
function needsNothing({ replacements, session }: Link, command: SqlCommand): boolean {
  const { statements, unread } = command.analysis;
  if (unread.length > 0 && statements.some(mayChangeAnything)) return false;
  return replacements.isEmpty && session.passesAnyway(command);
}

function commandOf(
  link: Link,
  phase: SqlCommand['phase'],
  text: string,
  bound?: Bound,
  others: Pick<SqlContext, 'assumed'> = {},
): SqlCommand {
  const plainOnly = bound === undefined ? link.state.settings.plainOnly : bound.statement.plainOnly;
  const { schema } = link.state;
  const shared = link.session.catalogue();
  const catalogue = schema.catalogue(shared);
  const context: Omit<SqlContext, 'catalogue'> = {
    searchPath: bound === undefined ? link.state.settings.searchPath : bound.searchPath,
    prepared: link.state.statements.namedIn(text),
    cursors: link.state.portals.cursors.textsFor(text, link.state.settings.searchPath),
    transaction: link.state.transaction.expected,
    changed: schema.changed(link.session.changing()),
    own: schema.own,
    ...(link.state.settings.user === null ? {} : { user: link.state.settings.user }),
    ...others,
    plainOnly,
    // A simple query has no values; a statement that is only prepared has values that are not known yet.
    parameters: bound === undefined ? (phase === 'query' ? [] : null) : bound.parameters,
    ...ownTypes(bound),
  };
  const analysis = link.session.analyse(text, context, catalogue);
  const recorded = catalogue === shared ? context : { ...context, own: schema.made(shared) };
  const command = {
    phase,
    text,
    analysis,
    context: recorded,
    catalogue,
    enforces: enforceable({ phase, analysis }),
    continues: continues(link),
  };
  if (link.replacements.isEmpty) return command;
  const values = phase === 'prepare' ? null : (bound?.values ?? []);
  const write = maskedWriteOf({ text, analysis, bound: values }, link.replacements, catalogue);
  return write === null ? command : { ...command, maskedWrite: write };
}

/** Oids below it are the server's own types (access/transam.h). */
const FIRST_OWN_OID = 16_384;

/** User-defined types that the client declared for its values: Bind runs their input functions. */
function ownTypes(bound: Bound | undefined): Pick<SqlContext, 'parameterTypes'> {
  const own = bound?.statement.parameterTypes.filter((oid) => oid >= FIRST_OWN_OID) ?? [];
  return own.length === 0 ? {} : { parameterTypes: own };
}

function judgeCommand(link: Link, command: SqlCommand): Judged {
  const { analysis } = command;
  if (analysis.excess === true) return refuseExcess(link, command);
  const objection =
    objectionToSettings(analysis, link.session.sessionState) ?? link.expiry.objectionTo(analysis);
  const judged = decide(link, objection === null ? command : { ...command, objection });
  return inReadableEncoding(link, command, judged);
}

/** Whatever the rules say: a text that cannot be analysed within bounds is not sent. */
function refuseExcess(link: Link, command: SqlCommand): Judged {
  const objection = tooMuchWork(command.analysis.error ?? '');
  decide(link, { ...command, objection });
  return { kind: 'refuse', ...objected(objection), sqlstate: TOO_COMPLEX };
}

/** The client cancelled it while it waited for the gateway's own query: it never reaches the target. */
function refuseInterrupted(link: Link, phase: SqlCommand['phase'], text: string): Judged {
  link.attempts.interruptEnded();
  const { rule } = refuseUnread(link, phase, text, INTERRUPTED);
  const refusal = { message: 'canceling statement due to user request', detail: null, hint: null };
  return { kind: 'refuse', refusal, rule, sqlstate: QUERY_CANCELED };
}

/** Masks read and write UTF-8: if the client uses or switches to another encoding, they cannot be applied. */
function inReadableEncoding(link: Link, { phase, text, analysis }: SqlCommand, judged: Judged): Judged {
  if (judged.kind === 'refuse' || judged.masks.every(({ kind }) => kind === 'clear')) return judged;
  if (!link.state.settings.foreign && !changesEncoding(analysis, link.state.settings.beganForeign))
    return judged;
  link.session.finish(resultOf(startRun(judged), 'skipped'));
  return refuseUnread(link, phase, text, FOREIGN_MASK);
}

/** Refuses, on the record, what cannot or must not be read. */
export function refuseUnread(
  link: Link,
  phase: SqlCommand['phase'],
  text: string,
  objection: Objection,
): Judged & { kind: 'refuse' } {
  const { reason } = objection;
  const context = {
    searchPath: link.state.settings.searchPath,
    prepared: new Map<string, string>(),
    cursors: new Map<string, string>(),
    transaction: link.state.transaction.expected,
    parameters: null,
  };
  const analysis = {
    sql: { statements: new Unknown(reason, 'sql.statements') },
    statements: [],
    inert: new Set<number>(),
    missing: false,
    names: new Set<string>(),
    unread: [],
    error: reason,
  };
  const judged = decide(link, {
    catalogue: link.session.catalogue(),
    phase,
    text: text.slice(0, HEAD_CHARACTERS_MAX),
    analysis,
    context,
    objection,
    enforces: [],
    continues: continues(link),
  });
  // A fixed rule stands whatever the guard decided.
  return judged.kind === 'refuse' ? judged : { kind: 'refuse', ...objected(objection) };
}

function decide(link: Link, command: SqlCommand): Judged {
  const verdict = link.session.decide(command);
  switch (verdict.kind) {
    case 'expired':
      throw new Fatal('28000', verdict.message, 'expired');
    case 'refuse':
      return { kind: 'refuse', refusal: verdict.refusal, rule: ruleOf(verdict) };
    case 'forward':
      if (command.objection !== undefined) return { kind: 'refuse', ...objected(command.objection) };
      return {
        kind: 'forward',
        command: verdict.command,
        analysis: command.analysis,
        masks: verdict.plan.masks,
        limits: limitsOf(verdict.decision),
        maskedRows: verdict.plan.maskedRows ?? null,
        judgedBy: link.session.catalogue(),
      };
  }
}

function objected({ rule, reason, hint }: Objection): { refusal: Refusal; rule: string } {
  return { refusal: { message: `denied by ${rule}: ${reason}`, detail: null, hint }, rule };
}

function ruleOf(verdict: SqlVerdict & { kind: 'refuse' }): string {
  const { rules, unknowns, reviews } = verdict.decision;
  const rule = rules.find(({ effect }) => effect === 'deny') ?? unknowns[0];
  return rule?.id ?? reviews[0]?.rule ?? 'no-rule';
}
