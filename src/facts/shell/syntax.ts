/** The tree of a piece of shell text, as POSIX names its parts (XCU 2.9, "Shell Commands"). Offsets are UTF-16 units. */

/** A text that is not followed: nothing is known of it then. */
export class ShellRefusal extends Error {}

export interface Script {
  readonly items: readonly Item[];
}

/** An and-or list: its pipelines are joined by `&&` and `||`, and which of them run is not known. */
export interface Item {
  readonly pipelines: readonly Pipeline[];
  readonly background: boolean;
}

export interface Pipeline {
  readonly commands: readonly Command[];
}

export type Command =
  | SimpleCommand
  /** Everything with a body: its lists in order, the words it expands, its redirections. */
  | {
      readonly kind: 'compound';
      readonly form: 'group' | 'subshell' | 'if' | 'loop' | 'for' | 'case';
      readonly start: number;
      readonly end: number;
      readonly words: readonly Word[];
      /** For \`for\`: the variable, and whether all of its values are numbers. */
      readonly variable?: { readonly name: string; readonly numeric: boolean };
      readonly bodies: readonly Script[];
      readonly redirects: readonly Redirect[];
    }
  | {
      readonly kind: 'function';
      readonly start: number;
      readonly end: number;
      readonly name: string;
      readonly body: Command;
    }
  /** `((…))` and `[[ … ]]`, which only some shells know. */
  | {
      readonly kind: 'expression';
      readonly form: '((' | '[[';
      readonly start: number;
      readonly end: number;
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    };

export interface SimpleCommand {
  readonly kind: 'simple';
  readonly start: number;
  readonly end: number;
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

export interface Assignment {
  readonly name: string;
  /** The value, or the members of an array. */
  readonly values: readonly Word[];
  /** Substitutions in the subscript of `name[…]=`. */
  readonly subscript: readonly Part[];
  /** Not a plain `name=value`: an array, a subscript, `+=`. */
  readonly partial: boolean;
}

export interface Word {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  /** `$x`, `${x…}`: `inner` holds what stands inside the braces. */
  | {
      readonly kind: 'parameter';
      readonly name: string;
      /** The text after the name inside the braces, as written; empty for `$x` and `${x}`. */
      readonly operator: string;
      readonly quoted: boolean;
      readonly inner: readonly Part[];
    }
  | { readonly kind: 'command'; readonly quoted: boolean; readonly script: Script }
  /** Between backquotes: the text once its backslashes are removed, to be read anew. */
  | {
      readonly kind: 'backquote';
      readonly quoted: boolean;
      readonly text: string;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'process'; readonly script: Script }
  | {
      readonly kind: 'arithmetic';
      readonly quoted: boolean;
      readonly text: string;
      readonly inner: readonly Part[];
    }
  /** Parts that the shell replaces by file names, home directories, or several words. */
  | { readonly kind: 'pattern'; readonly sign: '*' | '?' | '[' | '~' | '{' }
  /** `$"…"`: a translation. */
  | { readonly kind: 'translated'; readonly inner: readonly Part[] };

export interface Redirect {
  readonly operator: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '&>' | '&>>' | '<<' | '<<-' | '<<<';
  readonly descriptor: number | null;
  readonly target: Word;
  /** The body of a here-document, once it is read. */
  body: HereDocument | null;
}

export interface HereDocument {
  readonly parts: readonly Part[];
}
