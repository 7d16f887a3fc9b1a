/**
 * Commands with options that hold code, or name a program to run: most of them are lesser-known ways from an allowed program to
 * another one. If such an option is given, what runs is not followed.
 */
import { unwrapGit } from './git.js';
import { textAt } from './options.js';
import type { WordValue } from './values.js';
import { hidden, type Wrapped } from './wrapped.js';

const options: Readonly<Record<string, RegExp>> = {
  tar: /^(--(to-c|checkpoint-a|us|rsh|inf|new-)|-[a-zA-Z]*[IF])/,
  rsync: /^(--rs|-[a-zA-Z]*e)/,
  scp: /^-[a-zA-Z0-9]*[SoDF]/,
  sftp: /^-[a-zA-Z0-9]*[SoDFb]/,
  split: /^--f/,
  sort: /^--co/,
  zip: /^(-TT|--unzip-command)/,
  nc: /^(-[a-zA-Z]*[ec]|--(sh-)?exec|--lua-exec)/,
  socat: /(exec|system|shell):/i,
  wget: /^--(us|ex)|^-[a-zA-Z]*e/,
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
  'sudoedit',
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
  // The end of `rsync` that the other one starts: what follows `-e` there is a version.
  if (pattern === null || (name === 'rsync' && textAt(words, 1) === '--server')) return [];
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

/** Options that hold no script; `-e` stands before one. */
const sedOption = /^(-[nrEsuiz]+|-i\.[a-z]+|--(quiet|silent|regexp-extended|in-place(=[.a-z]*)?|posix))$/;
const sedExpression = /^(-[nrEsuz]*e|--expression)$/;

function unwrapSed(name: string, words: readonly WordValue[]): readonly Wrapped[] {
  const scripts: (string | null)[] = [];
  let operand: string | null | undefined;
  for (let at = 1; at < words.length; at++) {
    const text = textAt(words, at);
    if (text !== null && sedExpression.test(text)) scripts.push(textAt(words, ++at));
    else if (text !== null && /^-./.test(text) && !sedOption.test(text)) scripts.push(null);
    else if (text === null || !text.startsWith('-')) operand = operand === undefined ? text : operand;
  }
  if (scripts.length === 0 && operand !== undefined) scripts.push(operand);
  const plain = scripts.every(
    (script) =>
      script !== null && script.split(';').every((part) => part.length < 1000 && plainSed.test(part)),
  );
  return plain ? [] : [hidden(`the script of \`${name}\` may run commands`)];
}
