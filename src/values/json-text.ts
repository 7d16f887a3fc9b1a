/**
 * JSON text as a value: as JSON.parse reads it, but exact for large integers, and strict about duplicate keys, which
 * JSON.parse drops silently, and deep nesting, which exhausts the stack.
 */
import { parseNumber } from './number.js';
import type { Value } from './value.js';

/** A problem and its offset. */
export class JsonError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const depthMax = 200;
const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Plain characters and escapes up to the closing quote. */
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const word = /true|false|null/y;
const exponentMax = 400;

interface Reader {
  readonly text: string;
  at: number;
}

/** Throws JsonError. */
export function parseJson(text: string): Value {
  const reader: Reader = { text, at: 0 };
  const value = readValue(reader, 0);
  take(reader, space);
  if (reader.at < text.length) throw new JsonError('nothing may follow the value', reader.at);
  return value;
}

function take(reader: Reader, pattern: RegExp): string | null {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (match === null) return null;
  reader.at = pattern.lastIndex;
  return match[0];
}

function readValue(reader: Reader, depth: number): Value {
  if (depth > depthMax) throw new JsonError(`values may be nested ${depthMax} deep`, reader.at);
  take(reader, space);
  const next = reader.text[reader.at];
  if (next === '{') return readObject(reader, depth);
  if (next === '[') return readArray(reader, depth);
  return next === '"' ? readString(reader) : readWord(reader);
}

function readWord(reader: Reader): Value {
  const found = take(reader, word);
  if (found !== null) return found === 'null' ? null : found === 'true';
  const digits = take(reader, number);
  if (digits === null) throw new JsonError('a value is expected here', reader.at);
  const exponent = /[eE]([+-]?\d+)$/.exec(digits)?.[1] ?? '0';
  if (digits.length > exponentMax || Math.abs(Number(exponent)) > exponentMax)
    throw new JsonError('the number is out of range', reader.at);
  return parseNumber(digits);
}

function readString(reader: Reader): string {
  const quoted = take(reader, string);
  if (quoted === null)
    throw new JsonError('this text is not closed, or has an escape that JSON lacks', reader.at);
  return JSON.parse(quoted) as string;
}

function readArray(reader: Reader, depth: number): Value {
  const values: Value[] = [];
  reader.at++;
  if (closes(reader, ']')) return values;
  do values.push(readValue(reader, depth + 1));
  while (continues(reader, ']'));
  return values;
}

function readObject(reader: Reader, depth: number): Value {
  const object = Object.create(null) as Record<string, Value>;
  reader.at++;
  if (closes(reader, '}')) return object;
  do {
    take(reader, space);
    const start = reader.at;
    if (reader.text[start] !== '"') throw new JsonError('a key between quotes is expected here', start);
    const key = readString(reader);
    if (Object.hasOwn(object, key)) throw new JsonError(`the key \`${key}\` stands twice`, start);
    take(reader, space);
    if (reader.text[reader.at++] !== ':') throw new JsonError('`:` is expected here', reader.at - 1);
    object[key] = readValue(reader, depth + 1);
  } while (continues(reader, '}'));
  return object;
}

function closes(reader: Reader, closer: string): boolean {
  take(reader, space);
  if (reader.text[reader.at] !== closer) return false;
  reader.at++;
  return true;
}

/** Consumes a comma or the closing bracket. */
function continues(reader: Reader, closer: string): boolean {
  if (closes(reader, closer)) return false;
  if (reader.text[reader.at] !== ',')
    throw new JsonError(`\`,\` or \`${closer}\` is expected here`, reader.at);
  reader.at++;
  return true;
}
