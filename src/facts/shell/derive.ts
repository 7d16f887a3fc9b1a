/** From shell text to facts. Pure: the same text gives the same facts. */
import type { ValueObject } from '../../values/value.js';
import { createArithmetic, runsCode } from './arithmetic.js';
import { collectArgv, collectText } from './collect.js';
import type { Gathered, Where } from './entry.js';
import { shellFacts, unknownShell } from './facts.js';
import { ShellRefusal } from './syntax.js';
import type { WordValue } from './values.js';

export { unknownShell } from './facts.js';

/** UTF-16 units of one text. */
const unitsMax = 64 * 1024;
const outermost: Where = {
  place: 'command',
  parent: null,
  background: false,
  user: undefined,
  host: undefined,
  depth: 0,
  joined: undefined,
};

/** Text for a POSIX shell, as `sh -c` takes it. Never throws: what cannot be worked out is unknown in the answer. */
export function deriveShell(text: string): ValueObject {
  if (text.length > unitsMax) return unknownShell('the text is too long');
  if (text.includes('\0')) return unknownShell('the text contains a NUL character');
  if (/\p{Surrogate}/u.test(text)) return unknownShell('the text is not valid Unicode');
  return gather((gathered) => collectText(gathered, text, outermost));
}

/**
 * Commands whose words are certain or marked, as `docker exec` and `kubectl exec` take them: no shell reads them first.
 * Null for a command of which nothing is known.
 */
export function deriveArgv(commands: readonly (readonly WordValue[] | null)[]): ValueObject {
  return gather((gathered) => {
    for (const words of commands) {
      if (words === null) gathered.hidden.add('the words of a command are not known');
      else collectArgv(gathered, words, outermost);
    }
  });
}

function gather(collect: (gathered: Gathered) => void): ValueObject {
  const gathered: Gathered = {
    entries: [],
    hidden: new Set(),
    arithmetic: createArithmetic(),
    pipelines: 0,
    unitsLeft: 2 * unitsMax,
  };
  try {
    collect(gathered);
    if (runsCode(gathered.arithmetic)) gathered.hidden.add('arithmetic may run what a variable holds');
    return shellFacts(gathered);
  } catch (error) {
    // A stack that ran out is the text's doing; anything else is our bug. All deny.
    if (error instanceof ShellRefusal) return unknownShell(error.message);
    return unknownShell(
      error instanceof RangeError ? 'the text nests too deep' : 'the text cannot be worked out',
    );
  }
}
