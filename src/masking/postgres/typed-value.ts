/**
 * Masks values of types other than text, in both formats of the protocol. A value that the type cannot hold becomes
 * NULL, which every type has and which is stricter than anything else. The table is in docs/masking.md.
 */
import type { MaskMethod } from '../../engine/decision.js';
import { canonicalNumeric, encodeNumeric } from '../numeric.js';
import { applyMethod, REDACTED, type MaskKey } from '../methods.js';
import { digest, permute } from './permutation.js';

/** `format` is the protocol's: 0 text, 1 binary. Returns null if `value` is malformed. */
type Masker = (method: MaskMethod, value: Uint8Array, format: number, key: MaskKey) => Uint8Array | null;

/** By type OID (pg_type.dat). Values of any other type become NULL. */
const maskers: ReadonlyMap<number, Masker> = new Map([
  [17, bytea],
  [21, wholeNumber(2)],
  [23, wholeNumber(4)],
  [20, wholeNumber(8)],
  [114, json],
  [3802, jsonb],
  [142, xml],
  [1700, numeric],
  [2950, uuid],
  [16, written(/^(?:t|f|true|false)$/, (text) => Buffer.from([text.startsWith('t') ? 1 : 0]))],
  [1082, written(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/, dateBytes)],
  [1009, textArray(25)],
  [1015, textArray(1043)],
  [1014, textArray(1042)],
  [1003, textArray(19)],
]);

export function maskTyped(
  method: MaskMethod,
  value: Uint8Array,
  typeOid: number,
  format: number,
  key: MaskKey,
): Uint8Array | null {
  return method.kind === 'null' ? null : (maskers.get(typeOid)?.(method, value, format, key) ?? null);
}

const textArrays: ReadonlySet<number> = new Set([1009, 1015, 1014, 1003]);

/** Whether the masked value depends on the original. */
export function dependsOnValue(method: MaskMethod, typeOid: number): boolean {
  return method.kind === 'hash' && maskers.has(typeOid) && !textArrays.has(typeOid);
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

function utf8(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

/** The text that a method shows for a value that is not text: only `hash` depends on the value. */
function shown(method: MaskMethod, value: string, key: MaskKey): string {
  const opaque: MaskMethod =
    method.kind === 'replace' || method.kind === 'hash' ? method : { kind: 'redact' };
  return applyMethod(opaque, value, key) ?? '';
}

function json(method: MaskMethod, value: Uint8Array, _: number, key: MaskKey): Uint8Array {
  return Buffer.from(JSON.stringify(shown(method, utf8(value), key)), 'utf8');
}

/** The binary format begins with a version byte. PostgreSQL, jsonb_send. */
function jsonb(method: MaskMethod, value: Uint8Array, format: number, key: MaskKey): Uint8Array {
  const document = json(method, format === 1 ? value.subarray(1) : value, format, key);
  return format === 1 ? Buffer.concat([Buffer.from([1]), document]) : document;
}

function xml(method: MaskMethod, value: Uint8Array, _: number, key: MaskKey): Uint8Array {
  const text = shown(method, utf8(value), key);
  return Buffer.from(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'), 'utf8');
}

/** A single element whatever the original length, which is not shown. PostgreSQL, array_out and array_send. */
function textArray(elementOid: number): Masker {
  return (method, _, format) => {
    const element = method.kind === 'replace' ? method.text : REDACTED;
    if (format === 0) return Buffer.from(`{"${element.replaceAll(/["\\]/g, '\\$&')}"}`, 'utf8');
    const bytes = Buffer.from(element, 'utf8');
    const head = Buffer.alloc(24);
    for (const [place, number] of [1, 0, elementOid, 1, 1, bytes.length].entries())
      head.writeInt32BE(number, 4 * place);
    return Buffer.concat([head, bytes]);
  };
}

function bytea(method: MaskMethod, value: Uint8Array, format: number, key: MaskKey): Uint8Array | null {
  if (method.kind !== 'hash' && method.kind !== 'replace') return null;
  const digits = utf8(value);
  // bytea_output = escape is another text form; it is hashed as it is.
  const hex =
    format === 1 ? Buffer.from(value).toString('hex') : digits.startsWith('\\x') ? digits.slice(2) : digits;
  const bytes =
    method.kind === 'replace' ? Buffer.from(method.text, 'utf8') : digest(key, hex).subarray(0, 16);
  return format === 1 ? bytes : ascii(`\\x${bytes.toString('hex')}`);
}

function wholeNumber(bytes: 2 | 4 | 8): Masker {
  const bits = BigInt(8 * bytes);
  return (method, value, format, key) => {
    const number =
      method.kind === 'replace'
        ? method.text
        : method.kind === 'hash'
          ? readWhole(value, format, bytes)
          : null;
    if (number === null || !/^-?\d{1,19}$/.test(number)) return null;
    const given = BigInt(number);
    if (BigInt.asIntN(Number(bits), given) !== given) return null;
    const masked = method.kind === 'replace' ? given : hashWhole(given, bytes, key);
    return format === 0 ? ascii(masked.toString()) : writeWhole(masked, bytes);
  };
}

/** A bigint in the range of integer has the integer's hash, so keys of the two types still join. */
function hashWhole(value: bigint, bytes: number, key: MaskKey): bigint {
  if (bytes === 2) return BigInt(permute(Number(value), 8, key));
  if (BigInt.asIntN(32, value) === value) return BigInt(permute(Number(value), 16, key));
  return digest(key, `64.${value}`).readBigInt64BE(0);
}

function readWhole(value: Uint8Array, format: number, bytes: number): string | null {
  if (format === 0) return utf8(value);
  if (value.length !== bytes) return null;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (bytes === 8) return view.getBigInt64(0).toString();
  return (bytes === 4 ? view.getInt32(0) : view.getInt16(0)).toString();
}

function writeWhole(value: bigint, bytes: number): Buffer {
  const written = Buffer.alloc(8);
  written.writeBigInt64BE(value);
  return written.subarray(8 - bytes);
}

function numeric(method: MaskMethod, value: Uint8Array, format: number, key: MaskKey): Uint8Array | null {
  if (method.kind === 'replace')
    return /^-?\d{1,30}(?:\.\d{1,30})?$/.test(method.text) ? encodeNumeric(method.text, format) : null;
  const number = method.kind === 'hash' ? canonicalNumeric(value, format) : null;
  if (number === null) return null;
  // 59 bits are at most 18 digits.
  const hash = digest(key, `numeric.${number}`).readBigUInt64BE(0) >> 5n;
  return encodeNumeric(hash.toString(), format);
}

/** RFC 9562 section 5.8: the content of a version 8 UUID is implementation-defined. */
function uuid(method: MaskMethod, value: Uint8Array, format: number, key: MaskKey): Uint8Array | null {
  if (method.kind !== 'hash' && method.kind !== 'replace') return null;
  const given =
    method.kind === 'replace' ? method.text : format === 1 ? Buffer.from(value).toString('hex') : utf8(value);
  const digits = given.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  const bytes =
    method.kind === 'replace' ? Buffer.from(digits, 'hex') : digest(key, `uuid.${digits}`).subarray(0, 16);
  if (method.kind === 'hash') {
    bytes[6] = 0x80 | (bytes[6]! & 0x0f);
    bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  }
  if (format === 1) return bytes;
  return ascii(bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
}

/** A type for which only `replace` gives a value. */
function written(form: RegExp, toBinary: (text: string) => Buffer): Masker {
  return (method, _, format) => {
    if (method.kind !== 'replace' || !form.test(method.text)) return null;
    return format === 0 ? ascii(method.text) : toBinary(method.text);
  };
}

/** Days since 2000-01-01. PostgreSQL, date_send. */
function dateBytes(text: string): Buffer {
  const days = Buffer.alloc(4);
  days.writeInt32BE((Date.parse(`${text}T00:00:00Z`) - Date.UTC(2000, 0, 1)) / 86_400_000);
  return days;
}
