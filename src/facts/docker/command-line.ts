/** A command line of `docker` to what its client asks the engine for. */
import { UnreadableCommand, type EngineCall } from './call.js';
import { commandCalls } from './commands.js';
import { commandTable, globalFlags } from './command-table.js';
import { parseFlags, readFlagSet, type FlagSet } from './flags.js';

interface Command {
  /** The longest of its names: `container run`. */
  readonly name: string;
  readonly flags: FlagSet;
}

const globals = readFlagSet(globalFlags);
const commands = new Map(commandTable.trim().split('\n').flatMap(readCommand));

function readCommand(line: string): [string, Command][] {
  const [names, flags] = line.split(':') as [string, string];
  const [name, ...others] = names.split(', ') as [string, ...string[]];
  const command = { name, flags: readFlagSet(flags) };
  return [name, ...others].map((one) => [one, command]);
}

/** The words after their first word are for another program. */
const untilFirstWord = new Set([
  'container run',
  'container create',
  'container commit',
  'image tag',
  'container exec',
  'container top',
  'service create',
]);

/** With these the client connects to an engine other than this one, or reads its own settings. */
const elsewhere = ['host', 'context', 'config'];

/** `argv` with or without the word `docker` at its head. @throws UnreadableCommand */
export function readCommandLine(argv: readonly string[]): EngineCall[] {
  const line = argv[0] !== undefined && /^(.*\/)?docker$/.test(argv[0]) ? argv.slice(1) : argv;
  const { flags, words, help } = parseFlags(line, globals, false);
  const other = elsewhere.find((name) => flags.all(name).length > 0);
  if (other !== undefined) throw new UnreadableCommand(`\`--${other}\` can lead to another engine`);
  if (help || words.length === 0 || flags.isSet('version')) return [];
  const found = findCommand(words);
  if (found === null) throw new UnreadableCommand(`\`${words[0]!}\` is no command of the client itself`);
  const parsed = parseFlags(found.rest, found.command.flags, !untilFirstWord.has(found.command.name));
  return parsed.help ? [] : commandCalls(found.command.name, parsed.words, parsed.flags);
}

function findCommand(
  words: readonly string[],
): { readonly command: Command; readonly rest: string[] } | null {
  for (const length of [3, 2, 1]) {
    const command = commands.get(words.slice(0, length).join(' '));
    if (command !== undefined && words.length >= length) return { command, rest: words.slice(length) };
  }
  return null;
}
