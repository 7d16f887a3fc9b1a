/** The catalogue of one database: read at first need, again after DDL and by age; one reading at a time. */
import { createHash } from 'node:crypto';
import type { Catalogue } from '../facts/sql/catalogue.js';
import { readCatalogue } from './read-catalogue.js';
import type { UpstreamLogin } from './session.js';

const AGE_MAX_MS = 60_000;

export interface CatalogueSource {
  /** As last read; null where it never could be. */
  current(): Catalogue | null;
  /** Resolves when a catalogue that was read after this call is in place, or reading failed. */
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

  const start = async (): Promise<void> => {
    try {
      readAt = clock().getTime();
      const fresh = await read(await login());
      const print = fingerprint(fresh);
      // The same catalogue stays the same object: what was derived with it is still true.
      if (print !== known) catalogue = fresh;
      known = print;
    } catch (error) {
      // The one that was read before stays: names that changed since are then unknown, not allowed.
      failed(error);
    } finally {
      running = null;
    }
  };
  const begin = (): Promise<void> => (running = start());
  const refresh = (): Promise<void> => {
    if (running === null) return begin();
    // A reading under way may have begun before the change: one more follows it, for all who wait.
    queued ??= running.then(() => {
      queued = null;
      return begin();
    });
    return queued;
  };
  return {
    current: () => {
      if (catalogue !== null && running === null && clock().getTime() - readAt > AGE_MAX_MS) void begin();
      return catalogue;
    },
    refresh,
    ready: async () => {
      if (catalogue === null) await (running ?? begin());
    },
  };
}

function fingerprint(catalogue: Catalogue): string {
  return createHash('sha256').update(JSON.stringify(catalogue)).digest('hex');
}
