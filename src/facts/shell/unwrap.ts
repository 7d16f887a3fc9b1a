/**
 * The commands that a simple command runs besides itself. Commands that are not listed run only themselves, as far as is known.
 */
import { unwrapOptions } from './code-options.js';
import { unwrapPrefix } from './prefixes.js';
import { readOptions, textAt, type OptionSpec } from './options.js';
import { unwrapShell, unwrapSsh, unwrapSu } from './shells.js';
import type { WordValue } from './values.js';
import { hidden, joinedCode, type Invocation, type Wrapped } from './wrapped.js';

/** They run what is in their words or files, in ways that are not followed. */
const launchers = new Set(
  'nsenter unshare setpriv systemd-run script firejail bwrap tini dumb-init pkexec start-stop-daemon proot chrt screen tmux at batch runcon entr dtach torsocks proxychains capsh rlwrap sg newgrp prlimit cgexec cpulimit setuidgid chpst xvfb-run dbus-run-session compgen complete bind fc'.split(
    ' ',
  ),
);

export function unwrap(name: string, invocation: Invocation): readonly Wrapped[] {
  const { words } = invocation;
  const own = Object.hasOwn(commands, name) ? commands[name]!(words, name) : null;
  if (own !== null) return own;
  if (name === 'su' || name === 'runuser') return unwrapSu(name, invocation);
  if (name === 'ssh') return unwrapSsh(invocation);
  if (launchers.has(name)) return words.length === 1 ? [] : [hidden(`what \`${name}\` runs is not followed`)];
  return unwrapPrefix(name, words) ?? unwrapShell(name, invocation) ?? unwrapOptions(name, words);
}

type Unwrap = (words: readonly WordValue[], name: string) => readonly Wrapped[];

const commands: Readonly<Record<string, Unwrap>> = {
  eval: (words) =>
    words.length === 1 ? [] : [joinedCode(operands(words), 'what `eval` runs is not certain')],
  source: () => [hidden('a file of commands is read')],
  '.': () => [hidden('a file of commands is read')],
  trap: unwrapTrap,
  alias: unwrapAlias,
  hash: (words) => (words.length === 1 ? [] : redefines(words, /^-r$/, 'hash')),
  enable: (words) => (words.length === 1 ? [] : redefines(words, /^-[anps]+$/, 'enable')),
  xargs: unwrapXargs,
  find: unwrapFind,
  watch: unwrapWatch,
  jobs: (words) => (textAt(words, 1) === '-x' ? [{ kind: 'command', words: words.slice(2) }] : []),
  parallel: (words) => [hidden('`parallel` puts commands together'), ...visibleParallel(words)],
  flock: unwrapFlock,
  mapfile: (words) => callbacks(words, 'mapfile'),
  readarray: (words) => callbacks(words, 'readarray'),
};

const operands = (words: readonly WordValue[]): readonly WordValue[] =>
  words.slice(textAt(words, 1) === '--' ? 2 : 1);

/** `trap [action] condition…`: `-` and a number alone put the old action back. */
function unwrapTrap(words: readonly WordValue[]): readonly Wrapped[] {
  const [action, ...conditions] = operands(words);
  if (action === undefined) return [];
  if (action.kind !== 'text') return [hidden('what `trap` runs is not certain')];
  if (conditions.length === 0 || action.text === '-' || /^(-[lp]+|[0-9]+)?$/.test(action.text)) return [];
  return [{ kind: 'code', text: action.text, later: true }];
}

/** An alias changes what later words mean, in shells that expand aliases here. */
function unwrapAlias(words: readonly WordValue[]): readonly Wrapped[] {
  const defined = operands(words).filter((word) => word.kind !== 'text' || word.text.includes('='));
  if (defined.length === 0) return [];
  const code = defined.flatMap((word): Wrapped[] =>
    word.kind === 'text'
      ? [{ kind: 'code', text: word.text.slice(word.text.indexOf('=') + 1), later: true }]
      : [],
  );
  return [hidden('an alias changes what commands mean'), ...code];
}

/** Names are given to other programs, or to code in a library. */
function redefines(words: readonly WordValue[], harmless: RegExp, name: string): readonly Wrapped[] {
  const plain = words
    .slice(1)
    .every((word) => word.kind === 'text' && (!word.text.startsWith('-') || harmless.test(word.text)));
  return plain ? [] : [hidden(`\`${name}\` changes what commands mean`)];
}

function callbacks(words: readonly WordValue[], name: string): readonly Wrapped[] {
  const plain = words.every((word) => word.kind === 'text' && !/^-[a-zA-Z]*C/.test(word.text));
  return plain ? [] : [hidden(`\`${name}\` may run a command for each line`)];
}

const xargsSpec: OptionSpec = {
  flags: '0rtxpo',
  values: 'aEILnPsd',
  longFlags: 'null no-run-if-empty verbose exit interactive open-tty replace max-lines eof show-limits',
  longValues: 'arg-file delimiter max-args max-procs max-chars process-slot-var',
};

/** The input is appended, or replaces a mark inside words. */
function unwrapXargs(words: readonly WordValue[]): readonly Wrapped[] {
  const options = readOptions(words, 1, xargsSpec);
  if (options === null) return [hidden('what `xargs` runs cannot be told from its options')];
  const rest = words.slice(options.next);
  if (rest.length === 0) return [];
  const reason = 'what `xargs` reads is known only when it runs';
  const { given } = options;
  const mark = given.has('I') ? given.get('I') : given.has('replace') ? (given.get('replace') ?? '{}') : null;
  if (mark === null && !given.has('I'))
    return [{ kind: 'command', words: [...rest, { kind: 'some', reason }] }];
  return [{ kind: 'command', words: rest.map((word) => withoutMark(word, mark ?? null, reason)) }];
}

function withoutMark(word: WordValue, mark: string | null, reason: string): WordValue {
  if (word.kind !== 'text' || (mark !== null && !word.text.includes(mark))) return word;
  return { kind: 'one', reason };
}

/** `-exec command… ;` and `-exec command… {} +`. */
function unwrapFind(words: readonly WordValue[]): readonly Wrapped[] {
  const reason = 'what `find` finds is known only when it runs';
  const found: Wrapped[] = [];
  for (let at = 1; at < words.length; at++) {
    if (!/^-(exec|execdir|ok|okdir)$/.test(textAt(words, at) ?? '')) continue;
    const command: WordValue[] = [];
    for (at++; at < words.length; at++) {
      const text = textAt(words, at);
      if (text === ';' || (text === '+' && textAt(words, at - 1) === '{}')) break;
      command.push(
        text?.includes('{}') === true ? { kind: text === '{}' ? 'some' : 'one', reason } : words[at]!,
      );
    }
    if (command.length > 0) found.push({ kind: 'command', words: command });
  }
  return found;
}

function unwrapWatch(words: readonly WordValue[]): readonly Wrapped[] {
  const options = readOptions(words, 1, {
    flags: 'bcdegptxw',
    values: 'nq',
    longFlags: 'beep color differences errexit chgexit precise no-title exec no-wrap no-rerun',
    longValues: 'interval equexit',
  });
  if (options === null) return [hidden('what `watch` runs cannot be told from its options')];
  const rest = words.slice(options.next);
  if (rest.length === 0) return [];
  const direct = options.given.has('x') || options.given.has('exec');
  return [direct ? { kind: 'command', words: rest } : joinedCode(rest, 'what `watch` runs is not certain')];
}

function visibleParallel(words: readonly WordValue[]): readonly Wrapped[] {
  const first = words.findIndex(
    (word, index) => index > 0 && word.kind === 'text' && !word.text.startsWith('-'),
  );
  if (first < 0) return [];
  const end = words.findIndex((word) => word.kind === 'text' && /^::::?\+?$/.test(word.text));
  const reason = 'what `parallel` is given is known only when it runs';
  return [
    {
      kind: 'command',
      words: [...words.slice(first, end < 0 ? words.length : end), { kind: 'some', reason }],
    },
  ];
}

function unwrapFlock(words: readonly WordValue[]): readonly Wrapped[] {
  const options = readOptions(words, 1, {
    flags: 'sxenuoFv',
    values: 'wE',
    longFlags: 'shared exclusive unlock nonblock nb close no-fork verbose',
    longValues: 'wait timeout conflict-exit-code',
  });
  if (options === null || words[options.next]?.kind === 'some')
    return [hidden('what `flock` runs is not certain')];
  const rest = words.slice(options.next + 1);
  if (textAt(rest, 0) === '-c' || textAt(rest, 0) === '--command')
    return [joinedCode(rest.slice(1), 'what `flock` runs is not certain')];
  return rest.length === 0 ? [] : [{ kind: 'command', words: rest }];
}
