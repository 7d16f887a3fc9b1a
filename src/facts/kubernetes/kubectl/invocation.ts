/** The words after `kubectl` as a command, its arguments and its flags, in the grammar of cobra and pflag. */
import { commandRows } from './commands.js';

export interface Invocation {
  /** `get`, `create deployment`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The number of arguments before `--`; null if there is no `--`. */
  readonly beforeDash: number | null;
  /** The values of each flag, in order, by its long name; those of switches are `true` and `false`. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

interface Flag {
  readonly name: string;
  readonly kind: 'switch' | 'optional' | 'value';
}

interface Command {
  readonly path: string;
  /** By long name, and by `-` and letter. */
  readonly flags: ReadonlyMap<string, Flag>;
}

const wordsMax = 4096;

function parseFlags(text: string): [string, Flag][] {
  return text.split(' ').flatMap((written) => {
    const [, letter, name, mark] = /^(?:(\w),)?([\w-]+)([!?]?)$/.exec(written) ?? [];
    if (name === undefined) return [];
    const kind = mark === '!' ? 'switch' : mark === '?' ? 'optional' : 'value';
    const flag: Flag = { name, kind };
    return letter === undefined ? [[name, flag]] : [[name, flag], [`-${letter}`, flag]]; // prettier-ignore
  });
}

const [rootRow] = commandRows;
const help: Flag = { name: 'help', kind: 'switch' };
const globalFlags = [...parseFlags(rootRow![2]), ['help', help], ['-h', help]] as const;

const commands: ReadonlyMap<string, Command> = new Map(
  commandRows.flatMap(([path, aliases, flags]) => {
    const command: Command = { path, flags: new Map([...globalFlags, ...parseFlags(flags)]) };
    const parent = path.split(' ').slice(0, -1);
    const others = aliases === '' ? [] : aliases.split(' ').map((alias) => [...parent, alias].join(' '));
    return [path, ...others].map((name) => [name, command] as const);
  }),
);

/** Null if kubectl has no such command (it may be a plugin) or no such flag, or a flag lacks its value. */
export function parseInvocation(words: readonly string[]): Invocation | null {
  if (words.length > wordsMax || words.some((word) => word.includes('\0'))) return null;
  const found = findCommand(words);
  return found === null ? null : readArguments(found.command, found.rest);
}

/**
 * Words name the command wherever they are among flags. If a flag precedes the command that defines it, the next word may be its
 * value or the command, so such a line is left to kubectl, unless the flag includes its value.
 */
function findCommand(words: readonly string[]): { command: Command; rest: readonly string[] } | null {
  let command = commands.get('')!;
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith('-') || word === '-') {
      const next = commands.get(command.path === '' ? word : `${command.path} ${word}`);
      if (next === undefined)
        return command.path === '' ? null : { command, rest: [...rest, ...words.slice(at)] };
      command = next;
      continue;
    }
    const taken = word === '--' ? null : flagLength(command, word);
    if (taken === null) return command.path === '' ? null : { command, rest: [...rest, ...words.slice(at)] };
    rest.push(...words.slice(at, at + taken));
    at += taken - 1;
  }
  return { command, rest };
}

/** How many words a flag takes; null if the command does not know it, and the next word may be its value. */
function flagLength(command: Command, word: string): number | null {
  const read = readFlag(command, word, undefined);
  if (read !== null) return read.needsNext ? 2 : 1;
  const isWhole = word.startsWith('--') ? word.includes('=') : word.length > 2;
  return isWhole ? 1 : null;
}

interface FlagReading {
  readonly settings: readonly (readonly [string, string])[];
  readonly needsNext: boolean;
}

function readFlag(command: Command, word: string, next: string | undefined): FlagReading | null {
  return word.startsWith('--') ? readLong(command, word, next) : readShort(command, word, next);
}

/** kubectl takes `--dry_run` for `--dry-run`. */
function readLong(command: Command, word: string, next: string | undefined): FlagReading | null {
  const equals = word.indexOf('=');
  const name = (equals === -1 ? word : word.slice(0, equals)).slice(2).replaceAll('_', '-');
  const flag = name.startsWith('-') ? undefined : command.flags.get(name);
  if (flag === undefined) return null;
  if (equals !== -1) return { settings: [[flag.name, word.slice(equals + 1)]], needsNext: false };
  if (flag.kind === 'value') return { settings: [[flag.name, next ?? '']], needsNext: true };
  return { settings: [[flag.name, flag.kind === 'switch' ? 'true' : 'unset']], needsNext: false };
}

/** `-it`, `-itc app`, `-nshop`, `-n=shop`. */
function readShort(command: Command, word: string, next: string | undefined): FlagReading | null {
  const settings: [string, string][] = [];
  for (let at = 1; at < word.length; at++) {
    const flag = command.flags.get(`-${word[at]!}`);
    if (flag === undefined) return null;
    const rest = word.slice(at + 1);
    if (rest.length > 1 && rest.startsWith('='))
      return { settings: [...settings, [flag.name, rest.slice(1)]], needsNext: false };
    if (flag.kind !== 'value') {
      settings.push([flag.name, flag.kind === 'switch' ? 'true' : 'unset']);
      continue;
    }
    return {
      settings: [...settings, [flag.name, rest === '' ? (next ?? '') : rest]],
      needsNext: rest === '',
    };
  }
  return { settings, needsNext: false };
}

function readArguments(command: Command, words: readonly string[]): Invocation | null {
  const args: string[] = [];
  const flags = new Map<string, string[]>();
  let beforeDash: number | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      beforeDash = args.length;
      args.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    const read = readFlag(command, word, words[at + 1]);
    if (read === null || (read.needsNext && at + 1 === words.length)) return null;
    if (read.needsNext) at++;
    for (const [name, value] of read.settings) {
      const normal = command.flags.get(name)!.kind === 'switch' ? readSwitch(value) : value;
      if (normal === null) return null;
      const values = flags.get(name);
      if (values === undefined) flags.set(name, [normal]);
      else values.push(normal);
    }
  }
  return { command: command.path, args, beforeDash, flags };
}

/** As Go's strconv.ParseBool. */
function readSwitch(value: string): 'true' | 'false' | null {
  if (/^(1|t|T|true|TRUE|True)$/.test(value)) return 'true';
  return /^(0|f|F|false|FALSE|False)$/.test(value) ? 'false' : null;
}

/** The last value of a flag: it overrides those before. */
export function lastValue({ flags }: Invocation, name: string): string | undefined {
  return flags.get(name)?.at(-1);
}

export function isSet(invocation: Invocation, name: string): boolean {
  return lastValue(invocation, name) === 'true';
}
