/** The catalogue of one database: read at first need, again after DDL and by age; one reading at a time. */
import type { Catalogue } from '../../facts/sql/catalogue/catalogue.js';
import {
  changeOf,
  mergeChanges,
  noChange,
  type SchemaChange,
} from '../../facts/sql/catalogue/schema-change.js';
import type { Extent } from './read-catalogue.js';
import type { UpstreamLogin } from './upstream-login.js';

/** After so long all of it is read again, whatever has changed. */
const AGE_MAX_MS = 60_000;
/** How often the target is asked what has changed past the gateway, and how long after the last command. */
const POLL_MS = 5000;
const WATCH_MS = 300_000;
/** Between two attempts while there is no catalogue. */
const PAUSE_MS = 2000;
/**
 * So long after the last change what was changed is read, if no command needs it before, and so long after the first at the latest.
 * That is also the pause where it may be of anything: all that is new is read then.
 */
const NAMES_MS = 50;
const CHANGE_MS = 250;
/** What was read a moment ago is not read again for a name that it does not have. */
const RENEW_MS = 1000;

export interface CatalogueSource {
  /** As last read; null where it never could be, and where it is known to be outdated. */
  current(): Catalogue | null;
  /**
   * The schema has changed: reading what the change names begins, and nothing of `current` that rests on it counts until then.
   */
  change(change: SchemaChange): void;
  /** What was changed and is not read yet. */
  changing(): SchemaChange;
  /** Resolves when what is changing was read, or reading it failed; null if nothing is. */
  settled(): Promise<void> | null;
  /**
   * Somebody names what the catalogue does not have: it may be new. Resolves when what has changed was read, or reading failed;
   * null where it was read a moment ago.
   */
  renew(): Promise<void> | null;
  /**
   * Something depends on what the catalogue does not have. Resolves when what has changed by the time of this call was read: to
   * whether that went well.
   */
  reread(): Promise<boolean>;
  /** The catalogue with these names read after this call; null where that cannot be done. Never rejects. */
  readNamed(names: ReadonlySet<string>): Promise<Catalogue | null>;
  /** The same where nobody asks at the moment: it is read again for the next who comes. */
  outdate(change: SchemaChange): void;
  /** Resolves at once where a catalogue is there, otherwise when reading it has ended, well or not. */
  ready(): Promise<void>;
}

export interface CatalogueParts {
  readonly login: () => Promise<UpstreamLogin>;
  /** Told of every reading that failed. */
  readonly failed: (error: unknown) => void;
  readonly clock: () => Date;
  readonly read: (login: UpstreamLogin, extent: Extent) => Promise<Catalogue>;
}

export function createCatalogueSource(parts: CatalogueParts): CatalogueSource {
  return new SharedCatalogue(parts);
}

/** Names that are to be read together. */
interface Batch {
  readonly names: Set<string>;
  reading: Promise<Catalogue | null> | null;
}

class SharedCatalogue implements CatalogueSource {
  readonly #parts: CatalogueParts;
  readonly #asked: () => void;
  #catalogue: Catalogue | null = null;
  /** When the target was last asked for whatever is new, for all of it, and for anything. */
  #readAt = -Infinity;
  #wholeAt = -Infinity;
  #triedAt = -Infinity;
  #changing = noChange;
  #running: Promise<void> | null = null;
  /** What it began with: a change during a reading may not be in it. */
  #runningFor = noChange;
  #due: NodeJS.Timeout | undefined;
  #unreadSince: number | null = null;
  #batch: Batch | null = null;
  /** How many readings of whatever is new went well. */
  #readings = 0;

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
    this.#asked = watch(parts.clock, () => this.#poll());
  }

  current(): Catalogue | null {
    this.#asked();
    this.#poll();
    return this.#catalogue;
  }

  change(change: SchemaChange): void {
    this.outdate(change);
    if (this.#changing === noChange) return;
    // Nobody waits for it but who names what has changed, so that changes that follow one another are read together.
    const now = this.#now;
    const since = (this.#unreadSince ??= now);
    const pause = this.#changing.everything ? CHANGE_MS : NAMES_MS;
    clearTimeout(this.#due);
    this.#due = setTimeout(() => void this.#settle(), Math.max(0, Math.min(pause, since + CHANGE_MS - now)));
    this.#due.unref();
  }

  changing(): SchemaChange {
    return this.#changing;
  }

  settled(): Promise<void> | null {
    return this.#changing === noChange ? null : this.#settle();
  }

  renew(): Promise<void> | null {
    return this.#running ?? (this.#now - this.#readAt < RENEW_MS ? null : this.#begin());
  }

  async reread(): Promise<boolean> {
    // The one under way may have begun before; what follows it is of now.
    if (this.#running !== null) await this.#running;
    const before = this.#readings;
    // What is changing is read first.
    for (let left = 2; left > 0 && this.#readings === before; left--) await (this.#running ?? this.#begin());
    return this.#readings > before;
  }

  /** Those who ask while something is being read are answered together by the next reading. */
  async readNamed(names: ReadonlySet<string>): Promise<Catalogue | null> {
    if (changeOf({ renamed: names }).everything) return null;
    const batch = (this.#batch ??= { names: new Set(), reading: null });
    for (const name of names) batch.names.add(name);
    batch.reading ??= this.#readBatch(batch);
    return batch.reading;
  }

  async #readBatch(batch: Batch): Promise<Catalogue | null> {
    while (this.#running !== null) await this.#running;
    this.#batch = null;
    const { login, failed, read } = this.#parts;
    // A change that comes meanwhile is not in it.
    this.#runningFor = { ...noChange };
    const reading = (async () => {
      try {
        const asked = changeOf({ renamed: batch.names });
        const fresh = await read(await login(), asked.everything ? 'changes' : asked);
        return (this.#catalogue = fresh);
      } catch (error) {
        failed(error);
        return null;
      }
    })();
    this.#running = reading.then(() => undefined);
    try {
      return await reading;
    } finally {
      this.#running = null;
    }
  }

  outdate(change: SchemaChange): void {
    const merged = mergeChanges(this.#changing, change);
    // Another object than a reading under way began with, even if it names the same.
    this.#changing = merged === this.#changing && merged !== noChange ? { ...merged } : merged;
  }

  async ready(): Promise<void> {
    if (this.#changing !== noChange) await this.#settle();
    // A session does not begin with what was there before it came.
    else if (this.#catalogue === null || this.#now - this.#readAt >= RENEW_MS)
      await (this.#running ?? this.#begin());
  }

  get #now(): number {
    return this.#parts.clock().getTime();
  }

  #poll(): void {
    const open = this.#catalogue === null || this.#changing !== noChange;
    const [since, pause] = open ? [this.#triedAt, PAUSE_MS] : [this.#readAt, POLL_MS];
    if (this.#running === null && this.#now - since > pause) void this.#begin();
  }

  /** Reads what is changing, unless a reading of it is under way. */
  async #settle(): Promise<void> {
    if (this.#running !== null) {
      const covers = this.#runningFor === this.#changing;
      await this.#running;
      if (covers) return;
    }
    if (this.#changing !== noChange) await (this.#running ?? this.#begin());
  }

  #begin(): Promise<void> {
    clearTimeout(this.#due);
    this.#unreadSince = null;
    this.#runningFor = this.#changing;
    return (this.#running = this.#read());
  }

  async #read(): Promise<void> {
    const asked = this.#changing;
    const { login, failed, read } = this.#parts;
    try {
      const extent = this.#extent(asked);
      const fresh = await read(await login(), extent);
      // The same catalogue stays the same object: what was derived with it is still true. By name it is the same only then.
      const before = this.#catalogue;
      if (before === null || typeof extent !== 'string' || !isSame(before, fresh)) this.#catalogue = fresh;
      if (typeof extent === 'string') this.#readings++;
      // What was changed while it was read may not be in it.
      if (this.#changing === asked) this.#changing = noChange;
    } catch (error) {
      // Nothing that could be relied on is left.
      if (asked.everything) this.#catalogue = null;
      failed(error);
    } finally {
      this.#running = null;
    }
  }

  #extent(asked: SchemaChange): Extent {
    const now = (this.#triedAt = this.#now);
    const whole = this.#catalogue === null || now - this.#wholeAt > AGE_MAX_MS;
    if (!whole && asked !== noChange && !asked.everything) return asked;
    this.#readAt = now;
    if (whole) this.#wholeAt = now;
    return whole ? 'whole' : 'changes';
  }
}

/** Sessions that are silent for a while find a catalogue of now, too: `poll` is called until long after the last call. */
function watch(clock: () => Date, poll: () => void): () => void {
  let askedAt = -Infinity;
  let timer: NodeJS.Timeout | null = null;
  const tick = (): void => {
    if (clock().getTime() - askedAt <= WATCH_MS) poll();
    else if (timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
  return () => {
    askedAt = clock().getTime();
    timer ??= setInterval(tick, POLL_MS).unref();
  };
}

/** Compared part by part: where little has changed most parts are the same objects. */
function isSame(one: Catalogue, other: Catalogue): boolean {
  if (one === other) return true;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as ReadonlySet<keyof Catalogue>;
  return [...keys].every((key) => areSame(one[key] ?? [], other[key] ?? []));
}

function areSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one === other) return true;
  return (
    one.length === other.length &&
    one.every((part, at) => part === other[at] || JSON.stringify(part) === JSON.stringify(other[at]))
  );
}
