/** Time zones by their names in the tz database, from JavaScript's own tables. */
import { BuiltinError } from '../define/builtin.js';
import { secondsOf } from './civil.js';

export interface Zone {
  /** Seconds east of Greenwich at an instant. */
  readonly offsetAt: (seconds: number) => number;
  /** `CET`; `+03` if the zone has no abbreviation. */
  readonly abbreviationAt: (seconds: number) => string;
}

const utc: Zone = { offsetAt: () => 0, abbreviationAt: () => 'UTC' };

/** How many zones are cached. */
const zonesMax = 64;
const zones = new Map<string, Zone>();

/**
 * @throws BuiltinError for an unknown zone, and for `Local`: the gateway's location must not matter.
 */
export function findZone(name: string): Zone {
  if (name === '' || name === 'UTC') return utc;
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(name);
  if (zones.size >= zonesMax) zones.delete(zones.keys().next().value!);
  zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone {
  if (!/^[A-Z][A-Za-z0-9_+/-]{0,63}$/.test(name) || name === 'Local') throw unknownZone(name);
  const clock = formatter('en-US', name, {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  const offsetAt = (seconds: number): number => {
    const part = new Map(clock.formatToParts(seconds * 1000).map(({ type, value }) => [type, Number(value)]));
    const at = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
    return secondsOf(at('year'), at('month'), at('day'), at('hour'), at('minute'), at('second')) - seconds;
  };
  let clocks: readonly Intl.DateTimeFormat[] | null = null;
  const abbreviationAt = (seconds: number): string => {
    const offset = offsetAt(seconds);
    clocks ??= locales.map((locale) => formatter(locale, name, { timeZoneName: 'short' }));
    return letters(name, clocks, seconds, offset) ?? numeric(offset);
  };
  return { offsetAt, abbreviationAt };
}

function formatter(
  locale: string,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, {
      ...options,
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
    });
  } catch {
    throw unknownZone(timeZone);
  }
}

const unknownZone = (name: string): BuiltinError =>
  new BuiltinError(`there is no time zone \`${name.slice(0, 64)}\``);

/** Each locale has the abbreviations of its own part of the world and offsets for the rest. */
const locales = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA', 'en-CA'];

/** Abbreviations that none of these locales has, by seconds east of Greenwich. */
const others: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'Asia/Hong_Kong': { 28_800: 'HKT' },
  'Asia/Jakarta': { 25_200: 'WIB' },
  'Asia/Jerusalem': { 7_200: 'IST', 10_800: 'IDT' },
  'Asia/Karachi': { 18_000: 'PKT' },
  'Asia/Manila': { 28_800: 'PST' },
  'Asia/Seoul': { 32_400: 'KST' },
  'Asia/Shanghai': { 28_800: 'CST' },
  'Asia/Taipei': { 28_800: 'CST' },
  'Asia/Tokyo': { 32_400: 'JST' },
  'Europe/Dublin': { 0: 'GMT', 3_600: 'IST' },
  'Europe/Moscow': { 10_800: 'MSK' },
};

function letters(
  name: string,
  clocks: readonly Intl.DateTimeFormat[],
  seconds: number,
  offset: number,
): string | null {
  const own = Object.hasOwn(others, name) ? others[name]?.[offset] : undefined;
  if (own !== undefined) return own;
  for (const clock of clocks) {
    const parts = clock.formatToParts(seconds * 1000);
    const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{2,5}$/.test(text)) return text;
  }
  return null;
}

function numeric(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60));
  const pair = (value: number): string => String(value).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : pair(minutes % 60);
  return `${offset < 0 ? '-' : '+'}${pair(Math.floor(minutes / 60))}${rest}`;
}
