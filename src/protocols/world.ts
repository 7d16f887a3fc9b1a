/** Knowledge of a target from files beside the rules. */
import type { Catalogue } from '../facts/sql/catalogue/catalogue.js';
import { CatalogueFileError, parseCatalogue, type CatalogueFile } from '../facts/sql/catalogue/file.js';

export interface World {
  /** The catalogue of a database. */
  readonly catalogue: KnownCatalogue | null;
}

export type KnownCatalogue = Catalogue & Partial<Pick<CatalogueFile, 'searchPath' | 'user'>>;

/** From the JSON of `*.catalogue.yaml`. Throws WorldError if it is not a catalogue. */
export function readKnownCatalogue(json: unknown): KnownCatalogue {
  try {
    return parseCatalogue(json);
  } catch (error) {
    if (error instanceof CatalogueFileError) throw new WorldError(error.message);
    throw error;
  }
}

export class WorldError extends Error {}
