/**
 * Normalizes dates and times: ISO 8601, six digits of a second, UTC if there is a zone. Of a client's spellings only those that
 * mean the same under every DateStyle and TimeZone are read; years are those from 1 to 9999.
 */

const DAY_MS = 86_400_000;
const DAY_US = 86_400_000_000n;
const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

export function dateOfDays(days: number): string | null {
  return dateOfMs(EPOCH_2000_MS + days * DAY_MS);
}

function dateOfMs(ms: number): string | null {
  if (!(Math.abs(ms) <= 8.64e15)) return null;
  const text = new Date(ms).toISOString();
  return text.length === 24 && !text.startsWith('0000') ? text.slice(0, 10) : null;
}

export function timeOfMicroseconds(microseconds: bigint): string | null {
  if (microseconds < 0n || microseconds > DAY_US) return null;
  const pad = (number: bigint, digits = 2): string => String(number).padStart(digits, '0');
  const seconds = microseconds / 1_000_000n;
  const [hour, minute] = [seconds / 3600n, (seconds / 60n) % 60n];
  return `${pad(hour)}:${pad(minute)}:${pad(seconds % 60n)}.${pad(microseconds % 1_000_000n, 6)}`;
}

/** Microseconds since 2000. */
export function timestampOf(microseconds: bigint): string | null {
  const time = ((microseconds % DAY_US) + DAY_US) % DAY_US;
  const date = dateOfDays(Number((microseconds - time) / DAY_US));
  return date === null ? null : `${date} ${timeOfMicroseconds(time)!}`;
}

export function readDate(text: string): string | null {
  const days = daysOf(text);
  return days === null ? null : dateOfDays(days);
}

export function readTime(text: string): string | null {
  const microseconds = microsecondsOf(text);
  return microseconds === null ? null : timeOfMicroseconds(microseconds);
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\d)(?:[ T]([\d:.]+))?$/;
const ZONED = /^(\d{4}-\d\d-\d\d)[ T]([\d:.]+) ?(Z|[+-]\d\d(?::?\d\d)?)$/i;

export function readTimestamp(text: string): string | null {
  const [, date = '', time = '00:00'] = TIMESTAMP.exec(text) ?? [];
  return written(date, time, 0);
}

export function readZoned(text: string): string | null {
  const [, date = '', time = '', zone = ''] = ZONED.exec(text) ?? [];
  const moment = written(date, time, minutesOf(zone));
  return moment === null ? null : `${moment}+00`;
}

function written(date: string, time: string, offsetMinutes: number): string | null {
  const [days, microseconds] = [daysOf(date), microsecondsOf(time)];
  if (days === null || microseconds === null) return null;
  return timestampOf(BigInt(days) * DAY_US + microseconds - BigInt(offsetMinutes) * 60_000_000n);
}

function minutesOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const size = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -size : size;
}

/** Since 2000. */
function daysOf(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // JavaScript reads February 31 as a day in March.
  return dateOfMs(ms) === text ? (ms - EPOCH_2000_MS) / DAY_MS : null;
}

function microsecondsOf(text: string): bigint | null {
  const found = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (found === null) return null;
  const [, hour, minute, second = '0', fraction = ''] = found;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 59) return null;
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const microseconds = BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return microseconds > DAY_US ? null : microseconds;
}
