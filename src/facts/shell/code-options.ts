/**
 * Commands of which some options hold code, or name a program to run: most of them are lesser-known ways from an
 * allowed program to another one. Where such an option is given, what runs is not followed.
 */
import { unwrapGit } from './git.js';
import type { WordValue } from './values.js';
import { hidden, type Wrapped } from './wrapped.js';

const options: Readonly<Record<string, RegExp>> = {
  tar: /^(--(to-command|checkpoint-action|use-compress|rsh-command|info-script|new-volume-script)|-[a-zA-Z]*[IF])/,
  rsync: /^(--(rsh|rsync-path)|-[a-zA-Z]*e)/,
  scp: /^-[a-zA-Z0-9]*[SoDF]/,
  sftp: /^-[a-zA-Z0-9]*[SoDFb]/,
  split: /^--fil/,
  sort: /^--comp/,
  zip: /^(-TT|--unzip-command)/,
  nc: /^(-[a-zA-Z]*[ec]|--(sh-)?exec|--lua-exec)/,
  socat: /(exec|system|shell):/i,
  wget: /^--use-askpass|^-[a-zA-Z]*e|^--execute/,
  apt: /^(-o|--option|-c|--config)/,
  dpkg: /^--pre-invoke|^--post-invoke|^--path/,
  ip: /^(exec|-b|-batch)$/,
  openssl: /^-?(engine|provider)/,
  crontab: /^[^-]|^-$/,
};
const kin: Readonly<Record<string, string>> = {
  ncat: 'nc', netcat: 'nc', bsdtar: 'tar', gtar: 'tar', 'apt-get': 'apt', aptitude: 'apt',
}; // prettier-ignore

/** They are made to run whatever is typed or written in them. */
const editors = new Set([
  'vi',
  'vim',
  'nvim',
  'view',
  'vimdiff',
  'rvim',
  'ex',
  'ed',
  'red',
  'emacs',
  'nano',
  'pico',
  'joe',
  'mcedit',
  'gdb',
  'lldb',
]);

export function unwrapOptions(name: string, words: readonly WordValue[]): readonly Wrapped[] {
  if (editors.has(name)) return [hidden(`\`${name}\` runs what it is told to`)];
  if (name.startsWith('ld-') || name.startsWith('ld.so')) return [hidden('the loader runs another program')];
  if (/^[gmn]?awk$/.test(name)) return unwrapAwk(name, words);
  if (name === 'sed' || name === 'gsed') return unwrapSed(name, words);
  if (name === 'git') return unwrapGit(words);
  const family = Object.hasOwn(kin, name) ? kin[name]! : name;
  const pattern = Object.hasOwn(options, family) ? options[family]! : null;
  if (pattern === null) return [];
  const given = dashed(family, words.slice(1)).find(
    (word) => word.kind === 'text' && pattern.test(word.text),
  );
  return given?.kind === 'text'
    ? [hidden(`\`${name} ${given.text.slice(0, 40)}\` may run another program`)]
    : [];
}

/** The letters that stand first after `tar` need no dash. */
function dashed(family: string, words: readonly WordValue[]): readonly WordValue[] {
  const [first, ...rest] = words;
  if (family !== 'tar' || first?.kind !== 'text' || first.text.startsWith('-')) return words;
  return [{ ...first, text: `-${first.text}` }, ...rest];
}

/** A program without `system`, pipes and `getline` runs nothing; one in a file, or from a variable, may. */
function unwrapAwk(name: string, words: readonly WordValue[]): readonly Wrapped[] {
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    if (word.kind !== 'text') break;
    if (/^-[Fv]$/.test(word.text)) at++;
    else if (/^-[Fv]|^--$/.test(word.text)) continue;
    else if (word.text.startsWith('-')) break;
    else if (/system|\||getline|@/.test(word.text)) break;
    else return [];
  }
  return words.length === 1 ? [] : [hidden(`the program of \`${name}\` may run commands`)];
}

/** Substitutions, printing and deleting by line or pattern: none of them has GNU's `e`, which runs commands. */
const plainSed =
  /^\s*(?:(?:[0-9$]+|\/(?:[^/\\\n]|\\.)*\/)(?:,(?:[0-9$]+|\/(?:[^/\\\n]|\\.)*\/))?\s*!?)?\s*(?:[pdDgGhHnNPqQx=]|s([/|,#@:])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gpIi0-9]*|y([/|,#@])(?:(?!\2)[^\\\n]|\\.)*\2(?:(?!\2)[^\\\n]|\\.)*\2)?\s*$/u;

function unwrapSed(name: string, words: readonly WordValue[]): readonly Wrapped[] {
  const scripts: WordValue[] = [];
  const more = words.slice(1);
  for (const [at, word] of more.entries()) {
    if (word.kind === 'text' && /^(-[a-zA-Z]*e|--expression)$/.test(word.text))
      scripts.push(more[at + 1] ?? word);
  }
  const first = more.find(
    (word) =>
      word.kind !== 'text' ||
      !/^-[nrEsuiz]+(\.[a-z]+)?$|^--(quiet|silent|regexp-extended|in-place(=.*)?|posix)$/.test(word.text),
  );
  if (scripts.length === 0 && first !== undefined) scripts.push(first);
  const plain = scripts.every(
    (script) => script.kind === 'text' && script.text.split(';').every((part) => plainSed.test(part)),
  );
  return plain ? [] : [hidden(`the script of \`${name}\` may run commands`)];
}
