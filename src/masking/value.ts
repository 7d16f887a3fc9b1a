/** Masks a value as it stands in a DataRow. PostgreSQL protocol, DataRow and format codes. */
import { masksAsText, maskText, type MaskKey } from './methods.js';
import type { FieldMask } from './plan.js';
import { searchableText, utf8 } from './value-text.js';

const json = 114;
const jsonb = 3802;

/**
 * The bytes that the client sees in place of `value`: the same array where nothing changes, null for SQL's NULL.
 * `format` is the protocol's format code: 0 text, 1 binary. Values of types that cannot hold masked text become NULL.
 */
export function maskValue(
  mask: FieldMask,
  value: Uint8Array,
  typeOid: number,
  format: number,
  key: MaskKey,
): Uint8Array | null {
  if (masksAsText(typeOid)) return maskBytes(mask, value, key);
  // No method leaves a valid value of such a type, except NULL.
  if (mask.method !== null) return null;
  if (typeOid === json || (typeOid === jsonb && format === 0)) return maskJson(mask, value, key);
  return keepUnlessFound(mask, value, typeOid, format, key);
}

function maskBytes(mask: FieldMask, value: Uint8Array, key: MaskKey): Uint8Array | null {
  const text = utf8(value);
  const masked = maskText(mask, text, key);
  if (masked === null) return null;
  return masked === text ? value : Buffer.from(masked, 'utf8');
}

/** A text inside a document can be replaced; a number cannot, and the document becomes NULL. */
function maskJson(mask: FieldMask, value: Uint8Array, key: MaskKey): Uint8Array | null {
  const masked = maskBytes(mask, value, key);
  if (masked === null || masked === value) return masked;
  try {
    JSON.parse(utf8(masked));
    return masked;
  } catch {
    return null;
  }
}

function keepUnlessFound(
  mask: FieldMask,
  value: Uint8Array,
  typeOid: number,
  format: number,
  key: MaskKey,
): Uint8Array | null {
  if (mask.detectors.length === 0) return value;
  const searchable = searchableText(value, typeOid, format);
  if (searchable.kind === 'inert') return value;
  if (searchable.kind === 'opaque') return null;
  return maskText(mask, searchable.text, key) === searchable.text ? value : null;
}
