/** Options as getopt_long reads them if it stops at the first operand. */
import type { WordValue } from './values.js';

export interface OptionSpec {
  /** Letters without and with a value. */
  readonly flags?: string;
  readonly values?: string;
  /** Long names without and with a value, separated by blanks. A flag may have a value behind `=`. */
  readonly longFlags?: string;
  readonly longValues?: string;
  /** `-10`, as `nice` takes it. */
  readonly numbers?: boolean;
}

export interface Options {
  /** Each option that is given, with its value; null if it has none or the value is not known. */
  readonly given: ReadonlyMap<string, string | null>;
  /** The index of the first operand. */
  readonly next: number;
}

/** Null if an option is not known, because the start of the operands is then unknown. */
export function readOptions(words: readonly WordValue[], from: number, spec: OptionSpec): Options | null {
  const given = new Map<string, string | null>();
  let next = from;
  while (next < words.length) {
    const word = words[next]!;
    if (word.kind !== 'text') return null;
    if (word.text === '--') return { given, next: next + 1 };
    if (!word.text.startsWith('-') || word.text === '-') break;
    const used = word.text.startsWith('--')
      ? readLong(words, next, spec, given)
      : readShort(words, next, spec, given);
    if (used === null) return null;
    next += used;
  }
  return { given, next };
}

type Given = Map<string, string | null>;

function readLong(words: readonly WordValue[], at: number, spec: OptionSpec, given: Given): number | null {
  const text = textAt(words, at)!.slice(2);
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? null : text.slice(equals + 1);
  if (has(spec.longFlags, name)) {
    given.set(name, value);
    return 1;
  }
  if (!has(spec.longValues, name)) return null;
  if (value !== null) {
    given.set(name, value);
    return 1;
  }
  return takeValue(words, at + 1, name, given);
}

function readShort(words: readonly WordValue[], at: number, spec: OptionSpec, given: Given): number | null {
  const letters = textAt(words, at)!.slice(1);
  if (spec.numbers === true && /^[0-9]+$/.test(letters)) return 1;
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i]!;
    if ((spec.flags ?? '').includes(letter)) given.set(letter, null);
    else if ((spec.values ?? '').includes(letter)) {
      if (i === letters.length - 1) return takeValue(words, at + 1, letter, given);
      given.set(letter, letters.slice(i + 1));
      return 1;
    } else return null;
  }
  return 1;
}

/** A value that may be any number of words hides the start of the operands. */
function takeValue(words: readonly WordValue[], at: number, name: string, given: Given): number | null {
  const value = words[at];
  if (value === undefined || value.kind === 'some') return null;
  given.set(name, value.kind === 'text' ? value.text : null);
  return 2;
}

const has = (names: string | undefined, name: string): boolean =>
  (names ?? '').split(' ').includes(name) && name !== '';

export function textAt(words: readonly WordValue[], at: number): string | null {
  const word = words[at];
  return word?.kind === 'text' ? word.text : null;
}
