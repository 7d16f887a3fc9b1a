/** Limits on results of builtins, and conversion of integers. Exceeding one is a built-in error, hence unknown. */
import { ValueSet, type Value } from '../../../values/value.js';
import { BuiltinError, type BuiltinContext } from './builtin.js';

/** The longest text that a builtin returns, in UTF-16 code units. */
export const textLengthMax = 16 * 1024 * 1024;

/** The deepest nesting that is read from JSON, so that recursion over values never exhausts the stack. */
export const depthMax = 256;

export function checkLength(length: number): void {
  if (length > textLengthMax) throw new BuiltinError('the result is too long');
}

export function bounded(text: string): string {
  checkLength(text.length);
  return text;
}

/** Spends steps for work on a text: one per 64 code units. */
export function spendOn(text: string, context: BuiltinContext): void {
  context.spend(1 + (text.length >> 6));
}

export function isInteger(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

/** Any integer, exactly. */
export function exactInteger(value: number | bigint, parameter: string): bigint {
  if (!isInteger(value)) throw new BuiltinError(`\`${parameter}\` must be an integer`);
  return BigInt(value);
}

/** An index or count: an integer that a double holds. */
export function index(value: number | bigint, parameter: string): number {
  if (!Number.isSafeInteger(value)) throw new BuiltinError(`\`${parameter}\` must be a small integer`);
  return Number(value);
}

export function membersOf<T extends Value>(values: readonly T[] | ValueSet): readonly T[] {
  return values instanceof ValueSet ? (values.items as readonly T[]) : values;
}
