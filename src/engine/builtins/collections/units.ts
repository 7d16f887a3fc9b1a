/** Amounts with a unit suffix: `10Mi`, `500m`, `1.5GiB`. Exact: no doubles are involved. */
import { normalizeNumber } from '../../../values/value.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import { define, numeric, string, takes } from '../define/define.js';

/** A numerator over a power of ten. */
interface Amount {
  readonly digits: bigint;
  readonly scale: number;
}

const powers = (base: bigint, suffix: string): readonly (readonly [string, bigint])[] =>
  ['k', 'm', 'g', 't', 'p', 'e'].map((letter, i) => [letter + suffix, base ** BigInt(i + 1)] as const);

const byteUnits = new Map<string, bigint>([
  ['', 1n],
  ...powers(1000n, ''),
  ...powers(1000n, 'b'),
  ...powers(1024n, 'i'),
  ...powers(1024n, 'ib'),
]);

/** Kubernetes' quantities: a small `m` is a thousandth and a capital one a million. */
const units = new Map<string, bigint>([
  ['', 1n],
  ...powers(1000n, '').flatMap(([name, size]) => [
    [name, size] as const,
    [name.toUpperCase(), size] as const,
  ]),
  ...powers(1024n, 'i').flatMap(([name, size]) => [
    [name, size] as const,
    [name[0]!.toUpperCase() + 'i', size] as const,
  ]),
]);
units.delete('m');

/** The widest exponent and the longest text: anything beyond is not a meaningful amount. */
const exponentMax = 1000;
const lengthMax = 1000;

/** Splits number and unit: an `e` belongs to the number only if an exponent follows. */
function splitUnit(text: string): readonly [string, string] {
  const number = /^(?:[\d.+-]|[eE](?=[\d+-])[+-]?)*/.exec(text)?.[0] ?? '';
  return [number, text.slice(number.length)];
}

function readAmount(text: string): Amount {
  const match = /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) throw new BuiltinError('could not parse amount to a number');
  const [, sign = '', whole = '', fraction = '', bare = '', exponent = '0'] = match;
  if (Math.abs(Number(exponent)) > exponentMax) throw new BuiltinError('exponent too large');
  const size = BigInt(whole + fraction + bare);
  const scale = (fraction + bare).length - Number(exponent);
  const digits = sign === '-' ? -size : size;
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function read(text: string): readonly [Amount, string] {
  if (text.length > lengthMax) throw new BuiltinError('the text is too long');
  const bare = text.replaceAll('"', '');
  if (bare.includes(' ')) throw new BuiltinError('spaces not allowed in resource strings');
  const [number, unit] = splitUnit(bare);
  if (number === '') throw new BuiltinError('no amount provided');
  return [readAmount(number), unit];
}

function parse(text: string): number | bigint {
  const [amount, given] = read(text);
  const unit = given.slice(0, 1) + given.slice(1).toLowerCase();
  const size = unit === 'm' ? 1n : units.get(unit);
  if (size === undefined) throw new BuiltinError(`unit \`${given}\` is not known`);
  return quotient(amount.digits * size, amount.scale + (unit === 'm' ? 3 : 0));
}

/** Rounds to ten decimals, halves away from zero. */
function quotient(digits: bigint, scale: number): number | bigint {
  const divisor = 10n ** BigInt(scale);
  if (digits % divisor === 0n) return normalizeNumber(digits / divisor);
  const size = (digits < 0n ? -digits : digits) * 10n ** 11n;
  const text = ((size / divisor + 5n) / 10n).toString().padStart(11, '0');
  return Number(`${digits < 0n ? '-' : ''}${text.slice(0, -10)}.${text.slice(-10)}`);
}

/** Fractions of a byte are truncated. */
function parseBytes(text: string): number | bigint {
  const [amount, unit] = read(text.toLowerCase());
  const size = byteUnits.get(unit);
  if (size === undefined) throw new BuiltinError(`byte unit \`${unit}\` is not known`);
  return normalizeNumber((amount.digits * size) / 10n ** BigInt(amount.scale));
}

export const unitBuiltins: readonly Builtin[] = [
  define(
    'units.parse',
    [takes('x', string)],
    numeric,
    'A number with an SI or binary unit: `10K`, `500m`, `1Gi`.',
    ([x]) => parse(x),
  ),
  define(
    'units.parse_bytes',
    [takes('x', string)],
    numeric,
    'A number of bytes with a unit: `10KB`, `1.5MiB`.',
    ([x]) => parseBytes(x),
  ),
];
