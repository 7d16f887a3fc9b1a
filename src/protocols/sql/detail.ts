/** What a recording keeps of how an SQL command ended. */
import { count, either, listOf, nullable, object, optional, text, truth } from '../../audit/checks.js';
import type { ShownResult } from '../protocol.js';
import type { SampleBounds } from '../sample.js';

export interface SqlDetail {
  /** `SELECT 3`, one for each statement of the command. */
  readonly tags: readonly string[];
  readonly rows: number;
  /** The message of an error. It may quote values and is kept only if no mask applies. */
  readonly message?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  /** The first rows as the client saw them: masked. */
  readonly sample?: readonly (readonly (string | null)[])[] | undefined;
  readonly sampleTruncated?: true | undefined;
  /**
   * For COPY FROM STDIN: a row contained the replacement of a masked value that the session was shown, and a rule
   * allows that.
   */
  readonly maskedRows?: true | undefined;
}

const shape = object({
  tags: listOf(text),
  rows: count,
  message: optional(text),
  columns: optional(listOf(text)),
  sample: optional(listOf(listOf(nullable(text)))),
  sampleTruncated: optional(either(true)),
  maskedRows: optional(truth),
});

export function isSqlDetail(value: unknown): value is SqlDetail {
  return shape(value);
}

const TAGS_MAX = 1000;
const MESSAGE_LENGTH_MAX = 8192;

export function boundedDetail(detail: SqlDetail, bounds: SampleBounds): SqlDetail {
  const { tags, message, sample } = detail;
  if (tags.length <= TAGS_MAX && message === undefined && (sample === undefined || fits(sample, bounds)))
    return detail;
  const short = message === undefined ? {} : { message: message.slice(0, MESSAGE_LENGTH_MAX) };
  const shown = sample === undefined ? {} : boundedSample(sample, detail.sampleTruncated === true, bounds);
  return { ...detail, tags: tags.slice(0, TAGS_MAX), ...short, ...shown };
}

type Sample = NonNullable<SqlDetail['sample']>;

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
function fits(rows: Sample, bounds: SampleBounds): boolean {
  if (rows.length > bounds.rows) return false;
  let bytes = 0;
  for (const row of rows) for (const value of row) bytes += value === null ? 0 : 3 * value.length;
  return bytes <= bounds.bytes;
}

/** Whole rows while they fit; the first row that does not fit ends the sample. */
function boundedSample(
  rows: Sample,
  truncated: boolean,
  bounds: SampleBounds,
): Pick<SqlDetail, 'sample' | 'sampleTruncated'> {
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

export function showDetail({ tags, message, columns, sample, sampleTruncated }: SqlDetail): ShownResult {
  return {
    summary: tags.join(', '),
    message: message ?? null,
    table: columns === undefined || sample === undefined ? null : { columns, rows: sample },
    more: sampleTruncated === true,
  };
}
