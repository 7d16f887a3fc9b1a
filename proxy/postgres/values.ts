/** Values of common types as the wire carries them, text and binary, as values that rules read. pg_type.dat has the oids. */
import { isUtf8 } from 'node:buffer';
import { normalizeNumber, toJson, Unknown } from '../../src/engine/value.js';
import type { Value } from '../../src/engine/value.js';

const TYPE = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  unknown: 705,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const;

/** Longer values are not handed to the rules, nor to the record. */
const VALUE_BYTES_MAX = 64 * 1024;

/** A bound parameter. `typeOid` is 0 where neither client nor server has said it: text is then a string. */
export function decodeParameter(bytes: Buffer | null, format: number, typeOid: number): Value {
  if (bytes === null) return null;
  if (bytes.length > VALUE_BYTES_MAX) return new Unknown('a parameter is too long');
  if (format === 0) return isUtf8(bytes) ? fromText(bytes.toString('utf8'), typeOid) : notText();
  return fromBinary(bytes, typeOid) ?? new Unknown('a parameter of a binary format that is not decoded');
}

function notText(): Unknown {
  return new Unknown('a parameter is not valid UTF-8');
}

/** Any value as text for people, as far as it can be read: `\x…` where it cannot. */
export function decodeText(bytes: Buffer, format: number, typeOid: number): string {
  if (format === 0) return bytes.toString('utf8');
  const value = bytes.length > VALUE_BYTES_MAX ? null : fromBinary(bytes, typeOid);
  if (value === null || value instanceof Unknown) return `\\x${bytes.toString('hex')}`;
  return typeof value === 'string' ? value : JSON.stringify(toJson(value));
}

function fromText(text: string, typeOid: number): Value {
  switch (typeOid) {
    case TYPE.bool:
      return boolean(text.trim().toLowerCase());
    case TYPE.int2:
    case TYPE.int4:
    case TYPE.int8:
    case TYPE.oid:
      return /^\s*[+-]?\d{1,19}\s*$/.test(text) ? normalizeNumber(BigInt(text.trim())) : unreadable();
    case TYPE.float4:
    case TYPE.float8:
    case TYPE.numeric:
      return decimal(text.trim());
    default:
      return text;
  }
}

function unreadable(): Unknown {
  return new Unknown('a parameter that its type does not explain');
}

/** PostgreSQL's boolean input takes any unique beginning of these words. */
function boolean(word: string): Value {
  if (word === '') return unreadable();
  if (word === '1' || word === 'on' || 'true'.startsWith(word) || 'yes'.startsWith(word)) return true;
  if (word === '0' || ['of', 'off'].includes(word) || 'false'.startsWith(word) || 'no'.startsWith(word))
    return false;
  return unreadable();
}

function decimal(text: string): Value {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text)) return unreadable();
  if (/^[+-]?\d{1,30}$/.test(text)) return normalizeNumber(BigInt(text));
  const number = Number(text);
  return Number.isFinite(number) ? number : unreadable();
}

/** Null where the type or the length is not one that is decoded. */
function fromBinary(bytes: Buffer, typeOid: number): Value {
  switch (typeOid) {
    case TYPE.bool:
      return bytes.length === 1 ? bytes[0] !== 0 : null;
    case TYPE.int2:
      return bytes.length === 2 ? bytes.readInt16BE(0) : null;
    case TYPE.int4:
      return bytes.length === 4 ? bytes.readInt32BE(0) : null;
    case TYPE.oid:
      return bytes.length === 4 ? bytes.readUInt32BE(0) : null;
    case TYPE.int8:
      return bytes.length === 8 ? normalizeNumber(bytes.readBigInt64BE(0)) : null;
    case TYPE.float4:
      return bytes.length === 4 ? finite(bytes.readFloatBE(0)) : null;
    case TYPE.float8:
      return bytes.length === 8 ? finite(bytes.readDoubleBE(0)) : null;
    case TYPE.text:
    case TYPE.varchar:
    case TYPE.bpchar:
    case TYPE.name:
    case TYPE.char:
    case TYPE.unknown:
    case TYPE.json:
      return isUtf8(bytes) ? bytes.toString('utf8') : null;
    case TYPE.jsonb:
      return bytes[0] === 1 && isUtf8(bytes) ? bytes.toString('utf8', 1) : null;
    case TYPE.bytea:
      return `\\x${bytes.toString('hex')}`;
    case TYPE.uuid:
      return bytes.length === 16
        ? bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
        : null;
    case TYPE.date:
      return bytes.length === 4 ? date(bytes.readInt32BE(0)) : null;
    case TYPE.timestamp:
      return bytes.length === 8 ? timestamp(bytes.readBigInt64BE(0), '') : null;
    case TYPE.timestamptz:
      return bytes.length === 8 ? timestamp(bytes.readBigInt64BE(0), '+00') : null;
    case TYPE.numeric:
      return numeric(bytes);
    default:
      return null;
  }
}

function finite(number: number): Value {
  return Number.isFinite(number) ? number : unreadable();
}

const EPOCH_2000_MS = Date.UTC(2000, 0, 1);
/** What JavaScript's Date reaches, in milliseconds around 1970. */
const DATE_MS_MAX = 8.64e15;

function date(days: number): Value {
  const ms = EPOCH_2000_MS + days * 86_400_000;
  return Math.abs(ms) > DATE_MS_MAX ? unreadable() : new Date(ms).toISOString().replace(/T.*$/, '');
}

function timestamp(microseconds: bigint, zone: string): Value {
  const rest = ((microseconds % 1000n) + 1000n) % 1000n;
  const ms = EPOCH_2000_MS + Number((microseconds - rest) / 1000n);
  if (Math.abs(ms) > DATE_MS_MAX) return unreadable();
  const text = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  return `${text}${String(rest).padStart(3, '0')}${zone}`;
}

/** numeric_send: counts of digits, weight, sign and scale, then digits of base 10,000. */
function numeric(bytes: Buffer): Value {
  if (bytes.length < 8 || bytes.length !== 8 + 2 * bytes.readUInt16BE(0)) return null;
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  if ((sign !== 0 && sign !== 0x4000) || Math.abs(weight) > 64) return unreadable();
  let digits = '';
  for (let at = 8; at < bytes.length; at += 2) digits += String(bytes.readUInt16BE(at)).padStart(4, '0');
  const whole = digits.slice(0, Math.max(0, 4 * (weight + 1))).padEnd(Math.max(0, 4 * (weight + 1)), '0');
  const fraction = weight < -1 ? '0'.repeat(-4 * (weight + 1)) + digits : digits.slice(whole.length);
  const text = `${sign === 0 ? '' : '-'}${whole === '' ? '0' : whole}`;
  return decimal(/[1-9]/.test(fraction) ? `${text}.${fraction}` : text);
}
