/**
 * Bind and Execute. Binding runs code: the input functions of the parameters' types, and calls that the planner evaluates in
 * advance. A statement is therefore decided with its values before Bind is forwarded, and again at each Execute. The first
 * Execute that comes together with its Bind is the command that was just decided: it is not decided twice.
 */
import type { AnalysedStatement } from '../../../src/facts/sql/scope/analysis.js';
import { refuse, refuseMissing } from './denial.js';
import { decodeBind, decodeExecute, encodeNaming } from '../wire/frontend-codec.js';
import { judgeText, refuseUnread } from './judgement.js';
import { startClock } from '../state/limits.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import { FRONTEND } from '../wire/messages.js';
import type { Bind, Message } from '../wire/messages.js';
import { LONG_NAME, NO_PORTAL, NO_STATEMENT, TOO_MANY_PORTALS } from '../state/objections.js';
import type { BindRequest } from '../state/pipeline.js';
import { cursorPortal, portalOf } from '../state/portal.js';
import { areTypesKnown } from '../state/questions.js';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';
import { startRun } from '../state/run.js';
import type { Run } from '../state/run.js';
import type { Portal } from '../state/open-portals.js';

/** False if it must wait: for the types of the values, or for changes to be read. */
export function bind(link: Link, message: Message): boolean {
  const bound = decodeBind(message.bytes, message.start, message.end, link.state.settings.foreign);
  if (Buffer.byteLength(bound.portal) > NAME_BYTES_MAX) {
    refuse(link, refuseUnread(link, 'execute', '', LONG_NAME));
    return true;
  }
  const statement = link.state.statements.get(bound.statement);
  // Only Parse makes the unnamed statement, so its absence is certain. A named one may exist on the target only.
  if (statement === undefined && bound.statement !== '') {
    refuseMissing(link, refuseUnread(link, 'execute', '', NO_STATEMENT), bound.statement);
    return true;
  }
  if (statement !== undefined && !areTypesKnown(link, statement, bound)) return false;
  const portal =
    statement === undefined ? null : portalOf(statement, bound, link.state.settings, link.replacements);
  if (portal !== null && !link.state.portals.hasRoomFor(portal)) {
    refuse(link, refuseUnread(link, 'execute', '', TOO_MANY_PORTALS));
    return true;
  }
  const run = portal === null ? null : judgePortal(link, portal);
  if (run === 'waiting') return false;
  if (run !== 'refused') forwardBind(link, message, bound, portal, run);
  return true;
}

function forwardBind(
  link: Link,
  message: Message,
  bound: Bind,
  portal: Portal | null,
  run: Run | null,
): void {
  const { conversation, justBound, pipeline, state } = link;
  const undo = state.portals.set(bound.portal, portal);
  const request: BindRequest = { kind: 'bind', own: false, run, shared: false, undo };
  pipeline.push(request);
  conversation.began();
  justBound.set(portal, request);
  passUpstream(link, message);
}

/** False if it must wait. */
export function execute(link: Link, message: Message): boolean {
  const asked = decodeExecute(message.bytes, message.start, message.end, link.state.settings.foreign);
  const portal = portalNamed(link, asked.portal);
  if (portal === null) {
    refuse(link, refuseUnread(link, 'execute', '', NO_PORTAL), '34000');
    return true;
  }
  const run = link.justBound.take(portal) ?? judgePortal(link, portal);
  if (run === 'waiting') return false;
  if (run !== 'refused') forwardExecute(link, message, asked.portal, portal, run);
  return true;
}

/** SQL cursors and protocol portals share their names: executing a cursor fetches from it. */
function portalNamed({ state }: Link, name: string): Portal | null {
  const portal = state.portals.get(name);
  if (portal !== undefined) return portal;
  const cursor = state.portals.cursors.get(name);
  return cursor === undefined ? null : cursorPortal(name, state.settings.searchPath, cursor.shown);
}

function judgePortal(link: Link, portal: Portal): Run | 'refused' | 'waiting' {
  const judged = judgeText(link, 'execute', portal.statement.text, portal);
  if (judged === null) return 'waiting';
  if (judged.kind === 'forward') return startRun(judged);
  refuse(link, judged);
  return 'refused';
}

function forwardExecute(link: Link, message: Message, name: string, portal: Portal, run: Run): void {
  const { conversation, pipeline, state, toUpstream } = link;
  run.undo = state.forward(run.analysis);
  run.shown = portal.shown;
  startClock(link, run);
  if (run.withhold) {
    state.transaction.withhold();
    if (portal.fields === null && !portal.describing) {
      // The layout of the rows must be known before the first row arrives.
      pipeline.push({ kind: 'describe', own: true, of: 'portal', statement: null, portal });
      toUpstream.write(encodeNaming(FRONTEND.Describe, { of: 'portal', name }));
    }
  }
  pipeline.push({ kind: 'execute', own: false, run, portal });
  conversation.executed(run.limits !== null || run.analysis.statements.some(makesNames));
  passUpstream(link, message);
}

/** What it prepares or declares can be bound or executed by its name once it has ended well. */
function makesNames({ session }: AnalysedStatement): boolean {
  return session.some(({ kind }) => kind === 'prepare' || kind === 'declare-cursor' || kind === 'deallocate');
}
