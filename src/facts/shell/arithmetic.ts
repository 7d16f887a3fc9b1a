/**
 * Arithmetic evaluates the contents of variables, and in Bash and related shells a subscript in them may hold a command: with
 * `x='a[$(rm -rf /)]'`, `$((x))` removes everything. So a variable used in arithmetic must be certain to be a number: every place
 * of the text that sets it gives it one. Values from the environment are not certain.
 */
import type { Assignment, Part, Script, Word } from './syntax.js';

export interface Arithmetic {
  readonly used: Set<string>;
  /** By variable: whether everything that sets it gives it a number. */
  readonly numeric: Map<string, boolean>;
  /** An expression of which even the names are not certain. */
  unsure: boolean;
}

export const createArithmetic = (): Arithmetic => ({ used: new Set(), numeric: new Map(), unsure: false });

/** Kept as numbers by the shell itself, for as long as nothing else is assigned. */
const always = new Set(
  'RANDOM SRANDOM SECONDS LINENO UID EUID PPID BASHPID EPOCHSECONDS OPTIND SHLVL COLUMNS LINES'.split(' '),
);

/** Whether arithmetic may run what a variable or a command gives it. */
export function runsCode({ used, numeric, unsure }: Arithmetic): boolean {
  return unsure || [...used].some((name) => !(numeric.get(name) ?? always.has(name)));
}

/** Notes an expression: its text, and what expands in it. */
export function noteExpression(arithmetic: Arithmetic, inner: readonly Part[]): void {
  const text = inner.map((part) => (part.kind === 'text' ? part.text : ' 0 ')).join('');
  noteNames(arithmetic, text);
  for (const part of inner) if (part.kind !== 'text') noteExpanded(arithmetic, part);
}

function noteNames(arithmetic: Arithmetic, text: string): void {
  // `0x1f` and `16#ff` are numbers.
  const plain = text.replace(/\b[0-9]+#?[0-9A-Za-z@_]*/g, ' ');
  for (const { 0: name, index } of plain.matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) {
    const sets = /^\s*=(?!=)/.test(plain.slice(index + name.length, index + name.length + 20));
    if (sets) note(arithmetic, name, true);
    else arithmetic.used.add(name);
  }
}

function noteExpanded(arithmetic: Arithmetic, part: Part): void {
  if (part.kind === 'parameter') {
    const { name, operator } = part;
    if (/^[?#$!]$/.test(name) || operator === '#') return;
    if (operator === '' && /^[A-Za-z_]/.test(name)) arithmetic.used.add(name);
    else arithmetic.unsure = true;
  } else if (!isNumber([part])) arithmetic.unsure = true;
}

/** A value that is certain to be a number: digits, arithmetic, or the output of a command that prints one. */
export function isNumber(parts: readonly Part[]): boolean {
  return parts.every((part) => {
    switch (part.kind) {
      case 'text':
        return /^[+-]?[0-9]*$/.test(part.text);
      case 'arithmetic':
        return true;
      case 'parameter':
        return part.operator === '#' || (part.operator === '' && /^[?#$!]$/.test(part.name));
      case 'command':
        return printsNumber(part.script);
      case 'backquote':
      case 'pattern':
      case 'process':
      case 'translated':
        return false;
    }
  });
}

const printing: Readonly<Record<string, RegExp>> = {
  date: /^\+%[sYmdHMSjNuw]+$/,
  id: /^-[ugG]$/,
  nproc: /^--all$/,
  seq: /^[0-9]+$/,
  wc: /^-[lcwm]$/,
};

/** A function takes the place of a command that prints numbers. */
export function noteFunction(arithmetic: Arithmetic, name: string): void {
  if (Object.hasOwn(printing, name)) arithmetic.unsure = true;
}

/** One command without a file among its words, so that it prints digits and nothing else. */
function printsNumber({ items }: Script): boolean {
  const command = items[0]?.pipelines[0]?.commands.at(-1);
  if (items.length !== 1 || items[0]!.pipelines.length !== 1 || command?.kind !== 'simple') return false;
  const texts = command.words.map(({ parts }) => (parts.every(({ kind }) => kind === 'text') ? parts.map((part) => (part as { text: string }).text).join('') : null)); // prettier-ignore
  const [name, ...rest] = texts;
  if (typeof name !== 'string' || !Object.hasOwn(printing, name)) return false;
  return (
    rest.every((text) => text !== null && printing[name]!.test(text)) && (rest.length > 0 || name === 'nproc')
  );
}

export function note(arithmetic: Arithmetic, name: string, number: boolean): void {
  arithmetic.numeric.set(name, number && (arithmetic.numeric.get(name) ?? true));
}

export function noteAssignment(arithmetic: Arithmetic, { name, values, partial }: Assignment): void {
  note(arithmetic, name, !partial && isNumber(values[0]!.parts));
}

/** What is evaluated inside `${…}`: a subscript, a position and a length, a name in another variable. */
export function noteParameter(
  arithmetic: Arithmetic,
  { operator, inner }: Extract<Part, { kind: 'parameter' }>,
): void {
  if (/^!(?!.*[@*]\]?$)/s.test(operator)) arithmetic.unsure = true;
  if (/^[#!]?\[(?![@*]\])/.test(operator)) {
    const close = inner.findIndex((part) => part.kind === 'text' && part.text === ']');
    noteExpression(arithmetic, inner.slice(0, close < 0 ? inner.length : close));
  } else if (/^:[^-+=?]/.test(operator)) noteExpression(arithmetic, inner);
  else if (/^:?=/.test(operator)) arithmetic.unsure ||= arithmetic.used.size > 0;
}

const comparing = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge']);

/** `[[ … ]]`: the operands of a comparison of numbers, and the name behind `-v`. */
export function noteCondition(arithmetic: Arithmetic, words: readonly Word[]): void {
  for (const [at, word] of words.entries()) {
    const text = textOf(word) ?? '';
    if (text === '-v') noteName(arithmetic, words[at + 1]);
    if (!comparing.has(text)) continue;
    for (const operand of [words[at - 1], words[at + 1]]) {
      if (operand !== undefined) noteExpression(arithmetic, operand.parts);
    }
  }
}

const declaring = new Set(['declare', 'typeset', 'local', 'readonly', 'export']);
const reading = new Set(['read', 'getopts', 'mapfile', 'readarray']);

/** Builtins that set variables by name, or evaluate their words. */
export function noteBuiltin(arithmetic: Arithmetic, words: readonly Word[]): void {
  const builtin = words[0] === undefined ? '' : textOf(words[0]);
  const rest = words.slice(1);
  if (builtin === 'test' || builtin === '[') {
    for (const [at, word] of rest.entries()) if (textOf(word) === '-v') noteName(arithmetic, rest[at + 1]);
  }
  if (builtin === 'let') for (const word of rest) noteLet(arithmetic, word);
  if (builtin === 'unset' || (builtin === 'printf' && textOf(rest[0] ?? words[0]!) === '-v')) {
    const names = builtin === 'unset' ? rest : rest.slice(1, 2);
    arithmetic.unsure ||= names.some((word) => textOf(word) === null);
    for (const word of names) if (builtin === 'printf') note(arithmetic, textOf(word) ?? '', false);
  }
  if (reading.has(builtin ?? '')) for (const word of rest) noteRead(arithmetic, word);
  if (declaring.has(builtin ?? ''))
    for (const word of rest) noteDeclared(arithmetic, word, builtin === 'export');
}

/** The subscript of a name is evaluated. */
function noteName(arithmetic: Arithmetic, word: Word | undefined): void {
  if (word !== undefined && textOf(word) === null) arithmetic.unsure = true;
}

function noteLet(arithmetic: Arithmetic, word: Word): void {
  const text = textOf(word);
  if (text === null) arithmetic.unsure = true;
  else noteNames(arithmetic, text);
}

function noteRead(arithmetic: Arithmetic, word: Word): void {
  const text = textOf(word);
  if (text === null) arithmetic.unsure = true;
  else if (/^[A-Za-z_]/.test(text)) note(arithmetic, text, false);
}

function noteDeclared(arithmetic: Arithmetic, word: Word, exported: boolean): void {
  const [head, ...rest] = word.parts;
  const assigned = head?.kind === 'text' ? /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(head.text) : null;
  if (assigned !== null && head?.kind === 'text') {
    const value: Part[] = [{ ...head, text: head.text.slice(assigned[0].length) }, ...rest];
    note(arithmetic, assigned[1]!, isNumber(value));
    return;
  }
  const text = textOf(word);
  // `-i` evaluates what is assigned later, `-n` gives a variable a second name.
  if (!exported && (text === null || /^-[a-zA-Z]*[in]/.test(text))) arithmetic.unsure = true;
}

function textOf({ parts }: Word): string | null {
  const texts = parts.map((part) => (part.kind === 'text' ? part.text : null));
  return texts.includes(null) ? null : texts.join('');
}
