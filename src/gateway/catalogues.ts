/** The catalogue of one database: read at first need, again after DDL and by age; one reading at a time. */
import type { Catalogue } from '../facts/sql/catalogue.js';
import type { UpstreamLogin } from './session.js';

/** After so long all of it is read again, whatever has changed. */
const AGE_MAX_MS = 60_000;
/** How often the target is asked what has changed past the gateway, and how long after the last command. */
const POLL_MS = 5000;
const WATCH_MS = 300_000;
/** Between two attempts while there is no catalogue. */
const PAUSE_MS = 2000;
/** What was read a moment ago is not read again for a name that it does not have. */
const RENEW_MS = 1000;

export interface CatalogueSource {
  /** As last read; null where it never could be, and where it is known to be outdated. */
  current(): Catalogue | null;
  /**
   * The schema has changed. Resolves when a catalogue that was read after this call is in place, or reading failed: then
   * there is none until one can be read.
   */
  refresh(): Promise<void>;
  /**
   * Somebody names what the catalogue does not have: it may be new. Resolves when what has changed was read, or reading failed;
   * null where it was read a moment ago.
   */
  renew(): Promise<void> | null;
  /** The schema has changed, and nobody asks here at the moment: it is read again for the next who comes. */
  outdate(): void;
  /** Resolves at once where a catalogue is there, otherwise when reading it has ended, well or not. */
  ready(): Promise<void>;
}

export interface CatalogueParts {
  readonly login: () => Promise<UpstreamLogin>;
  /** Told of every reading that failed. */
  readonly failed: (error: unknown) => void;
  readonly clock: () => Date;
  readonly read: (login: UpstreamLogin, extent: 'whole' | 'changes') => Promise<Catalogue>;
}

export function createCatalogueSource(parts: CatalogueParts): CatalogueSource {
  const { login, failed, clock, read } = parts;
  let catalogue: Catalogue | null = null;
  let readAt = -Infinity;
  let wholeAt = -Infinity;
  let outdated = false;
  let freshening: Promise<void> | null = null;
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;

  const start = async (changed: boolean): Promise<void> => {
    outdated = false;
    try {
      readAt = clock().getTime();
      const extent = catalogue !== null && readAt - wholeAt <= AGE_MAX_MS ? 'changes' : 'whole';
      if (extent === 'whole') wholeAt = readAt;
      const fresh = await read(await login(), extent);
      // The same catalogue stays the same object: what was derived with it is still true.
      if (catalogue === null || !isSame(catalogue, fresh)) catalogue = fresh;
    } catch (error) {
      // Where nothing says that it is outdated, the one that was read before stays.
      if (changed) catalogue = null;
      failed(error);
    } finally {
      running = null;
    }
  };
  const begin = (changed: boolean): Promise<void> => (running = start(changed));
  const refresh = (): Promise<void> => {
    if (running === null) return begin(true);
    // A reading under way may have begun before the change: one more follows it, for all who wait.
    queued ??= running.then(() => {
      queued = null;
      return begin(true);
    });
    return queued;
  };
  const poll = (): void => {
    const pause = catalogue === null ? PAUSE_MS : POLL_MS;
    if (running === null && clock().getTime() - readAt > pause) void begin(false);
  };
  const asked = watch(clock, poll);
  return {
    current: () => {
      asked();
      poll();
      return catalogue;
    },
    refresh,
    renew: () => running ?? (clock().getTime() - readAt < RENEW_MS ? null : begin(false)),
    outdate: () => {
      outdated = true;
    },
    ready: async () => {
      if (outdated) {
        freshening = refresh().finally(() => {
          freshening = null;
        });
      }
      if (freshening !== null) await freshening;
      // Nobody has asked for long: a session does not begin with what was there then.
      else if (catalogue === null || clock().getTime() - readAt > AGE_MAX_MS) await (running ?? begin(false));
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
