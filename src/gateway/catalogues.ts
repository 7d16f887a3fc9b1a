/** The catalogue of one database: read at first need, again after DDL and by age; one reading at a time. */
import { createHash } from 'node:crypto';
import type { Catalogue } from '../facts/sql/catalogue.js';
import { readCatalogue } from './read-catalogue.js';
import type { UpstreamLogin } from './session.js';

const AGE_MAX_MS = 60_000;
/** Between two attempts while there is no catalogue. */
const PAUSE_MS = 2000;

export interface CatalogueSource {
  /** As last read; null where it never could be, and where it is known to be outdated. */
  current(): Catalogue | null;
  /**
   * The schema has changed. Resolves when a catalogue that was read after this call is in place, or reading failed: then
   * there is none until one can be read.
   */
  refresh(): Promise<void>;
  /** Resolves at once where a catalogue is there, otherwise when reading it has ended, well or not. */
  ready(): Promise<void>;
}

export interface CatalogueParts {
  readonly login: () => Promise<UpstreamLogin>;
  /** Told of every reading that failed. */
  readonly failed: (error: unknown) => void;
  readonly clock: () => Date;
  readonly read?: (login: UpstreamLogin) => Promise<Catalogue>;
}

export function createCatalogueSource(parts: CatalogueParts): CatalogueSource {
  const { login, failed, clock, read = readCatalogue } = parts;
  let catalogue: Catalogue | null = null;
  let known: string | null = null;
  let readAt = -Infinity;
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;

  const start = async (changed: boolean): Promise<void> => {
    try {
      readAt = clock().getTime();
      const fresh = await read(await login());
      const print = fingerprint(fresh);
      // The same catalogue stays the same object: what was derived with it is still true.
      if (catalogue === null || print !== known) catalogue = fresh;
      known = print;
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
  return {
    current: () => {
      const pause = catalogue === null ? PAUSE_MS : AGE_MAX_MS;
      if (running === null && clock().getTime() - readAt > pause) void begin(false);
      return catalogue;
    },
    refresh,
    ready: async () => {
      if (catalogue === null) await (running ?? begin(false));
    },
  };
}

function fingerprint(catalogue: Catalogue): string {
  return createHash('sha256').update(JSON.stringify(catalogue)).digest('hex');
}
