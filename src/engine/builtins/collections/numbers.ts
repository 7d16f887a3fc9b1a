/** Rounding, ranges and bits. Integers are exact at any size. */
import { fromDouble, negate } from '../../../values/number.js';
import { normalizeNumber, type Value } from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { define, list, numeric, takes } from '../define/define.js';
import { exactInteger } from '../define/limits.js';

/** Integers are themselves; a double may round to an integer beyond the safe ones. */
function rounded(value: number | bigint, round: (x: number) => number): number | bigint {
  return typeof value === 'bigint' ? value : (fromDouble(round(value)) ?? Infinity);
}

/** Half away from zero, whereas JavaScript rounds half up. */
const round = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));

/** The widest result of a shift, in bits: the same as for arithmetic. */
const bitsMax = 4096n;

function shiftLeft(value: bigint, shift: bigint): bigint {
  checkShift(shift);
  if (value !== 0n && BigInt(value.toString(2).length) + shift > bitsMax)
    throw new BuiltinError('the number is too large');
  return value << shift;
}

function shiftRight(value: bigint, shift: bigint): bigint {
  checkShift(shift);
  return value >> (shift > bitsMax * 2n ? bitsMax * 2n : shift);
}

function checkShift(shift: bigint): void {
  if (shift < 0n) throw new BuiltinError('`s` must not be negative');
}

/** The longest array that a range gives. */
const rangeLengthMax = 1_000_000n;

/** From the first to the last inclusive, downwards if the first is greater. */
function range(first: bigint, last: bigint, step: bigint, context: BuiltinContext): readonly Value[] {
  if (step <= 0n) throw new BuiltinError('`step` must be a positive integer');
  const distance = last >= first ? last - first : first - last;
  const length = distance / step + 1n;
  if (length > rangeLengthMax) throw new BuiltinError('the range is too long');
  context.spend(Number(length));
  const signed = last >= first ? step : -step;
  return Array.from({ length: Number(length) }, (_, i) => normalizeNumber(first + BigInt(i) * signed));
}

const unary = (name: string, doc: string, call: (x: number | bigint) => number | bigint): Builtin =>
  define(name, [takes('x', numeric)], numeric, doc, ([x]) => call(x));

const bitwise = (name: string, doc: string, call: (x: bigint, y: bigint) => bigint): Builtin => {
  const second = name.endsWith('sh') ? 's' : 'y';
  return define(name, [takes('x', numeric), takes(second, numeric)], numeric, doc, ([x, y]) =>
    normalizeNumber(call(exactInteger(x, 'x'), exactInteger(y, second))),
  );
};

export const numberBuiltins: readonly Builtin[] = [
  unary('abs', 'The distance from 0.', (x) => (x < 0 ? negate(x) : x)),
  unary('ceil', 'The least integer that is not below `x`.', (x) => rounded(x, Math.ceil)),
  unary('floor', 'The greatest integer that is not above `x`.', (x) => rounded(x, Math.floor)),
  unary('round', 'The nearest integer; halves away from zero.', (x) => rounded(x, round)),
  define(
    'numbers.range',
    [takes('a', numeric), takes('b', numeric)],
    list,
    'The integers from `a` to `b`, both included; downwards where `b` is less.',
    ([a, b], context) => range(exactInteger(a, 'a'), exactInteger(b, 'b'), 1n, context),
  ),
  define(
    'numbers.range_step',
    [takes('a', numeric), takes('b', numeric), takes('step', numeric)],
    list,
    'The integers from `a` to `b` in steps of `step`, which is positive; downwards where `b` is less.',
    ([a, b, step], context) =>
      range(exactInteger(a, 'a'), exactInteger(b, 'b'), exactInteger(step, 'step'), context),
  ),
  bitwise('bits.and', 'The bits set in both.', (x, y) => x & y),
  bitwise('bits.or', 'The bits set in either.', (x, y) => x | y),
  bitwise('bits.xor', 'The bits set in one of the two.', (x, y) => x ^ y),
  bitwise('bits.lsh', '`x` with its bits moved left by `s`.', shiftLeft),
  bitwise('bits.rsh', '`x` with its bits moved right by `s`; the sign stays.', shiftRight),
  unary('bits.negate', 'Every bit turned over.', (x) => normalizeNumber(~exactInteger(x, 'x'))),
];
