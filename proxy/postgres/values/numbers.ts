/** Numbers as rules compute with them: a number that a double cannot represent as written is not read. */
import { normalizeNumber } from '../../../src/values/value.js';

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
/** Longer ones are not read: nobody compares with them, and patterns are slow on them. */
const LENGTH_MAX = 400;
/** The number of digits that a double preserves. */
const DIGITS_MAX = 15;

export function readInteger(text: string): number | bigint | null {
  return /^[+-]?\d{1,19}$/.test(text) ? normalizeNumber(BigInt(text.replace('+', ''))) : null;
}

/** The server rounds as JavaScript does. */
export function readFloat(text: string): number | null {
  if (text.length > LENGTH_MAX || !DECIMAL.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** Numbers larger, smaller or finer than a double distinguishes could evade a comparison. */
export function readNumeric(text: string): number | bigint | null {
  if (text.length > LENGTH_MAX || !DECIMAL.test(text)) return null;
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (exponent === undefined && /^0*$/.test(fraction)) {
    const integer = BigInt(whole === '' ? '0' : whole);
    return normalizeNumber(sign === '-' ? -integer : integer);
  }
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
  const number = Number(text);
  const isFaithful = digits.length <= DIGITS_MAX && Math.abs(number) <= Number.MAX_SAFE_INTEGER;
  return isFaithful && (number !== 0 || digits === '') ? number : null;
}

/** numeric_send: counts of digits, weight, sign and scale, then digits of base 10,000. */
export function numericOf(bytes: Buffer): number | bigint | null {
  if (bytes.length < 8 || bytes.length !== 8 + 2 * bytes.readUInt16BE(0)) return null;
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  if ((sign !== 0 && sign !== 0x4000) || Math.abs(weight) > 64) return null;
  let digits = '';
  for (let at = 8; at < bytes.length; at += 2) digits += String(bytes.readUInt16BE(at)).padStart(4, '0');
  const whole = digits.slice(0, Math.max(0, 4 * (weight + 1))).padEnd(Math.max(0, 4 * (weight + 1)), '0');
  const fraction = weight < -1 ? '0'.repeat(-4 * (weight + 1)) + digits : digits.slice(whole.length);
  return readNumeric(`${sign === 0 ? '' : '-'}${whole === '' ? '0' : whole}.${fraction}`);
}
