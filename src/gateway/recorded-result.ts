/** How a command ended, cut to what a record keeps of it. */
import type { CommandResult } from '../audit/event.js';

export interface SampleBounds {
  readonly rows: number;
  readonly bytes: number;
}

const TAGS_MAX = 1000;
const MESSAGE_LENGTH_MAX = 8192;

type Result = Omit<CommandResult, 'kind' | 'command'>;

/** Member by member: it is made for every command, and copies of objects cost most of what a record costs. */
export function boundedResult(command: number, result: Result, bounds: SampleBounds): CommandResult {
  const { tags, sample } = result;
  const whole = sample === undefined || fits(sample, bounds);
  const kept = whole ? sample : boundedSample(sample, bounds);
  return {
    kind: 'result',
    command,
    outcome: result.outcome,
    tags: tags.length <= TAGS_MAX ? tags : tags.slice(0, TAGS_MAX),
    rows: result.rows,
    bytes: result.bytes,
    sqlstate: result.sqlstate,
    message: result.message?.slice(0, MESSAGE_LENGTH_MAX),
    columns: result.columns,
    sample: kept,
    sampleTruncated: kept?.length === sample?.length ? result.sampleTruncated : true,
    milliseconds: result.milliseconds,
  };
}

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
function fits(rows: NonNullable<Result['sample']>, bounds: SampleBounds): boolean {
  if (rows.length > bounds.rows) return false;
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += value === null ? 0 : 3 * value.length;
  return bytes <= bounds.bytes;
}

/** Whole rows as long as they fit; a row that does not fit ends the sample. */
function boundedSample(
  rows: NonNullable<Result['sample']>,
  bounds: SampleBounds,
): NonNullable<Result['sample']> {
  const kept: (readonly (string | null)[])[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, bounds.rows)) {
    bytes += row.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    if (bytes > bounds.bytes) break;
    kept.push(row);
  }
  return kept;
}
