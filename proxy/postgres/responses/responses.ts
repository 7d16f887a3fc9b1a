/**
 * From the target to the client: each message is matched with its request, rows are masked and counted, results are recorded,
 * and answers to the gateway's own queries are kept back. Everything else passes unchanged.
 */
import { never } from '../../../src/errors.js';
import { noChange } from '../../../src/facts/sql/catalogue/schema-change.js';
import { PrefilterScanner } from '../../../src/masking/prefilter.js';
import {
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeReport,
  decodeTag,
  encodeError,
  encodeReport,
} from '../wire/backend-codec.js';
import { beginCopyIn } from '../commands/copy-in.js';
import { isConfirmed } from './confirm.js';
import { copyHandling, turnCopyOut, writeCopyData } from './copy-out.js';
import { failed, finish, settle, withholds } from '../state/failures.js';
import { Fatal } from '../wire/fatal.js';
import { functionCallResponse } from '../commands/function-call.js';
import { FrameReader } from '../wire/frame-reader.js';
import { mayPass, orStop, stopUntold, wasCut } from '../state/limits.js';
import type { Handling } from '../wire/frame-reader.js';
import { Layouts } from '../masks/layouts.js';
import type { Link } from '../state/link.js';
import { MessageWriter } from '../wire/message-writer.js';
import { ANSWERS_SYNC, BACKEND, isBackendType, ProtocolViolation } from '../wire/messages.js';
import type { BackendType, FieldDescription, ReportFields } from '../wire/messages.js';
import type { Request } from '../state/pipeline.js';
import {
  bindComplete,
  closeComplete,
  noData,
  outOfPlace,
  parameterDescription,
  parseComplete,
} from '../state/preparations.js';
import { takeAnswer } from '../state/questions.js';
import { passRow, passRows } from './rows.js';
import type { RowOutlet } from './rows.js';
import { addTag, planAtWork, SAMPLE_ROW_BYTES_MAX, wantsSample } from '../state/run.js';
import type { Run } from '../state/run.js';
import { objectionToStatus } from '../state/session-settings.js';
import { withheld } from './withheld.js';

/** Messages that carry rows: they are numerous, and handled first. */
type RowType = typeof BACKEND.DataRow | typeof BACKEND.CopyData;

export class Responses {
  readonly reader: FrameReader;
  readonly #link: Link;
  readonly #layouts: Layouts;
  /** The run to which the parts of the current streamed row belong. */
  #streaming: Run | null = null;
  /** The current message was read and could not be handled yet. */
  #held = false;
  /** The parts of the current message exceed a limit. */
  #dropping = false;
  /** For rows that are rewritten. */
  readonly #writer: MessageWriter;
  readonly #rows: RowOutlet;

  constructor(link: Link) {
    this.#link = link;
    this.#layouts = new Layouts(link.maskingKey, link.replacements);
    this.#writer = new MessageWriter(link.toClient);
    this.#rows = { toClient: link.toClient, writer: this.#writer, scanner: new PrefilterScanner() };
    this.reader = new FrameReader((type, bodyBytes) => this.#handlingOf(type, bodyBytes));
  }

  /** Handles everything that has arrived. Throws Fatal, ProtocolViolation, GatewayError. */
  pump(): void {
    const { holds } = this.#link;
    while (!holds.confirmation && (this.#held || this.reader.next())) this.#held = !this.#handle();
  }

  #handlingOf(type: number, bodyBytes: number): Handling {
    if (!isBackendType(type)) throw new ProtocolViolation('the target sent a message of no known type');
    if (type === BACKEND.CopyData) return copyHandling(this.#link.pipeline.head, bodyBytes);
    if (type === BACKEND.DataRow) {
      const run = this.#runAtWork();
      if (run !== null && run.mask === null && !(this.#samples(run) && bodyBytes <= SAMPLE_ROW_BYTES_MAX)) {
        return 'stream';
      }
    }
    if (bodyBytes > this.#link.limits.rowBytesMax) {
      throw new Fatal('54000', 'a row is too large to be masked', 'error');
    }
    return 'whole';
  }

  #samples(run: Run): boolean {
    return wantsSample(run, this.#link.session.sample);
  }

  /** The command whose rows come now, with its layout. Null for the gateway's own query. */
  #runAtWork(): Run | null {
    const head = this.#link.pipeline.head;
    if (head?.kind === 'query') return head.run;
    if (head?.kind !== 'execute') throw new ProtocolViolation('the target sent a row that nothing asked for');
    const { run, portal } = head;
    if (run !== null && run.rows === 0 && run.fields === null) {
      run.format = portal?.resultFormats[0] ?? 0;
      this.#layOut(run, portal?.fields ?? null);
    }
    return run;
  }

  #layOut(run: Run, fields: readonly FieldDescription[] | null): void {
    run.fields = fields;
    const mask = this.#layouts.maskOf(planAtWork(run), fields);
    if (mask !== null && 'reason' in mask) stopUntold(this.#link, run, mask);
    else run.mask = mask;
    if (fields !== null) run.columns ??= this.#layouts.columnsOf(fields);
  }

  /** False if the message must wait. */
  #handle(): boolean {
    const { pipeline } = this.#link;
    const type = this.reader.type as BackendType;
    if (type === BACKEND.DataRow || type === BACKEND.CopyData) {
      if (this.reader.first && !this.#isConfirmed(type)) return false;
      if (type === BACKEND.DataRow) this.#row();
      else this.#copyData();
      return true;
    }
    let head = pipeline.head;
    if (head?.kind === 'sync' && head.doubtful && !ANSWERS_SYNC.has(type)) {
      // The target went on to what came after this Sync: it was ignored, as the client had to expect.
      pipeline.shift();
      head = pipeline.head;
    }
    this.#dispatch(type, head);
    return true;
  }

  #isConfirmed(type: RowType): boolean {
    const run = type === BACKEND.DataRow ? this.#runAtWork() : this.#running(this.#link.pipeline.head);
    return run === null || isConfirmed(this.#link, run);
  }

  #dispatch(type: Exclude<BackendType, RowType>, head: Request | undefined): void {
    switch (type) {
      case BACKEND.CommandComplete:
        this.#commandComplete(head);
        break;
      case BACKEND.ReadyForQuery:
        this.#readyForQuery(head);
        break;
      case BACKEND.RowDescription:
        this.#rowDescription(head);
        break;
      case BACKEND.NoData:
        if (noData(this.#link, head)) this.#pass();
        break;
      case BACKEND.ParameterDescription:
        if (parameterDescription(head, this.reader)) this.#pass();
        break;
      case BACKEND.ParseComplete:
        if (parseComplete(this.#link, head)) this.#pass();
        break;
      case BACKEND.BindComplete:
        if (bindComplete(this.#link, head)) this.#pass();
        break;
      case BACKEND.CloseComplete:
        if (closeComplete(this.#link, head)) this.#pass();
        break;
      case BACKEND.EmptyQueryResponse:
      case BACKEND.PortalSuspended:
        this.#endOfPortal(head, type);
        break;
      case BACKEND.ErrorResponse:
        this.#error(head);
        break;
      case BACKEND.NoticeResponse:
        this.#notice(head);
        break;
      case BACKEND.NotificationResponse:
        this.#pass();
        break;
      case BACKEND.ParameterStatus:
        this.#parameterStatus();
        break;
      case BACKEND.CopyInResponse:
        beginCopyIn(this.#link, this.#running(head));
        this.#link.conversation.copying();
        this.#link.pipeline.doubt();
        this.#pass();
        break;
      case BACKEND.CopyOutResponse:
      case BACKEND.CopyDone:
        turnCopyOut(this.#link, this.#running(head), this.reader);
        this.#pass();
        break;
      case BACKEND.FunctionCallResponse:
        if (functionCallResponse(this.#link, head, this.reader)) this.#pass();
        break;
      case BACKEND.CopyBothResponse:
        throw new Fatal('0A000', 'replication is not served by the gateway', 'error');
      case BACKEND.Authentication:
      case BACKEND.BackendKeyData:
      case BACKEND.NegotiateProtocolVersion:
        throw outOfPlace();
      default:
        never(type);
    }
  }

  #pass(): void {
    this.#link.toClient.pass(this.reader.bytes, this.reader.start, this.reader.end);
  }

  #row(): void {
    const { reader } = this;
    const { start, end } = reader;
    if (!reader.first || !reader.last) {
      if (reader.first) this.#beginStreamedRow();
      this.#passPart(this.#streaming!);
      return;
    }
    const run = this.#runAtWork();
    if (run === null) {
      takeAnswer(this.#link, reader);
      return;
    }
    if (!mayPass(this.#link, run, 1, end - start)) return;
    const sample = this.#samples(run) && end - start - 5 <= SAMPLE_ROW_BYTES_MAX;
    orStop(this.#link, run, this.#writer, () => passRow(run, this.#rows, reader, sample));
  }

  #beginStreamedRow(): void {
    const run = this.#runAtWork();
    if (run === null || run.mask !== null) throw outOfPlace();
    this.#streaming = run;
    this.#dropping = !mayPass(this.#link, run, 1, this.reader.size);
    if (this.#dropping) return;
    run.rows++;
    if (this.#samples(run)) run.sampleTruncated = true;
  }

  #passPart(run: Run): void {
    if (this.#dropping) return;
    run.bytes += this.reader.end - this.reader.start;
    this.#pass();
  }

  #copyData(): void {
    const { first, last, size } = this.reader;
    const run = first ? this.#running(this.#link.pipeline.head) : this.#streaming!;
    this.#streaming = run;
    if (first) {
      this.#dropping = !mayPass(this.#link, run, 1, size);
      const until = run.copy === null ? undefined : run.copy.passesUntil(this.reader);
      if (!this.#dropping && last && until !== null) {
        passRows(run, this.#link.toClient, this.reader, until);
        return;
      }
      if (!this.#dropping) run.rows++;
    }
    const { copy } = run;
    if (copy === null || this.#dropping) this.#passPart(run);
    else {
      const write = (): void => void (run.bytes += writeCopyData(copy, this.#writer, this.reader));
      this.#dropping = !orStop(this.#link, run, this.#writer, write);
    }
  }

  #running(head: Request | undefined): Run {
    if ((head?.kind !== 'query' && head?.kind !== 'execute') || head.run === null) throw outOfPlace();
    return head.run;
  }

  #commandComplete(head: Request | undefined): void {
    const { pipeline, state } = this.#link;
    if (head?.kind === 'execute' && head.run === null) {
      pipeline.shift();
      return;
    }
    const run = this.#running(head);
    addTag(run, decodeTag(this.reader.bytes, this.reader.start, this.reader.end));
    state.completed(run, run.statement);
    run.statement++;
    run.confirmed = 'no';
    if (head!.kind === 'query') {
      run.fields = null;
      run.mask = null;
      run.copy = null;
    } else {
      pipeline.shift();
      pipeline.forgetDoubtful();
      if (wasCut(run)) {
        this.#failStopped(run);
        return;
      }
      finish(this.#link, run, 'completed');
    }
    if (!run.cut) this.#pass();
  }

  /** The target finished before it received the cancel request. */
  #failStopped(run: Run): void {
    const { conversation, pipeline, toClient } = this.#link;
    toClient.write(encodeError({ severity: 'ERROR', ...run.failure! }));
    if (pipeline.quiet) conversation.skips();
    finish(this.#link, run, 'error');
  }

  /** EmptyQueryResponse ends an Execute but not a Query; PortalSuspended belongs to Execute alone. */
  #endOfPortal(head: Request | undefined, type: BackendType): void {
    const run = this.#running(head);
    if (head!.kind === 'execute') {
      this.#link.pipeline.shift();
      if (wasCut(run)) {
        this.#failStopped(run);
        return;
      }
      finish(this.#link, run, 'completed');
    } else if (type === BACKEND.PortalSuspended) throw outOfPlace();
    this.#pass();
  }

  #readyForQuery(head: Request | undefined): void {
    const { conversation, pipeline, question, session, state } = this.#link;
    const status = decodeReadyForQuery(this.reader.bytes, this.reader.start, this.reader.end);
    if (head !== undefined && head.kind !== 'sync' && head.kind !== 'query') throw outOfPlace();
    const changed = state.ready(status);
    if (changed !== noChange) session.schemaChanged(changed);
    conversation.ready(head, status);
    this.#writer.release();
    this.#rows.scanner.release();
    if (head !== undefined) pipeline.shift();
    if (head?.kind === 'query') this.#endOfQuery(head.run);
    if (head?.own === true) {
      question.answered();
      return;
    }
    question.clientAnswered();
    this.#pass();
  }

  #endOfQuery(run: Run): void {
    if (!run.told && wasCut(run))
      this.#link.toClient.write(encodeError({ severity: 'ERROR', ...run.failure! }));
    settle(this.#link, run);
  }

  #rowDescription(head: Request | undefined): void {
    const { bytes, start, end } = this.reader;
    if (head?.kind === 'query') {
      this.#layOut(head.run, this.#layouts.fieldsOf(planAtWork(head.run), bytes, start, end));
    } else if (head?.kind === 'describe') {
      const { portal } = head;
      if (portal !== null) portal.fields = this.#layouts.fieldsOf(portal.statement, bytes, start, end);
      this.#link.pipeline.shift();
      if (head.own) return;
    } else throw outOfPlace();
    this.#pass();
  }

  #error(head: Request | undefined): void {
    const fields = decodeReport(this.reader.bytes, this.reader.start, this.reader.end);
    if (failed(this.#link, head, fields)) this.#report(head, fields);
  }

  #report(head: Request | undefined, fields: ReportFields): void {
    const text = withholds(this.#link.state, head) ? withheld(fields) : fields;
    if (text === fields) this.#pass();
    else this.#link.toClient.write(encodeReport(this.reader.type as typeof BACKEND.ErrorResponse, text));
  }

  #notice(head: Request | undefined): void {
    if (head?.own === true && head.kind !== 'describe') return;
    this.#report(head, decodeReport(this.reader.bytes, this.reader.start, this.reader.end));
  }

  #parameterStatus(): void {
    const { name, value } = decodeParameterStatus(this.reader.bytes, this.reader.start, this.reader.end);
    const complaint = objectionToStatus(name, value, this.#link.session.sessionState);
    if (complaint !== null)
      throw new Fatal('42501', `denied by gateway.session_state: ${complaint}`, 'error');
    // Also if no forwarded message has changed it: a reload of the server. PostgreSQL 18 reports the path.
    if (READ_WITH.has(name)) this.#link.state.settings.forget();
    this.#pass();
  }
}

const READ_WITH = new Set(['search_path', 'standard_conforming_strings', 'client_encoding']);
