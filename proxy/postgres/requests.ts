/**
 * From the client to the target: each message is decided, then the very bytes that were read are forwarded, or a refusal
 * takes their place. A message that must wait (for a ReadyForQuery, for what the gateway asks itself) is left where it is.
 */
import { never } from '../../src/errors.js';
import { encodeError, encodeReadyForQuery } from './backend-codec.js';
import { FrameReader } from './frame-reader.js';
import {
  decodeBind,
  decodeExecute,
  decodeNaming,
  decodeParse,
  decodeQuery,
  encode,
  encodeNaming,
  FLUSH,
  SYNC,
} from './frontend-codec.js';
import { judgeText, refuseUnread } from './judgement.js';
import type { Judged } from './judgement.js';
import { startClock } from './limits.js';
import type { Link } from './link.js';
import { FRONTEND, ProtocolViolation } from './messages.js';
import type { FrontendType } from './messages.js';
import {
  FUNCTION_CALL,
  LONG_NAME,
  NO_PORTAL,
  NOT_TEXT,
  TOO_MANY_STATEMENTS,
  tooLarge,
} from './objections.js';
import { portalOf } from './portal.js';
import { isKnown } from './questions.js';
import { answerTo, NAME_BYTES_MAX } from './refusal.js';
import type { PoisonAnswer } from './pipeline.js';
import { handlingOf } from './request-size.js';
import { startRun } from './run.js';
import type { Run } from './run.js';

/** How much of a text that is over the limit is kept for the record. */
const HEAD_BYTES = 1024;

export class Requests {
  readonly reader: FrameReader;
  readonly #link: Link;
  /** The message at hand was read and could not be dealt with yet. */
  #held = false;
  /** The parts of the streamed message at hand go to the target. */
  #passing = false;
  /** The target was asked to answer what the message at hand waits for. */
  #flushed = false;

  constructor(link: Link) {
    this.#link = link;
    const bounds = { bind: link.limits.messageBytesMax, text: link.session.commandBytesMax };
    this.reader = new FrameReader((type, bodyBytes) => handlingOf(type, bodyBytes, bounds));
  }

  /** Deals with all that can be dealt with now. False where something waits. Throws Fatal, ProtocolViolation, GatewayError. */
  pump(): boolean {
    while (!this.#link.flow.ended && (this.#held || this.reader.next())) {
      this.#held = !this.#handle();
      if (this.#held) return false;
      this.#flushed = false;
    }
    return true;
  }

  /** False where the message must wait. */
  #handle(): boolean {
    const { flow, pipeline } = this.#link;
    const type = this.reader.type as FrontendType;
    if (!this.reader.first) return this.#continue();
    if (type === FRONTEND.CopyData || type === FRONTEND.CopyDone || type === FRONTEND.CopyFail) {
      return this.#copy(type);
    }
    if (flow.copyIn) return this.#duringCopy(type);
    if (pipeline.waiting || flow.refreshing || flow.cancelling) return false;
    if (flow.limited && type !== FRONTEND.Flush && type !== FRONTEND.Sync && !this.#alone()) return false;
    if (type === FRONTEND.Terminate) {
      // In its place in the stream: what came before is answered first. The session says it to the target.
      flow.ended = true;
      return true;
    }
    if (flow.skipping && type !== FRONTEND.Sync) return true;
    // Asked before a pipeline begins: an Execute of the gateway's own inside it makes an implicit block of what follows.
    if (!flow.midCycle && type !== FRONTEND.Sync && type !== FRONTEND.Flush && !this.#ready()) return false;
    switch (type) {
      case FRONTEND.Query:
        return this.#query();
      case FRONTEND.FunctionCall:
        return this.#functionCall();
      case FRONTEND.Parse:
        return this.#parse();
      case FRONTEND.Bind:
        return this.#bind();
      case FRONTEND.Execute:
        return this.#execute();
      case FRONTEND.Describe:
        return this.#describe();
      case FRONTEND.Close:
        return this.#close();
      case FRONTEND.Flush:
        this.#pass();
        return true;
      case FRONTEND.Sync:
        flow.skipping = false;
        flow.limited = false;
        if (!pipeline.settleDoubt()) pipeline.push({ kind: 'sync', own: false, doubtful: false });
        this.#pass();
        return true;
      case FRONTEND.PasswordMessage:
        throw new ProtocolViolation('a password out of place');
      default:
        return never(type);
    }
  }

  #pass(): void {
    this.#link.toUpstream.pass(this.reader.bytes, this.reader.start, this.reader.end);
  }

  /** The rest of a message of which the beginning was dealt with. */
  #continue(): boolean {
    if (this.#passing) this.#pass();
    if (this.reader.last) this.#passing = false;
    return true;
  }

  /** Out of place, COPY data is ignored as the server does: the target may have ended the COPY by an error. */
  #copy(type: typeof FRONTEND.CopyData | typeof FRONTEND.CopyDone | typeof FRONTEND.CopyFail): boolean {
    const { flow } = this.#link;
    if (!flow.copyIn) return true;
    this.#pass();
    if (type === FRONTEND.CopyData) this.#passing = !this.reader.last;
    else flow.copyIn = false;
    return true;
  }

  /**
   * During COPY FROM STDIN the server ignores Flush and Sync and takes anything else for an error. Nothing undecided may
   * be sent for it to say so: the target could have ended the COPY meanwhile and would then run it.
   */
  #duringCopy(type: FrontendType): boolean {
    const { flow, pipeline, toUpstream } = this.#link;
    if (type === FRONTEND.Flush) return true;
    if (type === FRONTEND.Terminate) {
      flow.ended = true;
      return true;
    }
    if (type === FRONTEND.Sync) {
      const last = pipeline.last;
      if (last?.kind !== 'sync') pipeline.push({ kind: 'sync', own: false, doubtful: true });
      this.#pass();
      return true;
    }
    toUpstream.write(encode(FRONTEND.CopyFail, 'unexpected message during COPY from stdin'));
    flow.copyIn = false;
    return true;
  }

  #query(): boolean {
    if (!this.#alone() || !this.#ready()) return false;
    const { reader } = this;
    const oversized = !reader.last;
    const judged = oversized
      ? this.#oversized('query')
      : this.#judgeQuery(decodeQuery(reader.bytes, reader.start, reader.end).text);
    if (judged.kind === 'refuse') this.#refuseQuery(judged);
    else this.#forwardQuery(judged);
    return true;
  }

  #judgeQuery(text: string | null): Judged {
    if (text !== null) return judgeText(this.#link, 'query', text);
    return refuseUnread(this.#link, 'query', '', NOT_TEXT);
  }

  #forwardQuery(judged: Judged & { kind: 'forward' }): void {
    const { pipeline, state } = this.#link;
    // The server frees the unnamed statement and portal for every Query.
    state.setStatement('', null);
    state.setPortal('', null);
    const run = this.#startRun(judged);
    if (run.withhold) state.withhold = true;
    pipeline.push({ kind: 'query', own: false, run });
    this.#pass();
  }

  /**
   * Outside a transaction nothing has to fail: the refusal is said at once, and the target hears nothing of it. The server
   * frees the unnamed statement for a Query that it refuses, too.
   */
  #refuseQuery(judged: Judged & { kind: 'refuse' }): void {
    const { pipeline, state, toClient, toUpstream } = this.#link;
    const answer = answerTo(judged.refusal);
    const unnamed = state.statement('') !== undefined;
    if (!unnamed && state.status !== 'open' && state.expected === state.status && !this.#link.flow.midCycle) {
      toClient.write(encodeError({ severity: 'ERROR', ...answer }));
      toClient.write(encodeReadyForQuery(state.status));
      return;
    }
    if (unnamed) {
      pipeline.push({ kind: 'close', own: true, undo: state.setStatement('', null) });
      toUpstream.write(encodeNaming(FRONTEND.Close, { of: 'statement', name: '' }));
    }
    this.#poison(judged.rule, answer);
    pipeline.push({ kind: 'sync', own: false, doubtful: false });
    toUpstream.write(SYNC);
  }

  #functionCall(): boolean {
    if (!this.#alone()) return false;
    this.#refuseQuery(refuseUnread(this.#link, 'query', '', FUNCTION_CALL));
    return true;
  }

  #parse(): boolean {
    if (!this.#ready()) return false;
    const { reader } = this;
    if (!reader.last) {
      this.#refuse(this.#oversized('prepare'));
      return true;
    }
    const parse = decodeParse(reader.bytes, reader.start, reader.end);
    if (parse === null) this.#refuse(refuseUnread(this.#link, 'prepare', '', NOT_TEXT));
    else if (Buffer.byteLength(parse.name) > NAME_BYTES_MAX) {
      this.#refuse(refuseUnread(this.#link, 'prepare', parse.text, LONG_NAME));
    } else if (!this.#link.state.hasRoomFor(parse.text)) {
      this.#refuse(refuseUnread(this.#link, 'prepare', parse.text, TOO_MANY_STATEMENTS));
    } else {
      const judged = judgeText(this.#link, 'prepare', parse.text);
      if (judged.kind === 'refuse') this.#refuse(judged);
      else this.#forwardParse(parse.name, parse.text, parse.parameterTypes, judged);
    }
    return true;
  }

  #forwardParse(
    name: string,
    text: string,
    parameterTypes: readonly number[],
    judged: Judged & { kind: 'forward' },
  ): void {
    const { pipeline, state } = this.#link;
    const withhold = judged.masks.some((plan) => plan.kind !== 'clear');
    const undo = state.setStatement(name, { text, parameterTypes, withhold });
    pipeline.push({
      kind: 'parse',
      own: false,
      run: startRun(judged.command, judged.analysis, judged.masks, undo),
    });
    this.#link.flow.midCycle = true;
    this.#pass();
  }

  #bind(): boolean {
    if (!this.#ready()) return false;
    const { pipeline, state } = this.#link;
    const bind = decodeBind(this.reader.bytes, this.reader.start, this.reader.end);
    if (bind === null || Buffer.byteLength(bind.portal) > NAME_BYTES_MAX) {
      this.#refuse(refuseUnread(this.#link, 'execute', '', bind === null ? NOT_TEXT : LONG_NAME));
      return true;
    }
    // A statement that is not known here is not known to the target either, which says so itself. Should it exist all the
    // same, its portal is not known and cannot be executed.
    const statement = state.statement(bind.statement);
    const portal = statement === undefined ? null : portalOf(statement, bind, state.searchPath);
    const undo = state.setPortal(bind.portal, portal);
    pipeline.push({ kind: 'bind', own: false, withhold: statement?.withhold ?? false, undo });
    this.#link.flow.midCycle = true;
    this.#pass();
    return true;
  }

  #execute(): boolean {
    if (!this.#ready()) return false;
    const { pipeline, state, toUpstream } = this.#link;
    const execute = decodeExecute(this.reader.bytes, this.reader.start, this.reader.end);
    const portal = execute === null ? undefined : state.portal(execute.portal);
    if (execute === null || portal === undefined) {
      this.#refuse(refuseUnread(this.#link, 'execute', '', NO_PORTAL), '34000');
      return true;
    }
    const judged = judgeText(this.#link, 'execute', portal.statement.text, portal);
    if (judged.kind === 'refuse') {
      this.#refuse(judged);
      return true;
    }
    const run = this.#startRun(judged);
    if (run.withhold) {
      state.withhold = true;
      if (portal.fields === null) {
        // The layout of the rows must be known before the first of them comes.
        pipeline.push({ kind: 'describe', own: true, of: 'portal', statement: null, portal });
        toUpstream.write(encodeNaming(FRONTEND.Describe, { of: 'portal', name: execute.portal }));
      }
    }
    pipeline.push({ kind: 'execute', own: false, run, portal });
    this.#link.flow.midCycle = true;
    this.#link.flow.limited = run.limits !== null;
    this.#pass();
    return true;
  }

  #startRun({ command, analysis, masks, limits }: Judged & { kind: 'forward' }): Run {
    const run = startRun(command, analysis, masks, this.#link.state.forward(analysis), limits);
    startClock(this.#link, run);
    return run;
  }

  #describe(): boolean {
    const { pipeline, state } = this.#link;
    const naming = decodeNaming(this.reader.bytes, this.reader.start, this.reader.end);
    if (naming === null || Buffer.byteLength(naming.name) > NAME_BYTES_MAX) {
      this.#refuse(refuseUnread(this.#link, 'execute', '', naming === null ? NOT_TEXT : LONG_NAME));
      return true;
    }
    const { of, name } = naming;
    const statement = of === 'statement' ? (state.statement(name) ?? null) : null;
    const portal = of === 'portal' ? (state.portal(name) ?? null) : null;
    pipeline.push({ kind: 'describe', own: false, of, statement, portal });
    this.#link.flow.midCycle = true;
    this.#pass();
    return true;
  }

  #close(): boolean {
    const { pipeline, state } = this.#link;
    const naming = decodeNaming(this.reader.bytes, this.reader.start, this.reader.end);
    if (naming === null || Buffer.byteLength(naming.name) > NAME_BYTES_MAX) {
      this.#refuse(refuseUnread(this.#link, 'execute', '', naming === null ? NOT_TEXT : LONG_NAME));
      return true;
    }
    const { of, name } = naming;
    const undo = of === 'statement' ? state.setStatement(name, null) : state.setPortal(name, null);
    pipeline.push({ kind: 'close', own: false, undo });
    this.#link.flow.midCycle = true;
    this.#pass();
    return true;
  }

  /** Of a text over the limit: its beginning goes to the record, the rest is dropped as it comes. */
  #oversized(phase: 'query' | 'prepare'): Judged & { kind: 'refuse' } {
    const { bytes, start, end } = this.reader;
    const body = bytes.subarray(start + 5, Math.min(end, start + 5 + HEAD_BYTES));
    const text = phase === 'query' ? body : body.subarray(body.indexOf(0) + 1);
    const objection = tooLarge(this.#link.session.commandBytesMax);
    return refuseUnread(this.#link, phase, text.toString('utf8'), objection);
  }

  /** In the extended protocol: the target fails where the message would have stood, and skips to Sync. */
  #refuse(judged: Judged & { kind: 'refuse' }, sqlstate?: string): void {
    this.#poison(judged.rule, answerTo(judged.refusal, sqlstate));
    this.#link.flow.skipping = true;
  }

  #poison(rule: string, answer: PoisonAnswer): void {
    const { names, pipeline, toUpstream } = this.#link;
    this.#link.flow.midCycle = true;
    pipeline.push({ kind: 'poison', own: false, answer });
    toUpstream.write(names.poison(rule));
  }

  /** Whether everything before a Query is answered: a failed pipeline would have the target skip it. */
  #alone(): boolean {
    const { pipeline, toUpstream } = this.#link;
    if (pipeline.quiet) return true;
    if (!this.#flushed) toUpstream.write(FLUSH);
    this.#flushed = true;
    return false;
  }

  /** Whether the state that gives a text its meaning is known. */
  #ready(): boolean {
    return isKnown(this.#link);
  }
}
