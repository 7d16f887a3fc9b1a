/** Rows for the client: masked if a mask applies, counted, and sampled for the record. */
import type { PrefilterScanner } from '../../../src/masking/prefilter.js';
import type { Outlet } from '../../relay.js';
import { decodeDataRow } from '../wire/backend-codec.js';
import type { Stretch } from '../wire/frame-reader.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { writeMaskedRow } from '../masks/row-mask.js';
import type { MaskedField, RowMask } from '../masks/row-mask.js';
import { SAMPLE_CHARACTERS_MAX, SAMPLE_VALUES_MAX } from '../state/run.js';
import type { Run } from '../state/run.js';
import { decodeText } from '../values/values.js';
import type { Message } from '../wire/messages.js';

/** Where rows go: unchanged, or rewritten. */
export interface RowOutlet {
  readonly toClient: Outlet;
  readonly writer: MessageWriter;
  readonly scanner: PrefilterScanner;
}

/** Forwards the current row, which is whole, and keeps it for the record if that is wanted. */
export function passRow(run: Run, outlet: RowOutlet, message: Stretch, sample: boolean): void {
  const masked = run.mask === null ? null : maskedFields(run.mask, outlet, message);
  if (masked === null && !sample) {
    passRows(run, outlet.toClient, message, run.mask === null ? undefined : outlet.scanner.cleanUntil);
    return;
  }
  run.rows++;
  const { bytes, start, end } = message;
  if (masked === null) {
    run.bytes += end - start;
    outlet.toClient.pass(bytes, start, end);
    keepSample(run, decodeDataRow(bytes, start, end));
    return;
  }
  const { writer } = outlet;
  run.bytes += writeMaskedRow(masked, run.mask!, writer, bytes, start, end);
  if (sample) keepSample(run, decodeDataRow(writer.bytes, writer.start, writer.stop));
}

/** Null if the row passes unchanged. */
function maskedFields(
  { fields, quiet }: RowMask,
  { scanner }: RowOutlet,
  { bytes, start, end }: Message,
): readonly MaskedField[] | null {
  return quiet !== null && scanner.isClean(quiet.prefilter, bytes, start, end) ? quiet.fields : fields;
}

/** The current message and, if rows are not counted one by one, all of its type that follow it and end before `until`. */
export function passRows(run: Run, toClient: Outlet, message: Stretch, until?: number): void {
  run.rows += run.limits === null ? 1 + message.extend(until) : 1;
  run.bytes += message.end - message.start;
  toClient.pass(message.bytes, message.start, message.end);
}

function keepSample(run: Run, values: readonly (Buffer | null)[]): void {
  if (values.length > SAMPLE_VALUES_MAX) run.sampleTruncated = true;
  for (const value of values) run.sampleBytes += value?.length ?? 0;
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
