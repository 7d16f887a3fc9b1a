/**
 * The state of the conversation between a client and its target: one state for each end. Outstanding answers are in pipeline.ts. Every transition is named after its event, and nothing else changes a state.
 *
 *     client               began                 refused, skips
 *              ready ────────────────▶ pipelining ──────────────▶ skipping
 *                ▲                        │    ▲     synced           │
 *                └───────── ready ────────┘    └──────────────────────┘
 *              each of them ── left ──▶ ended
 *
 *     target               copying
 *          answering ────────────────▶ copying
 *                ▲                        │
 *                └─ copied, failed, ready ┘
 *              each of them ── failed with FATAL ──▶ closing
 *
 * A Query or a Sync under way is no state of its own: what follows it waits until it is answered (`Pipeline.waiting`).
 * Whether messages go in step is a fact beside both: each then waits until all before it is answered.
 */
import { never } from '../../../src/errors.js';
import { FRONTEND } from '../wire/messages.js';
import type { FrontendType, TransactionStatus } from '../wire/messages.js';
import type { Request } from './pipeline.js';

/**
 * - `ready`: nothing of the extended protocol was sent since the last ReadyForQuery.
 * - `pipelining`: something was, so that the target may be in an implicit transaction, which a Sync ends.
 * - `skipping`: something in this pipeline has failed or was refused; what comes is dropped up to Sync.
 * - `ended`: the client has said Terminate.
 */
export type ClientState = 'ready' | 'pipelining' | 'skipping' | 'ended';

/**
 * - `answering`: the target does what it is asked.
 * - `copying`: it waits for the rows of a COPY.
 * - `closing`: it has said that it is about to close the connection.
 */
export type TargetState = 'answering' | 'copying' | 'closing';

/**
 * How a client's message is handled.
 *
 * - `take`: its turn has come.
 * - `in-step`: it has come when all before it is answered.
 * - `wait`: it is left where it is.
 * - `ignore`: it is dropped.
 * - `copy`: rows, or their end, that the target waits for.
 * - `stray`: rows that the target does not wait for, or not yet; dropped when all before them is answered.
 * - `doubtful`: a Sync that is possibly skipped: the target does not answer it if it still reads it in COPY.
 * - `lost`: a server ends the session there.
 */
export type Treatment = 'take' | 'in-step' | 'wait' | 'ignore' | 'copy' | 'stray' | 'doubtful' | 'lost';

export class Conversation {
  #client: ClientState = 'ready';
  #target: TargetState = 'answering';
  /** Nothing may follow the command under way before its end is known: it has a limit, creates names, or is a COPY. */
  #inStep = false;

  get client(): ClientState {
    return this.#client;
  }

  get target(): TargetState {
    return this.#target;
  }

  get inStep(): boolean {
    return this.#inStep;
  }

  /** Whether the target may be in an implicit transaction, which the next Sync ends. */
  get inPipeline(): boolean {
    return this.#client === 'pipelining' || this.#client === 'skipping';
  }

  /** `held`: something must be answered or known before the client's next message is read. */
  treatment(type: FrontendType, held: boolean): Treatment {
    const copying = this.#target === 'copying';
    switch (type) {
      case FRONTEND.CopyData:
      case FRONTEND.CopyDone:
      case FRONTEND.CopyFail:
        return copying ? 'copy' : 'stray';
      case FRONTEND.Terminate:
        if (copying) return 'take';
        return held ? 'wait' : this.#inStep ? 'in-step' : 'take';
      case FRONTEND.Sync:
        if (copying) return 'doubtful';
        return held ? 'wait' : 'take';
      case FRONTEND.Flush:
        if (copying) return 'ignore';
        if (held) return 'wait';
        return this.#client === 'skipping' ? 'ignore' : 'take';
      case FRONTEND.Bind:
      case FRONTEND.Close:
      case FRONTEND.Describe:
      case FRONTEND.Execute:
      case FRONTEND.FunctionCall:
      case FRONTEND.Parse:
      case FRONTEND.PasswordMessage:
      case FRONTEND.Query:
        if (copying) return 'lost';
        if (held) return 'wait';
        if (this.#client === 'skipping') return 'ignore';
        return this.#inStep ? 'in-step' : 'take';
      default:
        return never(type);
    }
  }

  /** A message of the extended protocol goes to the target. */
  began(): void {
    if (this.#client === 'ready') this.#client = 'pipelining';
  }

  /** An Execute goes to the target. */
  executed(inStep: boolean): void {
    this.began();
    this.#inStep = inStep;
  }

  /** A message of the extended protocol was refused, and one that is certain to fail goes to the target in its place. */
  refused(): void {
    if (this.#client !== 'ended') this.#client = 'skipping';
  }

  /** The client's Sync goes to the target. */
  synced(): void {
    if (this.#client === 'skipping') this.#client = 'pipelining';
    this.#inStep = false;
  }

  /** The client has said Terminate. */
  left(): void {
    this.#client = 'ended';
  }

  /** CopyInResponse. */
  copying(): void {
    if (this.#target === 'answering') this.#target = 'copying';
  }

  /**
   * CopyDone or CopyFail goes to the target. The outcome of the COPY is known before anything else is sent: a Sync that the
   * target ignored does not end a pipeline.
   */
  copied(): void {
    this.#leaveCopy();
    this.#inStep = true;
  }

  /** ErrorResponse. `fatal`: the connection closes with it. */
  failed(fatal: boolean): void {
    if (fatal) this.#target = 'closing';
    else this.#leaveCopy();
  }

  /** After an error the target skips to a Sync that the client has not sent yet. */
  skips(): void {
    if (this.#client !== 'ended') this.#client = 'skipping';
    this.#inStep = false;
  }

  /** ReadyForQuery, and what it answers. After a Query in the middle of a pipeline the implicit transaction goes on: only Sync ends it. */
  ready(answered: Request | undefined, status: TransactionStatus): void {
    this.#leaveCopy();
    if (answered?.kind === 'sync' && answered.doubtful) {
      // The target had already left COPY when it read this Sync: it processes messages again.
      if (this.#client !== 'ended') this.#client = 'ready';
      this.#inStep = false;
    } else if (this.#client === 'pipelining' && (status === 'idle' || answered?.kind !== 'query')) {
      this.#client = 'ready';
    }
  }

  #leaveCopy(): void {
    if (this.#target === 'copying') this.#target = 'answering';
  }
}
