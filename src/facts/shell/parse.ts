/**
 * Lists and pipelines (XCU 2.9.2, 2.9.3, 2.10): shell text to tree.
 *
 * Text that shells read differently is refused. Accepting text that they refuse is harmless, for then they run nothing of it;
 * omitting a command never is.
 */
import { peekWord, readCompound, readFunctionBody, type CommandContext } from './compound.js';
import {
  atEnd,
  createReader,
  match,
  nested,
  peek,
  refuse,
  skipBlanks,
  startsWith,
  take,
  type Reader,
} from './reader.js';
import { takeLineBreak } from './redirects.js';
import { readSimple } from './simple.js';
import type { Command, Item, Pipeline, Script } from './syntax.js';
import { readWord } from './words.js';

/** Throws `ShellRefusal`. */
export function parseShell(text: string): Script {
  const reader = createReader(text);
  const script = readList(reader);
  if (!atEnd(reader)) refuse(`\`${peek(reader)}\` does not belong here`);
  if (reader.pending.length > 0) refuse('a here-document is not closed');
  return script;
}

const context: CommandContext = {
  readScript: (reader) => nested(reader, () => readNested(reader)),
  readCommand: (reader) => nested(reader, () => readCommand(reader)),
};

/** The line that a here-document follows is certain only if it is the line of its own command. */
function readNested(reader: Reader): Script {
  if (reader.pending.length > 0) refuse('a here-document stands before other commands');
  const script = readList(reader);
  if (reader.pending.length > 0) refuse('a here-document is not closed');
  return script;
}

const closing = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']);

function readList(reader: Reader): Script {
  const items: Item[] = [];
  for (;;) {
    skipBlanks(reader);
    if (takeLineBreak(reader, context)) continue;
    if (atEnd(reader) || peek(reader) === ')' || peek(reader) === ';' || closing.has(peekWord(reader)))
      return { items };
    const pipelines = readPipelines(reader);
    skipBlanks(reader);
    const background = take(reader, '&');
    items.push({ pipelines, background });
    if (background) continue;
    if (/^;(?![;&])/.test(reader.text.slice(reader.at, reader.at + 2))) reader.at++;
    else if (peek(reader) !== '\n') {
      skipBlanks(reader);
      if (!atEnd(reader) && !');'.includes(peek(reader)) && !closing.has(peekWord(reader))) {
        refuse(`\`${peek(reader)}\` does not belong here`);
      }
    }
  }
}

function readPipelines(reader: Reader): Pipeline[] {
  const pipelines = [readPipeline(reader)];
  for (;;) {
    skipBlanks(reader);
    if (!take(reader, '&&') && !take(reader, '||')) return pipelines;
    skipLines(reader);
    pipelines.push(readPipeline(reader));
  }
}

function readPipeline(reader: Reader): Pipeline {
  while (peekWord(reader) === '!') {
    reader.at++;
    skipBlanks(reader);
  }
  const commands = [readCommand(reader)];
  for (;;) {
    skipBlanks(reader);
    if (startsWith(reader, '||') || !take(reader, '|')) return { commands };
    take(reader, '&');
    skipLines(reader);
    commands.push(readCommand(reader));
  }
}

function skipLines(reader: Reader): void {
  do skipBlanks(reader);
  while (takeLineBreak(reader, context));
}

function readCommand(reader: Reader): Command {
  return readCompound(reader, context) ?? readFunction(reader) ?? readSimple(reader, context);
}

/** `name() …`: null if this is another command, which is then read from its start. */
function readFunction(reader: Reader): Command | null {
  const start = reader.at;
  if (match(reader, /[^\s;&|<>()'"\\$`=]+[ \t]*\([ \t]*\)/y) === null) return null;
  const end = reader.at;
  reader.at = start;
  const name = readWord(reader, context) ?? refuse('a function has no name');
  reader.at = end;
  return readFunctionBody(reader, context, start, name);
}
