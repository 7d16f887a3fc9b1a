/**
 * Base64, hexadecimal and URL queries. Rules have texts only: a byte that is not valid UTF-8 decodes to U+FFFD, as in
 * Go.
 */
import { arrayOf, mapOf, text } from '../../../values/schema.js';
import { compare, isArray, objectOf, ValueSet, type ValueObject } from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { anything, define, either, string, strings, takes, truth, type Kind } from '../define/define.js';
import { bounded, checkLength, spendOn } from '../define/limits.js';

const queryValues: Kind<ValueObject> = { type: mapOf(either(string, strings).type) };
const queryLists: Kind<ValueObject> = { type: mapOf(arrayOf(text)) };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeAround(bytes);
  }
}

/** Go's `for range` over a string: each byte that does not begin a character is a character of its own. */
function decodeAround(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at]!);
    const character = length === 0 ? null : decodeOne(bytes.subarray(at, at + length));
    parts.push(character ?? '\uFFFD');
    at += character === null ? 1 : length;
  }
  return parts.join('');
}

/** The length in bytes of the character that begins with this byte (RFC 3629 section 4); 0 if none does. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function decodeOne(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/** RFC 4648 section 4, padded; line breaks are ignored, as in Go's decoder. Null if it is not valid. */
function fromBase64(encoded: string): Buffer | null {
  const joined = encoded.replace(/[\r\n]/g, '');
  const body = joined.replace(/={1,2}$/, '');
  if (joined.length % 4 !== 0 || body.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(body)) return null;
  return Buffer.from(body, 'base64');
}

/** RFC 4648 section 5; padding may be left out as in RFC 7515. */
export function fromBase64Bytes(encoded: string): Buffer {
  const body = encoded.replace(/[\r\n]/g, '');
  const padded = body.endsWith('=') ? body : body.padEnd(Math.ceil(body.length / 4) * 4, '=');
  const bytes = /[+/]/.test(body) ? null : fromBase64(padded.replaceAll('-', '+').replaceAll('_', '/'));
  if (bytes === null) throw new BuiltinError('not base64url');
  return bytes;
}

export const fromBase64Url = (encoded: string): string => decodeUtf8(fromBase64Bytes(encoded));

function decodeBase64(encoded: string): string {
  const bytes = fromBase64(encoded);
  if (bytes === null) throw new BuiltinError('not base64');
  return decodeUtf8(bytes);
}

/** Padded as Go's `URLEncoding` does, which Node leaves out. */
function toBase64Url(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

function decodeHex(encoded: string): string {
  if (encoded.length % 2 !== 0 || /[^0-9a-fA-F]/.test(encoded)) throw new BuiltinError('not hexadecimal');
  return decodeUtf8(Buffer.from(encoded, 'hex'));
}

/** Percent-encodes all bytes except letters, digits and `-_.~`; a space becomes `+`. */
function encodeQuery(value: string): string {
  return encodeURIComponent(Buffer.from(value, 'utf8').toString('utf8'))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

function decodeQuery(encoded: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(encoded)) throw new BuiltinError('a percent sign without two digits');
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new BuiltinError('the bytes are not UTF-8 text');
  }
}

function encodeObject(object: ValueObject, context: BuiltinContext): string {
  const pairs: string[] = [];
  let length = 0;
  for (const key of Object.keys(object).sort(compare)) {
    const given = object[key]!;
    const values = given instanceof ValueSet ? given.items : isArray(given) ? given : [given];
    context.spend(1 + values.length);
    for (const value of values) {
      const pair = `${encodeQuery(key)}=${encodeQuery(value as string)}`;
      length += pair.length;
      checkLength(length);
      pairs.push(pair);
    }
  }
  return pairs.join('&');
}

function decodeObject(query: string, context: BuiltinContext): ValueObject {
  const fields = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    context.spend(1);
    if (pair === '') continue;
    if (pair.includes(';')) throw new BuiltinError('a semicolon separates nothing');
    const at = pair.indexOf('=');
    const key = decodeQuery(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : decodeQuery(pair.slice(at + 1));
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return objectOf(fields);
}

const coding = (name: string, doc: string, call: (value: string) => string): Builtin =>
  define(name, [takes('x', string)], string, doc, ([x], context) => {
    spendOn(x, context);
    return bounded(call(x));
  });

export const encodings: readonly Builtin[] = [
  coding('base64.encode', 'In base64.', (x) => Buffer.from(x, 'utf8').toString('base64')),
  coding('base64.decode', 'The text that is so in base64.', decodeBase64),
  define('base64.is_valid', [takes('x', anything)], truth, 'Whether it is a text in base64.', ([x]) => {
    return typeof x === 'string' && fromBase64(x) !== null;
  }),
  coding('base64url.encode', 'In base64 with the alphabet for URLs, padded.', toBase64Url),
  coding('base64url.encode_no_pad', 'In base64 with the alphabet for URLs, without padding.', (x) =>
    Buffer.from(x, 'utf8').toString('base64url'),
  ),
  coding(
    'base64url.decode',
    'The text that is so in base64 with the alphabet for URLs; padding may lack.',
    fromBase64Url,
  ),
  coding('hex.encode', 'The bytes in hexadecimal.', (x) => Buffer.from(x, 'utf8').toString('hex')),
  coding('hex.decode', 'The text whose bytes are so in hexadecimal.', decodeHex),
  coding('urlquery.encode', 'As a part of a URL query.', encodeQuery),
  coding('urlquery.decode', 'The text of a part of a URL query.', decodeQuery),
  define(
    'urlquery.encode_object',
    [takes('object', queryValues)],
    string,
    'As a URL query, keys sorted.',
    ([object], context) => encodeObject(object, context),
  ),
  define(
    'urlquery.decode_object',
    [takes('x', string)],
    queryLists,
    'A URL query as an object of arrays of texts.',
    ([x], context) => {
      spendOn(x, context);
      return decodeObject(x, context);
    },
  ),
];
