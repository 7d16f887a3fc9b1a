/** Builds a bundle from rule files, with the manifest that lists them. */
import { createHash } from 'node:crypto';
import { invalidBundle, writeArchive, type ArchiveFile } from './archive.js';
import type { Bundle } from './bundle.js';
import { dataPath } from './data-file.js';
import { manifestOf, manifestPath, openBundle, signaturePath } from './manifest.js';
import { isCatalogue, isRules, type FoundFile } from './rule-files.js';

/** Throws GatewayError `bundle-invalid` if the files do not fit into one archive. */
export function buildBundle(
  found: readonly FoundFile[],
  bundle: Pick<Bundle, 'modules' | 'tests'>,
  revision: string,
): Buffer {
  const files = new Map<string, ArchiveFile>();
  for (const { relative, read } of found) {
    if (relative === manifestPath)
      throw invalidBundle(`\`${manifestPath}\` at the top is the bundle's own file: name it otherwise`);
    if (files.has(relative)) throw invalidBundle(`\`${relative}\` is in two of the folders`);
    files.set(relative, { path: relative, bytes: read() });
  }
  const all = [...files.values()];
  return writeArchive([...all, manifestOf(all, revision, rootsOf(found, bundle))]);
}

/** The same bundle with this signature, replacing any earlier one. */
export function withSignature(bytes: Uint8Array, signature: string): Buffer {
  const { files, manifestBytes } = openBundle(bytes);
  return writeArchive([
    ...files,
    { path: manifestPath, bytes: manifestBytes },
    { path: signaturePath, bytes: Buffer.from(`${signature}\n`) },
  ]);
}

/** A hash of the contents of the files, including tests and catalogues. */
export function contentHash(found: readonly FoundFile[]): string {
  const hash = createHash('sha256');
  for (const { relative, read } of found) {
    const bytes = read();
    hash.update(`${relative}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}

/** Packages and data paths, without those below another of them. */
function rootsOf(
  found: readonly FoundFile[],
  { modules, tests }: Pick<Bundle, 'modules' | 'tests'>,
): readonly string[] {
  const data = found.map(({ relative }) => relative).filter((name) => !isRules(name) && !isCatalogue(name));
  const packages = [...modules, ...tests].map((module) => module.package.path);
  const paths = [...packages, ...data.map(dataPath)].map((path) => path.join('/'));
  const sorted = [...new Set(paths)].sort();
  // The root of everything is the empty path.
  return sorted.filter(
    (path) => !sorted.some((other) => other !== path && (other === '' || path.startsWith(`${other}/`))),
  );
}
