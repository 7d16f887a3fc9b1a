/** The catalogue of one database: read at first need, again after DDL and by age; one reading at a time. */
import type { Catalogue } from '../facts/sql/catalogue.js';
import { mergeChanges, noChange, type SchemaChange } from '../facts/sql/schema-change.js';
import type { Extent } from './read-catalogue.js';
import type { UpstreamLogin } from './session.js';

/** After so long all of it is read again, whatever has changed. */
const AGE_MAX_MS = 60_000;
/** How often the target is asked what has changed past the gateway, and how long after the last command. */
const POLL_MS = 5000;
const WATCH_MS = 300_000;
/** Between two attempts while there is no catalogue. */
const PAUSE_MS = 2000;
/** So long after a change what it names is read, if no command needs it before. */
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
  const { login, failed, clock, read } = parts;
  let catalogue: Catalogue | null = null;
  /** When the target was last asked for whatever is new, and for all of it. */
  let readAt = -Infinity;
  let wholeAt = -Infinity;
  let triedAt = -Infinity;
  let changing = noChange;
  let running: Promise<void> | null = null;
  let due: NodeJS.Timeout | null = null;
  /** What it began with: a change during a reading may not be in it. */
  let runningFor = noChange;

  const extentAt = (now: number): Extent => {
    if (catalogue === null || now - wholeAt > AGE_MAX_MS) return 'whole';
    return changing === noChange || changing.everything ? 'changes' : changing;
  };
  const start = async (): Promise<void> => {
    const asked = changing;
    try {
      triedAt = clock().getTime();
      const extent = extentAt(triedAt);
      if (extent === 'whole') wholeAt = triedAt;
      if (typeof extent === 'string') readAt = triedAt;
      const fresh = await read(await login(), extent);
      // The same catalogue stays the same object: what was derived with it is still true. By name it is the same only then.
      if (catalogue === null || typeof extent !== 'string' || !isSame(catalogue, fresh)) catalogue = fresh;
      // What was changed while it was read may not be in it.
      if (changing === asked) changing = noChange;
    } catch (error) {
      // Nothing that could be relied on is left.
      if (asked.everything) catalogue = null;
      failed(error);
    } finally {
      running = null;
    }
  };
  const begin = (): Promise<void> => {
    runningFor = changing;
    return (running = start());
  };
  const settle = async (): Promise<void> => {
    if (running !== null) {
      const covers = runningFor === changing;
      await running;
      if (covers) return;
    }
    if (changing !== noChange) await (running ?? begin());
  };
  const poll = (): void => {
    const open = catalogue === null || changing !== noChange;
    const [since, pause] = open ? [triedAt, PAUSE_MS] : [readAt, POLL_MS];
    if (running === null && clock().getTime() - since > pause) void begin();
  };
  const asked = watch(clock, poll);
  const outdate = (change: SchemaChange): void => {
    const merged = mergeChanges(changing, change);
    // Another object than a reading under way began with, even if it names the same.
    changing = merged === changing && merged !== noChange ? { ...merged } : merged;
  };
  return {
    current: () => {
      asked();
      poll();
      return catalogue;
    },
    change: (change) => {
      outdate(change);
      if (changing === noChange || due !== null) return;
      // Nobody waits for it but who names what has changed, so that a few changes are read together.
      due = setTimeout(() => {
        due = null;
        void settle();
      }, CHANGE_MS);
      due.unref();
    },
    changing: () => changing,
    settled: () => (changing === noChange ? null : settle()),
    renew: () => running ?? (clock().getTime() - readAt < RENEW_MS ? null : begin()),
    outdate,
    ready: async () => {
      if (changing !== noChange) await settle();
      // Nobody has asked for long: a session does not begin with what was there then.
      else if (catalogue === null || clock().getTime() - readAt > AGE_MAX_MS) await (running ?? begin());
    },
  };
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
