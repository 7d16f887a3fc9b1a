/** Every simple command of a text, wherever it stands, and what it runs besides itself. */
import {
  note,
  noteAssignment,
  noteBuiltin,
  noteCondition,
  noteExpression,
  noteFunction,
  noteParameter,
} from './arithmetic.js';
import type { Entry, EntryRedirect, Gathered, Where } from './entry.js';
import { evaluatedVariable } from './evaluated.js';
import { parseShell } from './parse.js';
import { commandStarts } from './parser.js';
import { refuse } from './reader.js';
import { ShellRefusal } from './syntax.js';
import type { Command, Part, Redirect, Script, SimpleCommand, Word } from './syntax.js';
import { unwrap } from './unwrap.js';
import { textValue, unsplitValue, wordValue, type WordValue } from './values.js';
import { baseName, type Wrapped } from './wrapped.js';

const entriesMax = 2000;
const depthMax = 8;
/** The base cost of reading one more text, however short. */
const textUnits = 64;

/** One text: the positions where its commands begin are compared with the grammar's reading. */
interface Text {
  readonly gathered: Gathered;
  readonly starts: Set<number>;
  readonly backquotes: { readonly start: number; readonly end: number }[];
}

/** Throws `ShellRefusal` if nothing is known of the text. */
export function collectText(gathered: Gathered, source: string, where: Where): void {
  if (where.depth > depthMax) refuse('commands stand too deep inside of commands');
  gathered.unitsLeft -= source.length + textUnits;
  if (gathered.unitsLeft < 0) refuse('the texts inside of the text are too long');
  const script = parseShell(source);
  const text: Text = { gathered, starts: new Set(), backquotes: [] };
  collectScript(text, script, where);
  compareStarts(text, commandStarts(source) ?? refuse('the text does not fit the grammar of Bash'));
}

/** Words that no shell reads first. */
export function collectArgv(gathered: Gathered, words: readonly WordValue[], where: Where): void {
  const position = { pipeline: gathered.pipelines++, position: 0 };
  const entry: Entry = { words, assignments: [], redirects: [], ...position, ...where };
  collectWrapped(gathered, entry, add(gathered, entry), where, position);
}

function compareStarts({ starts, backquotes }: Text, seen: ReadonlySet<number>): void {
  const own = (start: number): boolean => !backquotes.some((span) => start > span.start && start < span.end);
  const other = [...seen].filter(own);
  if (other.length !== starts.size || !other.every((start) => starts.has(start))) {
    refuse('two readings of the text differ');
  }
}

function collectScript(text: Text, script: Script, where: Where): void {
  for (const { pipelines, background } of script.items) {
    const here = background ? { ...where, background } : where;
    for (const { commands } of pipelines) {
      const joined =
        where.joined ?? (commands.length > 1 ? { pipeline: text.gathered.pipelines++, next: 0 } : undefined);
      for (const command of commands) {
        const position =
          joined === undefined
            ? { pipeline: text.gathered.pipelines++, position: 0 }
            : { pipeline: joined.pipeline, position: joined.next++ };
        collectCommand(text, command, { ...here, joined }, position);
      }
    }
  }
}

interface Position {
  readonly pipeline: number;
  readonly position: number;
}

function collectCommand(text: Text, command: Command, where: Where, position: Position): void {
  switch (command.kind) {
    case 'simple':
      collectSimple(text, command, where, position);
      return;
    case 'compound': {
      if (command.redirects.length > 0) collectBare(text, command.redirects, where, position);
      collectWords(text, command.words, where);
      if (command.variable !== undefined) {
        note(text.gathered.arithmetic, command.variable.name, command.variable.numeric);
      }
      for (const body of command.bodies) collectScript(text, body, where);
      return;
    }
    case 'function':
      noteFunction(text.gathered.arithmetic, command.name);
      collectCommand(text, command.body, { ...where, place: 'function', joined: undefined }, position);
      return;
    case 'expression': {
      if (command.form === '((') text.gathered.hidden.add('`((` is a command in some shells');
      else text.starts.add(command.start);
      if (command.form === '[[') noteCondition(text.gathered.arithmetic, command.words);
      const words = [textValue('[['), ...command.words.map(wordValue), textValue(']]')];
      const index = add(text.gathered, { words: command.form === '[[' ? words : [], assignments: [], redirects: command.redirects.map(redirectOf), ...position, ...where }); // prettier-ignore
      collectWords(text, command.words, { ...where, parent: index });
      collectRedirects(text, command.redirects, { ...where, parent: index });
    }
  }
}

/** A line without a name: what it redirects is opened all the same. */
function collectBare(text: Text, redirects: readonly Redirect[], where: Where, position: Position): void {
  const parent = add(text.gathered, { words: [], assignments: [], redirects: redirects.map(redirectOf), ...position, ...where }); // prettier-ignore
  collectRedirects(text, redirects, { ...where, parent });
}

function collectSimple(text: Text, command: SimpleCommand, where: Where, position: Position): void {
  const { words, redirects } = command;
  const assignments = command.assignments.map(({ name, values, partial }) => ({
    name,
    value: partial
      ? ({ kind: 'one', reason: 'the value has several parts' } as const)
      : unsplitValue(values[0]!.parts),
  }));
  if (words.length > 0) text.starts.add(words[0]!.start);
  const entry: Entry = {
    words: words.map(wordValue),
    assignments,
    redirects: redirects.map(redirectOf),
    ...position,
    ...where,
  };
  const index = add(text.gathered, entry);
  const inside: Where = { ...where, parent: index };
  const { arithmetic } = text.gathered;
  noteBuiltin(arithmetic, words);
  for (const assignment of command.assignments) {
    const { values, subscript } = assignment;
    noteAssignment(arithmetic, assignment);
    noteExpression(arithmetic, subscript);
    collectParts(text, subscript, inside);
    collectWords(text, values, inside);
  }
  collectWords(text, words, inside);
  collectRedirects(text, redirects, inside);
  collectWrapped(text.gathered, entry, index, where, position);
}

function add(gathered: Gathered, entry: Entry & { readonly depth?: number }): number {
  if (gathered.entries.length >= entriesMax) refuse('the text has too many commands');
  for (const value of [...entry.words, ...entry.assignments.map((one) => one.value)]) {
    // Shells that evaluate a subscript run the commands in it, even if it comes out of quotes.
    if (value.kind === 'text' && hidesSubscript(value.text)) {
      gathered.hidden.add('a text holds a subscript with a command in it');
    }
  }
  const reason = evaluatedVariable(entry);
  if (reason !== null) gathered.hidden.add(reason);
  return gathered.entries.push(entry) - 1;
}

/** An opening bracket, and behind it the beginning of a substitution before its bracket closes. */
function hidesSubscript(text: string): boolean {
  let open = 0;
  for (const [sign] of text.matchAll(/[[\]`]|\$\(|[<>]\(/g)) {
    if (sign === '[') open++;
    else if (sign === ']') open = Math.max(0, open - 1);
    else if (open > 0) return true;
  }
  return false;
}

function collectWords(text: Text, words: readonly Word[], where: Where): void {
  for (const { parts } of words) collectParts(text, parts, where);
}

function collectRedirects(text: Text, redirects: readonly Redirect[], where: Where): void {
  for (const { target, body } of redirects) {
    collectParts(text, target.parts, where);
    if (body !== null) collectParts(text, body.parts, where);
  }
}

function collectParts(text: Text, parts: readonly Part[], where: Where): void {
  const inside: Where = { ...where, place: 'substitution', joined: undefined };
  for (const part of parts) {
    switch (part.kind) {
      case 'command':
      case 'process':
        collectScript(text, part.script, inside);
        break;
      case 'backquote':
        text.backquotes.push(part);
        collectText(text.gathered, part.text, { ...inside, depth: where.depth + 1 });
        break;
      case 'parameter':
        if (/@P/.test(part.operator)) text.gathered.hidden.add('`${…@P}` runs what a variable holds');
        noteParameter(text.gathered.arithmetic, part);
        collectParts(text, part.inner, where);
        break;
      case 'arithmetic':
        noteExpression(text.gathered.arithmetic, part.inner);
        collectParts(text, part.inner, where);
        break;
      case 'translated':
        collectParts(text, part.inner, where);
        break;
      case 'text':
      case 'pattern':
        break;
    }
  }
}

/** What an entry runs besides itself, and what that runs in turn. */
function collectWrapped(
  gathered: Gathered,
  entry: Entry,
  index: number,
  where: Where,
  position: Position,
): void {
  const [first] = entry.words;
  if (first?.kind !== 'text') return;
  if (where.depth >= depthMax) refuse('commands stand too deep inside of commands');
  for (const wrapped of unwrap(baseName(first.text), { words: entry.words, input: inputOf(entry) })) {
    collectOne(gathered, wrapped, entry, index, where, position);
  }
}

function collectOne(
  gathered: Gathered,
  wrapped: Wrapped,
  entry: Entry,
  index: number,
  where: Where,
  position: Position,
): void {
  if (wrapped.kind === 'unknown') {
    gathered.hidden.add(wrapped.reason);
    return;
  }
  const { user = where.user, host = where.host } = wrapped;
  const here: Where = { ...where, parent: index, user, host, joined: undefined, depth: where.depth + 1 };
  if (wrapped.kind === 'code') {
    try {
      collectText(gathered, wrapped.text, { ...here, place: wrapped.later === true ? 'later' : 'code' });
    } catch (error) {
      if (!(error instanceof ShellRefusal)) throw error;
      gathered.hidden.add(error.message);
    }
    return;
  }
  const { words, assigned: assignments = [] } = wrapped;
  const inner: Entry = { words, assignments, redirects: [], ...position, ...here, place: 'wrapped' };
  const added = add(gathered, inner);
  collectWrapped(gathered, { ...inner, redirects: entry.redirects }, added, here, position);
}

/** The standard input, if the text itself holds it. */
function inputOf({ redirects }: Entry): string | null {
  const input = redirects.filter(({ descriptor }) => descriptor === 0).at(-1);
  return input?.access === 'text' && input.value.kind === 'text' ? input.value.text : null;
}

const access: Readonly<Record<Redirect['operator'], EntryRedirect['access']>> = {
  '<': 'read', '>': 'write', '>|': 'write', '>>': 'append', '<>': 'read_write', '<&': 'read', '>&': 'write',
  '&>': 'write', '&>>': 'append', '<<': 'text', '<<-': 'text', '<<<': 'text',
}; // prettier-ignore

function redirectOf({ operator, descriptor, target, body }: Redirect): EntryRedirect {
  const value = body === null ? unsplitValue(target.parts) : unsplitValue(body.parts);
  const opens = !operator.endsWith('&') || value.kind !== 'text' || !/^([0-9]+-?|-)$/.test(value.text);
  return {
    access: opens ? access[operator] : 'descriptor',
    descriptor: descriptor ?? (operator.startsWith('<') ? 0 : 1),
    value,
  };
}
