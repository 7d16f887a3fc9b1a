/** A catalogue in a file, as `policy catalogue pull` writes it. */
import { toJson } from '../../src/values/value.js';
import { readKnownCatalogue, WorldError, type KnownCatalogue } from '../../src/protocols/world.js';
import { readObject } from './facts-input.js';
import { UsageError } from '../output/outcome.js';

export function readCatalogueFile(file: string): KnownCatalogue {
  try {
    return readKnownCatalogue(toJson(readObject(file)));
  } catch (error) {
    if (error instanceof WorldError) throw new UsageError(`\`${file}\` is not a catalogue: ${error.message}`);
    throw error;
  }
}
