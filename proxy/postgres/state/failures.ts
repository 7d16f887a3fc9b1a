/** What an error of the target means for everything that is outstanding, and how commands end. */
import { never } from '../../../src/errors.js';
import type { CommandResult } from '../../../src/audit/event.js';
import { encodeError, encodeReport } from '../wire/backend-codec.js';
import { stopClock } from './limits.js';
import type { Link } from './link.js';
import { BACKEND } from '../wire/messages.js';
import type { ReportFields } from '../wire/messages.js';
import type { Poison, Request } from './pipeline.js';
import { resultOf } from './run.js';
import type { Run } from './run.js';
import type { ServerState } from './server-state.js';

/** The parts of a session that a failure or an end affects. */
export type Failing = Pick<Link, 'conversation' | 'pipeline' | 'question' | 'session' | 'state' | 'toClient'>;

/** Handles an ErrorResponse. True if the client is to see it unchanged; otherwise it has been answered here. */
export function failed(link: Failing, head: Request | undefined, fields: ReportFields): boolean {
  const { conversation, question, state, toClient } = link;
  const fatal = isFatal(fields);
  conversation.failed(fatal);
  if (fatal) return true;
  state.failed();
  if (head === undefined || head.kind === 'sync') return true;
  if (head.kind === 'query') {
    if (head.run.stopped !== null) return stoppedInstead(link, head.run);
    head.run.failure = failureOf(fields);
    return true;
  }
  const skipped = skipAfter(link, fields);
  if (skipped.some(isQuestion)) question.skipped();
  undo(link, skipped, fields);
  if (head.kind === 'poison') {
    toClient.write(
      head.missing === null ? encodeError({ severity: 'ERROR', ...head.answer }) : missing(fields, head),
    );
    return false;
  }
  const run = head.kind === 'execute' ? head.run : null;
  if (run !== null && run.stopped !== null) return stoppedInstead(link, run);
  if (!isQuestion(head)) return true;
  question.failed();
  if (question.asked?.kind !== 'schema') questionFailed(link);
  return false;
}

/** Removes what the target no longer does. If it ignored a Sync during COPY, it skips to the next one. */
function skipAfter({ conversation, pipeline }: Failing, fields: ReportFields): readonly Request[] {
  const skipped = pipeline.skip();
  if (isCopyFail(fields)) {
    pipeline.forgetDoubtful();
    skipped.push(...pipeline.skip());
  }
  const { head } = pipeline;
  if (head === undefined || (head.kind === 'sync' && head.doubtful)) conversation.skips();
  return skipped;
}

/** The target has read the client's CopyFail and everything before it. No RAISE can name this routine. */
function isCopyFail(fields: ReportFields): boolean {
  return fields.get('C') === '57014' && fields.get('R') === 'CopyGetData';
}

/** The target's error about the nonexistent statement, reworded for the statement that the client named. */
function missing(fields: ReportFields, { name, missing }: Poison): Buffer {
  const message = (fields.get('M') ?? '').replace(name, () => missing ?? '');
  return encodeReport(BACKEND.ErrorResponse, new Map([...fields, ['M', message]]));
}

/** The target's cancellation error would not make sense to the client. */
function stoppedInstead({ toClient }: Failing, run: Run): boolean {
  run.told = true;
  toClient.write(encodeError({ severity: 'ERROR', ...run.failure! }));
  return false;
}

/** Describe of a portal is inserted before the client's own Execute: its error belongs to the client. */
function isQuestion(request: Request): boolean {
  return request.own && request.kind !== 'describe';
}

/** The client sees it only if it failed a pipeline of the client's. */
function questionFailed({ conversation, toClient }: Failing): void {
  if (!conversation.inPipeline) return;
  const message = 'the settings of the session could not be read';
  toClient.write(encodeError({ severity: 'ERROR', sqlstate: '55000', message }));
}

/** The first failed; the target skipped the others. */
function undo(link: Failing, requests: readonly Request[], fields: ReportFields): void {
  const [first] = requests;
  // A failed Bind also fails the Execute that came with it.
  const failing = first !== undefined && 'run' in first ? first.run : null;
  if (failing !== null) failing.failure ??= failureOf(fields);
  for (const request of requests.toReversed()) {
    switch (request.kind) {
      case 'parse':
      case 'execute':
        if (request.run === null) break;
        takeBack(link, request.run);
        finish(link, request.run, request.run === failing ? 'error' : 'skipped');
        break;
      case 'bind':
        request.undo?.();
        if (request.run === null || request.shared) break;
        finish(link, request.run, request.run === failing ? 'error' : 'skipped');
        break;
      case 'close':
        request.undo?.();
        break;
      case 'describe':
      case 'poison':
      case 'query':
      case 'sync':
        break;
      default:
        never(request);
    }
  }
}

/** What it was expected to change is unchanged, except by its statements that ended well. */
function takeBack({ state }: Pick<Link, 'state'>, run: Run): void {
  run.undo();
  for (let index = 0; index < run.statement; index++) state.completed(run, index);
}

/** A Query has received its ReadyForQuery. */
export function settle(link: Failing, run: Run): void {
  if (run.failure !== null) takeBack(link, run);
  finish(link, run, run.failure === null ? 'completed' : 'error');
}

export function finish(
  { session }: Pick<Link, 'session'>,
  run: Run,
  outcome: CommandResult['outcome'],
): void {
  stopClock(run);
  if (run.shown !== null) {
    run.shown.rows += run.rows;
    run.shown.bytes += run.bytes;
  }
  session.finish(resultOf(run, outcome));
}

/** Whether server texts about this request may quote masked values. */
export function withholds(state: ServerState, request: Request | undefined): boolean {
  if (state.transaction.withholds) return true;
  switch (request?.kind) {
    case 'query':
    case 'parse':
    case 'bind':
    case 'execute':
      return request.run?.withhold ?? false;
    case 'close':
    case 'describe':
    case 'poison':
    case 'sync':
    case undefined:
      return false;
    default:
      return never(request);
  }
}

function isFatal(fields: ReportFields): boolean {
  const severity = fields.get('V') ?? fields.get('S');
  return severity === 'FATAL' || severity === 'PANIC';
}

function failureOf(fields: ReportFields): Run['failure'] {
  return { sqlstate: fields.get('C') ?? '', message: fields.get('M') ?? '' };
}
