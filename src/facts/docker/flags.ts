/** Flags as the client reads them (the conventions of the Go package pflag). */
import { UnreadableCommand } from './call.js';

export interface FlagSet {
  /** Names by their short forms. */
  readonly shorts: ReadonlyMap<string, string>;
  /** By name, whether the flag takes a value. */
  readonly takesValue: ReadonlyMap<string, boolean>;
}

export interface Flags {
  /** Every value of a flag, in order. */
  readonly all: (name: string) => readonly string[];
  /** The last value, which is the one that counts. */
  readonly last: (name: string) => string | undefined;
  /** For flags without a value: false if it is not given. */
  readonly isSet: (name: string) => boolean;
}

export interface ParsedLine {
  readonly flags: Flags;
  readonly words: readonly string[];
  /** Asked for, so that nothing is done. */
  readonly help: boolean;
}

/** As command-table.ts writes them. */
export function readFlagSet(text: string): FlagSet {
  const shorts = new Map<string, string>();
  const takesValue = new Map<string, boolean>();
  for (const flag of text.split(' ').filter((one) => one !== '')) {
    const [, name, short, bare] = /^([\w-]+)(?:\/(\w))?(!)?$/.exec(flag)!;
    takesValue.set(name!, bare === undefined);
    if (short !== undefined) shorts.set(short, name!);
  }
  return { shorts, takesValue };
}

/** `mixed`: flags may follow words, too. @throws UnreadableCommand if the client would refuse it */
export function parseFlags(argv: readonly string[], set: FlagSet, mixed: boolean): ParsedLine {
  const values = new Map<string, string[]>();
  const words: string[] = [];
  let help = false;
  let at = 0;
  const add = (name: string, value: string): void => {
    const before = values.get(name);
    if (before === undefined) values.set(name, [value]);
    else before.push(value);
  };
  const next = (): string => argv[at++] ?? refuse('a flag has no value');
  while (at < argv.length) {
    const word = argv[at++]!;
    if (word === '--') {
      words.push(...argv.slice(at));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      words.push(...(mixed ? [word] : [word, ...argv.slice(at)]));
      if (!mixed) break;
    } else if (word === '--help') help = true;
    else if (word.startsWith('--')) readLong(word, set, add, next);
    else readShorts(word.slice(1), set, add, next);
  }
  return { flags: flagsOf(values), words, help };
}

type Add = (name: string, value: string) => void;

function readLong(word: string, set: FlagSet, add: Add, next: () => string): void {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals === -1 ? undefined : equals);
  const takesValue = set.takesValue.get(name) ?? refuse(`\`--${name}\` is not a flag of this command`);
  if (equals !== -1) add(name, word.slice(equals + 1));
  else add(name, takesValue ? next() : 'true');
}

/** `-it`, `-p80:80`, `-p=80:80`, `-itu root`. */
function readShorts(cluster: string, set: FlagSet, add: Add, next: () => string): void {
  for (let rest = cluster; rest !== '';) {
    const name = set.shorts.get(rest[0]!) ?? refuse(`\`-${rest[0]!}\` is not a flag of this command`);
    const behind = rest.slice(1);
    if (behind.length > 1 && behind.startsWith('=')) {
      add(name, behind.slice(1));
      return;
    }
    if (set.takesValue.get(name) === true) {
      add(name, behind === '' ? next() : behind);
      return;
    }
    add(name, 'true');
    rest = behind;
  }
}

function flagsOf(values: ReadonlyMap<string, readonly string[]>): Flags {
  const all = (name: string): readonly string[] => values.get(name) ?? [];
  return {
    all,
    last: (name) => all(name).at(-1),
    isSet: (name) => readTruth(all(name).at(-1) ?? 'false'),
  };
}

/** The words of Go's strconv.ParseBool. */
export function readTruth(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  return refuse('a flag that is true or false has another value');
}

function refuse(reason: string): never {
  throw new UnreadableCommand(reason);
}
