/** Digests as lower-case hexadecimal. For comparing and grouping: rules hold no secrets. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Builtin } from '../define/builtin.js';
import { define, string, takes, truth } from '../define/define.js';
import { spendOn } from '../define/limits.js';

const digest = (algorithm: string): Builtin =>
  define(
    `crypto.${algorithm}`,
    [takes('x', string)],
    string,
    `The ${algorithm} digest of a text.`,
    ([x], context) => {
      spendOn(x, context);
      return createHash(algorithm).update(x, 'utf8').digest('hex');
    },
  );

const hmac = (algorithm: string): Builtin =>
  define(
    `crypto.hmac.${algorithm}`,
    [takes('x', string), takes('key', string)],
    string,
    `The message authentication code of a text under a key, by ${algorithm}.`,
    ([x, key], context) => {
      spendOn(x, context);
      return createHmac(algorithm, key).update(x, 'utf8').digest('hex');
    },
  );

/** Constant-time comparison. */
function equal(left: string, right: string): boolean {
  const a = Buffer.from(left, 'utf8');
  const b = Buffer.from(right, 'utf8');
  return a.length === b.length && timingSafeEqual(a, b);
}

export const crypto: readonly Builtin[] = [
  ...['md5', 'sha1', 'sha256'].map(digest),
  ...['md5', 'sha1', 'sha256', 'sha512'].map(hmac),
  define(
    'crypto.hmac.equal',
    [takes('mac1', string), takes('mac2', string)],
    truth,
    'Whether two codes are the same.',
    ([a, b]) => equal(a, b),
  ),
];
