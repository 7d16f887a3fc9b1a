/**
 * The masks of one result's rows, field by field.
 *
 * What a masked field becomes is `maskValue`'s to say, by type and format: text, varchar, bpchar, name and json hold the
 * masked text, every other type cannot hold `[redacted]` and becomes NULL, an unknown type too. Counts and types of the
 * fields stay as RowDescription announced them, so that a client reads the row as ever.
 */
import { fieldMasks } from '../../../src/masking/sql/fields.js';
import type { MaskKey } from '../../../src/masking/methods.js';
import type { FieldMask } from '../../../src/masking/field-mask.js';
import type { MaskPlan } from '../../../src/masking/sql/plan.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import { prefilterOf, type Prefilter } from '../../../src/masking/prefilter.js';
import { fixedMask, maskValue } from '../../../src/masking/postgres/value.js';
import { isSearchedAsWritten } from '../../../src/masking/postgres/value-text.js';
import { BodyReader } from '../wire/body-reader.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { BACKEND, ProtocolViolation } from '../wire/messages.js';
import type { FieldDescription } from '../wire/messages.js';

/** A mask for one result: at least one of its fields is masked. */
export interface RowMask {
  readonly fields: readonly MaskedField[];
  readonly quiet: QuietRows | null;
  readonly key: MaskKey;
  /** Called with what the client is shown. */
  readonly shown: Replacements;
}

/** What remains to be done to a row in which no detector can match, according to prefilters on the bytes of the row. */
export interface QuietRows {
  readonly prefilter: Prefilter;
  /** Null if such a row passes unchanged. */
  readonly fields: readonly MaskedField[] | null;
}

export interface MaskedField {
  readonly described: FieldDescription;
  readonly mask: FieldMask | null;
  /** The replacement of every value; undefined if each value must be scanned. */
  readonly fixed: Uint8Array | null | undefined;
  /** The client was already shown it. */
  noted: boolean;
}

/** Why no row of a result may be shown. */
export interface Untold {
  readonly rule: string;
  readonly reason: string;
}

/** Null if the rows pass unchanged. `fields` is null if the server has described none. */
export function rowMask(
  plan: MaskPlan,
  fields: readonly FieldDescription[] | null,
  key: MaskKey,
  shown: Replacements,
): RowMask | Untold | null {
  if (plan.kind === 'clear' && plan.silent === undefined) return null;
  const found = fieldMasks(plan, fields ?? []);
  if (found.kind === 'untold') return found;
  const { masks } = found;
  // Without a description no row may pass: the field count does not match, which ends the session.
  if (fields !== null && masks.every((mask) => mask === null)) return null;
  const masked = (fields ?? []).map((described, index) => {
    const mask = masks[index];
    if (mask === undefined) throw new ProtocolViolation('a field without its mask');
    return maskedField(described, mask);
  });
  return { fields: masked, quiet: quietRows(masked), key, shown };
}

function maskedField(described: FieldDescription, mask: FieldMask | null): MaskedField {
  const fixed = mask === null ? undefined : fixedMask(mask, described.typeOid, described.format);
  return { described, mask, fixed, noted: false };
}

function quietRows(fields: readonly MaskedField[]): QuietRows | null {
  const searched = fields.filter(({ mask }) => mask !== null && mask.detectors.length > 0);
  const asWritten = ({ described }: MaskedField): boolean =>
    isSearchedAsWritten(described.typeOid, described.format);
  if (searched.length === 0 || !searched.every(asWritten)) return null;
  const prefilter = prefilterOf(searched.flatMap(({ mask }) => mask!.detectors.map(({ name }) => name)));
  if (prefilter === null) return null;
  const left = fields.map(({ described, mask }) => maskedField(described, withoutDetectors(mask)));
  return { prefilter, fields: left.every(({ mask }) => mask === null) ? null : left };
}

/** The effect of a mask on a value in which its detectors find nothing. */
export function withoutDetectors(mask: FieldMask | null): FieldMask | null {
  return mask === null || mask.method === null ? null : { ...mask, detectors: [] };
}

const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;

/**
 * Writes a DataRow as the client sees it; SQL's NULL stays NULL. The bytes between masked values are copied in one piece.
 * Returns its size. Throws ProtocolViolation if the row does not match its description.
 */
export function writeMaskedRow(
  fields: readonly MaskedField[],
  { key, shown }: RowMask,
  writer: MessageWriter,
  bytes: Buffer,
  start: number,
  end: number,
): number {
  const reader = new BodyReader(bytes, start + HEADER_BYTES, end);
  if (reader.count(LENGTH_BYTES) !== fields.length)
    throw new ProtocolViolation('a row with other fields than described');
  writer.begin(BACKEND.DataRow);
  let copied = start + HEADER_BYTES;
  for (const field of fields) {
    const at = end - reader.remaining;
    const value = reader.stretch();
    if (field.mask === null || value < 0) continue;
    writer.append(bytes, copied, at);
    copied = at + LENGTH_BYTES + value;
    if (field.fixed === undefined)
      writeValue(writer, masked(field, key, shown, bytes.subarray(copied - value, copied)));
    else {
      if (!field.noted) noteFixed(field, shown);
      writeValue(writer, field.fixed);
    }
  }
  writer.append(bytes, copied, end);
  reader.finish();
  return writer.end();
}

function masked(
  { described: { typeOid, format }, mask }: MaskedField,
  key: MaskKey,
  shown: Replacements,
  value: Buffer,
): Uint8Array | null {
  const written = maskValue(mask!, value, typeOid, format, key);
  if (written !== value) shown.note(mask!, written, typeOid, format);
  return written;
}

function noteFixed(field: MaskedField, shown: Replacements): void {
  const { described, mask, fixed = null } = field;
  field.noted = true;
  shown.note(mask!, fixed, described.typeOid, described.format);
}

function writeValue(writer: MessageWriter, value: Uint8Array | null): void {
  writer.int32(value === null ? -1 : value.length);
  if (value !== null) writer.append(value, 0, value.length);
}
