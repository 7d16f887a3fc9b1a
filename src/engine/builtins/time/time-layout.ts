/** Layouts of Go's `time` package: the reference time `Mon Jan 2 15:04:05 MST 2006` in the desired notation. */
import { months, weekdays, type Civil } from './civil.js';

/** An instant as a zone sees it. */
export interface Moment {
  readonly civil: Civil;
  readonly nanoseconds: number;
  readonly offset: number;
  /** Computed on demand: few layouts use it, and it is slow. */
  readonly abbreviation: () => string;
}

/** The names that Rego accepts for a layout. */
const named: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

export const layoutOf = (given: string): string => (Object.hasOwn(named, given) ? named[given]! : given);

/** The elements of a layout; longer ones precede their prefixes. */
const element =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|2006|15|__2|_2(?!006)|[1-5]|PM|pm|[-Z]07:00:00|[-Z]070000|[-Z]07:00|[-Z]0700|[-Z]07|[.,](?:0+|9+)(?!\d)/;

/** Literal text and elements alternate, literal text at even indexes. */
export function elementsOf(layout: string): readonly string[] {
  return layout.split(new RegExp(`(${element.source})`));
}

const pad = (value: number, width: number, fill = '0'): string => String(value).padStart(width, fill);

export function formatMoment(moment: Moment, layout: string): string {
  return elementsOf(layout)
    .map((part, i) => (i % 2 === 0 ? part : formatElement(moment, part)))
    .join('');
}

function formatElement(moment: Moment, part: string): string {
  const { civil } = moment;
  const format = formats[part];
  if (format !== undefined) return format(civil);
  if (part === 'MST') return moment.abbreviation();
  if (part.startsWith('.') || part.startsWith(',')) return fraction(moment.nanoseconds, part);
  return offsetText(moment.offset, part);
}

const twelve = (hour: number): number => (hour % 12 === 0 ? 12 : hour % 12);

const formats: Readonly<Record<string, (civil: Civil) => string>> = {
  January: ({ month }) => months[month - 1]!,
  Jan: ({ month }) => months[month - 1]!.slice(0, 3),
  Monday: ({ weekday }) => weekdays[weekday]!,
  Mon: ({ weekday }) => weekdays[weekday]!.slice(0, 3),
  '2006': ({ year }) => (year < 0 ? `-${pad(-year, 4)}` : pad(year, 4)),
  '06': ({ year }) => pad(Math.abs(year) % 100, 2),
  '01': ({ month }) => pad(month, 2),
  '1': ({ month }) => String(month),
  '02': ({ day }) => pad(day, 2),
  _2: ({ day }) => pad(day, 2, ' '),
  '2': ({ day }) => String(day),
  '002': ({ yearDay }) => pad(yearDay, 3),
  __2: ({ yearDay }) => pad(yearDay, 3, ' '),
  '15': ({ hour }) => pad(hour, 2),
  '03': ({ hour }) => pad(twelve(hour), 2),
  '3': ({ hour }) => String(twelve(hour)),
  '04': ({ minute }) => pad(minute, 2),
  '4': ({ minute }) => String(minute),
  '05': ({ second }) => pad(second, 2),
  '5': ({ second }) => String(second),
  PM: ({ hour }) => (hour >= 12 ? 'PM' : 'AM'),
  pm: ({ hour }) => (hour >= 12 ? 'pm' : 'am'),
};

/** Zeros keep their digits, nines drop trailing zeros and, if nothing is left, the point. */
function fraction(nanoseconds: number, part: string): string {
  const digits = pad(nanoseconds, 9)
    .padEnd(part.length - 1, '0')
    .slice(0, part.length - 1);
  if (part[1] === '0') return `${part[0]!}${digits}`;
  const short = digits.replace(/0+$/, '');
  return short === '' ? '' : `${part[0]!}${short}`;
}

function offsetText(offset: number, part: string): string {
  if (part.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const colon = part.includes(':') ? ':' : '';
  const places = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  const count = part.replaceAll(':', '').length === 7 ? 3 : part.length === 3 ? 1 : 2;
  // Go takes the sign from whole minutes, because few zones ever had seconds.
  const sign = Math.trunc(offset / 60) < 0 ? '-' : '+';
  return (
    sign +
    places
      .slice(0, count)
      .map((place) => pad(place, 2))
      .join(colon)
  );
}
