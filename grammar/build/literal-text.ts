/** Decodes literals: escapes, numbers, durations. */
import type { IToken } from 'chevrotain';
import type { DurationLiteral, NumberLiteral, StringLiteral } from '../ast.js';
import type { Builder } from './builder.js';
import { tokenSpan } from '../cst.js';
import * as messages from '../messages.js';

const simpleEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Resolves JSON escapes, and `\{` in templates. `offset` is the position of `text` in the source. */
export function unescape(b: Builder, text: string, offset: number, template: boolean): string {
  let result = '';
  let from = 0;
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', from)) {
    result += text.slice(from, at);
    const next = text.charAt(at + 1);
    const simple = template && next === '{' ? '{' : simpleEscapes[next];
    if (simple !== undefined) {
      result += simple;
      from = at + 2;
    } else {
      const length = escapeLength(text, at);
      const escape = text.slice(at, at + length);
      result += next === 'u' ? unicodeEscape(b, escape, offset + at) : badEscape(b, escape, offset + at);
      from = at + length;
    }
  }
  return result + text.slice(from);
}

/** `\u0041` is six characters, a surrogate pair twelve, anything else the backslash and the character after it. */
function escapeLength(text: string, at: number): number {
  if (text[at + 1] !== 'u') return Math.min(2, text.length - at);
  const pair = /^\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}/;
  if (pair.test(text.slice(at, at + 12))) return 12;
  return /^\\u[\da-fA-F]{0,4}/.exec(text.slice(at, at + 6))?.[0].length ?? 2;
}

function unicodeEscape(b: Builder, escape: string, offset: number): string {
  if (escape.length < 6) return badEscape(b, escape, offset);
  const units = escape.split('\\u').slice(1);
  const value = String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16)));
  if (units.length === 1 && /[\ud800-\udfff]/.test(value)) {
    b.report(messages.loneSurrogate(escape), { start: offset, end: offset + escape.length });
    return '\ufffd';
  }
  return value;
}

function badEscape(b: Builder, escape: string, offset: number): string {
  b.report(messages.badEscape(escape), { start: offset, end: offset + escape.length });
  return '';
}

/** Normalizes line endings, so that a raw string does not depend on an editor or a checkout. */
export function rawText(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** Any of the three kinds of string token. The lexer has ensured that it is closed. */
export function buildString(b: Builder, token: IToken): StringLiteral {
  const { image } = token;
  const span = tokenSpan(token);
  const quote = image.charAt(0);
  const raw = quote === '`';
  if (quote === "'") b.report(messages.singleQuotes, span);
  const inner = image.slice(1, -1);
  const value = quote === '"' ? unescape(b, inner, span.start + 1, false) : rawText(inner);
  return { kind: 'string', value, raw, span };
}

const numberShape = /^(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE]([+-]?\d+))?$/;
const digitsMax = 400;
const exponentMax = 400;

export function buildNumber(b: Builder, token: IToken): NumberLiteral | DurationLiteral {
  const { image } = token;
  const span = tokenSpan(token);
  const text = image.length > digitsMax ? '0' : image;
  const found = image.length > 40 ? `${image.slice(0, 40)}…` : image;
  if (text !== image) b.report(messages.numberRange(found), span);
  const nanoseconds = durationOf(text);
  if (nanoseconds !== null) return { kind: 'duration', text, nanoseconds, span };
  const shape = numberShape.exec(text);
  if (shape === null) b.report(messages.badNumber(found), span);
  else if (Math.abs(Number(shape[1] ?? 0)) > exponentMax) b.report(messages.numberRange(found), span);
  return { kind: 'number', text, span };
}

const unitNanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
};

/** `30m`, `1h30m`, `1.5s`; null if the text is not a duration. */
export function durationOf(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)) {
    total += Number(amount) * (unitNanoseconds[unit ?? ''] ?? 0);
  }
  return Math.round(total);
}
