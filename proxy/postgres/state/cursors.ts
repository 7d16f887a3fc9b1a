/**
 * Mirrors the SQL-level cursors that the target holds open: what each reads, and the search path that resolved its names. A
 * cursor that is forgotten here is unknown: if masks apply, its results are masked as a whole.
 */

import { namesIn } from '../../../src/facts/sql/session/named-in.js';
import type { Shown } from './run.js';

interface Cursor {
  readonly text: string;
  readonly searchPath: readonly string[] | null;
  /** WITH HOLD: it outlives the transaction that declared it, if that commits. */
  readonly hold: boolean;
  /** Opened by Executes of the protocol. */
  readonly shown: Shown;
  /** Declared in the current transaction. */
  fresh: boolean;
}

const CURSORS_MAX = 1000;

export class Cursors {
  readonly #cursors = new Map<string, Cursor>();

  get(name: string): Cursor | undefined {
    return this.#cursors.get(name);
  }

  /** The queries of the cursors that a text may name. Under another search path their texts would mean something else. */
  textsFor(text: string, searchPath: readonly string[] | null): Map<string, string> {
    const texts = new Map<string, string>();
    if (this.#cursors.size === 0) return texts;
    for (const name of namesIn(text)) {
      const cursor = this.#cursors.get(name);
      if (cursor !== undefined && isSamePath(cursor.searchPath, searchPath)) texts.set(name, cursor.text);
    }
    return texts;
  }

  declare(name: string, cursor: Omit<Cursor, 'fresh' | 'shown'>): void {
    if (this.#cursors.size >= CURSORS_MAX) return;
    this.#cursors.set(name, { ...cursor, shown: { rows: 0, bytes: 0 }, fresh: true });
  }

  /** Null: all of them. */
  close(name: string | null): void {
    if (name === null) this.#cursors.clear();
    else this.#cursors.delete(name);
  }

  /** What the transaction declared may be gone, or only what it declared after a savepoint. */
  rolledBack(): void {
    for (const [name, { fresh }] of this.#cursors) if (fresh) this.#cursors.delete(name);
  }

  transactionEnded(): void {
    for (const [name, cursor] of this.#cursors) {
      if (cursor.hold) cursor.fresh = false;
      else this.#cursors.delete(name);
    }
  }
}

function isSamePath(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null || one.length !== other.length) return false;
  return one.every((schema, index) => schema === other[index]);
}
