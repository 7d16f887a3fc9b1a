/** How a command ended, cut to what a record keeps of it. */
import type { CommandResult } from '../audit/event.js';

export interface SampleBounds {
  readonly rows: number;
  readonly bytes: number;
}

const TAGS_MAX = 1000;
const MESSAGE_LENGTH_MAX = 8192;

export function boundedResult(result: CommandResult, bounds: SampleBounds): CommandResult {
  const { tags, message, sample } = result;
  if (tags.length <= TAGS_MAX && message === undefined && (sample === undefined || fits(sample, bounds)))
    return result;
  const short = message === undefined ? {} : { message: message.slice(0, MESSAGE_LENGTH_MAX) };
  const shown = sample === undefined ? {} : boundedSample(sample, result.sampleTruncated === true, bounds);
  return { ...result, tags: tags.slice(0, TAGS_MAX), ...short, ...shown };
}

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
function fits(rows: NonNullable<CommandResult['sample']>, bounds: SampleBounds): boolean {
  if (rows.length > bounds.rows) return false;
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += value === null ? 0 : 3 * value.length;
  return bytes <= bounds.bytes;
}

/** Whole rows as long as they fit; a row that does not fit ends the sample. */
function boundedSample(
  rows: NonNullable<CommandResult['sample']>,
  truncated: boolean,
  bounds: SampleBounds,
): Pick<CommandResult, 'sample' | 'sampleTruncated'> {
  const kept: (readonly (string | null)[])[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, bounds.rows)) {
    bytes += row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    if (bytes > bounds.bytes) break;
    kept.push(row);
  }
  const cut = truncated || kept.length < rows.length;
  return { sample: kept, ...(cut ? { sampleTruncated: true } : {}) };
}
