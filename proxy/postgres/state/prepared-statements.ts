/** Prepared statements that the target's session holds, with their texts: those of Parse and those of PREPARE share one namespace. */
import { namesIn } from '../../../src/facts/sql/session/named-in.js';

export type Undo = () => void;

export interface Prepared {
  readonly text: string;
  /** As `SqlContext.plainOnly`, when it was prepared: the server does not read it again. */
  readonly plainOnly: boolean;
  /** Type oids as the client gave them, or as the server described them. */
  parameterTypes: readonly number[];
  /** The server has said the types of all of them. */
  described: boolean;
  /** Made by PREPARE, not by a message. */
  readonly bySql: boolean;
  /** False where it stores nothing that it is given. */
  readonly stores?: boolean;
}

/** Bounds of one session's memory. PostgreSQL has none. */
export const STATEMENTS_MAX = 10_000;
const STATEMENT_CHARACTERS_MAX = 64 * 1024 * 1024;

const NONE: ReadonlyMap<string, string> = new Map();

export class PreparedStatements {
  readonly #statements = new Map<string, Prepared>();
  #characters = 0;
  /** Code has run that may have given their names to others, since the server was asked for these. */
  #doubtful = false;

  get(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  /** Whether one more of this length fits into what the gateway keeps for a session. */
  hasRoomFor(text: string): boolean {
    return (
      this.#statements.size < STATEMENTS_MAX && this.#characters + text.length <= STATEMENT_CHARACTERS_MAX
    );
  }

  /** Null: there is none of this name any more. */
  set(name: string, statement: Prepared | null): Undo {
    const before = this.#statements.get(name) ?? null;
    this.#put(name, statement);
    // The server drops the unnamed statement before it looks at the new one; a failed Parse leaves none.
    return () => this.#put(name, before);
  }

  #put(name: string, statement: Prepared | null): void {
    this.#characters += (statement?.text.length ?? 0) - (this.#statements.get(name)?.text.length ?? 0);
    if (statement === null) this.#statements.delete(name);
    else this.#statements.set(name, statement);
  }

  /**
   * Those that a text may name in EXECUTE. A name that the text writes in another way (`U&"…"`, a doubled quote) is left out and
   * thereby unknown, and so are all where code may have put others in their place. The unnamed one cannot be said in SQL.
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

  /** PREPARE or DEALLOCATE goes out: until it is known how it ended, the name stands for nothing. Null: every name. */
  forget(name: string | null, undos: Undo[]): void {
    for (const each of name === null ? this.#named() : [name]) {
      if (this.#statements.has(each)) undos.push(this.set(each, null));
    }
  }

  /** PREPARE has ended well. SQL's EXECUTE and the protocol's Bind then find it under its name. */
  prepared(name: string, text: string): void {
    if (!this.hasRoomFor(text)) return;
    this.#put(name, { text, plainOnly: false, parameterTypes: [], described: false, bySql: true });
  }

  /** DEALLOCATE has ended well. Null: of all. */
  deallocated(name: string | null): void {
    for (const each of name === null ? this.#named() : [name]) this.#put(each, null);
  }

  /** Code runs that may put others in their place by DEALLOCATE and PREPARE. */
  doubt(): void {
    this.#doubtful = true;
  }

  /** What code may have put in the place of one is not known any more. `made`: the names that SQL has given; null if the server has not said. */
  settle(made: ReadonlySet<string> | null): void {
    if (!this.#doubtful) return;
    this.#doubtful = false;
    for (const [name, { bySql }] of this.#statements)
      if (name !== '' && (bySql || made?.has(name) !== false)) this.#put(name, null);
  }

  /** DEALLOCATE ALL leaves the unnamed statement where it is. */
  #named(): readonly string[] {
    return [...this.#statements.keys()].filter((name) => name !== '');
  }
}
