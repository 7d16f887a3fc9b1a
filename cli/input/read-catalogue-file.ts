/** A catalogue in a file, as `policy catalogue pull` writes it. */
import { toJson } from '../../src/values/value.js';
import type { CatalogueFile } from '../../src/facts/sql/catalogue/file.js';
import { CatalogueFileError, parseCatalogue } from '../../src/facts/sql/catalogue/file.js';
import { readObject } from './facts-input.js';
import { UsageError } from '../output/outcome.js';

export function readCatalogueFile(file: string): CatalogueFile {
  try {
    return parseCatalogue(toJson(readObject(file)));
  } catch (error) {
    if (error instanceof CatalogueFileError)
      throw new UsageError(`\`${file}\` is no catalogue: ${error.message}`);
    throw error;
  }
}
