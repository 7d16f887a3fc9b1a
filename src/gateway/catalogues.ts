/** The catalogue of one database: read at first need, again after DDL and by age; one reading at a time. */
import type { Catalogue } from '../facts/sql/catalogue.js';
import { readCatalogue } from './read-catalogue.js';
import type { UpstreamLogin } from './session.js';

const AGE_MAX_MS = 60_000;

export interface CatalogueSource {
  /** As last read; null where it never could be. */
  current(): Catalogue | null;
  /** Resolves when a catalogue that was read after this call is in place, or reading failed. */
  refresh(): Promise<void>;
  /** Resolves at once where a catalogue is there and fresh enough. */
  ready(): Promise<void>;
}

export function createCatalogueSource(
  login: () => UpstreamLogin,
  failed: (error: unknown) => void,
  read: (login: UpstreamLogin) => Promise<Catalogue> = readCatalogue,
): CatalogueSource {
  let catalogue: Catalogue | null = null;
  let readAt = 0;
  let running: Promise<void> | null = null;
  let queued: Promise<void> | null = null;

  const start = async (): Promise<void> => {
    try {
      catalogue = await read(login());
      readAt = Date.now();
    } catch (error) {
      // The one that was read before stays: names that changed since are then unknown, not allowed.
      failed(error);
    } finally {
      running = null;
    }
  };
  const begin = (): Promise<void> => (running = start());
  const refresh = async (): Promise<void> => {
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
      if (catalogue !== null && Date.now() - readAt > AGE_MAX_MS && running === null) void begin();
      return catalogue;
    },
    refresh,
    ready: async () => {
      if (catalogue === null) await (running ?? begin());
    },
  };
}
