/** Git runs programs by configuration and by options; hooks and aliases of a repository are not seen at all. */
import { textAt } from './options.js';
import type { WordValue } from './values.js';
import { hidden, type Wrapped } from './wrapped.js';

/** By subcommand: the words with which it runs something. */
const running: Readonly<Record<string, RegExp>> = {
  bisect: /^run$/,
  clone: /^(-u|--upload-pack|-c|--config)/,
  difftool: /./,
  fetch: /^--upload-pack/,
  'filter-branch': /./,
  grep: /^(-O|--open-files-in-pager)/,
  'ls-remote': /^--(upload-pack|exec)/,
  mergetool: /./,
  pull: /^--upload-pack/,
  push: /^--(receive-pack|exec)/,
  rebase: /^(-x|--exec)/,
  submodule: /^foreach$/,
  config: /^[^-]/,
};

export function unwrapGit(words: readonly WordValue[]): readonly Wrapped[] {
  const runs = hidden('`git` may run another program');
  let at = 1;
  for (; at < words.length && textAt(words, at)?.startsWith('-') !== false; at++) {
    const text = textAt(words, at);
    if (text === null || /^(-c|--config-env|--exec-path=|--paginate|-p$)/.test(text)) return [runs];
    if (/^(-C|--git-dir|--work-tree|--namespace)$/.test(text)) at++;
  }
  const command = textAt(words, at) ?? '';
  const pattern = Object.hasOwn(running, command) ? running[command]! : null;
  const rest = [...words.slice(at + 1).keys()].map((index) => textAt(words, at + 1 + index) ?? '');
  const found = rest.some((text) => pattern?.test(text) === true || text.startsWith('ext::'));
  return found || (pattern?.source === '.' && rest.length === 0) ? [runs] : [];
}
