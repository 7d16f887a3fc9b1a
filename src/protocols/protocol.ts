/** One entry of the list of protocols: everything that live traffic, replay, `policy explain` and test rows share. */
import type { CommandRow } from '../../grammar/ast.js';
import type { Builtin } from '../engine/builtins/define/builtin.js';
import type { Facts } from '../engine/policy.js';
import type { Phase } from '../facts/command.js';
import type { Meaning } from './meaning.js';
import type { World } from './world.js';

/** A command as a recording has it. */
export interface RecordedCommand {
  readonly text: string;
  readonly phase: Phase;
  readonly parameters?: readonly unknown[] | undefined;
  readonly context: object;
}

/** A recorded result for people. */
export interface ShownResult {
  /** `SELECT 3`, `200 OK`; may be empty. */
  readonly summary: string;
  readonly message: string | null;
  readonly table: {
    readonly columns: readonly string[];
    readonly rows: readonly (readonly (string | null)[])[];
  } | null;
  /** The table is not the whole result. */
  readonly more: boolean;
}

export interface Protocol {
  /** Its name in facts and recordings, and the type of its targets: `postgres`. */
  readonly name: string;
  /** The word that opens its rows in tests, and `--protocol` of `policy explain`: `sql`. */
  readonly row: CommandRow['protocol'];
  /** Its targets have databases: an unconfigured target is taken for a database of the same name. */
  readonly hasDatabases: boolean;
  /** `facts.sql`: its facts for tests. */
  readonly builtin: Builtin;
  /** The meaning of a command as a test row writes it, outside of any session. `given` are the facts so far. */
  read(text: string, given: Facts, world: World): Meaning;
  /** The same for a recorded command. Null if its context has another shape than this protocol's. */
  readRecorded(command: RecordedCommand, world: World): Meaning | null;
  /** A recorded `detail` for people. Null if it has another shape. */
  show(detail: unknown): ShownResult | null;
  /** Fixed rules that rules may lift: replay decides them again. */
  readonly liftable: readonly string[];
  /** Converts a typed command line to the text of a test row. */
  fromCommandLine(text: string): string;
}
