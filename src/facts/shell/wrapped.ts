/** What a command runs besides itself. */
import type { WordValue } from './values.js';

/** What is set in the environment of a command. */
export interface Assigned {
  readonly name: string;
  readonly value: WordValue;
}

export type Wrapped =
  | {
      readonly kind: 'command';
      readonly words: readonly WordValue[];
      readonly assigned?: readonly Assigned[];
      readonly user?: string | null;
      readonly host?: string | null;
    }
  /** Text for a shell. `later`: it is run when something else happens, or in place of something else. */
  | {
      readonly kind: 'code';
      readonly text: string;
      readonly user?: string | null;
      readonly host?: string | null;
      readonly later?: boolean;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a command is given: its words, its name first, and what it reads. */
export interface Invocation {
  readonly words: readonly WordValue[];
  /** The text on its standard input, if that is written out. */
  readonly input: string | null;
}

export const hidden = (reason: string): Wrapped => ({ kind: 'unknown', reason });

/** Words joined by blanks, as `eval` and `ssh` do; unknown if one of them is. */
export function joinedCode(
  words: readonly WordValue[],
  reason: string,
  where: { readonly user?: string | null; readonly host?: string | null } = {},
): Wrapped {
  const texts: string[] = [];
  for (const word of words) {
    if (word.kind !== 'text') return hidden(reason);
    texts.push(word.text);
  }
  return { kind: 'code', text: texts.join(' '), ...where };
}

/** What a path ends with: the name of a program. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
