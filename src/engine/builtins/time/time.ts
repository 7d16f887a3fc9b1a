/** Times are nanoseconds since 1970, exact integers of 64 bits. The clock is the command's: `now`. */
import { arrayOf, number, numberIn, placesOf } from '../../../values/schema.js';
import { isArray, normalizeNumber, type Value } from '../../../values/value.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import { civilOf, daysIn, secondsOf, weekdays } from './civil.js';
import { define, either, list, numeric, string, takes, type Kind } from '../define/define.js';
import { index } from '../define/limits.js';
import { formatMoment, layoutOf, type Moment } from './time-layout.js';
import { parseTime, type Instant } from './time-parse.js';
import { findZone, type Zone } from './time-zone.js';

/** Nanoseconds, or an array of nanoseconds, the name of a zone and a layout. */
const zoned: Kind<number | bigint | readonly Value[]> = either(numeric, list);
const numbersOnly: Kind<readonly number[]> = { type: arrayOf(number) };
const clock: Kind<readonly number[]> = {
  type: placesOf(numberIn(0, 23), numberIn(0, 59), numberIn(0, 59)),
};
const date: Kind<readonly number[]> = {
  type: placesOf(numberIn(-Infinity, Infinity), numberIn(1, 12), numberIn(1, 31)),
};
const weekday: Kind<string> = { type: { kind: 'string', values: weekdays } };

const billion = 1_000_000_000n;

interface Zoned {
  readonly instant: Instant;
  readonly zone: Zone;
  readonly layout: string;
}

function read(value: number | bigint | readonly Value[]): Zoned {
  const [nanoseconds, zone = '', layout = ''] = isArray(value) ? value : [value];
  if (typeof nanoseconds !== 'number' && typeof nanoseconds !== 'bigint') {
    throw new BuiltinError('a time is nanoseconds or an array of nanoseconds, zone and layout');
  }
  if (typeof zone !== 'string' || typeof layout !== 'string')
    throw new BuiltinError('zone and layout are texts');
  return { instant: instantOf(nanoseconds), zone: findZone(zone), layout };
}

function instantOf(nanoseconds: number | bigint): Instant {
  if (typeof nanoseconds === 'number' && !Number.isInteger(nanoseconds))
    throw new BuiltinError('timestamp too big');
  const exact = BigInt(nanoseconds);
  if (BigInt.asIntN(64, exact) !== exact) throw new BuiltinError('timestamp too big');
  const rest = ((exact % billion) + billion) % billion;
  return { seconds: Number((exact - rest) / billion), nanoseconds: Number(rest) };
}

function nanosecondsOf({ seconds, nanoseconds }: Instant): number | bigint {
  if (!Number.isInteger(seconds)) throw new BuiltinError('time outside of valid range');
  const exact = BigInt(seconds) * billion + BigInt(nanoseconds);
  if (BigInt.asIntN(64, exact) !== exact) throw new BuiltinError('time outside of valid range');
  return normalizeNumber(exact);
}

function momentOf({ instant, zone }: Zoned): Moment {
  const offset = zone.offsetAt(instant.seconds);
  return {
    civil: civilOf(instant.seconds + offset),
    nanoseconds: instant.nanoseconds,
    offset,
    abbreviation: () => zone.abbreviationAt(instant.seconds),
  };
}

/** The date moved by years, months and days on the calendar of the zone; days beyond a month carry over. */
function addDate(value: Zoned, years: number, months: number, days: number): number | bigint {
  const { civil, nanoseconds } = momentOf(value);
  const { hour, minute, second } = civil;
  const local = secondsOf(civil.year + years, civil.month + months, civil.day + days, hour, minute, second);
  if (Number.isNaN(local)) throw new BuiltinError('time outside of valid range');
  // Near a clock change, the offset is that of the first guess.
  const guess = local - value.zone.offsetAt(local);
  return nanosecondsOf({ seconds: local - value.zone.offsetAt(guess), nanoseconds });
}

/** Years, months, days, hours, minutes and seconds between two times, on the calendar of the first one's zone. */
function difference(left: Zoned, right: Zoned): readonly number[] {
  const isReversed = nanosecondsOf(left.instant) > nanosecondsOf(right.instant);
  const [from, to] = [left, { ...right, zone: left.zone }].map((value) => momentOf(value).civil);
  const a = isReversed ? to! : from!;
  const b = isReversed ? from! : to!;
  const counts = [
    b.year - a.year,
    b.month - a.month,
    b.day - a.day,
    b.hour - a.hour,
    b.minute - a.minute,
    b.second - a.second,
  ];
  const sizes = [Infinity, 12, daysIn(a.year, a.month), 24, 60, 60];
  for (let place = counts.length - 1; place > 0; place--) {
    if (counts[place]! >= 0) continue;
    counts[place]! += sizes[place]!;
    counts[place - 1]! -= 1;
  }
  return counts;
}

const durationUnits: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: billion,
  m: 60n * billion,
  h: 3_600n * billion,
  d: 86_400n * billion,
  w: 7n * 86_400n * billion,
  y: 365n * 86_400n * billion,
};

/** Go's units and OPA's days, weeks and years of 365 days. Fractions of a nanosecond are truncated. */
function parseDuration(value: string): number | bigint {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|[smhdwy]))+|0)$/.exec(value.slice(0, 200));
  if (match === null || value.length > 200) throw new BuiltinError('not a duration');
  const [, sign, amounts = ''] = match;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of amounts.matchAll(
    /(\d*)\.?(\d*)(ns|us|µs|μs|ms|[smhdwy])/g,
  )) {
    const scale = 10n ** BigInt(fraction.length);
    total += (BigInt(whole + fraction) * (durationUnits[unit] ?? 0n)) / scale;
  }
  const signed = sign === '-' ? -total : total;
  if (BigInt.asIntN(64, signed) !== signed) throw new BuiltinError('the duration is too long');
  return normalizeNumber(signed);
}

function format(value: Zoned): string {
  if (value.layout.length > 1_000) throw new BuiltinError('the layout is too long');
  return formatMoment(momentOf(value), layoutOf(value.layout === '' ? 'RFC3339Nano' : value.layout));
}

export const time: readonly Builtin[] = [
  define(
    'time.parse_rfc3339_ns',
    [takes('value', string)],
    numeric,
    'Nanoseconds of `2026-01-31T10:20:30Z`.',
    ([value]) => nanosecondsOf(parseTime(value, layoutOf('RFC3339'))),
  ),
  define(
    'time.parse_ns',
    [takes('layout', string), takes('value', string)],
    numeric,
    'Nanoseconds of a time written after a layout of Go, or one of its names.',
    ([layout, value]) => nanosecondsOf(parseTime(value, layoutOf(layout))),
  ),
  define(
    'time.parse_duration_ns',
    [takes('duration', string)],
    numeric,
    'Nanoseconds of `1h30m`, `7d`; a year has 365 days.',
    ([duration]) => parseDuration(duration),
  ),
  define(
    'time.format',
    [takes('x', zoned)],
    string,
    'A time as RFC 3339, or in a zone and after a layout: `[ns, zone, layout]`.',
    ([x]) => format(read(x)),
  ),
  define('time.date', [takes('x', zoned)], date, 'Year, month and day; `[ns, zone]` for a zone.', ([x]) => {
    const { year, month, day } = momentOf(read(x)).civil;
    return [year, month, day];
  }),
  define(
    'time.clock',
    [takes('x', zoned)],
    clock,
    'Hour, minute and second; `[ns, zone]` for a zone.',
    ([x]) => {
      const { hour, minute, second } = momentOf(read(x)).civil;
      return [hour, minute, second];
    },
  ),
  define(
    'time.weekday',
    [takes('x', zoned)],
    weekday,
    'The English name of the day; `[ns, zone]` for a zone.',
    ([x]) => {
      return weekdays[momentOf(read(x)).civil.weekday];
    },
  ),
  define(
    'time.add_date',
    [takes('x', zoned), takes('years', numeric), takes('months', numeric), takes('days', numeric)],
    numeric,
    'A time moved on the calendar.',
    ([x, years, months, days]) =>
      addDate(read(x), index(years, 'years'), index(months, 'months'), index(days, 'days')),
  ),
  define(
    'time.diff',
    [takes('x', zoned), takes('y', zoned)],
    numbersOnly,
    'Years, months, days, hours, minutes and seconds between two times.',
    ([x, y]) => difference(read(x), read(y)),
  ),
];
