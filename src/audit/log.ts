/**
 * A session's record as it is written: one file, one event a line, chained as event.ts says.
 *
 * `append` returns after the kernel has the line (`write`: it survives the end of this process) or after the disk has it
 * (`fsync`: it survives a power failure). Writing is synchronous on purpose: nothing that follows a decision may
 * overtake its record. How a command ended keeps nobody waiting: where such a line cannot be written, it waits
 * for the next one, and no command goes out before both are in the file.
 */
import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors.js';
import type { EventBody } from './event.js';
import { WrittenDecisions } from './known-decisions.js';
import { FIRST_PREV, LINE_BYTES_MAX, writeLine } from './line.js';

/** Of results that wait: more are written at once. */
const WAITING_BYTES_MAX = 64 * 1024;

export interface LogOptions {
  readonly folder: string;
  readonly sync: 'write' | 'fsync';
}

export class SessionLog {
  readonly path: string;
  readonly #fd: number;
  readonly #sync: boolean;
  readonly #decisions = new WrittenDecisions();
  /** Lines of results that are not in the file yet, in order. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #seq = 0;
  #prev = FIRST_PREV;
  /** Bytes of whole events in the file: what a torn write is cut back to. */
  #length = 0;
  /** The file cannot be trusted to take another line; once true it stays so. */
  #spoilt = false;
  #closed = false;

  /** Throws GatewayError `record-failed`. */
  constructor(options: LogOptions, session: string, opened: Date) {
    const folder = join(options.folder, opened.toISOString().slice(0, 10));
    this.path = join(folder, `${session}.jsonl`);
    this.#sync = options.sync === 'fsync';
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.path, 'ax', 0o600);
      // The file's name is in its folder, and a day's folder in the one above: both must outlive the power as well.
      if (this.#sync) for (const parent of [folder, options.folder]) syncFolder(parent);
    } catch (cause) {
      throw recordFailed(cause);
    }
  }

  /**
   * Throws GatewayError `record-failed` where the event is not in the file, and `record-closed` after `close`. A result
   * that cannot be written yet is kept until it can, and no command comes before it.
   */
  append(body: EventBody, at: Date): void {
    if (this.#closed) throw new GatewayError('record-closed', 'the record of this session is closed');
    if (this.#spoilt) throw recordFailed(new Error('an earlier write failed'));
    const { bytes, link } = writeLine(this.#seq, at, this.#prev, body, this.#decisions);
    if (bytes.length > LINE_BYTES_MAX) throw recordFailed(new Error('the event is too large'));
    if (body.kind === 'result' && this.#waitingBytes + bytes.length <= WAITING_BYTES_MAX) this.#keep(bytes);
    else this.#writeAll(bytes, this.#sync && body.kind !== 'result');
    if (body.kind === 'command') this.#decisions.written(body.command, body.decision);
    this.#seq++;
    this.#prev = link;
  }

  #keep(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#flush();
  }

  /** Where it fails, the lines wait for the next event, whose command is refused where it fails again. */
  #flush(): void {
    if (this.#closed || this.#spoilt || this.#waitingBytes === 0) return;
    try {
      this.#writeAll(null, false);
    } catch {
      // Nothing is forwarded before it has worked.
    }
  }

  /** All that waits, and after it one line more. */
  #writeAll(line: Buffer | null, sync: boolean): void {
    const alone = line !== null && this.#waitingBytes === 0;
    const bytes = alone ? line : Buffer.concat(line === null ? this.#waiting : [...this.#waiting, line]);
    this.#write(bytes, sync);
    this.#length += bytes.length;
    if (this.#waitingBytes === 0) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
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
      // After a failed fdatasync the kernel may report success for pages that it has dropped: this file is done with.
      this.#spoilt = true;
      throw recordFailed(cause);
    }
  }

  /** A half-written line would make the next one unreadable; the next event starts on a clean line. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#length);
    } catch {
      // The file cannot be mended: nothing more is written to it, and its reader finds a torn tail.
      this.#spoilt = true;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
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
