/** The folder of recordings, and the recordings that a command line names. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { readConfig } from './config.js';
import { UsageError } from '../output/outcome.js';
import { findFiles } from './rule-files.js';

const FALLBACK = 'var/recordings';

export interface RecordingsOptions {
  readonly recordings?: string;
  readonly config?: string;
}

/** The folder that was named, that of the configuration, or `var/recordings`. */
export async function recordingsFolder(options: RecordingsOptions): Promise<string> {
  if (options.recordings !== undefined) return options.recordings;
  const config = await readConfig(options.config);
  return config?.recordings.folder ?? FALLBACK;
}

/** Recordings below files and folders, the oldest first: a folder is a day, and a file begins with its head. */
export function findRecordings(paths: readonly string[]): string[] {
  return findFiles(paths, (name) => name.endsWith('.jsonl'));
}

export function sessionOf(file: string): string {
  return basename(file, '.jsonl');
}

/** The one recording that an id, its beginning or a path means. */
export async function findSession(id: string, options: RecordingsOptions): Promise<string> {
  if (existsSync(id)) return id;
  const folder = await recordingsFolder(options);
  const found = findRecordings([folder]).filter((file) => sessionOf(file).startsWith(id));
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw new UsageError(`there is no session \`${id}\` in \`${folder}\``);
  throw new UsageError(
    `\`${id}\` matches ${found.length} sessions`,
    `give more of the id: ${found.slice(0, 5).map(sessionOf).join(', ')}`,
  );
}
