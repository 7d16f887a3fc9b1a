/** Prepared statements of the target's session with their texts. Those of Parse and PREPARE share one namespace. */
import { namesIn } from '../../../src/facts/sql/session/named-in.js';

export type Undo = () => void;

export interface Prepared {
  readonly text: string;
  /** As `SqlContext.plainOnly`, at the time of PREPARE: the server does not parse the text again. */
  readonly plainOnly: boolean;
  /** Type oids as given by the client or described by the server. */
  parameterTypes: readonly number[];
  /** The server has described all parameter types. */
  described: boolean;
  /** Made by PREPARE, not by Parse. */
  readonly bySql: boolean;
  /** False if it stores none of its values. */
  readonly stores?: boolean;
}

/** Bounds of one session's memory. PostgreSQL has none. */
export const STATEMENTS_MAX = 10_000;
const STATEMENT_CHARACTERS_MAX = 64 * 1024 * 1024;

const NONE: ReadonlyMap<string, string> = new Map();

export class PreparedStatements {
  readonly #statements = new Map<string, Prepared>();
  #characters = 0;
  /** Code has run since the server was asked for the names, and may have given them to other statements. */
  #doubtful = false;

  get(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  /** Whether one more text of this length fits into the gateway's bound for a session. */
  hasRoomFor(text: string): boolean {
    return (
      this.#statements.size < STATEMENTS_MAX && this.#characters + text.length <= STATEMENT_CHARACTERS_MAX
    );
  }

  /** Null if no statement of this name exists any more. */
  set(name: string, statement: Prepared | null): Undo {
    const before = this.#statements.get(name) ?? null;
    this.#put(name, statement);
    // The server drops the unnamed statement before it reads the new one; a failed Parse leaves none.
    return () => this.#put(name, before);
  }

  #put(name: string, statement: Prepared | null): void {
    this.#characters += (statement?.text.length ?? 0) - (this.#statements.get(name)?.text.length ?? 0);
    if (statement === null) this.#statements.delete(name);
    else this.#statements.set(name, statement);
  }

  /**
   * The statements that a text may name in EXECUTE. A name that the text writes in another way (`U&"…"`, a doubled quote) is
   * left out and thereby unknown. So are all names if code may have replaced their statements. SQL cannot name the unnamed
   * statement.
   */
  namedIn(text: string): ReadonlyMap<string, string> {
    if (this.#statements.size === 0 || this.#doubtful || !/execute/i.test(text)) return NONE;
    const named = new Map<string, string>();
    for (const name of namesIn(text)) {
      const statement = name === '' ? undefined : this.#statements.get(name);
      if (statement !== undefined && !statement.plainOnly) named.set(name, statement.text);
    }
    return named;
  }

  /** PREPARE or DEALLOCATE is forwarded: until its outcome is known, the name resolves to nothing. Null: every name. */
  forget(name: string | null, undos: Undo[]): void {
    for (const each of name === null ? this.#named() : [name]) {
      if (this.#statements.has(each)) undos.push(this.set(each, null));
    }
  }

  /** PREPARE ended well. SQL's EXECUTE and the protocol's Bind now find the statement under its name. */
  prepared(name: string, text: string): void {
    if (!this.hasRoomFor(text)) return;
    this.#put(name, { text, plainOnly: false, parameterTypes: [], described: false, bySql: true });
  }

  /** DEALLOCATE ended well. Null: of all statements. */
  deallocated(name: string | null): void {
    for (const each of name === null ? this.#named() : [name]) this.#put(each, null);
  }

  /** Code runs that may replace statements by DEALLOCATE and PREPARE. */
  doubt(): void {
    this.#doubtful = true;
  }

  /**
   * Statements that code may have replaced are no longer known. `made`: the names that SQL has given; null if the server has
   * not said.
   */
  settle(made: ReadonlySet<string> | null): void {
    if (!this.#doubtful) return;
    this.#doubtful = false;
    for (const [name, { bySql }] of this.#statements)
      if (name !== '' && (bySql || made?.has(name) !== false)) this.#put(name, null);
  }

  /** DEALLOCATE ALL keeps the unnamed statement. */
  #named(): readonly string[] {
    return [...this.#statements.keys()].filter((name) => name !== '');
  }
}
