/** Numbers in flags. */
import { Unknown, type Value } from '../../values/value.js';

const units = 'bkmgtp';

/** `512m`, `1.5g`, `1024`: bytes in powers of 1024 (the Go package units, RAMInBytes). */
export function readBytes(text: string): Value {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])?i?b?)$/i.exec(text);
  if (match === null) return new Unknown('an amount of memory is malformed');
  const exponent = match[2] === undefined ? 0 : units.indexOf(match[2].toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** exponent);
}

export function readInteger(text: string): Value {
  return /^[-+]?\d{1,15}$/.test(text) ? Number(text) : new Unknown('a number is malformed');
}
