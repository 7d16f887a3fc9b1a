/** Server messages: decoded from the target, and encoded when the gateway answers the client itself. */
import { BodyReader } from './body-reader.js';
import { encode, int16, int32 } from './frontend-codec.js';
import { BACKEND, MalformedMessage, ProtocolViolation } from './messages.js';
import type { FieldDescription, ReportFields, TransactionStatus } from './messages.js';

export function decodeRowDescription(bytes: Buffer, start: number, end: number): FieldDescription[] {
  const reader = new BodyReader(bytes, start + 5, end);
  const fields: FieldDescription[] = [];
  for (let count = reader.count(19); count > 0; count--) {
    const name = reader.terminated().toString('utf8');
    const tableOid = reader.uint32();
    const attributeNumber = reader.int16();
    const typeOid = reader.uint32();
    reader.int16(); // the type's size
    reader.int32(); // its modifier
    fields.push({ name, tableOid, attributeNumber, typeOid, format: reader.int16() });
  }
  reader.finish();
  return fields;
}

/** The values of a DataRow in wire format. */
export function decodeDataRow(bytes: Buffer, start: number, end: number): (Buffer | null)[] {
  const reader = new BodyReader(bytes, start + 5, end);
  const values: (Buffer | null)[] = [];
  for (let count = reader.count(4); count > 0; count--) values.push(reader.value());
  reader.finish();
  return values;
}

/**
 * A statement may have more parameters than 16 bits can count: the server then sends the low 16 bits of the count, and all
 * types.
 */
export function decodeParameterDescription(bytes: Buffer, start: number, end: number): number[] {
  const reader = new BodyReader(bytes, start + 5, end);
  const counted = reader.count(4);
  const count = Math.floor(reader.remaining / 4);
  if (count % 0x10000 !== counted) throw new MalformedMessage('a count that is not that of its message');
  const types = Array.from({ length: count }, () => reader.uint32());
  reader.finish();
  return types;
}

/** The text of CommandComplete. */
export function decodeTag(bytes: Buffer, start: number, end: number): string {
  const reader = new BodyReader(bytes, start + 5, end);
  const tag = reader.terminated().toString('utf8');
  reader.finish();
  return tag;
}

export function decodeParameterStatus(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly name: string; readonly value: string } {
  const reader = new BodyReader(bytes, start + 5, end);
  const name = reader.terminated().toString('utf8');
  const value = reader.terminated().toString('utf8');
  reader.finish();
  return { name, value };
}

export function decodeBackendKeyData(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly processId: number; readonly secret: Buffer } {
  const reader = new BodyReader(bytes, start + 5, end);
  return { processId: reader.int32(), secret: Buffer.from(reader.rest()) };
}

/** ErrorResponse and NoticeResponse. */
export function decodeReport(bytes: Buffer, start: number, end: number): ReportFields {
  const reader = new BodyReader(bytes, start + 5, end);
  const fields = new Map<string, string>();
  for (let letter = reader.byte(); letter !== 0; letter = reader.byte()) {
    fields.set(String.fromCharCode(letter), reader.terminated().toString('utf8'));
  }
  reader.finish();
  return fields;
}

const STATUS: Readonly<Record<number, TransactionStatus>> = { 0x49: 'idle', 0x54: 'open', 0x45: 'failed' };

export function decodeReadyForQuery(bytes: Buffer, start: number, end: number): TransactionStatus {
  const reader = new BodyReader(bytes, start + 5, end);
  const status = STATUS[reader.byte()];
  reader.finish();
  if (status === undefined) throw new ProtocolViolation('an unknown transaction status');
  return status;
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  return encode(
    BACKEND.ReadyForQuery,
    Buffer.from(status === 'idle' ? 'I' : status === 'open' ? 'T' : 'E', 'latin1'),
  );
}

export function encodeReport(
  type: typeof BACKEND.ErrorResponse | typeof BACKEND.NoticeResponse,
  fields: ReportFields,
): Buffer {
  const parts: (Buffer | string)[] = [];
  // A NUL inside a field would end it early and make the rest look like other fields.
  for (const [letter, text] of fields) parts.push(Buffer.from(letter, 'latin1'), text.replaceAll('\0', ''));
  return encode(type, ...parts, Buffer.from([0]));
}

/** The content of one of the gateway's own errors. */
export interface Report {
  readonly severity: 'ERROR' | 'FATAL';
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | null;
  readonly hint?: string | null;
}

export function encodeError(report: Report): Buffer {
  const fields = new Map([
    ['S', report.severity],
    ['V', report.severity],
    ['C', report.sqlstate],
    ['M', report.message],
  ]);
  if (report.detail !== undefined && report.detail !== null) fields.set('D', report.detail);
  if (report.hint !== undefined && report.hint !== null) fields.set('H', report.hint);
  return encodeReport(BACKEND.ErrorResponse, fields);
}

/** An error in protocol 2 and 1: a letter and a text. */
export function encodeOldError(message: string): Buffer {
  return Buffer.from(`EFATAL:  ${message}\n\0`, 'utf8');
}

export function encodeParameterStatus(name: string, value: string): Buffer {
  return encode(BACKEND.ParameterStatus, name, value);
}

export function encodeBackendKeyData(processId: number, secret: Buffer): Buffer {
  return encode(BACKEND.BackendKeyData, int32(processId), secret);
}

/** AuthenticationOk (0), AuthenticationCleartextPassword (3), AuthenticationSASL (10) and its Continue (11) with data. */
export function encodeAuthentication(code: 0 | 3 | 10 | 11, data: Buffer = Buffer.alloc(0)): Buffer {
  return encode(BACKEND.Authentication, int32(code), data);
}

/** Which version is spoken (as its whole number), and which `_pq_.` options are not known. */
export function encodeNegotiateProtocolVersion(version: number, options: readonly string[]): Buffer {
  return encode(BACKEND.NegotiateProtocolVersion, int32(version, options.length), ...options);
}

export function encodeDataRow(values: readonly (Buffer | null)[]): Buffer {
  const parts: Buffer[] = [int16(values.length)];
  for (const value of values) {
    parts.push(int32(value === null ? -1 : value.length));
    if (value !== null) parts.push(value);
  }
  return encode(BACKEND.DataRow, ...parts);
}
