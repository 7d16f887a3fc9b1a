/** Masks a value as it stands in a DataRow. PostgreSQL protocol, DataRow and format codes. */
import type { MaskKey } from './methods.js';
import type { FieldMask } from './plan.js';

/**
 * The bytes that the client sees in place of `value`: the same array where nothing changes, null for SQL's NULL.
 * `format` is the protocol's format code: 0 text, 1 binary.
 */
export function maskValue(
  mask: FieldMask,
  value: Uint8Array,
  typeOid: number,
  format: number,
  key: MaskKey,
): Uint8Array | null {
  void mask;
  void value;
  void typeOid;
  void format;
  void key;
  return null;
}
