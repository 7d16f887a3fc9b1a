/** Doubles as text like Go's `strconv`: exact digits, halves to even, exponents of at least two digits. */

/** The value is 0.DIGITS times ten to `point`; no zeros at either end of the digits. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** All digits of the double. */
function exactDecimal(value: number): Decimal {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponentBits = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & 0xfffffffffffffn;
  const mantissa = exponentBits === 0 ? fraction : fraction | 0x10000000000000n;
  const exponent = Math.max(exponentBits, 1) - 1075;
  if (exponent >= 0) return trimmed((mantissa << BigInt(exponent)).toString(), 0);
  return trimmed((mantissa * 5n ** BigInt(-exponent)).toString(), -exponent);
}

/** The fewest digits that read back as the same double. */
export function shortestDecimal(value: number): Decimal {
  const [digits = '0', exponent = '0'] = value.toExponential().replace('.', '').split('e');
  return trimmed(digits, digits.length - 1 - Number(exponent));
}

function trimmed(text: string, fractionDigits: number): Decimal {
  const point = text.length - fractionDigits;
  const digits = text.replace(/^0+/, '');
  if (digits === '') return { digits: '', point: 0 };
  return { digits: withoutZeros(digits), point: point - (text.length - digits.length) };
}

function withoutZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

/** Rounds to `count` digits. */
function roundTo(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { digits: '', point: 0 };
  const kept = digits.slice(0, count);
  const next = digits.charCodeAt(count) - 48;
  const isTie = next === 5 && digits.length === count + 1;
  const isOdd = count > 0 && digits.charCodeAt(count - 1) % 2 === 1;
  if (next < 5 || (isTie && !isOdd)) return { digits: withoutZeros(kept), point: kept === '' ? 0 : point };
  const up = (BigInt(kept || '0') + 1n).toString();
  return { digits: withoutZeros(up), point: point + (up.length - count) };
}

/**
 * The text without a sign.
 * @param precision digits behind the point for `e` and `f`, digits in all for `g`; null for as many as needed
 */
export function formatDouble(value: number, verb: 'e' | 'f' | 'g', precision: number | null): string {
  const size = Math.abs(value);
  const decimal = precision === null ? shortestDecimal(size) : exactDecimal(size);
  switch (verb) {
    case 'e': {
      const rounded = precision === null ? decimal : roundTo(decimal, precision + 1);
      return scientific(rounded, precision ?? Math.max(rounded.digits.length - 1, 0));
    }
    case 'f': {
      const rounded = precision === null ? decimal : roundTo(decimal, decimal.point + precision);
      return positional(rounded, precision ?? Math.max(rounded.digits.length - rounded.point, 0));
    }
    case 'g':
      return general(decimal, precision);
  }
}

/** Scientific notation if the exponent is below -4 or reaches the precision, by default 6. */
function general(decimal: Decimal, precision: number | null): string {
  const wanted = precision === null ? 6 : Math.max(precision, 1);
  const rounded = precision === null ? decimal : roundTo(decimal, wanted);
  const count = rounded.digits.length;
  const isShort = precision !== null && wanted > count && count >= rounded.point;
  const exponent = count === 0 ? 0 : rounded.point - 1;
  if (exponent < -4 || exponent >= (isShort ? count : wanted))
    return scientific(rounded, Math.max(count - 1, 0));
  return positional(rounded, Math.max(count - rounded.point, 0));
}

function scientific({ digits, point }: Decimal, precision: number): string {
  const exponent = digits === '' ? 0 : point - 1;
  const first = digits.charAt(0) || '0';
  const rest = digits.slice(1).padEnd(precision, '0');
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${first}${precision > 0 ? `.${rest}` : ''}e${exponent < 0 ? '-' : '+'}${size}`;
}

function positional({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const zeros = '0'.repeat(Math.min(Math.max(-point, 0), precision));
  const fraction = (zeros + digits.slice(Math.max(point, 0))).padEnd(precision, '0');
  return precision > 0 ? `${whole}.${fraction}` : whole;
}
