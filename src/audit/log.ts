/**
 * Writes a session's record: one file, one event a line, chained as event.ts says.
 *
 * `append` returns once the kernel has the line (`write`: it survives the end of this process) or the disk has it
 * (`fsync`: it survives a power failure). Writing is synchronous on purpose: nothing that follows a decision may
 * overtake its record. Results make nobody wait: they are written after the client has been answered. If that fails,
 * they wait for the next event, and no command is forwarded before both are in the file.
 */
import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors.js';
import type { EventBody } from './event.js';
import { WrittenDecisions } from './known-decisions.js';
import { FIRST_PREV, LINE_BYTES_MAX, writeLine, type Line } from './line.js';

/** How many results may wait; beyond this they are written at once. */
const RESULTS_MAX = 100;
const WAITING_BYTES_MAX = 64 * 1024;

interface Event {
  readonly body: EventBody;
  readonly at: Date;
}

export interface LogOptions {
  readonly folder: string;
  readonly sync: 'write' | 'fsync';
}

/** The folder of a day's sessions, by the day on which they were opened. */
export function dayOf(opened: Date): string {
  return opened.toISOString().slice(0, 10);
}

/** The complete part of a file that another process left unfinished. */
export interface Unfinished {
  readonly events: number;
  readonly link: string;
  readonly length: number;
}

export class SessionLog {
  readonly path: string;
  readonly #fd: number;
  readonly #sync: boolean;
  readonly #decisions = new WrittenDecisions();
  /** Results that are not serialized yet, in order. */
  #results: Event[] = [];
  /** Serialized lines of earlier results that are not in the file yet. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #seq = 0;
  #prev = FIRST_PREV;
  /** Bytes of complete events in the file; a torn write is truncated to this length. */
  #length = 0;
  /** The file cannot be trusted to take another line; once true it stays so. */
  #spoilt = false;
  #closed = false;

  /** A new file `name`.jsonl in the folder of a day, or in another one. Throws GatewayError `record-failed`. */
  constructor(options: LogOptions, name: string, opened: Date, inside = dayOf(opened), after?: Unfinished) {
    const folder = join(options.folder, inside);
    this.path = join(folder, `${name}.jsonl`);
    this.#sync = options.sync === 'fsync';
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.path, after === undefined ? 'ax' : 'a', 0o600);
      if (after !== undefined) {
        ftruncateSync(this.#fd, after.length);
        this.#seq = after.events;
        this.#prev = after.link;
        this.#length = after.length;
      }
      // The file's name is stored in its folder, and a day's folder in its parent: both must survive a power failure too.
      if (this.#sync) for (const parent of [folder, options.folder]) syncFolder(parent);
    } catch (cause) {
      throw recordFailed(cause);
    }
  }

  /** Bytes of complete events in the file, and the hash of the last of them. */
  get length(): number {
    return this.#length;
  }

  get link(): string {
    return this.#prev;
  }

  /**
   * Throws GatewayError `record-failed` if the event could not be written, and `record-closed` after `close`. A result
   * is written by the next `flush`, or kept until it can be written; no later command is recorded before it.
   */
  append(body: EventBody, at: Date): void {
    if (this.#closed) throw new GatewayError('record-closed', 'the record of this session is closed');
    if (this.#spoilt) throw recordFailed(new Error('an earlier write failed'));
    if (body.kind !== 'result') {
      this.#writeAll({ body, at });
      return;
    }
    if (this.#results.length >= RESULTS_MAX || this.#waitingBytes > WAITING_BYTES_MAX) this.#writeAll(null);
    this.#results.push({ body, at });
  }

  /**
   * Writes the pending results. Never throws: if it fails, the next event tries again, and a command whose record fails
   * is refused.
   */
  flush(): void {
    const nothing = this.#results.length === 0 && this.#waitingBytes === 0;
    if (this.#closed || this.#spoilt || nothing) return;
    try {
      this.#writeAll(null);
    } catch {
      // Nothing is forwarded until a retry succeeds.
    }
  }

  /** All pending results, followed by one more event. */
  #writeAll(last: Event | null): void {
    if (this.#results.length > 0) this.#queueResults();
    const line = last === null ? null : this.#lineOf(last);
    const lines = line === null ? this.#waiting : [...this.#waiting, line.bytes];
    const bytes = lines.length === 1 ? lines[0]! : Buffer.concat(lines);
    this.#write(bytes, this.#sync && last !== null);
    this.#length += bytes.length;
    if (this.#waitingBytes > 0) this.#waiting = [];
    this.#waitingBytes = 0;
    if (line === null) return;
    if (last!.body.kind === 'command') this.#decisions.written(last!.body.command, last!.body.decision);
    this.#advance(line);
  }

  #queueResults(): void {
    const results = this.#results;
    this.#results = [];
    for (const result of results) {
      const line = this.#lineOf(result);
      this.#waiting.push(line.bytes);
      this.#waitingBytes += line.bytes.length;
      this.#advance(line);
    }
  }

  #advance({ link }: Line): void {
    this.#seq++;
    this.#prev = link;
  }

  #lineOf({ body, at }: Event): Line {
    const line = writeLine(this.#seq, at, this.#prev, body, this.#decisions);
    // A record that lacks a result would be incomplete.
    if (line.bytes.length > LINE_BYTES_MAX) this.#spoilt = body.kind === 'result';
    if (line.bytes.length > LINE_BYTES_MAX) throw recordFailed(new Error('the event is too large'));
    return line;
  }

  #write(bytes: Buffer, sync: boolean): void {
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
    } catch (cause) {
      this.#cutBack();
      throw recordFailed(cause);
    }
    try {
      if (sync) fdatasyncSync(this.#fd);
    } catch (cause) {
      // After a failed fdatasync the kernel may report success for pages that it has dropped, so this file is abandoned.
      this.#spoilt = true;
      throw recordFailed(cause);
    }
  }

  /** Truncates a half-written line, so that the next event starts on a line of its own. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#length);
    } catch {
      // The file cannot be repaired: nothing more is written to it, and readers find a torn tail.
      this.#spoilt = true;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    closeSync(this.#fd);
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function recordFailed(cause: unknown): GatewayError {
  return new GatewayError('record-failed', 'the record of this session cannot be written', { cause });
}
