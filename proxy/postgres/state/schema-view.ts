/**
 * The schema as the session sees it. DDL of a transaction under way is there for the session and for nobody else: what a command
 * needs of it is read in the client's own session. When the transaction has ended, the catalogue that all sessions share has it.
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
  /** What the session has made itself, as its texts tell, and nobody has read: temporary relations, and this transaction's. */
  own: readonly OwnRelation[] = [];
  /** What this transaction has changed for others, too. */
  #touched = noChange;
  /** What the session has changed, and was not read since. */
  #unread = noChange;
  #read: CatalogueDelta | null = null;
  /** Whether this transaction has changed anything, temporary relations included. */
  #changed = false;
  #hidesRelations = false;
  /** Bare names of temporary relations, which only this session sees, and which stay when a transaction ends. */
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
    // Whether they come to be is not known yet: what else their names can mean counts as well.
    this.own = withCreated(this.own, creates).slice(-OWN_RELATIONS_MAX);
  }

  /** Code has run that may have changed anything. */
  changeAnything(): void {
    this.#changed = true;
    this.#hidesRelations = true;
    this.#touched = mergeChanges(this.#touched, anyChange);
    this.#unread = mergeChanges(this.#unread, anyChange);
  }

  /** Code of the session may have made temporary relations, of which nobody knows the names. */
  get hidesRelations(): boolean {
    return this.#hidesRelations;
  }

  /** Over the catalogue that all sessions share. */
  catalogue(shared: Catalogue | null): Catalogue | null {
    return shared === null || this.#read === null ? shared : withDelta(shared, this.#read);
  }

  /** What was changed and is not in `catalogue`, by this session or, as `shared` says, by others. */
  changed(shared: SchemaChange): SchemaChange {
    const own = this.#unread;
    if (own === noChange) return shared;
    if (this.#merged?.own !== own || this.#merged.shared !== shared)
      this.#merged = { own, shared, both: mergeChanges(own, shared) };
    return this.#merged.both;
  }

  /** Whether the session must read any of these for itself. */
  mustRead(names: readonly string[]): boolean {
    return names.some((name) => mayDiffer(this.#unread, name));
  }

  /** What was read of them in the session itself. */
  taken(delta: CatalogueDelta): void {
    this.#read = this.#read === null ? delta : mergeDeltas(this.#read, delta);
    this.#unread = withRead(this.#unread, delta.replaced);
    this.own = this.own.filter(({ name }) => !delta.replaced.has(name));
  }

  /** Part of the transaction was taken back: what was read in it may be gone, and what was there before is there again. */
  rolledBack(): void {
    this.#read = null;
    const temporary = changeOf({ renamed: this.#temporary });
    this.#unread = mergeChanges(mergeChanges(this.#unread, this.#touched), temporary);
  }

  /** The transaction has ended, well or not: what it may have changed for others. */
  ended(): SchemaChange {
    if (!this.#changed) return noChange;
    const touched = this.#touched;
    this.#changed = false;
    this.#touched = noChange;
    this.#read = null;
    this.own = this.own.filter(({ schema }) => schema === TEMPORARY);
    // Temporary relations are there as before, or were dropped with their transaction: no catalogue has them.
    this.#unread = changeOf({ renamed: this.#temporary });
    return touched;
  }

  /** Of the record: what the session has made and the shared catalogue does not have. */
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
