/** Commands that run the command in their operands: `sudo`, `env`, `timeout` … Options by their manual pages. */
import { readOptions, textAt, type Options, type OptionSpec } from './options.js';
import type { WordValue } from './values.js';
import { hidden, type Assigned, type Wrapped } from './wrapped.js';

interface Prefix extends OptionSpec {
  /** Operands before the command: the time of `timeout`. */
  readonly operands?: number;
  /** `NAME=value` may stand before the command. */
  readonly assigns?: 'before the command' | 'among options';
  /** The options that name a user. */
  readonly user?: readonly string[];
  /** Options with which nothing is run. */
  readonly stops?: string;
  /** Options with which a shell is started if no command follows. */
  readonly shell?: string;
}

const prefixes: Readonly<Record<string, Prefix>> = {
  sudo: {
    flags: 'ABbEHiknNPSslvKV',
    values: 'aCcDgpRrTtUu',
    longFlags: 'askpass background bell preserve-env set-home login non-interactive preserve-groups stdin shell reset-timestamp no-update list validate version help', // prettier-ignore
    longValues: 'user group prompt host chdir chroot role type close-from other-user command-timeout auth-type login-class', // prettier-ignore
    assigns: 'among options',
    user: ['u', 'user'],
    stops: 'l v K V list validate version help',
    shell: 's i shell login',
  },
  doas: { flags: 'Lns', values: 'aCu', user: ['u'], shell: 's' },
  env: {
    flags: 'i0v',
    values: 'uC',
    longFlags: 'ignore-environment null debug',
    longValues: 'unset chdir',
    assigns: 'before the command',
  },
  nohup: {},
  setsid: { flags: 'cfw', longFlags: 'ctty fork wait' },
  nice: { values: 'n', longValues: 'adjustment', numbers: true },
  ionice: { flags: 't', values: 'cn', longFlags: 'ignore', longValues: 'class classdata' },
  timeout: { flags: 'fpv', values: 'ks', longFlags: 'preserve-status foreground verbose', longValues: 'kill-after signal', operands: 1 }, // prettier-ignore
  stdbuf: { values: 'ioe', longValues: 'input output error' },
  time: { flags: 'apqv', values: 'fo', longFlags: 'append portability quiet verbose', longValues: 'format output', assigns: 'before the command' }, // prettier-ignore
  coproc: { assigns: 'before the command' },
  exec: { flags: 'cl', values: 'a' },
  command: { flags: 'pvV', stops: 'v V' },
  builtin: {},
  busybox: { longFlags: 'list list-full help', stops: 'list list-full help' },
  toybox: {},
  noglob: {},
  nocorrect: {},
  '-': { assigns: 'before the command' },
  chroot: { longFlags: 'skip-chdir', longValues: 'groups userspec', operands: 1 },
  gosu: { operands: 1 },
  'su-exec': { operands: 1 },
  taskset: { flags: 'ac', longFlags: 'all-tasks cpu-list', operands: 1 },
  unbuffer: { flags: 'p' },
  fakeroot: { flags: 'u', longFlags: 'unknown-is-real' },
  strace: { flags: 'cCdDfFhiknqrtTvVwxyYzZ', values: 'aAbeEIoOpPsSuUX' },
  linux32: {},
  linux64: {},
  setarch: { operands: 1 },
  sshpass: { flags: 'ev', values: 'dfpP' },
  chronic: { flags: 'ev' },
  eatmydata: {},
  ltrace: { flags: 'bcCfhirStTV', values: 'aAdDeFlnopsuwx' },
};

/** Null if the name is not that of a prefix. */
export function unwrapPrefix(name: string, words: readonly WordValue[]): readonly Wrapped[] | null {
  const prefix = Object.hasOwn(prefixes, name) ? prefixes[name] : undefined;
  if (prefix === undefined) return null;
  const found = readPrefix(prefix, words);
  if (found === null) return [hidden(`what \`${name}\` runs cannot be told from its options`)];
  const { given, next, assigned } = found;
  const has = (names: string | undefined): boolean =>
    (names ?? '').split(' ').some((option) => given.has(option));
  if (has(prefix.stops)) return [];
  const rest = words.slice(next);
  if (rest.length === 0) return has(prefix.shell) ? [hidden(`\`${name}\` starts a shell`)] : [];
  const user = userOf(prefix, given);
  return [{ kind: 'command', words: rest, assigned, ...(user === undefined ? {} : { user }) }];
}

interface Found extends Options {
  readonly assigned: readonly Assigned[];
}

/** Options, then assignments, then operands; `sudo` takes options behind assignments too. */
function readPrefix(prefix: Prefix, words: readonly WordValue[]): Found | null {
  const given = new Map<string, string | null>();
  const assigned: Assigned[] = [];
  let next = 1;
  for (let again = true; again;) {
    const options = readOptions(words, next, prefix);
    if (options === null) return null;
    for (const [option, value] of options.given) given.set(option, value);
    ({ next } = options);
    again = false;
    for (; prefix.assigns !== undefined; next++) {
      const text = textAt(words, next) ?? '';
      const equals = text.indexOf('=');
      if (equals <= 0) break;
      assigned.push({ name: text.slice(0, equals), value: { kind: 'text', text: text.slice(equals + 1) } });
      again = prefix.assigns === 'among options';
    }
  }
  const operands = words.slice(next, next + (prefix.operands ?? 0));
  if (operands.some(({ kind }) => kind === 'some')) return null;
  return { given, next: next + operands.length, assigned };
}

function userOf(prefix: Prefix, given: ReadonlyMap<string, string | null>): string | null | undefined {
  const option = (prefix.user ?? []).find((name) => given.has(name));
  if (option !== undefined) return given.get(option);
  return prefix.user === undefined ? undefined : 'root';
}
