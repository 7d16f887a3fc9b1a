/**
 * Reads a token without verifying it. The gateway has verified the one that `identity` comes from; others are
 * unverified.
 */
import { isObject, property, type Value, type ValueObject } from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { trimCharacters } from '../define/code-points.js';
import { define, list, string, takes } from '../define/define.js';
import { fromBase64Bytes, fromBase64Url } from './encoding.js';
import { readJson } from '../json/json-text.js';
import { spendOn } from '../define/limits.js';

/** How deeply tokens may be nested. */
const nestedMax = 8;

/** Header, payload and the signature in hexadecimal. Nested tokens (RFC 7519 section 5.2) are unwrapped. */
function decode(token: string, depth: number, context: BuiltinContext): Value[] {
  if (depth > nestedMax) throw new BuiltinError('too many tokens in one another');
  const parts = token.split('.');
  if (parts.length !== 3) throw new BuiltinError('a token has three parts');
  const [head = '', body = '', signature = ''] = parts;
  const header = objectFrom(fromBase64Url(head), context);
  if (property(header, 'enc') !== undefined) throw new BuiltinError('the token is encrypted');
  const payload = fromBase64Url(body);
  if (property(header, 'cty') === 'JWT') return decode(unquoted(payload), depth + 1, context);
  return [header, objectFrom(payload, context), fromBase64Bytes(signature).toString('hex')];
}

/** Some signers put a nested token in quotes. */
const unquoted = (text: string): string => trimCharacters(text, `"'`, { start: true, end: true });

function objectFrom(json: string, context: BuiltinContext): ValueObject {
  const value = readJson(json, context);
  if (!isObject(value)) throw new BuiltinError('a part of the token is no object');
  return value;
}

export const jwt: readonly Builtin[] = [
  define(
    'io.jwt.decode',
    [takes('jwt', string)],
    list,
    'Header, payload and signature of a token. Nothing is verified.',
    ([jwt], context) => {
      spendOn(jwt, context);
      return decode(jwt, 0, context);
    },
  ),
];
