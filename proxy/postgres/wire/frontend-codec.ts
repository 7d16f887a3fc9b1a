/**
 * Client messages after start-up: decoded from the client, and encoded when the gateway sends its own to the target. Decoding
 * throws MalformedMessage.
 */
import { isUtf8 } from 'node:buffer';
import { BodyReader } from './body-reader.js';
import { FRONTEND, MalformedMessage } from './messages.js';
import type { Bind, Execute, FrontendType, FunctionCall, Naming, Parse } from './messages.js';

/** The text. */
export function decodeQuery(bytes: Buffer, start: number, end: number, foreign: boolean): string {
  const reader = new BodyReader(bytes, start + 5, end, foreign);
  const text = reader.sql();
  reader.finish();
  return text;
}

export function decodeParse(bytes: Buffer, start: number, end: number, foreign: boolean): Parse {
  const reader = new BodyReader(bytes, start + 5, end, foreign);
  const name = reader.text();
  const text = reader.sql();
  const parameterTypes: number[] = [];
  for (let count = reader.count(4); count > 0; count--) parameterTypes.push(reader.uint32());
  reader.finish();
  return { name, text, parameterTypes };
}

export function decodeBind(bytes: Buffer, start: number, end: number, foreign: boolean): Bind {
  const reader = new BodyReader(bytes, start + 5, end, foreign);
  const portal = reader.text();
  const statement = reader.text();
  const parameterFormats = formats(reader);
  const parameters: (Buffer | null)[] = [];
  for (let count = reader.count(4); count > 0; count--) parameters.push(reader.value());
  const resultFormats = formats(reader);
  reader.finish();
  checkFormats(parameterFormats, parameters);
  return { portal, statement, parameterFormats, parameters, resultFormats };
}

export function decodeFunctionCall(bytes: Buffer, start: number, end: number): FunctionCall {
  const reader = new BodyReader(bytes, start + 5, end);
  const functionOid = reader.uint32();
  const parameterFormats = formats(reader);
  const parameters: (Buffer | null)[] = [];
  for (let count = reader.count(4); count > 0; count--) parameters.push(reader.value());
  const resultFormat = reader.int16();
  reader.finish();
  checkFormats(parameterFormats, parameters);
  return { functionOid, parameterFormats, parameters, resultFormat };
}

function checkFormats(formatsGiven: readonly number[], parameters: readonly unknown[]): void {
  if (formatsGiven.length > 1 && formatsGiven.length !== parameters.length) {
    throw new MalformedMessage('a message with other formats than parameters');
  }
}

function formats(reader: BodyReader): number[] {
  const found: number[] = [];
  for (let count = reader.count(2); count > 0; count--) found.push(reader.int16());
  return found;
}

/** Flush, which has no body. The server checks the body of Sync itself, and never that of Terminate. */
export function checkEmpty(start: number, end: number): void {
  if (end !== start + 5) throw new MalformedMessage('bytes after the end of a message');
}

/** The reason in CopyFail. Nobody reads what follows it. */
export function decodeCopyFail(bytes: Buffer, start: number, end: number, foreign: boolean): string {
  return new BodyReader(bytes, start + 5, end, foreign).text();
}

/** Describe and Close. */
export function decodeNaming(bytes: Buffer, start: number, end: number, foreign: boolean): Naming {
  const reader = new BodyReader(bytes, start + 5, end, foreign);
  const of = reader.byte();
  const name = reader.text();
  reader.finish();
  if (of !== 0x53 && of !== 0x50) throw new MalformedMessage('neither a statement nor a portal');
  return { of: of === 0x53 ? 'statement' : 'portal', name };
}

export function decodeExecute(bytes: Buffer, start: number, end: number, foreign: boolean): Execute {
  const reader = new BodyReader(bytes, start + 5, end, foreign);
  const portal = reader.text();
  const rowsMax = reader.int32();
  reader.finish();
  return { portal, rowsMax };
}

/** The secret of PasswordMessage: the client's token. Null if it is not valid UTF-8. */
export function decodePassword(bytes: Buffer, start: number, end: number): string | null {
  const reader = new BodyReader(bytes, start + 5, end);
  const secret = reader.terminated();
  reader.finish();
  return isUtf8(secret) ? secret.toString('utf8') : null;
}

/** `body` is the message without type and length. A `response` of null means none, which differs from an empty one. */
export function decodeSaslInitialResponse(body: Buffer): {
  readonly mechanism: string;
  readonly response: Buffer | null;
} {
  const reader = new BodyReader(body, 0, body.length);
  const mechanism = reader.terminated().toString('latin1');
  const response = reader.value();
  reader.finish();
  return { mechanism, response };
}

/** A message with a type byte and the body's parts in order. */
export function encode(type: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const buffers = parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`, 'utf8') : part));
  const length = buffers.reduce((sum, part) => sum + part.length, 4);
  const header = Buffer.allocUnsafe(5);
  header[0] = type;
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, ...buffers]);
}

export function int16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16BE(value & 0xffff, 2 * index));
  return bytes;
}

export function int32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, 4 * index));
  return bytes;
}

const EMPTY_MESSAGES: ReadonlyMap<FrontendType, Buffer> = new Map(
  [FRONTEND.Sync, FRONTEND.Flush, FRONTEND.Terminate, FRONTEND.CopyDone].map((type) => [type, encode(type)]),
);

export const SYNC = EMPTY_MESSAGES.get(FRONTEND.Sync)!;
export const FLUSH = EMPTY_MESSAGES.get(FRONTEND.Flush)!;
export const TERMINATE = EMPTY_MESSAGES.get(FRONTEND.Terminate)!;

export function encodeNaming(type: typeof FRONTEND.Describe | typeof FRONTEND.Close, naming: Naming): Buffer {
  return encode(type, Buffer.from(naming.of === 'statement' ? 'S' : 'P'), naming.name);
}

/** Parse, Bind, Execute and Close of the gateway's own statement, with text results. */
export function encodeOwnQuery(name: string, text: string): Buffer {
  return Buffer.concat([
    encode(FRONTEND.Parse, name, text, int16(0)),
    encode(FRONTEND.Bind, name, name, int16(0, 0, 0)),
    encode(FRONTEND.Execute, name, int32(0)),
    encodeNaming(FRONTEND.Close, { of: 'portal', name }),
    encodeNaming(FRONTEND.Close, { of: 'statement', name }),
  ]);
}

/** The header of a CopyData with this many bytes of rows. */
export function encodeCopyDataHeader(length: number): Buffer {
  const header = Buffer.alloc(5);
  header[0] = FRONTEND.CopyData;
  header.writeInt32BE(4 + length, 1);
  return header;
}

export function encodeCopyFail(reason: string): Buffer {
  const body = Buffer.from(`${reason}\0`, 'utf8');
  const header = Buffer.alloc(5);
  header[0] = FRONTEND.CopyFail;
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}
