/** JSON as text: read with exact integers and any key, written with sorted keys as Go does. */
import { fromDouble } from '../../../values/number.js';
import {
  compare,
  isArray,
  isScalar,
  normalizeNumber,
  objectOf,
  Unknown,
  ValueSet,
  type Value,
} from '../../../values/value.js';
import { BuiltinError, type BuiltinContext } from '../define/builtin.js';
import { checkLength, depthMax } from '../define/limits.js';

/** The most digits of an integer that is kept exactly. */
const digitsMax = 1_000;

/** What is not JSON (RFC 8259), as opposed to JSON that is too deep or too large. */
class JsonSyntaxError extends BuiltinError {}

const space = /[ \t\n\r]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const wordToken = /true|false|null/y;

/**
 * @throws BuiltinError if it is not JSON, too deep, or has a number that is too large
 */
export function readJson(text: string, context: BuiltinContext): Value {
  return read(text, numberOf, context);
}

/** Whether it is JSON, numbers of any size included. */
export function isJson(text: string, context: BuiltinContext): boolean {
  try {
    read(text, () => 0, context);
    return true;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

function read(text: string, numberFrom: typeof numberOf, context: BuiltinContext): Value {
  let at = 0;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at += match[0].length;
    return match;
  };
  const skip = (character: string): boolean => {
    take(space);
    if (text[at] !== character) return false;
    at++;
    take(space);
    return true;
  };
  const fail = (): never => {
    throw new JsonSyntaxError(`not JSON at character ${at + 1}`);
  };

  const readString = (): string | null => {
    const end = endOfString(text, at);
    if (end < 0) return null;
    const token = text.slice(at, end);
    at = end;
    return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
  };
  const readArray = (depth: number): Value => {
    const members: Value[] = [];
    if (skip(']')) return members;
    do members.push(readValue(depth + 1));
    while (skip(','));
    return skip(']') ? members : fail();
  };
  const readObject = (depth: number): Value => {
    const entries = new Map<string, Value>();
    if (skip('}')) return objectOf(entries);
    do {
      take(space);
      const key = readString() ?? fail();
      if (!skip(':')) fail();
      entries.set(key, readValue(depth + 1));
    } while (skip(','));
    return skip('}') ? objectOf(entries) : fail();
  };
  const readValue = (depth: number): Value => {
    context.spend(1);
    if (depth > depthMax) throw new BuiltinError('the JSON is nested too deeply');
    if (skip('[')) return readArray(depth);
    if (skip('{')) return readObject(depth);
    const string = text[at] === '"' ? readString() : null;
    if (string !== null) return string;
    const word = take(wordToken);
    if (word !== null) return word[0] === 'null' ? null : word[0] === 'true';
    const number = take(numberToken);
    return number === null ? fail() : numberFrom(number);
  };

  take(space);
  const value = readValue(0);
  take(space);
  return at === text.length ? value : fail();
}

/**
 * The position after the closing quote; -1 if the string is incomplete. A loop, because long strings exhaust the stack
 * of a regular expression.
 */
function endOfString(text: string, from: number): number {
  if (text[from] !== '"') return -1;
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) return -1;
    if (code !== 0x5c) continue;
    const escape = text[++at] ?? '';
    if (escape === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(text.slice(at + 1, at + 5))) return -1;
      at += 4;
    } else if (!'"\\/bfnrt'.includes(escape) || escape === '') return -1;
  }
  return -1;
}

function numberOf([text, fraction, exponent]: RegExpExecArray): number | bigint {
  if (fraction === undefined && exponent === undefined && text.length > 15) {
    if (text.length > digitsMax) throw new BuiltinError('a number has too many digits');
    return normalizeNumber(BigInt(text));
  }
  const number = fromDouble(Number(text));
  if (number === null) throw new BuiltinError('a number is too large');
  return number;
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function quote(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => htmlEscapes[character]!);
}

/** Every digit of an integer: the shortest form of a double would be another integer when read exactly. */
function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value);
}

export interface Layout {
  /** The beginning of every line. */
  readonly prefix: string;
  /** Repeated once per level. */
  readonly indent: string;
}

/** Sets become sorted arrays; with a layout, each member has a line of its own. */
export function writeJson(value: Value, layout: Layout | null, context: BuiltinContext): string {
  const parts: string[] = [];
  let length = 0;
  const emit = (part: string): void => {
    length += part.length;
    checkLength(length);
    parts.push(part);
  };
  const line = (level: number): void => {
    if (layout !== null) emit(`\n${layout.prefix}${layout.indent.repeat(level)}`);
  };
  const writeMembers = (
    open: string,
    close: string,
    level: number,
    members: readonly (() => void)[],
  ): void => {
    emit(open);
    for (const [i, write] of members.entries()) {
      if (i > 0) emit(',');
      line(level + 1);
      write();
    }
    if (members.length > 0) line(level);
    emit(close);
  };
  const write = (one: Value, level: number): void => {
    context.spend(1);
    if (typeof one === 'string') emit(quote(one));
    else if (typeof one === 'number') emit(numberText(one));
    else if (isScalar(one)) emit(String(one));
    else if (one instanceof Unknown) throw new BuiltinError(one.reason);
    else if (isArray(one) || one instanceof ValueSet) {
      const members = isArray(one) ? one : one.items;
      writeMembers(
        '[',
        ']',
        level,
        members.map((member) => () => {
          write(member, level + 1);
        }),
      );
    } else {
      const colon = layout === null ? ':' : ': ';
      const keys = Object.keys(one).sort(compare);
      writeMembers(
        '{',
        '}',
        level,
        keys.map((key) => () => {
          emit(quote(key) + colon);
          write(one[key]!, level + 1);
        }),
      );
    }
  };
  emit(layout?.prefix ?? '');
  write(value, 0);
  return parts.join('');
}
