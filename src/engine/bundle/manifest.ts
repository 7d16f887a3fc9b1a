/** The manifest of a bundle, `manifest.json`: its revision, its roots, and the hash of every file. */
import { createHash } from 'node:crypto';
import { checkPath, invalidBundle, readArchive, type ArchiveFile } from './archive.js';
import { JsonError, parseJson } from '../../values/json-text.js';
import { isArray, isObject, property, type Maybe } from '../../values/value.js';

export const manifestPath = 'manifest.json';
/** A detached JWS over the bytes of the manifest (RFC 7515 appendix F). */
export const signaturePath = 'signature.jws';

export interface Manifest {
  readonly revision: string;
  /** Packages and data paths, `ci/orders`: everything in the bundle is below them. */
  readonly roots: readonly string[];
  /** Lower-case hexadecimal SHA-256 by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface OpenBundle {
  readonly manifest: Manifest;
  /** What a signature covers. */
  readonly manifestBytes: Buffer;
  readonly signature: Buffer | null;
  /** Exactly those of the manifest, with matching hashes. */
  readonly files: readonly ArchiveFile[];
}

const manifestBytesMax = 4 * 1024 * 1024;
const version = 1;

export function isRevision(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(text);
}

export function manifestOf(
  files: readonly ArchiveFile[],
  revision: string,
  roots: readonly string[],
): ArchiveFile {
  const sorted = [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
  const hashes = Object.fromEntries(sorted.map(({ path, bytes }) => [path, sha256(bytes)]));
  const manifest = { version, revision, roots: [...roots].sort(), files: hashes };
  return { path: manifestPath, bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) };
}

/** Throws GatewayError `bundle-invalid` if the archive does not match its manifest. */
export function openBundle(bytes: Uint8Array): OpenBundle {
  const all = readArchive(bytes);
  const find = (wanted: string): Buffer | null => all.find(({ path }) => path === wanted)?.bytes ?? null;
  const manifestBytes = find(manifestPath);
  if (manifestBytes === null) throw invalidBundle(`the bundle has no \`${manifestPath}\``);
  const manifest = readManifest(manifestBytes);
  const files = all.filter(({ path }) => path !== manifestPath && path !== signaturePath);
  for (const { path, bytes: content } of files) {
    const wanted = manifest.files.get(path);
    if (wanted === undefined) throw invalidBundle(`\`${path}\` is not in the manifest`);
    if (wanted !== sha256(content)) throw invalidBundle(`\`${path}\` is not what the manifest says`);
  }
  const there = new Set(files.map(({ path }) => path));
  for (const path of manifest.files.keys())
    if (!there.has(path)) throw invalidBundle(`\`${path}\` of the manifest is not in the bundle`);
  return { manifest, manifestBytes, signature: find(signaturePath), files };
}

function readManifest(bytes: Buffer): Manifest {
  if (bytes.length > manifestBytesMax) throw invalidBundle('the manifest is too large');
  const manifest = parse(bytes);
  if (property(manifest, 'version') !== version)
    throw invalidBundle(`the manifest is of another version than ${version}`);
  const revision = property(manifest, 'revision');
  const roots = property(manifest, 'roots');
  const files = property(manifest, 'files');
  if (typeof revision !== 'string' || !isRevision(revision))
    throw invalidBundle('the manifest has no `revision`');
  if (!isTexts(roots)) throw invalidBundle('the manifest has no list of `roots`');
  if (!isObject(files)) throw invalidBundle('the manifest has no `files`');
  return { revision, roots, files: new Map(Object.entries(files).map(toFile)) };
}

function parse(bytes: Buffer) {
  try {
    const value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError || error instanceof TypeError)) throw error;
  }
  throw invalidBundle('the manifest is no JSON object');
}

function toFile([path, hash]: [string, Maybe]): [string, string] {
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw invalidBundle(`the manifest has no hash of ${JSON.stringify(path)}`);
  return [checkPath(path), hash];
}

function isTexts(value: Maybe): value is readonly string[] {
  return isArray(value) && value.every((item) => typeof item === 'string');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
