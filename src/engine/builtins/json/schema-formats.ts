/** The values of the keyword `format`. */
import { readAddress } from '../net/address.js';
import { BuiltinError } from '../define/builtin.js';
import { compilePattern } from '../define/pattern.js';
import { parseTime } from '../time/time-parse.js';

/** Longer texts match no format. */
const lengthMax = 4_096;

const follows =
  (layout: string) =>
  (text: string): boolean =>
    succeeds(() => parseTime(text, layout));

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const hostname = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);
const uuid = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const pointer = /^(?:\/(?:[^~/]|~[01])*)*$/;
const local = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/;

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  date: follows('2006-01-02'),
  time: (text) => follows('15:04:05Z07:00')(text) || follows('15:04:05')(text),
  'date-time': follows('2006-01-02T15:04:05Z07:00'),
  email: (text) => {
    const at = text.lastIndexOf('@');
    return at > 0 && local.test(text.slice(0, at)) && hostname.test(text.slice(at + 1));
  },
  hostname: (text) => hostname.test(text),
  ipv4: (text) => !text.includes(':') && readAddress(text) !== null,
  ipv6: (text) => text.includes(':') && readAddress(text) !== null,
  uri: (text) => /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\\^`{|}<>"]+$/.test(text) && URL.canParse(text),
  uuid: (text) => uuid.test(text),
  regex: (text) => succeeds(() => compilePattern(text)),
  'json-pointer': (text) => pointer.test(text),
};

const unsupported = [
  'idn-email',
  'idn-hostname',
  'iri',
  'iri-reference',
  'relative-json-pointer',
  'uri-reference',
  'uri-template',
];

/** The test of a format; null for an undefined format, which tests nothing. */
export function findFormat(name: string): ((text: string) => boolean) | null | 'unsupported' {
  if (unsupported.includes(name)) return 'unsupported';
  const test = Object.hasOwn(formats, name) ? formats[name]! : null;
  return test === null ? null : (text) => text.length <= lengthMax && test(text);
}
