/**
 * From the client to the target: each message is decided, then the very bytes that were read are forwarded, or a refusal
 * takes their place. A message that must wait (for a ReadyForQuery, for what the gateway asks itself) is left where it is.
 */
import { Unknown } from '../../src/engine/value.js';
import { never } from '../../src/errors.js';
import type { Objection } from '../../src/gateway/session.js';
import { encodeError, encodeReadyForQuery } from './backend-codec.js';
import { FrameReader } from './frame-reader.js';
import type { Handling } from './frame-reader.js';
import {
  decodeBind,
  decodeExecute,
  decodeNaming,
  decodeParse,
  decodeQuery,
  encode,
  encodeNaming,
  encodeOwnQuery,
  FLUSH,
  SYNC,
} from './frontend-codec.js';
import { judgeText, refuseUnread } from './judgement.js';
import type { Judged } from './judgement.js';
import type { Link } from './link.js';
import { FRONTEND, isFrontendType, ProtocolViolation } from './messages.js';
import type { FrontendType } from './messages.js';
import { answerTo, NAME_BYTES_MAX } from './refusal.js';
import type { PoisonAnswer } from './pipeline.js';
import { startRun } from './run.js';
import { STATEMENTS_MAX } from './server-state.js';
import type { Portal, Prepared } from './server-state.js';
import { pathQuery } from './session-path.js';
import { decodeParameter } from './values.js';

/** PostgreSQL's own PQ_SMALL_MESSAGE_LIMIT, for messages that hold a name at most. */
const SMALL_BYTES_MAX = 10_000;
/** Where parameters come after so many bytes of others, they are not handed to the rules. */
const PARAMETER_BYTES_MAX = 1024 * 1024;
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
    this.reader = new FrameReader((type, bodyBytes) => this.#handlingOf(type, bodyBytes));
  }

  /** Deals with all that can be dealt with now. False where something waits. Throws Fatal, ProtocolViolation, GatewayError. */
  pump(): boolean {
    while (!this.#link.flow.ended && (this.#held || this.reader.next())) {
      this.#held = !this.#handle();
      if (this.#held) return false;
    }
    return true;
  }

  #handlingOf(type: number, bodyBytes: number): Handling {
    if (!isFrontendType(type)) throw new ProtocolViolation('a message of no known type');
    const { limits, session } = this.#link;
    switch (type) {
      case FRONTEND.CopyData:
        return 'stream';
      case FRONTEND.Query:
      case FRONTEND.Parse:
        // One that is longer is refused, its body dropped as it comes, and the session goes on.
        return bodyBytes > session.commandBytesMax ? 'stream' : 'whole';
      case FRONTEND.FunctionCall:
        return 'stream';
      case FRONTEND.Bind:
        if (bodyBytes > limits.messageBytesMax) throw new ProtocolViolation('a Bind over the limit');
        return 'whole';
      case FRONTEND.PasswordMessage:
        throw new ProtocolViolation('a password out of place');
      default:
        if (bodyBytes > SMALL_BYTES_MAX) throw new ProtocolViolation('a small message over its limit');
        return 'whole';
    }
  }

  /** False where the message must wait. */
  #handle(): boolean {
    const { flow, pipeline } = this.#link;
    const type = this.reader.type as FrontendType;
    if (!this.reader.first) return this.#continue();
    switch (type) {
      case FRONTEND.Terminate:
        flow.ended = true;
        this.#pass();
        return true;
      case FRONTEND.CopyData:
      case FRONTEND.CopyDone:
      case FRONTEND.CopyFail:
        return this.#copy(type);
    }
    if (flow.copyIn) return this.#duringCopy(type);
    if (pipeline.waiting || flow.refreshing) return false;
    if (flow.skipping && type !== FRONTEND.Sync) return true;
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
    if (!this.#alone() || !this.#known()) return false;
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
    const run = startRun(judged.command, judged.analysis, judged.masks, state.forward(judged.analysis));
    if (run.withhold) state.withhold = true;
    pipeline.push({ kind: 'query', own: false, run });
    this.#pass();
  }

  /** Outside a transaction nothing has to fail: the refusal is said at once, and the target hears nothing of it. */
  #refuseQuery(judged: Judged & { kind: 'refuse' }): void {
    const { pipeline, state, toClient, toUpstream } = this.#link;
    const answer = answerTo(judged.refusal);
    if (state.status !== 'open' && state.expected === state.status && !this.#link.flow.midCycle) {
      toClient.write(encodeError({ severity: 'ERROR', ...answer }));
      toClient.write(encodeReadyForQuery(state.status));
      return;
    }
    this.#poison(judged.rule, answer);
    pipeline.push({ kind: 'sync', own: false, doubtful: false });
    toUpstream.write(SYNC);
  }

  #functionCall(): boolean {
    if (!this.#alone()) return false;
    this.#flushed = false;
    this.#refuseQuery(refuseUnread(this.#link, 'query', '', FUNCTION_CALL));
    return true;
  }

  #parse(): boolean {
    if (!this.#known()) return false;
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
    if (!this.#known()) return false;
    const { pipeline, state } = this.#link;
    const bind = decodeBind(this.reader.bytes, this.reader.start, this.reader.end);
    if (bind === null || Buffer.byteLength(bind.portal) > NAME_BYTES_MAX) {
      this.#refuse(refuseUnread(this.#link, 'execute', '', bind === null ? NOT_TEXT : LONG_NAME));
      return true;
    }
    // A statement that is not known here is not known to the target either, which says so itself. Should it exist all the
    // same, its portal is not known and cannot be executed.
    const statement = state.statement(bind.statement);
    const portal = statement === undefined ? null : this.#portalOf(statement, bind);
    const undo = state.setPortal(bind.portal, portal);
    pipeline.push({ kind: 'bind', own: false, withhold: statement?.withhold ?? false, undo });
    this.#link.flow.midCycle = true;
    this.#pass();
    return true;
  }

  #portalOf(statement: Prepared, bind: NonNullable<ReturnType<typeof decodeBind>>): Portal {
    let bytes = 0;
    const parameters = bind.parameters.map((value, index) => {
      bytes += value?.length ?? 0;
      const format = bind.parameterFormats[bind.parameterFormats.length === 1 ? 0 : index] ?? 0;
      const type = statement.parameterTypes[index] ?? 0;
      // Longer ones are unknown, and nothing of them is kept: the values live as long as their portal.
      return bytes > PARAMETER_BYTES_MAX ? TOO_LONG : decodeParameter(value, format, type);
    });
    const { resultFormats } = bind;
    return { statement, parameters, resultFormats, searchPath: this.#link.state.searchPath, fields: null };
  }

  #execute(): boolean {
    if (!this.#known()) return false;
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
    const run = startRun(judged.command, judged.analysis, judged.masks, state.forward(judged.analysis));
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
    this.#pass();
    return true;
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
    const { commandBytesMax } = this.#link.session;
    const reason = `a command may have ${commandBytesMax} bytes at most`;
    const objection = { rule: 'gateway.command_size', reason, hint: 'split it, or load data with COPY' };
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

  /** Whether the state that gives a text its meaning is known; asks for it where it is not. */
  #known(): boolean {
    const { flow, state, pipeline } = this.#link;
    this.#flushed = false;
    if (state.catalogueStale && state.status === 'idle' && !flow.midCycle && pipeline.quiet) {
      // Inside a transaction what it created is not there for others: the catalogue is read again when it has ended.
      state.catalogueStale = false;
      this.#link.refresh();
      return false;
    }
    if (!state.pathStale || state.expected === 'failed' || flow.unanswered >= QUESTIONS_MAX) return true;
    this.#ask();
    return false;
  }

  #ask(): void {
    const { flow, names, pipeline, state, toUpstream } = this.#link;
    const query = pathQuery(state);
    flow.asking = query;
    pipeline.push({ kind: 'parse', own: true, run: null });
    pipeline.push({ kind: 'bind', own: true, withhold: false, undo: null });
    pipeline.push({ kind: 'execute', own: true, run: null, portal: null });
    pipeline.push({ kind: 'close', own: true, undo: null });
    pipeline.push({ kind: 'close', own: true, undo: null });
    toUpstream.write(encodeOwnQuery(names.own, query.text));
    if (flow.midCycle) {
      // A Sync would end the client's implicit transaction.
      toUpstream.write(FLUSH);
      return;
    }
    pipeline.push({ kind: 'sync', own: true, doubtful: false });
    toUpstream.write(SYNC);
  }
}

/** After so many questions without an answer the path stays unknown. */
const QUESTIONS_MAX = 3;

const NOT_TEXT: Objection = {
  rule: 'gateway.encoding',
  reason: 'the message is not valid UTF-8',
  hint: 'set client_encoding to UTF8',
};
const LONG_NAME: Objection = {
  rule: 'gateway.name_size',
  reason: `a name may have ${NAME_BYTES_MAX} bytes at most`,
  hint: null,
};
const TOO_MANY_STATEMENTS: Objection = {
  rule: 'gateway.statements',
  reason: `a session may hold ${STATEMENTS_MAX} prepared statements at most`,
  hint: 'deallocate those that are not used any more',
};
const NO_PORTAL: Objection = {
  rule: 'gateway.portal',
  reason: 'the portal is not one that was bound through the gateway',
  hint: null,
};
const FUNCTION_CALL: Objection = {
  rule: 'gateway.function_call',
  reason: 'function call messages are not served by the gateway',
  hint: 'call the function in a SELECT',
};
const TOO_LONG = new Unknown('the parameters are too long');
