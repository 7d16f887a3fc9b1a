/**
 * Logins that were refused: not a file each, which would let anybody fill the disk without a token, but one file for each process
 * that goes over into a next one and names its last hash. All files together stay within a bound; the oldest go first.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalsPart, SessionRefused } from './event.js';
import { SessionLog, type LogOptions } from './log.js';

/** Below the folder of recordings. */
export const REFUSED_FOLDER = 'refused';
/** A file is a part of what all of them may take. */
const PARTS = 8;

export class RefusalLog {
  readonly #options: LogOptions;
  readonly #bytesMax: number;
  readonly #id = randomUUID();
  #log: SessionLog | null = null;
  #part = 0;
  #before: string | null = null;

  constructor(options: LogOptions, bytesMax: number) {
    this.#options = options;
    this.#bytesMax = bytesMax;
  }

  /** Throws GatewayError `record-failed`. */
  append(event: SessionRefused, at: Date): void {
    const log = this.#current(at);
    const begins = log.length === 0;
    log.append(begins ? { ...event, part: this.#head() } : event, at);
    if (log.length >= this.#bytesMax / PARTS) this.#end('rolled', at);
  }

  close(at: Date): void {
    this.#end('refused', at);
  }

  /** The file of now. It is made when the first login is refused. */
  #current(at: Date): SessionLog {
    if (this.#log !== null) return this.#log;
    this.#makeRoom();
    const moment = at.toISOString().replaceAll(/[:.]/g, '');
    const name = `${moment}-${this.#id.slice(0, 8)}-${this.#part + 1}`;
    this.#log = new SessionLog(this.#options, name, at, REFUSED_FOLDER);
    this.#part++;
    return this.#log;
  }

  #head(): RefusalsPart {
    return { log: this.#id, number: this.#part, before: this.#before };
  }

  /** What cannot be written here is missed by a verification of the file, and keeps nobody from going on. */
  #end(reason: 'rolled' | 'refused', at: Date): void {
    const log = this.#log;
    if (log === null) return;
    this.#log = null;
    try {
      log.append({ kind: 'closed', reason, commands: 0 }, at);
    } catch {
      // The record has no end, and says so.
    }
    this.#before = log.link;
    log.close();
  }

  /** Files of other processes count as well: each leaves room for one more. */
  #makeRoom(): void {
    const folder = join(this.#options.folder, REFUSED_FOLDER);
    const files = sizesIn(folder);
    let bytes = files.reduce((sum, { size }) => sum + size, this.#bytesMax / PARTS);
    for (const { name, size } of files) {
      if (bytes <= this.#bytesMax) return;
      rmSync(join(folder, name), { force: true });
      bytes -= size;
    }
  }
}

/** The oldest first: names begin with their moment. */
function sizesIn(folder: string): { readonly name: string; readonly size: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => ({ name, size: statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0 }));
}
