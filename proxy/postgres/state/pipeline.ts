/**
 * The outstanding answers of the target, in request order. PostgreSQL answers strictly in order, so the head of this queue says
 * what each message from the target is about.
 *
 * At most one Sync or Query is under way at a time. What follows it is decided after its ReadyForQuery, because the
 * transaction's state and the session's settings are part of what a command means.
 */
import { never } from '../../../src/errors.js';
import type { Refusal } from '../../../src/gateway/session.js';
import type { Run } from './run.js';
import type { Portal } from './open-portals.js';
import type { Prepared, Undo } from './prepared-statements.js';

/** `own`: a query of the gateway's own; the client never sees the answer. */
export type Request =
  | { readonly kind: 'parse'; readonly own: boolean; readonly run: Run | null }
  | BindRequest
  | {
      readonly kind: 'describe';
      readonly own: boolean;
      readonly of: 'statement' | 'portal';
      readonly statement: Prepared | null;
      readonly portal: Portal | null;
    }
  /** Without a run: the gateway's own query; `silent` if its answer is not needed. */
  | {
      readonly kind: 'execute';
      readonly own: boolean;
      readonly silent?: true;
      readonly run: Run | null;
      readonly portal: Portal | null;
    }
  | { readonly kind: 'close'; readonly own: boolean; readonly undo: Undo | null }
  | { readonly kind: 'query'; readonly own: boolean; readonly run: Run }
  /** `doubtful`: sent while the target may have been in COPY FROM STDIN, where a Sync is ignored. */
  | { readonly kind: 'sync'; readonly own: boolean; doubtful: boolean }
  /** Stands in place of a refused message; see `poison` in refusal.ts. */
  | Poison;

export interface BindRequest {
  readonly kind: 'bind';
  readonly own: boolean;
  /** The command that it begins. */
  readonly run: Run | null;
  /** The Execute after it ends that command. */
  shared: boolean;
  readonly undo: Undo | null;
}

export interface Poison {
  readonly kind: 'poison';
  readonly own: boolean;
  /** The name of the nonexistent statement. */
  readonly name: string;
  readonly answer: PoisonAnswer;
  /** The statement that the client meant, if the target's own answer about it is passed on. */
  readonly missing: string | null;
}

export interface PoisonAnswer extends Refusal {
  readonly sqlstate: string;
}

/** Answered entries are removed once there are this many and they make up half of all. */
const ANSWERED_MAX = 1024;

/** Whether what follows in the client's stream must wait until this is answered. */
function isBarrier(request: Request): boolean {
  switch (request.kind) {
    case 'query':
      return true;
    case 'sync':
      return !request.doubtful;
    case 'describe':
      // Describe of a portal precedes the client's Execute, which need not wait for it.
      return request.own && request.of === 'statement';
    case 'parse':
    case 'bind':
    case 'execute':
    case 'close':
    case 'poison':
      return request.own;
    default:
      return never(request);
  }
}

function isDoubtful(request: Request): boolean {
  return request.kind === 'sync' && request.doubtful;
}

export class Pipeline {
  #requests: Request[] = [];
  #front = 0;
  #barriers = 0;
  /** Syncs that are possibly skipped. */
  #doubtful = 0;

  push(request: Request): void {
    this.#requests.push(request);
    if (isBarrier(request)) this.#barriers++;
    else if (isDoubtful(request)) this.#doubtful++;
  }

  /** The query that `encodeOwnQuery` sends. */
  pushQuestion(silent: boolean): void {
    this.push({ kind: 'parse', own: true, run: null });
    this.push({ kind: 'bind', own: true, run: null, shared: false, undo: null });
    this.push({ kind: 'execute', own: true, run: null, portal: null, ...(silent ? { silent } : {}) });
    this.push({ kind: 'close', own: true, undo: null });
    this.push({ kind: 'close', own: true, undo: null });
  }

  get head(): Request | undefined {
    return this.#requests[this.#front];
  }

  get last(): Request | undefined {
    return this.quiet ? undefined : this.#requests.at(-1);
  }

  shift(): void {
    const request = this.#requests[this.#front]!;
    if (isBarrier(request)) this.#barriers--;
    else if (isDoubtful(request)) this.#doubtful--;
    this.#front++;
    // A client that always stays ahead never lets the queue become empty.
    if (this.quiet || (this.#front >= ANSWERED_MAX && this.#front * 2 >= this.#requests.length)) {
      this.#requests = this.#requests.slice(this.#front);
      this.#front = 0;
    }
  }

  /** Whether a command is still outstanding. */
  holds(run: Run): boolean {
    return this.pending().some((request) => 'run' in request && request.run === run);
  }

  /** Whether nothing is outstanding. */
  get quiet(): boolean {
    return this.#front === this.#requests.length;
  }

  /** Whether a ReadyForQuery, or an answer to the gateway itself, is outstanding. */
  get waiting(): boolean {
    return this.#barriers > 0;
  }

  pending(): readonly Request[] {
    return this.#requests.slice(this.#front);
  }

  /** After an error: removes everything up to the Sync at which the target resumes, in order. */
  skip(): Request[] {
    const skipped: Request[] = [];
    for (let head = this.head; head !== undefined && head.kind !== 'sync'; head = this.head) {
      skipped.push(head);
      this.shift();
    }
    return skipped;
  }

  /** The target has begun COPY FROM STDIN: it ignores a Sync that is already on its way. */
  doubt(): void {
    for (const request of this.pending()) {
      if (request.kind !== 'sync' || request.doubtful) continue;
      request.doubtful = true;
      this.#barriers--;
      this.#doubtful++;
    }
  }

  /** The COPY was ended by a message that was sent after them: they were ignored. */
  forgetDoubtful(): void {
    // Called at the end of every command, and a pipeline may hold any number; hardly any is a COPY.
    if (this.#doubtful === 0) return;
    this.#requests = this.pending().filter((request) => !isDoubtful(request));
    this.#front = 0;
    this.#doubtful = 0;
  }

  /** A Sync after a possibly skipped one replaces it: the target answers one of them. */
  settleDoubt(): boolean {
    const last = this.last;
    if (last?.kind !== 'sync' || !last.doubtful) return false;
    last.doubtful = false;
    this.#doubtful--;
    this.#barriers++;
    return true;
  }
}
