/** Masks a value of a DataRow. PostgreSQL protocol, DataRow and format codes. */
import type { MaskMethod } from '../../engine/decision.js';
import { countFound, foundMethods, masksAsText, maskText, Unsearched, type MaskKey } from '../methods.js';
import type { FieldMask } from '../field-mask.js';
import { strictest } from '../strictness.js';
import { dependsOnValue, maskTyped } from './typed-value.js';
import { searchableText, utf8 } from './value-text.js';

const json = 114;
const jsonb = 3802;

/**
 * The bytes that the client sees in place of `value`: the same array if nothing changes, null for SQL's NULL. `format`
 * is the protocol's format code: 0 text, 1 binary. A value that the type cannot hold becomes NULL. Throws Unsearched.
 */
export function maskValue(
  mask: FieldMask,
  value: Uint8Array,
  typeOid: number,
  format: number,
  key: MaskKey,
): Uint8Array | null {
  if (masksAsText(typeOid)) return maskBytes(mask, value, key);
  if (mask.method !== null) {
    const method = methodFor(mask, mask.method, value, typeOid, format);
    return maskTyped(method, value, typeOid, format, key);
  }
  if (typeOid === json || (typeOid === jsonb && format === 0)) return maskJson(mask, value, key);
  return keepUnlessFound(mask, value, typeOid, format, key);
}

const nothing = new Uint8Array();

/** The replacement for every value, if it is the same for all; undefined if it depends on the value. */
export function fixedMask(mask: FieldMask, typeOid: number, format: number): Uint8Array | null | undefined {
  const { method, detectors } = mask;
  if (method === null || detectors.length > 0) return method?.kind === 'null' ? null : undefined;
  if (!masksAsText(typeOid)) {
    if (dependsOnValue(method, typeOid)) return undefined;
    return maskTyped(method, nothing, typeOid, format, nothing);
  }
  const constant = method.kind === 'null' || method.kind === 'redact' || method.kind === 'replace';
  return constant ? maskBytes(mask, nothing, nothing) : undefined;
}

/** Replacement for values too long to scan: nothing of them is shown. Throws Unsearched. */
export function unreadMask(mask: FieldMask, typeOid: number, format: number): Uint8Array | null {
  const { method, detectors } = mask;
  if (method === null) throw new Unsearched(mask, 'a value is too long to be searched');
  const strict = strictest([method, { kind: 'redact' }, ...detectors.map((detector) => detector.method)])!;
  return fixedMask({ method: strict, detectors: [], rules: [] }, typeOid, format) ?? null;
}

function maskBytes(mask: FieldMask, value: Uint8Array, key: MaskKey): Uint8Array | null {
  const text = utf8(value);
  const masked = maskText(mask, text, key);
  if (masked === null) return null;
  return masked === text ? value : Buffer.from(masked, 'utf8');
}

/** The strictest of the field's own method and those whose detectors match. */
function methodFor(
  mask: FieldMask,
  own: MaskMethod,
  value: Uint8Array,
  typeOid: number,
  format: number,
): MaskMethod {
  if (mask.detectors.length === 0 || own.kind === 'null') return own;
  const searchable = searchableText(value, typeOid, format);
  if (searchable.kind === 'inert') return own;
  if (searchable.kind === 'opaque') return { kind: 'null' };
  return strictest([own, ...foundMethods(mask, searchable.text)])!;
}

/**
 * A string inside a document can be replaced. If a number or an escaped string must be masked, the document becomes
 * NULL.
 */
function maskJson(mask: FieldMask, value: Uint8Array, key: MaskKey): Uint8Array | null {
  if (value.includes(BACKSLASH) && hidesInEscapes(mask, utf8(value))) return null;
  const masked = maskBytes(mask, value, key);
  if (masked === null || masked === value) return masked;
  try {
    JSON.parse(utf8(masked));
    return masked;
  } catch {
    return null;
  }
}

const BACKSLASH = 0x5c;

/** RFC 8259 section 7: any character may be written as its code, and a slash after a backslash. */
function hidesInEscapes(mask: FieldMask, text: string): boolean {
  const plain = text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (written, code?: string, character?: string) => {
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return character === '/' ? character : written;
    },
  );
  return plain !== text && countFound(mask, plain) > countFound(mask, text);
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
  if (searchable.kind === 'opaque')
    throw new Unsearched(mask, 'a value in a binary form that is not read here cannot be searched');
  return maskText(mask, searchable.text, key) === searchable.text ? value : null;
}
