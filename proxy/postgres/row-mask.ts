/**
 * The masks of one result's rows, field by field.
 *
 * What a masked field becomes is `maskValue`'s to say, by type and format: text, varchar, bpchar, name and json hold the
 * masked text, every other type cannot hold `[redacted]` and becomes NULL, an unknown type too. Counts and types of the
 * fields stay as RowDescription announced them, so that a client reads the row as ever.
 */
import { fieldMasks } from '../../src/masking/fields.js';
import type { MaskKey } from '../../src/masking/methods.js';
import type { FieldMask, MaskPlan } from '../../src/masking/plan.js';
import { maskValue } from '../../src/masking/value.js';
import { ProtocolViolation } from './messages.js';
import type { FieldDescription } from './messages.js';

/** A mask for one result: at least one of its fields has one. */
export interface RowMask {
  readonly fields: readonly FieldDescription[];
  readonly masks: readonly (FieldMask | null)[];
  readonly key: MaskKey;
}

/** Null where the rows pass as they are. `fields` is null where the server has described none. */
export function rowMask(
  plan: MaskPlan,
  fields: readonly FieldDescription[] | null,
  key: MaskKey,
): RowMask | null {
  if (plan.kind === 'clear') return null;
  const described = fields ?? [];
  const masks = fieldMasks(plan, described);
  // Without a description no row may pass: the count of fields will not fit, which ends the session.
  if (fields !== null && masks.every((mask) => mask === null)) return null;
  return { fields: described, masks, key };
}

/** The values that the client sees. A null among them is SQL's NULL. */
export function maskRow(mask: RowMask, values: readonly (Buffer | null)[]): (Buffer | null)[] {
  if (values.length !== mask.fields.length)
    throw new ProtocolViolation('a row with other fields than described');
  return values.map((value, index) => {
    const fieldMask = mask.masks[index];
    if (fieldMask === undefined) throw new ProtocolViolation('a field without its mask');
    if (value === null || fieldMask === null) return value;
    const field = mask.fields[index]!;
    const masked = maskValue(fieldMask, value, field.typeOid, field.format, mask.key);
    if (masked === null) return null;
    return Buffer.isBuffer(masked)
      ? masked
      : Buffer.from(masked.buffer, masked.byteOffset, masked.byteLength);
  });
}
