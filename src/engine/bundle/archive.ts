/**
 * The bytes of a bundle file: a gzip of a POSIX ustar archive that holds plain files and nothing else. Reproducible,
 * and read in memory only: nothing is ever written to a path that it contains.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { Header } from 'tar/header';
import { GatewayError } from '../../errors.js';

export interface ArchiveFile {
  /** Relative to the root of the archive, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
}

export const archiveBytesMax = 64 * 1024 * 1024;
/** The largest tar inside: a gzip of 64 MiB could expand a thousandfold. */
const tarBytesMax = 256 * 1024 * 1024;
const filesMax = 10_001;
const pathLengthMax = 255;
const depthMax = 32;
const blockBytes = 512;
/** RFC 1952 section 2.3.1: the byte that names the operating system; 255 is an unknown one. */
const gzipSystemAt = 9;

export function isArchivePath(path: string): boolean {
  return /\.(tar\.gz|tgz)$/.test(path);
}

export function invalidBundle(problem: string, cause?: unknown): GatewayError {
  return new GatewayError('bundle-invalid', problem, cause === undefined ? {} : { cause });
}

/** The files must be sorted by path, complete and unique. Throws GatewayError `bundle-invalid` otherwise. */
export function readArchive(bytes: Uint8Array): readonly ArchiveFile[] {
  const tar = inflate(bytes);
  const files = new Map<string, ArchiveFile>();
  let at = 0;
  for (;;) {
    if (at + blockBytes > tar.length) throw invalidBundle('the archive ends before its end mark');
    const header = readHeader(tar, at);
    if (header.nullBlock) break;
    const path = checkPath(header.path ?? '');
    if (header.type !== 'File') throw invalidBundle(`\`${path}\` is not a regular file`);
    if (files.has(path)) throw invalidBundle(`\`${path}\` is in the archive twice`);
    const start = at + blockBytes;
    const size = header.size ?? -1;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > tar.length)
      throw invalidBundle(`\`${path}\` is cut off`);
    files.set(path, { path, bytes: tar.subarray(start, start + size) });
    if (files.size > filesMax) throw invalidBundle(`the archive holds more than ${filesMax - 1} files`);
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
  // Data after the end marker is read by some programs and not by others.
  if (tar.subarray(at).some((byte) => byte !== 0))
    throw invalidBundle('something stands behind the end of the archive');
  return [...files.values()].sort(byPath);
}

function inflate(bytes: Uint8Array): Buffer {
  if (bytes.length > archiveBytesMax)
    throw invalidBundle(`the bundle is larger than ${archiveBytesMax} bytes`);
  try {
    return gunzipSync(bytes, { maxOutputLength: tarBytesMax });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw invalidBundle(`the bundle unpacks to more than ${tarBytesMax} bytes`, cause);
    throw invalidBundle('the bundle is not a gzip file, or it is truncated', cause);
  }
}

function readHeader(tar: Buffer, at: number): Header {
  let header: Header;
  try {
    header = new Header(tar, at);
  } catch (cause) {
    throw invalidBundle('a header of the archive cannot be read', cause);
  }
  if (!header.nullBlock && !header.cksumValid) throw invalidBundle('a header of the archive is damaged');
  return header;
}

/** Checks that a path means the same on every system and to every reader, and returns it. */
export function checkPath(path: string): string {
  const steps = path.split('/');
  const odd = steps.some((step) => step === '' || step === '.' || step === '..' || step.startsWith('.'));
  if (odd || /[\u0000-\u001f\u007f\\:\ufffd]/.test(path))
    throw invalidBundle(`${JSON.stringify(path)} is not a path that a bundle may have`);
  if (Buffer.byteLength(path) > pathLengthMax || steps.length > depthMax)
    throw invalidBundle(`\`${path.slice(0, 80)}…\` is too long a path for a bundle`);
  return path;
}

function byPath(one: ArchiveFile, other: ArchiveFile): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}

/** The same files give the same bytes: sorted, without owners, times or the name of this system. */
export function writeArchive(files: readonly ArchiveFile[]): Buffer {
  const blocks = [...files].sort(byPath).flatMap(({ path, bytes }) => {
    const padding = Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes);
    return [headerOf(checkPath(path), bytes.length), bytes, padding];
  });
  const packed = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 });
  packed[gzipSystemAt] = 255;
  if (packed.length > archiveBytesMax)
    throw invalidBundle(`the bundle is larger than ${archiveBytesMax} bytes`);
  return packed;
}

function headerOf(path: string, size: number): Buffer {
  const header = new Header({ path, size, type: 'File', mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) });
  // ustar splits a path of more than 100 bytes at a `/`; if that is impossible, an extended header would be needed.
  if (header.encode() || header.block === undefined)
    throw invalidBundle(`\`${path}\` is too long a path for a bundle`);
  return header.block;
}
