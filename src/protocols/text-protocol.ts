/** Protocols whose commands are read from their text alone, as in test rows. */
import type { Builtin } from '../engine/builtins/define/builtin.js';
import type { CommandRow } from '../../grammar/ast.js';
import type { Facts } from '../engine/policy.js';
import type { ValueObject } from '../values/value.js';
import { PlainMeaning } from './plain-meaning.js';
import type { Protocol } from './protocol.js';

export interface TextProtocol {
  readonly name: string;
  readonly row: CommandRow['protocol'];
  readonly builtin: Builtin;
  readonly roots: (text: string, given: Facts) => ValueObject;
  /** The program name that may begin a command line; it is not an argument. */
  readonly program?: string;
}

export function textProtocol({ name, row, builtin, roots, program }: TextProtocol): Protocol {
  const typed = program === undefined ? null : new RegExp(`^\\s*${program}\\s+`);
  return {
    name,
    row,
    builtin,
    hasDatabases: false,
    read: (text, given) => new PlainMeaning(roots(text, given)),
    // Nothing records them yet, so no recording is valid.
    readRecorded: () => null,
    show: () => null,
    liftable: [],
    fromCommandLine: (text) => (typed === null ? text : text.replace(typed, '')),
  };
}
