/** Commands that run code they are given: shells here and elsewhere, and interpreters of other languages. */
import { readOptions, textAt, type OptionSpec } from './options.js';
import type { WordValue } from './values.js';
import { baseName, hidden, joinedCode, type Invocation, type Wrapped } from './wrapped.js';

const shells = new Set([
  'sh',
  'bash',
  'dash',
  'ash',
  'ksh',
  'mksh',
  'yash',
  'zsh',
  'rbash',
  'rksh',
  'pdksh',
  'hush',
  'posh',
]);
/** Their language is another one. */
const otherShells = new Set([
  'fish',
  'csh',
  'tcsh',
  'pwsh',
  'powershell',
  'nu',
  'elvish',
  'xonsh',
  'rc',
  'es',
]);

/** Options of POSIX `sh`, Bash and Zsh that take no value; `c` and `o` are looked at. */
const shellSpec: OptionSpec = {
  flags: 'abcefhiklmnprstuvxBCDEHPT',
  values: 'oO',
  longFlags: 'login noprofile norc posix restricted verbose noediting',
  longValues: 'rcfile init-file',
};

/** Null if the name is not that of a shell or an interpreter. */
export function unwrapShell(name: string, invocation: Invocation): readonly Wrapped[] | null {
  if (shells.has(name)) return [runShell(name, invocation)];
  if (otherShells.has(name)) return [hidden(`the language of \`${name}\` is not read`)];
  const inline = interpreterOf(name);
  return inline === null ? null : runInterpreter(name, inline, invocation.words);
}

/** `sh [options] -c code [name [argument…]]`, `sh file`, `sh` with its code on the standard input. */
function runShell(name: string, { words, input }: Invocation): Wrapped {
  const options = readOptions(plusOptions(words), 1, shellSpec);
  if (options === null) return hidden(`what \`${name}\` runs cannot be told from its options`);
  const { given, next } = options;
  const operand = words[next];
  // An interactive shell reads files first, and its environment and options say which.
  if (['i', 'rcfile', 'init-file'].some((option) => given.has(option)))
    return hidden(`\`${name}\` reads files first`);
  // A sign alone ends the options in some shells, and `-s` beside `-c` reads more in some.
  if (/^[-+]$/.test(textAt(words, next) ?? '') || (given.has('c') && given.has('s')))
    return hidden(`shells read the options of \`${name}\` differently`);
  if (given.has('c')) return codeOf(name, operand);
  if (operand !== undefined && !given.has('s')) return hidden(`\`${name}\` runs a file`);
  if (input === null) return hidden(`\`${name}\` runs what it reads`);
  return { kind: 'code', text: input };
}

function codeOf(name: string, operand: WordValue | undefined): Wrapped {
  if (operand?.kind !== 'text') return hidden(`the code that \`${name}\` runs is not certain`);
  return { kind: 'code', text: operand.text };
}

/** `+e` unsets an option, and is read like one. The meaning of `+c` and `+s` is unknown. */
function plusOptions(words: readonly WordValue[]): readonly WordValue[] {
  return words.map((word) =>
    word.kind === 'text' && /^\+[abefhmnpuvxBCEHPT]+$/.test(word.text)
      ? { ...word, text: word.text.replace('+', '-') }
      : word,
  );
}

interface Interpreter {
  /** Letters of options that take code, and of those that take another value. */
  readonly code: string;
  readonly values: string;
}

/** By the name without its version. */
const interpreters: Readonly<Record<string, Interpreter>> = {
  python: { code: 'c', values: 'WX' },
  pypy: { code: 'c', values: 'WX' },
  perl: { code: 'eE', values: 'I' },
  ruby: { code: 'e', values: 'ICEr' },
  node: { code: 'ep', values: 'rC' },
  nodejs: { code: 'ep', values: 'rC' },
  bun: { code: 'ep', values: 'r' },
  php: { code: 'rBRE', values: 'cdz' },
  lua: { code: 'e', values: 'l' },
  luajit: { code: 'e', values: 'lj' },
  Rscript: { code: 'e', values: '' },
  R: { code: 'e', values: 'f' },
  tclsh: { code: '', values: '' },
  expect: { code: 'c', values: 'f' },
  osascript: { code: 'e', values: 'l' },
  guile: { code: 'c', values: 'Ls' },
  groovy: { code: 'e', values: '' },
};

function interpreterOf(name: string): Interpreter | null {
  const plain = name.replace(/[0-9.]+$/, '');
  return Object.hasOwn(interpreters, plain) ? interpreters[plain]! : null;
}

/** A program in a file is a command like others; one in the words, or on the standard input, is code that is not read. */
function runInterpreter(
  name: string,
  { code, values }: Interpreter,
  words: readonly WordValue[],
): readonly Wrapped[] {
  const reads = hidden(`the code that \`${name}\` runs is not read`);
  for (let at = 1; at < words.length; at++) {
    const text = textAt(words, at);
    if (text === null || text === '-' || text === '--') return [reads];
    if (/^--?(version|help|V|h)$/.test(text)) return [];
    if (!text.startsWith('-') || text === '-m') return [];
    if (/^--(eval|print|command|execute|require|import|loader|run)/.test(text)) return [reads];
    const letters = text.startsWith('--') ? '' : text.slice(1);
    if (Array.from(letters).some((letter) => code.includes(letter))) return [reads];
    if (letters.length === 1 && values.includes(letters)) at++;
  }
  return [reads];
}

const suSpec: OptionSpec = {
  flags: 'lmpPf',
  values: 'cgGsuwT',
  longFlags: 'login preserve-environment pty fast',
  longValues: 'command group supp-group shell user whitelist-environment session-command',
};

/** `su [-] [user] [-c code]`; options may stand behind the user too. */
export function unwrapSu(name: string, { words, input }: Invocation): readonly Wrapped[] {
  const operands: string[] = [];
  const given = new Map<string, string | null>();
  for (let at = 1; at < words.length;) {
    const options = readOptions(words, at, suSpec);
    if (options === null) return [hidden(`what \`${name}\` runs cannot be told from its options`)];
    for (const [key, value] of options.given) given.set(key, value);
    at = options.next;
    if (given.has('u') || given.has('user')) {
      const user = given.get('u') ?? given.get('user') ?? null;
      return at < words.length
        ? [{ kind: 'command', words: words.slice(at), user }]
        : [hidden(`\`${name}\` starts a shell`)];
    }
    const operand = words[at++];
    if (operand === undefined) break;
    if (operand.kind !== 'text') return [hidden(`what \`${name}\` runs is not certain`)];
    if (operand.text !== '-') operands.push(operand.text);
  }
  const user = operands[0] ?? 'root';
  const shell = given.get('s') ?? given.get('shell');
  if (shell !== undefined && !shells.has(baseName(shell ?? '')))
    return [hidden(`\`${name}\` runs another shell`)];
  const code = ['c', 'command', 'session-command']
    .map((key) => given.get(key))
    .find((text) => typeof text === 'string');
  if (operands.length > 1) return [hidden(`what \`${name}\` runs is not certain`)];
  const text = code ?? input;
  return text === null ? [hidden(`\`${name}\` starts a shell`)] : [{ kind: 'code', text, user }];
}

const sshSpec: OptionSpec = { flags: '46AaCfGgKkMNnqsTtVvXxYy', values: 'BbcDEeFIiJLlmOoPpQRSWw' };

/** The words behind the host are joined and run by the shell there. */
export function unwrapSsh({ words, input }: Invocation): readonly Wrapped[] {
  const options = readOptions(words, 1, sshSpec);
  if (options === null) return [hidden('what `ssh` runs cannot be told from its options')];
  const { given, next } = options;
  if (words.slice(1, next).some((word) => word.kind !== 'text' || /command|exec|provider/i.test(word.text))) {
    return [hidden('an option of `ssh` may run a command')];
  }
  const after = readOptions(words, next + 1, sshSpec);
  if (words[next]?.kind === 'some' || after === null) return [hidden('what `ssh` runs is not certain')];
  const rest = words.slice(after.next);
  const target = textAt(words, next);
  const where = { host: target === null ? null : target.replace(/^.*@/s, ''), user: userOf(target) };
  const reads = !given.has('n') && !given.has('f') && input !== null;
  if (reads && onlyShell.test(rest.map((word) => (word.kind === 'text' ? word.text : '?')).join(' '))) {
    return [{ kind: 'code', text: input, ...where }];
  }
  if (rest.length === 0) {
    return given.has('N') || given.has('V') ? [] : [hidden('`ssh` starts a shell')];
  }
  return [joinedCode(rest, 'what `ssh` runs is not certain', where)];
}

/** The shell at the other end, and nothing before it, reads what this one is given. */
const onlyShell = /^(|(\/bin\/)?(ba|da|k|z)?sh( -[esul]+)*)$/;

function userOf(host: string | null): string | null {
  return host?.includes('@') === true ? host.slice(0, host.lastIndexOf('@')) : null;
}
