/** Variables that shells evaluate: what they hold runs, or decides what runs, without a command that says so. */
import type { Entry } from './entry.js';
import { textAt } from './options.js';

/** Bash expands PS4 before each command it traces, reads the file of BASH_ENV, and takes functions from `BASH_FUNC_…`; Zsh runs NULLCMD. */
const evaluated = /^(PS4|BASH_ENV|BASH_FUNC_.*|(READ)?NULLCMD)$/s;
const setters = new Set([
  'read',
  'printf',
  'mapfile',
  'readarray',
  'getopts',
  'declare',
  'typeset',
  'local',
  'readonly',
  'export',
]);

/** Why more may run than is listed; null if there is no such reason. */
export function evaluatedVariable({ words, assignments }: Entry): string | null {
  const sets = setters.has(textAt(words, 0) ?? '');
  const named = words.flatMap((word) => {
    if (word.kind !== 'text') return [];
    const equals = word.text.indexOf('=');
    return equals >= 0 ? [word.text.slice(0, equals)] : sets ? [word.text] : [];
  });
  const found = [...assignments.map(({ name }) => name), ...named].find((name) => evaluated.test(name));
  return found === undefined ? null : `shells run what \`${found}\` holds`;
}
