/** `sprintf`: the formats of Go's `fmt`, with its error markers (`%!d(string=x)`) if a value does not fit. */
import { bounded, checkLength, isInteger } from '../define/limits.js';
import { renderValue } from '../../../values/render.js';
import { BuiltinError } from '../define/builtin.js';
import type { Value } from '../../../values/value.js';
import { formatOperand, operandType, type Directive, type Operand } from './go-verbs.js';

/** Go's own bound on a width, a precision and an index. */
const numberMax = 1_000_000;

/** Strings and numbers stay as they are; anything else becomes the text of its literal, as OPA passes them to Go. */
function operandOf(value: Value): Operand {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return isInteger(value) ? BigInt(value) : value;
  return renderValue(value);
}

interface Scan {
  at: number;
  /** The next operand. */
  next: number;
  /** Whether an index was given: unused operands are not reported then. */
  reordered: boolean;
  /** Whether the index of this directive was valid. */
  goodIndex: boolean;
  afterIndex: boolean;
}

export function goFormat(format: string, values: readonly Value[]): string {
  const operands = values.map(operandOf);
  const scan: Scan = { at: 0, next: 0, reordered: false, goodIndex: true, afterIndex: false };
  const parts: string[] = [];
  let length = 0;
  while (scan.at < format.length) {
    const percent = format.indexOf('%', scan.at);
    const end = percent < 0 ? format.length : percent;
    parts.push(format.slice(scan.at, end));
    scan.at = end;
    if (percent >= 0) parts.push(directive(format, operands, scan));
    length += parts.at(-1)!.length;
    checkLength(length);
  }
  if (!scan.reordered && scan.next < operands.length) parts.push(extra(operands.slice(scan.next)));
  return bounded(parts.join(''));
}

function extra(operands: readonly Operand[]): string {
  return `%!(EXTRA ${operands.map((operand) => `${operandType(operand)}=${plain(operand)}`).join(', ')})`;
}

const noFlags = { minus: false, plus: false, sharp: false, space: false, zero: false };

function plain(operand: Operand): string {
  return formatOperand(operand, { ...noFlags, width: null, precision: null, verb: 'v' });
}

function begin(scan: Scan): void {
  scan.at++;
  scan.goodIndex = true;
  scan.afterIndex = false;
}

/** One directive, from its `%` to its verb. */
function directive(format: string, operands: readonly Operand[], scan: Scan): string {
  begin(scan);
  const remarks: string[] = [];
  const flags = readFlags(format, scan);
  readIndex(format, operands.length, scan);
  let { minus, zero } = flags;
  let width = readSize(format, operands, scan, remarks, '%!(BADWIDTH)');
  if (width !== null && width < 0) {
    width = -width;
    minus = true;
    zero = false;
  }
  const precision = readPrecision(format, operands, scan, remarks);
  if (!scan.afterIndex) readIndex(format, operands.length, scan);
  const code = format.codePointAt(scan.at);
  if (code === undefined) return `${remarks.join('')}%!(NOVERB)`;
  const verb = String.fromCodePoint(code);
  scan.at += verb.length;
  const found: Directive = { ...flags, minus, zero: zero && !minus, width, precision, verb };
  return remarks.join('') + applied(found, operands, scan);
}

function applied(found: Directive, operands: readonly Operand[], scan: Scan): string {
  if (found.verb === '%') return '%';
  if (!scan.goodIndex) return `%!${found.verb}(BADINDEX)`;
  const operand = operands[scan.next];
  if (operand === undefined) return `%!${found.verb}(MISSING)`;
  scan.next++;
  return formatOperand(operand, found);
}

const flagNames: Readonly<Record<string, keyof typeof noFlags>> = {
  '-': 'minus',
  '+': 'plus',
  '#': 'sharp',
  ' ': 'space',
  '0': 'zero',
};

function readFlags(format: string, scan: Scan): typeof noFlags {
  const flags = { ...noFlags };
  for (; ; scan.at++) {
    const name = flagNames[format.charAt(scan.at)];
    if (name === undefined) return flags;
    flags[name] = true;
  }
}

/** `[3]`: the next operand, counted from 1. */
function readIndex(format: string, count: number, scan: Scan): void {
  if (format[scan.at] !== '[') return;
  scan.reordered = true;
  const close = format.indexOf(']', scan.at);
  if (close < 0) {
    scan.goodIndex = false;
    scan.at++;
    return;
  }
  const text = format.slice(scan.at + 1, close);
  scan.at = close + 1;
  const wanted = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (wanted < 1 || wanted > count) {
    scan.goodIndex = false;
    return;
  }
  scan.next = wanted - 1;
  scan.afterIndex = true;
}

/** A number in the format, or `*` for one from the operands. */
function readSize(
  format: string,
  operands: readonly Operand[],
  scan: Scan,
  remarks: string[],
  remark: string,
): number | null {
  if (format[scan.at] === '*') {
    scan.at++;
    scan.afterIndex = false;
    const operand = operands[scan.next];
    if (operand !== undefined) scan.next++;
    if (typeof operand === 'bigint' && operand <= numberMax && operand >= -numberMax) return Number(operand);
    remarks.push(remark);
    return null;
  }
  const digits = /^\d*/.exec(format.slice(scan.at, scan.at + 8))?.[0] ?? '';
  if (digits === '') return null;
  if (scan.afterIndex) scan.goodIndex = false;
  scan.at += digits.length;
  if (Number(digits) <= numberMax) return Number(digits);
  throw new BuiltinError('a width or precision is too large');
}

function readPrecision(
  format: string,
  operands: readonly Operand[],
  scan: Scan,
  remarks: string[],
): number | null {
  if (format[scan.at] !== '.') return null;
  scan.at++;
  if (scan.afterIndex) scan.goodIndex = false;
  readIndex(format, operands.length, scan);
  const starred = format[scan.at] === '*';
  const precision = readSize(format, operands, scan, remarks, '%!(BADPREC)');
  if (precision !== null && precision >= 0) return precision;
  if (!starred) return 0;
  if (precision !== null) remarks.push('%!(BADPREC)');
  return null;
}
