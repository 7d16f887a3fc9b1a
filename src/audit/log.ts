/**
 * A session's record as it is written: one file, one event a line, each with the SHA-256 of the line before.
 *
 * `append` returns after the kernel has the line (`write`) or after the disk has it (`fsync`). Writing is synchronous
 * on purpose: nothing that follows a decision may overtake its record.
 */
import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors.js';
import type { EventBody } from './event.js';

export const FIRST_PREV = '0'.repeat(64);

export interface LogOptions {
  readonly folder: string;
  readonly sync: 'write' | 'fsync';
}

export class SessionLog {
  readonly path: string;
  readonly #fd: number;
  readonly #sync: boolean;
  #seq = 0;
  #prev = FIRST_PREV;
  /** Bytes of whole events in the file: what a torn write is cut back to. */
  #length = 0;
  #closed = false;

  constructor(options: LogOptions, session: string, opened: Date) {
    const folder = join(options.folder, opened.toISOString().slice(0, 10));
    this.path = join(folder, `${session}.jsonl`);
    this.#sync = options.sync === 'fsync';
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.path, 'ax', 0o600);
    } catch (cause) {
      throw recordFailed(cause);
    }
  }

  append(body: EventBody, at: Date): void {
    if (this.#closed) throw new GatewayError('record-closed', 'the record of this session is closed');
    const event = { seq: this.#seq, at: at.toISOString(), prev: this.#prev, ...body };
    const line = JSON.stringify(event);
    const bytes = Buffer.from(`${line}\n`);
    this.#write(bytes);
    this.#seq++;
    this.#length += bytes.length;
    this.#prev = hashLine(bytes.subarray(0, -1));
  }

  #write(bytes: Buffer): void {
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
      if (this.#sync) fdatasyncSync(this.#fd);
    } catch (cause) {
      this.#cutBack();
      throw recordFailed(cause);
    }
  }

  /** A half-written line would make the next one unreadable; the next event starts on a clean line. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#length);
    } catch {
      // The file cannot be mended: nothing more is written to it, so the reader finds a torn tail.
      this.#closed = true;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }
}

export function hashLine(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

function recordFailed(cause: unknown): GatewayError {
  return new GatewayError('record-failed', 'the record of this session cannot be written', { cause });
}
