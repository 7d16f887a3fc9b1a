/** Rows on their way to the client: masked where a mask applies, counted, and sampled for the record. */
import type { ClueScanner } from '../../src/masking/clues.js';
import type { Outlet } from '../relay.js';
import { decodeDataRow } from './backend-codec.js';
import type { MessageWriter } from './message-writer.js';
import { writeMaskedRow } from './row-mask.js';
import type { RowMask } from './row-mask.js';
import { SAMPLE_CHARACTERS_MAX, SAMPLE_VALUES_MAX } from './run.js';
import type { Run } from './run.js';
import { decodeText } from './values.js';

/** Where rows go: as they came, or written anew. */
export interface RowOutlet {
  readonly toClient: Outlet;
  readonly writer: MessageWriter;
  readonly scanner: ClueScanner;
}

/** Sends a whole row on, counts it, and keeps it for the record where that is wanted. */
export function passRow(
  run: Run,
  outlet: RowOutlet,
  bytes: Buffer,
  start: number,
  end: number,
  sample: boolean,
): void {
  run.rows++;
  const written = run.mask !== null && writeMasked(run, run.mask, outlet, bytes, start, end);
  if (!written) {
    run.bytes += end - start;
    outlet.toClient.pass(bytes, start, end);
  }
  if (!sample) return;
  const { writer } = outlet;
  keepSample(
    run,
    written ? decodeDataRow(writer.bytes, writer.start, writer.stop) : decodeDataRow(bytes, start, end),
  );
}

/** False where the row is to pass as it is. */
function writeMasked(
  run: Run,
  { fields, quiet, key }: RowMask,
  { scanner, writer }: RowOutlet,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  const isQuiet = quiet !== null && scanner.isClean(quiet.clues, bytes, start, end);
  const masked = isQuiet ? quiet.fields : fields;
  if (masked === null) return false;
  run.bytes += writeMaskedRow(masked, key, writer, bytes, start, end);
  return true;
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
