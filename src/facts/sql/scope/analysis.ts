/**
 * What is known of one SQL text: the facts that rules read, and what the gateway itself needs to act on the decision (the origins
 * of result columns, changes of session state). Derived by `deriveSql` in derive.ts.
 */
import type { Value, ValueObject } from '../../../values/value.js';
import type { Catalogue, CatalogueFunction, ColumnName, QualifiedName } from '../catalogue/catalogue.js';
import type { SchemaChange } from '../catalogue/schema-change.js';
import type { Literals } from './literals.js';

/** The session state that changes what a text means. */
export interface SqlContext {
  /** Null if none is known: `*` is then not expanded and unqualified names mean the first schema of the path. */
  readonly catalogue: Catalogue | null;
  /** Explicit schemas in order; `pg_catalog` is searched first if it is not among them. Null: not known now. */
  readonly searchPath: readonly string[] | null;
  /** SQL-level and protocol-level named statements by name. A name that is missing makes EXECUTE unknown. */
  readonly prepared: ReadonlyMap<string, string>;
  readonly transaction: 'idle' | 'open' | 'failed';
  /**
   * Queries of open SQL-level cursors by name, as `declare-cursor` changes give them. If omitted, cursors are not followed: the
   * result of FETCH is unknown, and declaring a cursor counts as moving its values.
   */
  readonly cursors?: ReadonlyMap<string, string> | undefined;
  /** What was changed since the catalogue was read: facts and lineage that depend on it are unknown. */
  readonly changed?: SchemaChange;
  /** Relations that the session itself created, as far as its text tells, and the catalogue does not have. */
  readonly own?: readonly OwnRelation[];
  /**
   * `standard_conforming_strings` is off, or the text is in another encoding than UTF-8, or that may be so: a text with
   * backslashes or characters beyond ASCII is then not understood.
   */
  readonly plainOnly?: boolean;
  /** Relations that count as ordinary tables although the catalogue does not have them: to ask how rules decide about them. */
  readonly assumed?: readonly QualifiedName[];
  /** Functions without parameters that statements before this one in the same text have made in `pg_temp`. */
  readonly functions?: readonly CatalogueFunction[] | undefined;
  /** Types of the parameters that are not the server's own, by oid: Bind reads their values, and checks those of domains. */
  readonly parameterTypes?: readonly number[] | undefined;
  /** Tables that statements before this one in the same text have altered, with the columns that they have now. */
  readonly shapes?: readonly OwnRelation[] | undefined;
  /** The database user of the session. Omitted if it is not known, or may change. */
  readonly user?: SessionUser | undefined;
  /** Bound values of an extended-protocol Execute; null before they are bound (each is then unknown). */
  readonly parameters: readonly Value[] | null;
}

export interface SessionUser {
  /** `current_user` and `session_user`: they differ if the target sets a role for the user at login. */
  readonly current: string;
  readonly session: string;
  /** A schema with the name of `current` is there and may be used: `$user` in a path stands for it, or for nothing. */
  readonly schema: boolean;
  /** The user has changed since the session began: a reset changes it again. */
  readonly other?: true;
}

/** A relation that a statement of the session has made. It may be gone again: another of its name is then meant. */
export interface OwnRelation {
  /** `pg_temp` of a temporary one. */
  readonly schema: string;
  readonly name: string;
  /** `other`: a view, or what else is not simply a table. */
  readonly kind: 'table' | 'other';
  /** Null if they were not written out, or may have changed since. */
  readonly columns: readonly string[] | null;
}

export interface SqlAnalysis {
  /** The `sql` root of the facts. Its shape is `src/facts/schema/sql.ts`. */
  readonly sql: ValueObject;
  /** The top-level statements in order. Empty for an empty text and if `error` is set. */
  readonly statements: readonly AnalysedStatement[];
  /**
   * Offsets of integers in the text on which nothing here depends but `text` itself (see inert.ts). Empty if the text holds more
   * than one statement, changes the session, or is not understood.
   */
  readonly inert: ReadonlySet<number>;
  /** It names a relation, column or function that the catalogue does not have: that may be newer than the catalogue. */
  readonly missing: boolean;
  /** Relations that the catalogue does not have and without which the server does not begin with the first statement. */
  readonly absent?: readonly AbsentRelation[];
  /** Every name that was looked up in the catalogue: under another in which these are the same, it means the same. */
  readonly names: ReadonlySet<string>;
  /** Names that it depends on and that were changed since the catalogue was read: read again, they may give other facts. */
  readonly unread: readonly string[];
  /** Why nothing could be established (it does not parse, it is too large); then `sql.statements` is unknown. */
  readonly error: string | null;
  /** The position of a syntax error: UTF-16 units from the beginning of the text. */
  readonly errorAt?: number;
  /** The cost of deriving it, in steps (see budget.ts). Omitted if it came from the cache. */
  readonly steps?: number;
  /** It is not worked out because that would be too much work. */
  readonly excess?: true;
}

/** Where a relation of this name would be, and the name that the server's error gives it. */
export interface AbsentRelation extends QualifiedName {
  readonly written: string;
}

/** One top-level statement, for the gateway. Nested ones (data-modifying CTEs, the body of EXPLAIN) are in the facts. */
export interface AnalysedStatement {
  readonly verb: string;
  readonly output: OutputLineage;
  /** Columns whose values this statement moves into a place of the server: INSERT … SELECT, SELECT INTO, UPDATE SET. */
  readonly moved: readonly ColumnName[] | 'unknown';
  /** Columns tested in predicates, joins, grouping and ordering, and those that decide how many rows a function answers. */
  readonly filtered: readonly ColumnName[] | 'unknown';
  /** Values of the text itself that it puts into a place of the server; `unknown`: any of them may be. Left out: none. */
  readonly stored?: Literals | 'unknown';
  /** Columns of rows that are there already, with the values of the text that they may be set to. Left out: none. */
  readonly overwritten?: readonly Overwritten[];
  /** Columns that it sets to something worked out from themselves: a mask that shows a part would show another. Left out: none. */
  readonly reshaped?: readonly ColumnName[];
  readonly copy: CopyClause | null;
  /** Tables that it reads, writes or filters by, in itself and in what it sets off. */
  readonly touched?: readonly { readonly schema: string; readonly name: string }[];
  readonly effects: ReadonlySet<string>;
  /** It touches or runs what is not known: with more than is said here. */
  readonly opaque?: boolean;
  readonly session: readonly SessionChange[];
}

export interface Overwritten {
  /** The column under each of its names: of a view, those of the columns below it, too. */
  readonly columns: readonly ColumnName[];
  readonly literals: Literals;
}

/**
 * The origins of the result columns, in the order of RowDescription; for COPY … TO, in the order of its fields. If the number of
 * fields differs from the number of columns here, the order is not known.
 */
export type OutputLineage =
  | { readonly kind: 'none' }
  | { readonly kind: 'columns'; readonly columns: readonly OutputColumn[] }
  /**
   * The columns cannot be counted or traced: `*` without a catalogue, EXECUTE of an unknown statement. For CALL, `from` has every
   * column whose value can reach them.
   */
  | { readonly kind: 'unknown'; readonly reason: string; readonly from?: readonly ColumnName[] };

export interface OutputColumn {
  readonly name: string;
  /** Every column whose value can reach this one; `unknown` if code that only the server knows is in between. */
  readonly sources: readonly ColumnName[] | 'unknown';
  /** If not all of them are known: why, and those that are. */
  readonly reason?: string;
  readonly known?: readonly ColumnName[];
  /** It names a column that is not there, of which the server says so itself. */
  readonly absent?: true;
  /** False if it is a source's value itself, unchanged. A view's column has further names: its own comes first. */
  readonly derived: boolean;
}

export interface CopyClause {
  readonly direction: 'in' | 'out';
  /** `file` and `program` are the server's own. */
  readonly with: 'client' | 'file' | 'program';
  /** `other` is one that an extension brings: what it looks like is not known. */
  readonly format: 'text' | 'csv' | 'binary' | 'other';
  readonly delimiter: string;
  readonly header: boolean;
  /** The QUOTE, ESCAPE and NULL options as written, if given. */
  readonly quote?: string;
  readonly escape?: string;
  readonly nullText?: string;
  /** Columns whose values are quoted whatever they are: `all` is FORCE_QUOTE *. */
  readonly forceQuote?: readonly string[] | 'all';
  readonly encoding?: string;
}

/**
 * A change to the session that the gateway follows or refuses.
 *
 * `set` with the name `*` is every setting at once, or one whose name only the server computes; `value` is null if it returns to
 * its default or is not known, and `computed` says that it is computed at run time. `unchanged` says that it is the value that
 * the session has. For `prepare` and `declare-cursor`, `text` is the statement or query after AS or FOR, as `SqlContext.prepared`
 * and `cursors` take it.
 */
export type SessionChange =
  | {
      readonly kind: 'set';
      readonly name: string;
      readonly value: string | null;
      readonly local: boolean;
      readonly computed?: boolean;
      readonly unchanged?: boolean;
    }
  | { readonly kind: 'prepare'; readonly name: string; readonly text: string }
  | { readonly kind: 'deallocate'; readonly name: string | null }
  /** `hold`: it may outlive its transaction. */
  | { readonly kind: 'declare-cursor'; readonly name: string; readonly text: string; readonly hold: boolean }
  /** Null: all of them. */
  | { readonly kind: 'close-cursor'; readonly name: string | null }
  /** DDL: what of the catalogue is no longer as it was read, and what is new. */
  | {
      readonly kind: 'ddl';
      readonly changes: SchemaChange;
      readonly creates?: readonly OwnRelation[];
      /** Tables whose columns are still known to the rest of the text, as `SqlContext.shapes`. */
      readonly shapes?: readonly OwnRelation[];
      /** Functions that the rest of the text may call, as `SqlContext.functions`. */
      readonly functions?: readonly CatalogueFunction[];
      /** Objects on the search path may have changed, too. */
      readonly path?: true;
      /** Only this session sees it. */
      readonly temporary?: true;
      /** All temporary relations are gone. */
      readonly discards?: true;
    }
  | {
      readonly kind: 'transaction';
      readonly verb: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback-to' | 'prepare';
    };
