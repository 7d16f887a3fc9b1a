/**
 * Values of common types in wire format, text and binary, as values that rules read. Both formats, and all spellings of a
 * value, give the same value: writing 42 as 042 must not evade a comparison. Unsupported spellings, and values of any other
 * type, are unknown.
 */
import { isUtf8 } from 'node:buffer';
import { never } from '../../../src/errors.js';
import { normalizeNumber, toJson, Unknown } from '../../../src/values/value.js';
import type { Value } from '../../../src/values/value.js';
import { arrayOf, readArray, withoutBlanks } from './arrays.js';
import {
  dateOfDays,
  readDate,
  readTime,
  readTimestamp,
  readZoned,
  timeOfMicroseconds,
  timestampOf,
} from './moments.js';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';
import { numericOf, readFloat, readInteger, readNumeric } from './numbers.js';
import { elementOf, isOpen, scalarOf } from './value-types.js';
import type { TypeName } from './value-types.js';

/** Longer values are passed neither to the rules nor to the record. */
const VALUE_BYTES_MAX = 64 * 1024;

/** A bound parameter. If neither client nor server has given its type, text is a string. */
export function decodeParameter(bytes: Buffer | null, format: number, typeOid: number): Value {
  if (bytes === null) return null;
  if (bytes.length > VALUE_BYTES_MAX) return new Unknown('a parameter is too long');
  if (format === 0 && !isUtf8(bytes)) return new Unknown('a parameter is not valid UTF-8');
  if (format === 0 && isOpen(typeOid)) return bytes.toString('utf8');
  const value = format === 0 ? fromText(bytes.toString('utf8'), typeOid) : fromBinary(bytes, typeOid);
  return value === undefined
    ? new Unknown('a parameter of a type that is not decoded')
    : (value ?? unreadable());
}

/** Any value as readable text; `\x…` if it cannot be read. */
export function decodeText(bytes: Buffer, format: number, typeOid: number): string {
  if (format === 0) return bytes.toString('utf8');
  const value = bytes.length > VALUE_BYTES_MAX ? null : fromBinary(bytes, typeOid);
  if (value === null || value === undefined || value instanceof Unknown) return `\\x${bytes.toString('hex')}`;
  return typeof value === 'string' ? value : JSON.stringify(toJson(value));
}

function unreadable(): Unknown {
  return new Unknown('a parameter that is written in a way that is not read');
}

/** Null if it is not read; undefined if the type is not decoded. */
function fromText(text: string, typeOid: number): Value | undefined {
  const type = scalarOf(typeOid);
  if (type !== null) return scalarFromText(text, type);
  const element = elementOf(typeOid);
  const elementType = element === null ? null : scalarOf(element);
  if (elementType === null) return undefined;
  return readArray(text, (part) => scalarFromText(part, elementType) ?? unreadable()) ?? null;
}

function scalarFromText(text: string, type: TypeName): Value {
  switch (type) {
    case 'bool':
      return boolean(text.trim().toLowerCase());
    case 'int2':
    case 'int4':
    case 'int8':
      return readInteger(text.trim());
    case 'oid':
      return /^\d{1,10}$/.test(text) ? Number(text) : null;
    case 'float4':
      return rounded(readFloat(text.trim()));
    case 'float8':
      return readFloat(text.trim());
    case 'numeric':
      return readNumeric(text.trim());
    case 'uuid':
      return uuid(text);
    case 'bytea':
      return byteaText(text);
    case 'date':
      return readDate(text);
    case 'time':
      return readTime(text);
    case 'timestamp':
      return readTimestamp(text);
    case 'timestamptz':
      return readZoned(text);
    case 'text':
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bpchar':
    case 'name':
    case 'char':
      return textual(text, type);
    default:
      return never(type);
  }
}

function textual(
  text: string,
  type: 'text' | 'varchar' | 'json' | 'jsonb' | 'bpchar' | 'name' | 'char',
): Value {
  switch (type) {
    case 'text':
    case 'varchar':
    case 'json':
    case 'jsonb':
      return text;
    case 'bpchar':
      // Trailing blanks are insignificant in comparisons of this type.
      return withoutBlanks(text, ' ', 'end');
    case 'name':
      return Buffer.byteLength(text) <= NAME_BYTES_MAX ? text : null;
    case 'char':
      return /^[ -[\]-~]$/.test(text) ? text : null;
    default:
      return never(type);
  }
}

/** PostgreSQL's boolean input accepts any unique prefix of these words. */
function boolean(word: string): boolean | null {
  if (word === '') return null;
  if (word === '1' || word === 'on' || 'true'.startsWith(word) || 'yes'.startsWith(word)) return true;
  if (word === '0' || ['of', 'off'].includes(word) || 'false'.startsWith(word) || 'no'.startsWith(word))
    return false;
  return null;
}

function uuid(text: string): string | null {
  const digits = text
    .toLowerCase()
    .replace(/^\{(.*)\}$/, '$1')
    .replaceAll('-', '');
  return /^[0-9a-f]{32}$/.test(digits) ? dashed(digits) : null;
}

function dashed(digits: string): string {
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** byteain: hex behind `\x`, or the escape format, of which only plain ASCII is the same in every encoding. */
function byteaText(text: string): string | null {
  if (text.startsWith('\\x')) {
    const digits = text
      .slice(2)
      .replaceAll(/[ \n\t\r]/g, '')
      .toLowerCase();
    return digits.length % 2 === 0 && /^[0-9a-f]*$/.test(digits) ? `\\x${digits}` : null;
  }
  if (!/^(?:[\x01-\x5b\x5d-\x7f]|\\\\|\\[0-3][0-7]{2})*$/.test(text)) return null;
  const plain = text.replaceAll(/\\(?:\\|([0-7]{3}))/g, (_, octal: string | undefined) =>
    octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return `\\x${Buffer.from(plain, 'latin1').toString('hex')}`;
}

function rounded(number: number | null): number | null {
  return number === null || !Number.isFinite(Math.fround(number)) ? null : Math.fround(number);
}

function fromBinary(bytes: Buffer, typeOid: number): Value | undefined {
  const type = scalarOf(typeOid);
  if (type !== null) return scalarFromBinary(bytes, type);
  const element = elementOf(typeOid);
  const elementType = element === null ? null : scalarOf(element);
  if (element === null || elementType === null) return undefined;
  return arrayOf(bytes, element, (part) => scalarFromBinary(part, elementType) ?? unreadable()) ?? null;
}

function scalarFromBinary(bytes: Buffer, type: TypeName): Value {
  const { length } = bytes;
  switch (type) {
    case 'bool':
      return length === 1 ? bytes[0] !== 0 : null;
    case 'int2':
      return length === 2 ? bytes.readInt16BE(0) : null;
    case 'int4':
      return length === 4 ? bytes.readInt32BE(0) : null;
    case 'oid':
      return length === 4 ? bytes.readUInt32BE(0) : null;
    case 'int8':
      return length === 8 ? normalizeNumber(bytes.readBigInt64BE(0)) : null;
    case 'float4':
      return length === 4 ? finite(bytes.readFloatBE(0)) : null;
    case 'float8':
      return length === 8 ? finite(bytes.readDoubleBE(0)) : null;
    case 'numeric':
      return numericOf(bytes);
    case 'uuid':
      return length === 16 ? dashed(bytes.toString('hex')) : null;
    case 'bytea':
      return `\\x${bytes.toString('hex')}`;
    case 'date':
      return length === 4 ? dateOfDays(bytes.readInt32BE(0)) : null;
    case 'time':
      return length === 8 ? timeOfMicroseconds(bytes.readBigInt64BE(0)) : null;
    case 'timestamp':
      return length === 8 ? timestampOf(bytes.readBigInt64BE(0)) : null;
    case 'timestamptz':
      return length === 8 ? zoned(timestampOf(bytes.readBigInt64BE(0))) : null;
    case 'jsonb':
      return bytes[0] === 1 && isUtf8(bytes) ? bytes.toString('utf8', 1) : null;
    case 'text':
    case 'varchar':
    case 'json':
    case 'bpchar':
    case 'name':
    case 'char':
      return isUtf8(bytes) ? textual(bytes.toString('utf8'), type) : null;
    default:
      return never(type);
  }
}

function zoned(moment: string | null): string | null {
  return moment === null ? null : `${moment}+00`;
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null;
}
