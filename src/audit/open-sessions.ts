/**
 * Tracks the open sessions of a gateway, so that one that starts later can complete the records of one that was killed.
 * Each process has a folder with an empty file for each session, and a file that says which process it is.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { renameSync, rmdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '../errors.js';
import { dayOf, SessionLog, type LogOptions } from './log.js';
import { readRecording } from './recording.js';
import { addToIndex, summarize } from './session-index.js';

/** Within the folder of recordings. */
const FOLDER = '.open';
const OWNER = 'process.json';
/** A process on another machine, or in another container, counts as gone after this long without a sign of life. */
const SILENT_MS = 10 * 60_000;
const BEAT_MS = 60_000;

/** Identifies a process on this machine. */
interface Owner {
  readonly place: string;
  readonly pid: number;
  readonly started: string;
}

export interface InterruptedSession {
  readonly session: string;
  readonly file: string;
  /** Commands that were forwarded and whose outcome is unknown. */
  readonly lost: number;
}

export class OpenSessions {
  readonly #options: LogOptions;
  readonly #id = randomUUID();
  readonly #interrupted: (session: InterruptedSession) => void;
  readonly #beat: NodeJS.Timeout;
  #made = false;
  #looking: Promise<void> | null = null;

  /** `interrupted` is called for each session whose record was completed here. */
  constructor(options: LogOptions, interrupted: (session: InterruptedSession) => void) {
    this.#options = options;
    this.#interrupted = interrupted;
    this.#beat = setInterval(() => {
      if (this.#made) touch(join(this.#folder, OWNER));
      void this.recover();
    }, BEAT_MS);
    this.#beat.unref();
  }

  get #root(): string {
    return join(this.#options.folder, FOLDER);
  }

  get #folder(): string {
    return join(this.#root, this.#id);
  }

  /** Throws GatewayError `record-failed`: no session is admitted whose end might go unrecorded. */
  add(session: string, opened: Date): void {
    try {
      if (!this.#made) this.#make();
      closeSync(openSync(join(this.#folder, markerOf(session, opened)), 'w', 0o600));
    } catch (cause) {
      throw new GatewayError('record-failed', 'the record of this session cannot be written', { cause });
    }
  }

  #make(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#folder, OWNER), JSON.stringify(thisProcess()), { mode: 0o600 });
    this.#made = true;
  }

  remove(session: string, opened: Date): void {
    rmSync(join(this.#folder, markerOf(session, opened)), { force: true });
  }

  /**
   * Completes the records of processes that are gone. Never rejects: a record that cannot be completed is left as it
   * is.
   */
  recover(): Promise<void> {
    return (this.#looking ??= this.#recoverAll().finally(() => (this.#looking = null)));
  }

  async #recoverAll(): Promise<void> {
    for (const name of namesIn(this.#root)) {
      // `<process that completes it>+<another name>`; a process that failed tries again.
      const [holder = ''] = name.split('+');
      if (name === this.#id) continue;
      if (holder === this.#id) await this.#finishAll(join(this.#root, name));
      if (holder === this.#id || isAlive(join(this.#root, holder))) continue;
      const claimed = join(this.#root, `${this.#id}+${randomUUID()}`);
      try {
        if (!this.#made) this.#make();
        renameSync(join(this.#root, name), claimed);
      } catch {
        // Another process claimed it first.
        continue;
      }
      await this.#finishAll(claimed);
    }
  }

  async #finishAll(folder: string): Promise<void> {
    for (const marker of namesIn(folder)) {
      if (marker === OWNER) continue;
      try {
        await this.#finish(marker);
        rmSync(join(folder, marker), { force: true });
      } catch {
        // The disk may be full: the next process that starts tries again.
        return;
      }
    }
    rmSync(folder, { recursive: true, force: true });
  }

  async #finish(marker: string): Promise<void> {
    const [day = '', session = ''] = marker.split('_');
    const file = join(this.#options.folder, day, `${session}.jsonl`);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return;
    const end = await endOf(file);
    if (end === null) return;
    const now = new Date();
    const log = new SessionLog(this.#options, session, now, day, end);
    try {
      for (const command of end.running) {
        const unknown = { bytes: 0, milliseconds: 0 };
        log.append({ kind: 'result', command, outcome: 'lost', ...unknown }, now);
      }
      const detail = `the gateway ended without closing this session${end.torn ? '; its last line was torn' : ''}`;
      log.append({ kind: 'closed', reason: 'interrupted', detail, commands: end.commands }, now);
    } finally {
      log.close();
    }
    const summary = await summarize(file);
    if (summary !== null) addToIndex(join(this.#options.folder, day), [summary]);
    this.#interrupted({ session, file, lost: end.running.size });
  }

  close(): void {
    clearInterval(this.#beat);
    if (!this.#made) return;
    try {
      rmSync(join(this.#folder, OWNER), { force: true });
      rmdirSync(this.#folder);
    } catch {
      // A session is left over: the next process completes its record.
    }
  }
}

function markerOf(session: string, opened: Date): string {
  return `${dayOf(opened)}_${session}`;
}

interface End {
  readonly events: number;
  readonly link: string;
  readonly length: number;
  readonly commands: number;
  readonly running: ReadonlySet<number>;
  readonly torn: boolean;
}

/** Null for a record that is complete, empty, or has a broken chain, which people must look at. */
async function endOf(file: string): Promise<End | null> {
  const running = new Set<number>();
  let end: End | null = null;
  let commands = 0;
  for await (const step of readRecording(file)) {
    if (step.kind === 'broken') return null;
    if (step.kind === 'torn') return end === null ? null : { ...end, torn: true };
    const { event, link, line, end: length } = step;
    if (event.kind === 'closed') return null;
    if (event.kind === 'command') commands++;
    if (event.kind === 'command' && event.forwarded) running.add(event.command);
    if (event.kind === 'result') running.delete(event.command);
    end = { events: line, link, length, commands, running, torn: false };
  }
  return end;
}

/** Whether the process of this folder may still write. */
function isAlive(folder: string): boolean {
  const file = join(folder, OWNER);
  const beat = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  const owner = readOwner(file);
  // A process makes its folder first and then this file. Without the file, it has just started or was stopped at once.
  if (beat === undefined || owner === null) return isYoung(folder);
  const here = thisProcess();
  if (owner.place !== here.place) return Date.now() - beat < SILENT_MS;
  return startOf(owner.pid) === owner.started;
}

function isYoung(folder: string): boolean {
  const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && Date.now() - made < BEAT_MS;
}

function readOwner(file: string): Owner | null {
  try {
    const { place, pid, started } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Owner>;
    return typeof place === 'string' && typeof pid === 'number' && typeof started === 'string'
      ? { place, pid, started }
      : null;
  } catch {
    return null;
  }
}

function thisProcess(): Owner {
  return { place: place(), pid: process.pid, started: startOf(process.pid) ?? '' };
}

/** The scope of process ids: this boot of this machine, or this container. */
function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** When a process started; null if there is none. Process ids are reused; on Linux the start time distinguishes them. */
function startOf(pid: number): string | null {
  try {
    // proc(5): the 22nd field; the second is in parentheses and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : (fields[18] ?? '');
  } catch {
    return process.platform === 'linux' ? null : answers(pid);
  }
}

function answers(pid: number): string | null {
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Without it, processes on other machines may take this one for gone.
  }
}
