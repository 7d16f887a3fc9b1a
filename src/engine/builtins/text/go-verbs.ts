/** Formats one operand by one directive of a Go format. */
import { codePointCount, sliceCodePoints } from '../define/code-points.js';
import { formatDouble } from '../json/go-float.js';

/** Integers of any size, doubles that are no integers, and text. */
export type Operand = string | bigint | number;

export interface Directive {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | null;
  readonly precision: number | null;
  readonly verb: string;
}

/** Go's name of the type, for its error markers. */
export function operandType(operand: Operand): string {
  if (typeof operand === 'string') return 'string';
  if (typeof operand === 'number') return 'float64';
  return isMachineInteger(operand) ? 'int64' : '*big.Int';
}

const isMachineInteger = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

export function formatOperand(operand: Operand, directive: Directive): string {
  if (directive.verb === 'T') return pad(operandType(operand), directive);
  const text =
    typeof operand === 'string'
      ? formatText(operand, directive)
      : typeof operand === 'bigint'
        ? formatInteger(operand, directive)
        : formatFloat(operand, directive);
  return text ?? misfit(operand, directive);
}

function misfit(operand: Operand, directive: Directive): string {
  const value = formatOperand(operand, { ...directive, verb: 'v', width: null, precision: null });
  // In Go, big integers format themselves, and give their type without the star.
  const type = operandType(operand).replace('*', '');
  return `%!${directive.verb}(${type}=${value})`;
}

function pad(text: string, { width, minus, zero }: Directive): string {
  const missing = (width ?? 0) - codePointCount(text);
  if (missing <= 0) return text;
  if (minus) return text + ' '.repeat(missing);
  return (zero ? '0' : ' ').repeat(missing) + text;
}

function formatText(text: string, directive: Directive): string | null {
  const { precision, verb } = directive;
  const cut = precision === null ? text : sliceCodePoints(text, 0, precision);
  switch (verb) {
    case 'v':
      return pad(directive.sharp ? quote(text) : cut, directive);
    case 's':
      return pad(cut, directive);
    case 'q':
      if (directive.sharp && canBackquote(cut)) return pad(`\`${cut}\``, directive);
      return pad(quote(cut, directive.plus), directive);
    case 'x':
    case 'X':
      return pad(hexadecimal(text, directive), directive);
    default:
      return null;
  }
}

const canBackquote = (text: string): boolean => !/[`\0-\x08\x0a-\x1f\x7f\ufeff]/.test(text);

function hexadecimal(text: string, { precision, space, sharp, verb }: Directive): string {
  const bytes = [...Buffer.from(text, 'utf8').subarray(0, precision ?? undefined)];
  const prefix = sharp ? '0x' : '';
  const pairs = bytes.map((byte) => (space ? prefix : '') + byte.toString(16).padStart(2, '0'));
  const joined = space ? pairs.join(' ') : (pairs.length > 0 ? prefix : '') + pairs.join('');
  return verb === 'X' ? joined.toUpperCase() : joined;
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** A literal of Go: unprintable characters are escaped, and with `ascii` all non-ASCII characters too. */
function quote(text: string, ascii = false, mark = '"'): string {
  let quoted = mark;
  for (const character of text) {
    if (character === mark) quoted += `\\${character}`;
    else if (escapes[character] !== undefined) quoted += escapes[character];
    else if (isPrintable(character) && (!ascii || character < '\x7f')) quoted += character;
    else quoted += escaped(character.codePointAt(0)!);
  }
  return quoted + mark;
}

/** Letters, marks, numbers, punctuation, symbols and the ASCII space. */
const isPrintable = (character: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);

function escaped(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

const bases: Readonly<Record<string, number>> = { b: 2, o: 8, O: 8, d: 10, v: 10, x: 16, X: 16 };
const prefixes: Readonly<Record<string, string>> = { b: '0b', o: '0', O: '0o', x: '0x', X: '0X' };

function formatInteger(value: bigint, directive: Directive): string | null {
  const { verb } = directive;
  const machine = isMachineInteger(value);
  const base = bases[verb] ?? (verb === 's' && !machine ? 10 : undefined);
  if (base !== undefined) return digits(value, base, directive);
  if (!machine) return null;
  const known = value >= 0n && value <= 0x10ffffn && (value < 0xd800n || value > 0xdfffn);
  const character = known ? String.fromCodePoint(Number(value)) : '\ufffd';
  if (verb === 'c') return pad(character, directive);
  if (verb === 'q') return pad(quote(character, directive.plus, "'"), directive);
  if (verb === 'U') return pad(unicode(value, character, directive), { ...directive, zero: false });
  return null;
}

function unicode(value: bigint, character: string, { sharp, precision }: Directive): string {
  const number = BigInt.asUintN(64, value)
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(precision ?? 4, 4), '0');
  return `U+${number}${sharp && isPrintable(character) ? ` '${character}'` : ''}`;
}

function digits(value: bigint, base: number, directive: Directive): string {
  const { precision, verb, sharp, zero, width } = directive;
  const sign = value < 0n ? '-' : directive.plus ? '+' : directive.space ? ' ' : '';
  if (precision === 0 && value === 0n) return ' '.repeat(width ?? 0);
  let text = (value < 0n ? -value : value).toString(base);
  if (verb === 'X') text = text.toUpperCase();
  const fill = precision ?? (zero && width !== null ? width - sign.length : 0);
  text = text.padStart(fill, '0');
  const prefix = sharp || verb === 'O' ? (prefixes[verb] ?? '') : '';
  if (!(prefix === '0' && text.startsWith('0'))) text = prefix + text;
  return pad(sign + text, { ...directive, zero: false });
}

function formatFloat(value: number, directive: Directive): string | null {
  const text = floatDigits(value, directive);
  if (text === null) return null;
  const sign = value < 0 || Object.is(value, -0) ? '-' : directive.plus ? '+' : directive.space ? ' ' : '';
  if (!directive.zero || directive.width === null) return pad(sign + text, directive);
  return sign + text.padStart(directive.width - sign.length, '0');
}

function floatDigits(value: number, { verb, precision }: Directive): string | null {
  switch (verb) {
    case 'v':
    case 'g':
      return formatDouble(value, 'g', precision);
    case 'G':
      return formatDouble(value, 'g', precision).toUpperCase();
    case 'e':
      return formatDouble(value, 'e', precision ?? 6);
    case 'E':
      return formatDouble(value, 'e', precision ?? 6).toUpperCase();
    case 'f':
    case 'F':
      return formatDouble(value, 'f', precision ?? 6);
    default:
      return null;
  }
}
