/**
 * Records of refused logins. One file per login would let anybody fill the disk without a token. Instead, each process
 * has one file, which rolls over into a next one that names its last hash. The total size is bounded; the oldest files
 * are removed first.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalsPart, SessionRefused } from './event.js';
import { SessionLog, type LogOptions } from './log.js';

/** Within the folder of recordings. */
export const REFUSED_FOLDER = 'refused';
/** The total size is divided into this many files. */
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

  /** The current file, created when the first login is refused. */
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

  /** Never throws: verifying the file detects a missing end. */
  #end(reason: 'rolled' | 'refused', at: Date): void {
    const log = this.#log;
    if (log === null) return;
    this.#log = null;
    try {
      log.append({ kind: 'closed', reason, commands: 0 }, at);
    } catch {
      // The missing end shows that the record is incomplete.
    }
    this.#before = log.link;
    log.close();
  }

  /** Files of other processes count too: each process leaves room for one more file. */
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

/** Oldest first: names begin with the time. */
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
