/** COPY to the client: the announcement in CopyOutResponse, and its rows with their masks. */
import { copyFields } from '../../../src/masking/sql/copy.js';
import { fieldMasks } from '../../../src/masking/sql/fields.js';
import type { MaskPlan } from '../../../src/masking/sql/plan.js';
import { BodyReader } from '../wire/body-reader.js';
import { CopyBinary } from '../copy/binary.js';
import type { CopyRows, MaskedColumn } from '../copy/columns.js';
import { CsvDialect, TextDialect } from '../copy/dialect.js';
import { CopyLines } from '../copy/lines.js';
import { Fatal } from '../wire/fatal.js';
import type { Handling } from '../wire/frame-reader.js';
import { stopUntold } from '../state/limits.js';
import type { Link } from '../state/link.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { BACKEND, ProtocolViolation } from '../wire/messages.js';
import type { Message, MessagePart } from '../wire/messages.js';
import type { Request } from '../state/pipeline.js';
import type { Untold } from '../masks/row-mask.js';
import { planAtWork } from '../state/run.js';
import type { Run } from '../state/run.js';

const HEADER_BYTES = 5;
/** Each CopyData of PostgreSQL is a row, and clients rely on it: only larger ones are split. */
const WHOLE_BYTES_MAX = 1024 * 1024;

/** How the rows of the new COPY are read and masked; null if they pass unchanged. */
function copyRows(
  plan: MaskPlan,
  response: CopyOutResponse,
  { maskingKey: key, replacements: shown }: Link,
): CopyRows | Untold | null {
  if (plan.kind === 'clear') return null;
  const copy = plan.kind === 'mask' ? plan.statement.copy : null;
  if (plan.kind !== 'mask' || copy === null || copy.direction !== 'out') throw unaccounted();
  if ((copy.format === 'binary') !== response.binary) throw unaccounted();
  const fields = copyFields(plan.statement, plan.catalogue, response.columns);
  const found = fieldMasks(plan, fields);
  if (found.kind === 'untold') return found;
  const { masks } = found;
  if (masks.every((mask) => mask === null)) return null;
  const columns = fields.map((field, i): MaskedColumn | null => {
    const mask = masks[i] ?? null;
    return mask === null ? null : { name: field.name, mask, typeOid: field.typeOid, key, shown };
  });
  switch (copy.format) {
    case 'binary':
      return new CopyBinary(columns);
    case 'csv':
      return new CopyLines(new CsvDialect(copy, columns.length), columns, copy.header);
    case 'text':
      return new CopyLines(new TextDialect(copy), columns, copy.header);
    case 'other':
      throw unaccounted();
  }
}

function unaccounted(): Fatal {
  return new Fatal('XX000', 'the target sends rows of COPY that no statement accounts for', 'error');
}

interface CopyOutResponse {
  readonly binary: boolean;
  readonly columns: number;
}

/** CopyOutResponse: the format of all, the number of columns, and a format for each. */
function decodeCopyOutResponse(bytes: Buffer, start: number, end: number): CopyOutResponse {
  const reader = new BodyReader(bytes, start + 5, end);
  const binary = reader.byte() !== 0;
  const columns = reader.count(2);
  for (let i = 0; i < columns; i++) reader.int16();
  reader.finish();
  return { binary, columns };
}

export function copyHandling(head: Request | undefined, bodyBytes: number): Handling {
  const run = head?.kind === 'query' || head?.kind === 'execute' ? head.run : null;
  return run !== null && run.copy !== null && bodyBytes <= WHOLE_BYTES_MAX ? 'whole' : 'stream';
}

/** CopyOutResponse or CopyDone was received. */
export function turnCopyOut(link: Link, run: Run, { type, bytes, start, end }: Message): void {
  if (type === BACKEND.CopyOutResponse) {
    const rows = copyRows(planAtWork(run), decodeCopyOutResponse(bytes, start, end), link);
    if (rows !== null && 'reason' in rows) stopUntold(link, run, rows);
    else run.copy = rows;
  } else if (run.copy !== null && run.stopped === null && !run.copy.settled) {
    throw new ProtocolViolation('the rows of COPY end within a row');
  }
}

/** Writes the ready part of a CopyData chunk as its own message; returns the size of that message, 0 for none. */
export function writeCopyData(rows: CopyRows, writer: MessageWriter, part: MessagePart): number {
  const { bytes, start, end, first, last } = part;
  writer.begin(BACKEND.CopyData);
  rows.push(bytes, first ? start + HEADER_BYTES : start, end, writer, first && last);
  if (writer.bodyBytes > 0) return writer.end();
  writer.cancel();
  return 0;
}
