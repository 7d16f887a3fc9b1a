/** Commands while they are gathered from a text. */
import type { Arithmetic } from './arithmetic.js';
import type { WordValue } from './values.js';

export type Place = 'command' | 'substitution' | 'function' | 'wrapped' | 'code' | 'later';

export interface Entry {
  /** Its words; empty if a line only assigns or redirects. */
  readonly words: readonly WordValue[];
  readonly assignments: readonly { readonly name: string; readonly value: WordValue }[];
  readonly redirects: readonly EntryRedirect[];
  readonly pipeline: number;
  readonly position: number;
  readonly place: Place;
  /** The index of the command that it stands in, or that runs it. */
  readonly parent: number | null;
  readonly background: boolean;
  readonly user: string | null | undefined;
  readonly host: string | null | undefined;
}

export interface EntryRedirect {
  /** `descriptor`: it is closed, or made the same as another one; no file is opened. */
  readonly access: 'read' | 'write' | 'append' | 'read_write' | 'text' | 'descriptor';
  readonly descriptor: number;
  /** A path, or the text of a here-document. */
  readonly value: WordValue;
}

/** The context of a command. */
export type Where = Pick<Entry, 'place' | 'parent' | 'background' | 'user' | 'host'> & {
  /** How many texts stand in texts here. */
  readonly depth: number;
  /** The pipeline around a group: its commands read and write the same pipes. */
  readonly joined: { readonly pipeline: number; next: number } | undefined;
};

export interface Gathered {
  readonly entries: Entry[];
  /** Why more commands may run than are listed. */
  readonly hidden: Set<string>;
  readonly arithmetic: Arithmetic;
  pipelines: number;
  /** UTF-16 units that may still be read, with all texts inside of texts. */
  unitsLeft: number;
}
