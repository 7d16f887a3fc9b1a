/**
 * From the client to the target: each message is decided, then its bytes are forwarded unchanged or replaced by a refusal. A
 * message that must wait (for a ReadyForQuery, for the gateway's own query) stays where it is.
 */
import { never } from '../../../src/errors.js';
import { encodeError } from '../wire/backend-codec.js';
import { endCopyIn, passCopyData } from './copy-in.js';
import { Fatal } from '../wire/fatal.js';
import { FrameReader } from '../wire/frame-reader.js';
import { functionCall } from './function-call.js';
import { checkEmpty, decodeCopyFail, encode, FLUSH } from '../wire/frontend-codec.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import { refuseMalformed } from './malformed.js';
import { FRONTEND, MalformedMessage, ProtocolViolation } from '../wire/messages.js';
import type { FrontendType, Message } from '../wire/messages.js';
import { close, describe } from './namings.js';
import { bind, execute } from './portals.js';
import { mayBeOversized, refuseOversized } from './oversized.js';
import { query } from './queries.js';
import { isKnown } from '../state/questions.js';
import { handlingOf } from '../wire/request-size.js';
import { parse } from './statements.js';
import { isTooLate } from '../state/under-way.js';

type CopyType = typeof FRONTEND.CopyData | typeof FRONTEND.CopyDone | typeof FRONTEND.CopyFail;
type CommandType = Exclude<FrontendType, CopyType>;

/** Replaces a client's message that cannot be read. */
const COPY_FAIL = encode(FRONTEND.CopyFail, 'the reason that the client gives cannot be read');

/** How much of a text over the limit is kept for the record, including the message's header. */
const HEAD_BYTES = 1024 + 5;

/** PostgreSQL's own maximum (MaxAllocSize). */
const ENDLESS_BYTES = 0x3fffffff;

export class Requests {
  readonly reader: FrameReader;
  readonly #link: Link;
  /** The current message was read and could not be handled yet. */
  #held = false;
  /** The parts of the current streamed message go to the target. */
  #passing = false;
  /**
   * The beginning of a message over its limit; the rest is dropped as it arrives. It is answered when complete, as by a server:
   * some clients do not read an answer before they have sent everything.
   */
  #oversized: Buffer | null = null;
  /** The target was asked for what the current message waits for. */
  #flushed = false;

  constructor(link: Link) {
    this.#link = link;
    const bounds = { bind: link.limits.messageBytesMax, text: link.session.commandBytesMax };
    this.reader = new FrameReader((type, bodyBytes) => handlingOf(type, bodyBytes, bounds));
  }

  /** Handles everything that can be handled now. False if something waits. Throws Fatal, ProtocolViolation, GatewayError. */
  pump(): boolean {
    this.#link.justBound.forget();
    while (this.#link.conversation.client !== 'ended' && (this.#held || this.reader.next())) {
      this.#held = !this.#handle();
      if (this.#held) return false;
      if (this.reader.last || this.#isEndless()) this.#oversized = null;
      this.#flushed = false;
      this.#link.attempts.ended();
    }
    return true;
  }

  /** For a message that no client sends to its end: it is answered at once. */
  #isEndless(): boolean {
    return this.reader.first && this.reader.size > ENDLESS_BYTES;
  }

  /** Whether a command waits that was neither decided nor forwarded. */
  get commandHeld(): boolean {
    const { type } = this.reader;
    return this.#held && type !== FRONTEND.Sync && type !== FRONTEND.Flush && type !== FRONTEND.Terminate;
  }

  /** False if the message must wait. */
  #handle(): boolean {
    const { conversation, holds, pipeline } = this.#link;
    const type = this.reader.type as FrontendType;
    if (!this.reader.first && this.#oversized === null) return this.#continue();
    if (mayBeOversized(type) && !this.reader.last) {
      this.#oversized ??= headOf(this.reader);
      if (!this.#isEndless()) return true;
    }
    const held = pipeline.waiting || holds.catalogue || holds.cancel;
    const treatment = conversation.treatment(type, held);
    switch (treatment) {
      case 'wait':
        return false;
      case 'ignore':
        return true;
      case 'copy':
        return this.#copy(type as CopyType);
      case 'stray':
        // As the server does: the target may have ended the COPY by an error.
        return this.#alone();
      case 'doubtful':
        return this.#syncDuringCopy();
      case 'lost':
        return this.#lost(type);
      case 'in-step':
        return this.#alone() && this.#taken(type as CommandType);
      case 'take':
        return this.#taken(type as CommandType);
      default:
        return never(treatment);
    }
  }

  /** A message whose turn has come. False if it must wait nevertheless. */
  #taken(type: CommandType): boolean {
    const { conversation, justBound } = this.#link;
    if (type === FRONTEND.Terminate) {
      // In stream order: everything before it is answered first. The session forwards it to the target.
      conversation.left();
      return true;
    }
    if (isTooLate(this.#link, type)) {
      // Commands sent in time are answered first: the outcome of a COMMIT must not stay open.
      if (!this.#alone()) return false;
      throw this.#link.expiry.tooLate();
    }
    if (!this.#isReadyFor(type)) return false;
    if (type !== FRONTEND.Describe && type !== FRONTEND.Execute) justBound.forget();
    if (this.#oversized !== null && mayBeOversized(type)) {
      refuseOversized(this.#link, type, this.#oversized);
      if (type === FRONTEND.Query) this.#link.attempts.interruptEnded();
      return true;
    }
    try {
      return this.#take(type);
    } catch (error) {
      // Thrown only by decoding, before anything was done about the message.
      if (!(error instanceof MalformedMessage)) throw error;
      refuseMalformed(this.#link, type, error);
      return true;
    }
  }

  /** Whether the state that gives the message its meaning is known. */
  #isReadyFor(type: FrontendType): boolean {
    if (type === FRONTEND.Sync || type === FRONTEND.Flush) return true;
    const { conversation, state } = this.#link;
    // Queried before a pipeline begins: an Execute of the gateway's own inside it makes an implicit block of what follows. A
    // Query would stay in that block; without an answer its names are unknown.
    if (type === FRONTEND.Query || type === FRONTEND.FunctionCall)
      return (
        this.#alone() &&
        ((conversation.inPipeline && state.transaction.expected === 'idle') || isKnown(this.#link))
      );
    const runsNothing = type === FRONTEND.Describe || type === FRONTEND.Close;
    return (runsNothing && conversation.inPipeline) || isKnown(this.#link);
  }

  /** False if the message must wait. */
  #take(type: Exclude<CommandType, typeof FRONTEND.Terminate>): boolean {
    const { attempts, conversation, pipeline } = this.#link;
    switch (type) {
      case FRONTEND.Query:
        if (!query(this.#link, this.reader)) return false;
        attempts.interruptEnded();
        break;
      case FRONTEND.FunctionCall:
        return functionCall(this.#link, this.reader);
      case FRONTEND.Parse:
        return parse(this.#link, this.reader);
      case FRONTEND.Bind:
        return bind(this.#link, this.reader);
      case FRONTEND.Execute:
        return execute(this.#link, this.reader);
      case FRONTEND.Describe:
        describe(this.#link, this.reader);
        break;
      case FRONTEND.Close:
        close(this.#link, this.reader);
        break;
      case FRONTEND.Flush:
        // The server would skip what follows it, unnoticed here.
        checkEmpty(this.reader.start, this.reader.end);
        this.#pass();
        break;
      case FRONTEND.Sync:
        conversation.synced();
        attempts.interruptEnded();
        if (!pipeline.settleDoubt()) pipeline.push({ kind: 'sync', own: false, doubtful: false });
        this.#pass();
        break;
      case FRONTEND.PasswordMessage:
        throw new ProtocolViolation('a password out of place');
      default:
        never(type);
    }
    return true;
  }

  #pass(): void {
    passUpstream(this.#link, this.reader);
  }

  /** The rest of a message whose beginning was handled. */
  #continue(): boolean {
    // Only CopyData is streamed in parts, and texts over the limit, which are not forwarded.
    if (this.#passing && !passCopyData(this.#link, this.reader)) this.#copyRefused();
    if (this.reader.last) this.#passing = false;
    return true;
  }

  #copy(type: CopyType): boolean {
    const { conversation, toUpstream } = this.#link;
    if (type === FRONTEND.CopyData) {
      this.#passing = !this.reader.last;
      if (!passCopyData(this.#link, this.reader)) this.#copyRefused();
      return true;
    }
    if (type === FRONTEND.CopyFail && !this.#givesReason()) toUpstream.write(COPY_FAIL);
    else if (type !== FRONTEND.CopyDone || endCopyIn(this.#link)) this.#pass();
    conversation.copied();
    return true;
  }

  /** Whether the reason in CopyFail can be read: otherwise the COPY would end by a different error. */
  #givesReason(): boolean {
    const { bytes, start, end } = this.reader;
    try {
      decodeCopyFail(bytes, start, end, this.#link.state.settings.foreign);
      return true;
    } catch (error) {
      if (error instanceof MalformedMessage) return false;
      throw error;
    }
  }

  /** The target was told to fail it. The client's remaining rows are dropped. */
  #copyRefused(): void {
    this.#passing = false;
    this.#link.conversation.copied();
  }

  #syncDuringCopy(): boolean {
    const { pipeline } = this.#link;
    if (pipeline.last?.kind !== 'sync') pipeline.push({ kind: 'sync', own: false, doubtful: true });
    this.#pass();
    return true;
  }

  /**
   * During COPY FROM STDIN the server ignores Flush and Sync, and anything else ends the session: it has read the type of a
   * message whose body it does not read (CopyGetData in copyfromparse.c). Nothing undecided may be sent to provoke that: the
   * target could have ended the COPY meanwhile and would then run it.
   */
  #lost(type: FrontendType): never {
    const { toClient } = this.#link;
    const hex = type.toString(16).toUpperCase();
    const message = `unexpected message type 0x${hex} during COPY from stdin`;
    toClient.write(encodeError({ severity: 'ERROR', sqlstate: '08P01', message }));
    throw new Fatal('08P01', 'terminating connection because protocol synchronization was lost', 'error');
  }

  /** Whether everything before a Query is answered: a failed pipeline would make the target skip it. */
  #alone(): boolean {
    const { pipeline, toUpstream } = this.#link;
    if (pipeline.quiet) return true;
    if (!this.#flushed) toUpstream.write(FLUSH);
    this.#flushed = true;
    return false;
  }
}

function headOf({ bytes, start, end }: Message): Buffer {
  return Buffer.from(bytes.subarray(start, Math.min(end, start + HEAD_BYTES)));
}
