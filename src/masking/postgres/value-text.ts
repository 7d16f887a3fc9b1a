/** The text that detectors search in values whose type is not text. Type numbers are those of pg_type.dat. */

import { masksAsText } from '../methods.js';

export type SearchableText =
  /** The type cannot hold anything that a detector looks for: the value passes. */
  | { readonly kind: 'inert' }
  | { readonly kind: 'text'; readonly text: string }
  /** A binary format that is not decoded here. */
  | { readonly kind: 'opaque' };

const inert: SearchableText = { kind: 'inert' };
const opaque: SearchableText = { kind: 'opaque' };

/**
 * bool, "char", int2, int4, oid, xid, cid, void, float4, date, time, timetz, timestamp, timestamptz, interval, bit, uuid;
 * arrays of those that occur in tables; ranges of int4, date, timestamp and timestamptz.
 */
const inertTypes: ReadonlySet<number> = new Set([
  16, 18, 21, 23, 26, 28, 29, 2278, 700, 1082, 1083, 1266, 1114, 1184, 1186, 1560, 2950, 1000, 1005, 1007,
  1028, 1021, 1182, 1115, 1185, 1183, 2951, 3904, 3912, 3908, 3910,
]);

/** text[], varchar[], bpchar[], "char"[], name[], json[], xml[]: binary formats that hold the elements' text unchanged. */
const textArrayTypes: ReadonlySet<number> = new Set([1009, 1015, 1014, 1002, 1003, 199, 143]);

const json = 114;
const int8 = 20;
const bytea = 17;
const float8 = 701;
const numeric = 1700;
const jsonb = 3802;
const money = 790;

/** Whether detectors search the bytes of a value as they are, if they search it at all. */
export function isSearchedAsWritten(typeOid: number, format: number): boolean {
  if (inertTypes.has(typeOid)) return true;
  return format === 0 ? typeOid !== bytea : masksAsText(typeOid) || typeOid === json;
}

export function searchableText(value: Uint8Array, typeOid: number, format: number): SearchableText {
  if (inertTypes.has(typeOid)) return inert;
  return format === 0 ? textOfText(value, typeOid) : textOfBinary(value, typeOid);
}

function textOfText(value: Uint8Array, typeOid: number): SearchableText {
  const text = utf8(value);
  if (typeOid === float8 || typeOid === numeric) return wholePart(text);
  // bytea_output = hex: the bytes are searched, not their digits.
  if (typeOid === bytea && text.startsWith('\\x')) return textOf(Buffer.from(text.slice(2), 'hex'));
  return { kind: 'text', text };
}

function textOfBinary(value: Uint8Array, typeOid: number): SearchableText {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  switch (typeOid) {
    case int8:
    case money:
      return value.length === 8 ? { kind: 'text', text: view.getBigInt64(0).toString() } : opaque;
    case float8:
      return value.length === 8 ? wholePart(view.getFloat64(0).toString()) : opaque;
    case numeric:
      return numericText(view);
    case jsonb:
      // The first byte is the version of the format.
      return textOf(value.subarray(1));
    default:
      return textArrayTypes.has(typeOid) || typeOid === bytea || !value.includes(0) ? textOf(value) : opaque;
  }
}

/** Lengths and flags of a binary array become control characters, which no detector takes for part of a value. */
function textOf(value: Uint8Array): SearchableText {
  return { kind: 'text', text: utf8(value) };
}

/** Through Buffer, which is several times as fast as TextDecoder on short values and keeps a byte order mark. */
export function utf8(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

/** The digits after the decimal point are noise, and one in ten long fractions would pass for a card number. */
function wholePart(text: string): SearchableText {
  const point = text.indexOf('.');
  return { kind: 'text', text: point === -1 ? text : text.slice(0, point) };
}

/** numeric_send: number of base-10000 digits, weight of the first, sign, scale, then the digits. */
function numericText(view: DataView): SearchableText {
  if (view.byteLength < 8) return opaque;
  const count = view.getInt16(0);
  const weight = view.getInt16(2);
  if (count < 0 || view.byteLength !== 8 + 2 * count) return opaque;
  if (weight > 16) return opaque;
  let text = '';
  for (let i = 0; i <= weight; i++) {
    text += (i < count ? view.getInt16(8 + 2 * i) : 0).toString().padStart(4, '0');
  }
  return { kind: 'text', text: text.replace(/^0+/, '') };
}
