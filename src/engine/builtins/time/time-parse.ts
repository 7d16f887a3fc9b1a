/** Parses a time by a layout, like Go's `time.Parse`: forgiving about digits, strict about ranges. */
import { BuiltinError } from '../define/builtin.js';
import { daysIn, months, secondsOf, civilOf, weekdays } from './civil.js';
import { elementsOf } from './time-layout.js';

interface Reading {
  readonly value: string;
  at: number;
  year: number;
  month: number | null;
  day: number | null;
  yearDay: number | null;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  half: 'am' | 'pm' | null;
  /** Seconds east of Greenwich. */
  offset: number;
}

function fail(reading: Reading): never {
  throw new BuiltinError(`\`${reading.value.slice(0, 64)}\` does not follow the layout`);
}

export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The longest text and layout. */
const lengthMax = 1_000;

export function parseTime(value: string, layout: string): Instant {
  if (value.length > lengthMax || layout.length > lengthMax) throw new BuiltinError('the text is too long');
  const reading: Reading = {
    value,
    at: 0,
    year: 0,
    month: null,
    day: null,
    yearDay: null,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
    half: null,
    offset: 0,
  };
  const parts = elementsOf(layout);
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 0) skipLiteral(reading, part);
    else readElement(reading, part, parts.slice(i + 1));
  }
  if (reading.at !== value.length) fail(reading);
  return instantOf(reading);
}

/** Any number of spaces in the layout stands for any number of them. */
function skipLiteral(reading: Reading, literal: string): void {
  for (const chunk of literal.split(/( +)/)) {
    if (chunk.startsWith(' ')) {
      const next = reading.value[reading.at];
      if (next !== undefined && next !== ' ') fail(reading);
      while (reading.value[reading.at] === ' ') reading.at++;
    } else if (reading.value.startsWith(chunk, reading.at)) reading.at += chunk.length;
    else fail(reading);
  }
}

function take(reading: Reading, pattern: RegExp): string {
  const match = new RegExp(pattern.source, 'y');
  match.lastIndex = reading.at;
  const found = match.exec(reading.value);
  if (found === null) return fail(reading);
  reading.at += found[0].length;
  return found[0];
}

/** One or two digits, or exactly two. */
function number(reading: Reading, fixed: boolean, low: number, high: number): number {
  const value = Number(take(reading, fixed ? /\d\d/ : /\d\d?/));
  return value >= low && value <= high ? value : fail(reading);
}

function name(reading: Reading, names: readonly string[], length: number | undefined): number {
  const rest = reading.value.slice(reading.at, reading.at + 9).toLowerCase();
  const found = names.findIndex((one) => rest.startsWith(one.slice(0, length).toLowerCase()));
  if (found < 0) fail(reading);
  reading.at += length ?? names[found]!.length;
  return found;
}

function readElement(reading: Reading, part: string, rest: readonly string[]): void {
  const read = readers[part];
  if (read !== undefined) read(reading);
  else if (part.startsWith('.') || part.startsWith(',')) readFraction(reading, part);
  else readOffset(reading, part);
  if (part === '05' || part === '5') readHiddenFraction(reading, rest);
}

const readers: Readonly<Record<string, (reading: Reading) => void>> = {
  '2006': (r) => (r.year = Number(take(r, /\d{4}/))),
  // Two digits mean the years 1969 to 2068.
  '06': (r) => {
    const year = Number(take(r, /\d\d/));
    r.year = year >= 69 ? 1900 + year : 2000 + year;
  },
  January: (r) => (r.month = name(r, months, undefined) + 1),
  Jan: (r) => (r.month = name(r, months, 3) + 1),
  '01': (r) => (r.month = number(r, true, 1, 12)),
  '1': (r) => (r.month = number(r, false, 1, 12)),
  Monday: (r) => void name(r, weekdays, undefined),
  Mon: (r) => void name(r, weekdays, 3),
  '02': (r) => (r.day = number(r, true, 0, 99)),
  '2': (r) => (r.day = number(r, false, 0, 99)),
  _2: (r) => {
    if (r.value[r.at] === ' ') r.at++;
    r.day = number(r, false, 0, 99);
  },
  '002': (r) => (r.yearDay = Number(take(r, /\d{3}/))),
  __2: (r) => (r.yearDay = Number(take(r, / {0,2}\d{1,3}/))),
  '15': (r) => (r.hour = number(r, false, 0, 23)),
  '03': (r) => (r.hour = number(r, true, 0, 12)),
  '3': (r) => (r.hour = number(r, false, 0, 12)),
  '04': (r) => (r.minute = number(r, true, 0, 59)),
  '4': (r) => (r.minute = number(r, false, 0, 59)),
  '05': (r) => (r.second = number(r, true, 0, 59)),
  '5': (r) => (r.second = number(r, false, 0, 59)),
  PM: (r) => (r.half = take(r, /AM|PM/) === 'PM' ? 'pm' : 'am'),
  pm: (r) => (r.half = take(r, /am|pm/) === 'pm' ? 'pm' : 'am'),
  // Zone abbreviations are ambiguous, so they give no offset, as in Go without a local zone.
  MST: (r) => {
    take(r, /UTC|GMT(?:[+-]\d{1,2})?|ChST|MeST|WITA|[A-Z]{3,4}T(?![A-Z])|[A-Z]{3}(?![A-Z])|[+-]\d\d/);
    r.offset = 0;
  },
};

function readFraction(reading: Reading, part: string): void {
  if (part[1] === '0') {
    const digits = take(reading, new RegExp(`[.,]\\d{${part.length - 1}}`)).slice(1);
    reading.nanoseconds = nanosecondsOf(digits);
  } else readHiddenFraction(reading, []);
}

/** A fraction may follow the seconds even if the layout has none. */
function readHiddenFraction(reading: Reading, rest: readonly string[]): void {
  if (rest[0] === '' && /^[.,]/.test(rest[1] ?? '')) return;
  if (!/^[.,]\d/.test(reading.value.slice(reading.at, reading.at + 2))) return;
  reading.nanoseconds = nanosecondsOf(take(reading, /[.,]\d+/).slice(1));
}

const nanosecondsOf = (digits: string): number => Number(digits.slice(0, 9).padEnd(9, '0'));

function readOffset(reading: Reading, part: string): void {
  if (part.startsWith('Z') && reading.value[reading.at] === 'Z') {
    reading.at++;
    reading.offset = 0;
    return;
  }
  const text = take(reading, new RegExp(`[+-]${part.slice(1).replace(/\d/g, '\\d')}`));
  const [hours = 0, minutes = 0, seconds = 0] = (text.slice(1).match(/\d\d/g) ?? []).map(Number);
  if (hours > 24 || minutes > 60 || seconds > 60) fail(reading);
  reading.offset = (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

function instantOf(reading: Reading): Instant {
  const { year, half, minute, second, nanoseconds, offset } = reading;
  let { hour } = reading;
  if (half === 'pm' && hour < 12) hour += 12;
  else if (half === 'am' && hour === 12) hour = 0;
  const [month, day] = dateOf(reading);
  if (day < 1 || day > daysIn(year, month)) fail(reading);
  return { seconds: secondsOf(year, month, day, hour, minute, second) - offset, nanoseconds };
}

function dateOf(reading: Reading): readonly [number, number] {
  const { year, yearDay } = reading;
  if (yearDay === null) return [reading.month ?? 1, reading.day ?? 1];
  const found = civilOf(secondsOf(year, 1, yearDay));
  const agrees = (reading.month ?? found.month) === found.month && (reading.day ?? found.day) === found.day;
  return found.year === year && agrees ? [found.month, found.day] : fail(reading);
}
