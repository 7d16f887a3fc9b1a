/**
 * The schema as the session sees it. DDL of an open transaction is visible to its session only, so what a command needs of it is read in the client's own session. After the transaction has ended, the shared catalogue contains it.
 *
 *     change ─▶ unread ──(a command needs a name)──▶ taken ─▶ catalogue
 *        └────▶ touched ──(the transaction ends)──▶ published
 */
import type { OwnRelation, SessionChange } from '../../../src/facts/sql/scope/analysis.js';
import { mergeDeltas, withDelta, type CatalogueDelta } from '../../../src/facts/sql/catalogue/delta.js';
import type { Catalogue, Relation } from '../../../src/facts/sql/catalogue/catalogue.js';
import { withCreated } from '../../../src/facts/sql/session/own-relations.js';
import {
  anyChange,
  changeOf,
  mayDiffer,
  mergeChanges,
  noChange,
  withRead,
} from '../../../src/facts/sql/catalogue/schema-change.js';
import type { SchemaChange } from '../../../src/facts/sql/catalogue/schema-change.js';

const OWN_RELATIONS_MAX = 500;
const TEMPORARY = 'pg_temp';

type Ddl = SessionChange & { readonly kind: 'ddl' };

export class SchemaView {
  /**
   * Objects that the session created, according to its texts, and that were not read: temporary relations, and those of this
   * transaction.
   */
  own: readonly OwnRelation[] = [];
  /** What this transaction has also changed for others. */
  #touched = noChange;
  /** What the session has changed since it was last read. */
  #unread = noChange;
  #read: CatalogueDelta | null = null;
  /** Whether this transaction has changed anything, including temporary relations. */
  #changed = false;
  #hidesRelations = false;
  /** Bare names of temporary relations. Only this session sees them, and they survive the transaction. */
  #temporary: ReadonlySet<string> = new Set();
  #merged: { readonly own: SchemaChange; readonly shared: SchemaChange; readonly both: SchemaChange } | null =
    null;

  change({ changes, creates = [], temporary, discards }: Ddl): void {
    if (discards === true) this.#discard();
    const made = creates.filter(({ schema }) => schema === TEMPORARY).map(({ name }) => name);
    if (made.length > 0) this.#temporary = new Set([...this.#temporary, ...made]);
    this.#changed = true;
    if (temporary !== true) this.#touched = mergeChanges(this.#touched, changes);
    this.#unread = mergeChanges(this.#unread, changes);
    // It is not yet known whether they will exist: other meanings of their names count as well.
    this.own = withCreated(this.own, creates).slice(-OWN_RELATIONS_MAX);
  }

  /** Code has run that may have changed anything. */
  changeAnything(): void {
    this.#changed = true;
    this.#hidesRelations = true;
    this.#touched = mergeChanges(this.#touched, anyChange);
    this.#unread = mergeChanges(this.#unread, anyChange);
  }

  /** Code of the session may have created temporary relations with unknown names. */
  get hidesRelations(): boolean {
    return this.#hidesRelations;
  }

  /** Overlays the shared catalogue. */
  catalogue(shared: Catalogue | null): Catalogue | null {
    return shared === null || this.#read === null ? shared : withDelta(shared, this.#read);
  }

  /** Changes that `catalogue` does not contain, made by this session or, according to `shared`, by others. */
  changed(shared: SchemaChange): SchemaChange {
    const own = this.#unread;
    if (own === noChange) return shared;
    if (this.#merged?.own !== own || this.#merged.shared !== shared)
      this.#merged = { own, shared, both: mergeChanges(own, shared) };
    return this.#merged.both;
  }

  /** Whether the session must read any of these itself. */
  mustRead(names: readonly string[]): boolean {
    return names.some((name) => mayDiffer(this.#unread, name));
  }

  /** The result of reading them in the session itself. */
  taken(delta: CatalogueDelta): void {
    this.#read = this.#read === null ? delta : mergeDeltas(this.#read, delta);
    this.#unread = withRead(this.#unread, delta.replaced);
    this.own = this.own.filter(({ name }) => !delta.replaced.has(name));
  }

  /** Part of the transaction was rolled back: what it read may be gone, and earlier objects are back. */
  rolledBack(): void {
    this.#read = null;
    const temporary = changeOf({ renamed: this.#temporary });
    this.#unread = mergeChanges(mergeChanges(this.#unread, this.#touched), temporary);
  }

  /** The transaction has ended, by commit or rollback: returns what it may have changed for others. */
  ended(): SchemaChange {
    if (!this.#changed) return noChange;
    const touched = this.#touched;
    this.#changed = false;
    this.#touched = noChange;
    this.#read = null;
    this.own = this.own.filter(({ schema }) => schema === TEMPORARY);
    // Temporary relations are unchanged or were dropped with their transaction: no catalogue contains them.
    this.#unread = changeOf({ renamed: this.#temporary });
    return touched;
  }

  /** For the record: objects that the session created and the shared catalogue lacks. */
  made(shared: Catalogue | null): readonly OwnRelation[] {
    if (this.#read === null) return this.own;
    const known = new Set(shared?.relations.map(({ schema, name }) => `${schema}\u0000${name}`));
    const read = this.#read.relations.filter(({ schema, name }) => !known.has(`${schema}\u0000${name}`));
    return withCreated(this.own, read.map(asOwn)).slice(-OWN_RELATIONS_MAX);
  }

  #discard(): void {
    this.own = this.own.filter(({ schema }) => schema !== TEMPORARY);
    this.#unread = mergeChanges(this.#unread, changeOf({ renamed: this.#temporary }));
    this.#temporary = new Set();
  }
}

function asOwn({ schema, name, kind, columns }: Relation): OwnRelation {
  return {
    schema,
    name,
    kind: kind === 'table' ? 'table' : 'other',
    columns: columns.map((column) => column.name),
  };
}
