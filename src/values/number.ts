/** Arithmetic of the language: exact for integers of any size, doubles for everything else. */
import { normalizeNumber } from './value.js';

/** Keeps integers of the safe range as numbers and makes other integers bigints; null if the number is not finite. */
export function fromDouble(value: number): number | bigint | null {
  if (!Number.isFinite(value)) return null;
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return value === 0 ? 0 : value;
  return normalizeNumber(BigInt(value));
}

/** The value of a number as written: `12`, `1.5`, `1e30`. The parser has bounded its digits and exponent. */
export function parseNumber(text: string): number | bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return fromDouble(Number(text)) ?? 0;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const shift = Number(exponent) - fraction.replace(/0+$/, '').length;
  if (shift < 0 || shift > 1000) return fromDouble(Number(text)) ?? 0;
  const digits = BigInt(whole + fraction.replace(/0+$/, '')) * 10n ** BigInt(shift);
  return normalizeNumber(sign === '-' ? -digits : digits);
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** The result, or the reason for its absence. */
export type Computed = { readonly value: number | bigint } | { readonly error: string };

export function compute(
  operator: ArithmeticOperator,
  left: number | bigint,
  right: number | bigint,
): Computed {
  if (operator === '%') return remainder(left, right);
  // JavaScript's == compares a number with a bigint by value, and here 0 and -0 are both numbers.
  if (operator === '/' && right === 0) return { error: 'division by zero' };
  const exact = isInteger(left) && isInteger(right);
  const quick = typeof left === 'number' && typeof right === 'number' ? double(operator, left, right) : null;
  if (quick !== null && (!exact || Number.isSafeInteger(quick) || (operator === '/' && quick % 1 !== 0)))
    return finite(quick);
  if (!exact) return finite(double(operator, Number(left), Number(right)));
  return exactly(operator, BigInt(left), BigInt(right));
}

function double(operator: '+' | '-' | '*' | '/', left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
  }
}

/** The widest result of a multiplication, so that no rule computes with megabytes of digits. */
const bitsMax = 4096;

function exactly(operator: '+' | '-' | '*' | '/', left: bigint, right: bigint): Computed {
  switch (operator) {
    case '+':
      return { value: normalizeNumber(left + right) };
    case '-':
      return { value: normalizeNumber(left - right) };
    case '*': {
      const product = left * right;
      if (BigInt.asIntN(bitsMax, product) !== product) return { error: 'the number is too large' };
      return { value: normalizeNumber(product) };
    }
    case '/':
      if (left % right === 0n) return { value: normalizeNumber(left / right) };
      return finite(Number(left) / Number(right));
  }
}

function remainder(left: number | bigint, right: number | bigint): Computed {
  if (!isInteger(left) || !isInteger(right)) return { error: '`%` takes integers' };
  if (right === 0) return { error: 'division by zero' };
  return { value: normalizeNumber(BigInt(left) % BigInt(right)) };
}

export function negate(value: number | bigint): number | bigint {
  return typeof value === 'bigint' ? normalizeNumber(-value) : value === 0 ? 0 : -value;
}

function isInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function finite(value: number): Computed {
  const result = fromDouble(value);
  return result === null ? { error: 'the number is too large' } : { value: result };
}
