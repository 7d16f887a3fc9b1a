/** The `shell` root, from the commands that were gathered. Its shape is src/facts/schema/shell.ts. */
import { objectOf, Unknown, ValueSet, type Value, type ValueObject } from '../../values/value.js';
import type { Entry, EntryRedirect, Gathered } from './entry.js';
import type { WordValue } from './values.js';
import { baseName } from './wrapped.js';

export function shellFacts({ entries, hidden }: Gathered): ValueObject {
  const more = (fact: string): Unknown[] =>
    [...hidden]
      .sort()
      .slice(0, 8)
      .map((reason) => new Unknown(reason, fact));
  return objectOf([
    ['commands', [...entries.map(commandFacts), ...more('shell.commands')]],
    ['names', ValueSet.of([...entries.map((entry) => nameOf(entry, 'shell.names')), ...more('shell.names')])],
  ]);
}

export function unknownShell(reason: string): ValueObject {
  return objectOf(['commands', 'names'].map((fact) => [fact, new Unknown(reason, `shell.${fact}`)] as const));
}

function commandFacts(entry: Entry, index: number): ValueObject {
  const { words, redirects, assignments, pipeline, position, place, background, parent, user, host } = entry;
  return objectOf([
    ['index', index],
    ['name', nameOf(entry, 'shell.commands.name')],
    ['path', words[0] === undefined ? '' : valueOf(words[0], 'path')],
    ['argv', words.map((word) => valueOf(word, 'argv'))],
    ['flags', flagsOf(words)],
    ['assignments', assignments.map(({ name, value }) => objectOf([['name', name], ['value', valueOf(value, 'assignments.value')]]))], // prettier-ignore
    ['redirects', redirects.filter(({ access }) => access !== 'descriptor').map(redirectFacts)],
    ['pipeline', pipeline],
    ['position', position],
    ['place', place],
    ['background', background],
    ...(parent === null ? [] : [['parent', parent] as const]),
    ...optional('user', user),
    ...optional('host', host),
  ]);
}

/** Undefined: as the rest of the text; null: another one that is not known. */
function optional(field: string, value: string | null | undefined): (readonly [string, Value])[] {
  if (value === undefined) return [];
  return [[field, value ?? new Unknown('it is known only when it runs', `shell.commands.${field}`)]];
}

function nameOf({ words: [first] }: Entry, fact: string): Value {
  if (first === undefined) return '';
  return first.kind === 'text' ? baseName(first.text) : new Unknown(first.reason, fact);
}

function valueOf(value: WordValue, field: string): Value {
  return value.kind === 'text' ? value.text : new Unknown(value.reason, `shell.commands.${field}`);
}

function redirectFacts({ access, descriptor, value }: EntryRedirect): ValueObject {
  return objectOf([
    ['access', access],
    ['descriptor', descriptor],
    [access === 'text' ? 'text' : 'path', valueOf(value, 'redirects')],
  ]);
}

/** Options by their form: `-rf` is `-rf`, `-r` and `-f`; `--x=y` is `--x`. There are none after `--`. */
function flagsOf(words: readonly WordValue[]): ValueSet {
  const name = words[0]?.kind === 'text' ? baseName(words[0].text) : '';
  const flags: Value[] = [];
  for (const word of words.slice(1)) {
    if (word.kind !== 'text') flags.push(new Unknown(word.reason, 'shell.commands.flags'));
    else if (word.text === '--') break;
    else if (word.text.startsWith('--')) flags.push(...longFlags(name, word.text.replace(/=.*$/s, '')));
    else if (/^-./su.test(word.text))
      flags.push(word.text, ...Array.from(word.text.slice(1, 32), (letter) => `-${letter}`));
  }
  return ValueSet.of(flags);
}

/** For the commands that rules ask about most: GNU accepts any unambiguous prefix of a long option. */
const longOptions: Readonly<Record<string, string>> = {
  rm: 'force interactive one-file-system no-preserve-root preserve-root recursive dir verbose',
  chmod: 'changes silent quiet verbose no-preserve-root preserve-root reference recursive',
  chown:
    'changes silent quiet verbose dereference no-dereference from no-preserve-root preserve-root reference recursive',
  chgrp:
    'changes silent quiet verbose dereference no-dereference no-preserve-root preserve-root reference recursive',
  cp: 'archive backup copy-contents force interactive link no-clobber no-target-directory recursive symbolic-link target-directory update verbose',
};

function longFlags(name: string, flag: string): readonly string[] {
  const known = Object.hasOwn(longOptions, name)
    ? longOptions[name]!.split(' ').map((option) => `--${option}`)
    : [];
  return [flag, ...known.filter((option) => option.startsWith(flag))];
}
