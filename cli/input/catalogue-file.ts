/** Catalogues from files, found by the target they are of. */
import { basename } from 'node:path';
import type { TargetColumns } from '../../src/engine/policy.js';
import type { KnownCatalogue } from '../../src/protocols/world.js';
import { readCatalogueFile } from './read-catalogue-file.js';

export interface CatalogueFinder {
  readonly find: (target: string) => KnownCatalogue | null;
  /** Targets that were asked for and are in no file. */
  readonly missing: () => readonly string[];
}

/**
 * `orders.catalogue.yaml` is the target `orders`. For tests one catalogue alone is that of every target, because they need
 * not name theirs; what was recorded on another target is never read through it.
 */
export function catalogueFinder(files: readonly string[], use: 'tests' | 'targets'): CatalogueFinder {
  const catalogues = new Map(files.map((file) => [targetOf(file), readCatalogueFile(file)]));
  const missing = new Set<string>();
  const only = use === 'tests' && catalogues.size === 1 ? [...catalogues.values()][0]! : null;
  return {
    find: (target) => {
      const found = catalogues.get(target) ?? only;
      if (found === null) missing.add(target);
      return found;
    },
    missing: () => [...missing].sort(),
  };
}

/** What the catalogues beside the rules contain that can be masked. */
export function catalogueColumns(files: readonly string[]): readonly TargetColumns[] {
  return files.map((file) => ({
    target: targetOf(file),
    columns: readCatalogueFile(file).relations.flatMap(({ schema, name, columns }) =>
      // A relation without listed columns may have any.
      (columns.length === 0 ? [{ name: '*' }] : columns).map((column) => ({
        schema,
        table: name,
        column: column.name,
      })),
    ),
  }));
}

function targetOf(file: string): string {
  return basename(file).replace(/\.catalogue\.(json|ya?ml)$|\.[^.]*$/, '');
}
