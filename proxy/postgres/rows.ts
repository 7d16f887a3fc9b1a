/** Rows on their way to the client: masked where a mask applies, counted, and sampled for the record. */
import { decodeDataRow, encodeDataRow } from './backend-codec.js';
import { maskRow } from './row-mask.js';
import { SAMPLE_CHARACTERS_MAX, SAMPLE_VALUES_MAX } from './run.js';
import type { Run } from './run.js';
import { decodeText } from './values.js';

/** Counts a row, keeps it for the record where that is wanted, and gives the bytes to send: null for the row as it came. */
export function passRow(run: Run, bytes: Buffer, start: number, end: number, sample: boolean): Buffer | null {
  run.rows++;
  if (run.mask === null && !sample) {
    run.bytes += end - start;
    return null;
  }
  const values = decodeDataRow(bytes, start, end);
  const shown = run.mask === null ? values : maskRow(run.mask, values);
  if (sample) keepSample(run, shown);
  if (run.mask === null) {
    run.bytes += end - start;
    return null;
  }
  const row = encodeDataRow(shown);
  run.bytes += row.length;
  return row;
}

function keepSample(run: Run, values: readonly (Buffer | null)[]): void {
  if (values.length > SAMPLE_VALUES_MAX) run.sampleTruncated = true;
  run.sample.push(
    values.slice(0, SAMPLE_VALUES_MAX).map((value, index) => {
      if (value === null) return null;
      const field = run.fields?.[index];
      const text = decodeText(value, field?.format ?? run.format, field?.typeOid ?? 0);
      if (text.length <= SAMPLE_CHARACTERS_MAX) return text;
      run.sampleTruncated = true;
      return text.slice(0, SAMPLE_CHARACTERS_MAX);
    }),
  );
}
