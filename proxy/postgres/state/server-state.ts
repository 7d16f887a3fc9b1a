/**
 * What the target's session holds, mirrored: named statements with their texts, portals with their values, the
 * transaction, the search path. Each change is made when its message is forwarded, because messages that follow it in the
 * same pipeline depend on it, and undone in reverse order where the target skips or fails it.
 */
import { never } from '../../../src/errors.js';
import type { Value } from '../../../src/values/value.js';
import type { AnalysedStatement, SessionUser, SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import { namesIn } from '../../../src/facts/sql/session/named-in.js';
import { noChange, type SchemaChange } from '../../../src/facts/sql/catalogue/schema-change.js';
import { Cursors } from './cursors.js';
import type { SqlSession } from './sql-session.js';
import type { BoundValue } from '../../../src/masking/sql/masked-write.js';
import type { TransactionStatus } from '../wire/messages.js';
import type { FieldDescription } from '../wire/messages.js';
import type { Run, Shown } from './run.js';
import { SchemaView } from './schema-view.js';

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

export interface Portal {
  readonly statement: Prepared;
  /** Null where they are not known: of a cursor. */
  readonly parameters: readonly Value[] | null;
  /** What matters of them where the session was shown replacements of masked values; null where it was shown none before. */
  readonly values: readonly BoundValue[] | null;
  /** What it costs to keep it: characters of its text, bytes of its values. */
  readonly size: number;
  readonly resultFormats: readonly number[];
  /** The path when it was bound: a later change does not touch it. */
  readonly searchPath: readonly string[] | null;
  readonly shown: Shown;
  /** Null where the server has not described it; empty where it returns nothing. */
  fields: readonly FieldDescription[] | null;
  /** The client has asked for the description, in the same pipeline or before: it comes ahead of the first row. */
  describing: boolean;
}

/** Bounds of one session's memory. PostgreSQL has none. */
export const STATEMENTS_MAX = 10_000;
export const STATEMENT_CHARACTERS_MAX = 64 * 1024 * 1024;
export const PORTALS_MAX = 10_000;
const PORTALS_SIZE_MAX = 64 * 1024 * 1024;

const NO_STATEMENTS: ReadonlyMap<string, string> = new Map();

export class ServerState {
  /** As the last ReadyForQuery said. */
  status: TransactionStatus = 'idle';
  /** What it will be once everything forwarded so far has gone well. */
  expected: TransactionStatus = 'idle';
  /** Null: not known. */
  searchPath: readonly string[] | null = null;
  /** The path must be read from the server before the next command is judged. */
  pathStale = true;
  /** Backslashes in plain literals are escapes, or may be. */
  escapes: boolean;
  /** The client writes another encoding than UTF-8, or may. */
  foreign: boolean;
  /** It began with another encoding, or nobody knows yet with which: RESET ALL goes back to that. */
  beganForeign = true;
  #began = false;
  /** The schema with what the session has changed. */
  readonly schema = new SchemaView();
  /** Who the session is, as the server has said; null where it has not, and where it may change. */
  user: SessionUser | null = null;
  /** Code of the session may have made temporary relations, of which nobody knows the names. */
  hidesRelations = false;
  /** Code has run that may have given the names of statements to others, since the server was asked for these. */
  namesDoubtful = false;
  /** Something in this transaction has changed the session: its end may change it back. */
  touched = false;
  /** A statement of this transaction has taken a snapshot, so that one more of the gateway's own changes nothing. */
  snapshot = false;
  /** A transaction was ended by what went out, and nothing has gone out since: what comes next begins another. */
  between = false;
  /** Masks applied in this transaction: what its end reports (a deferred constraint) may quote values. */
  withhold = false;

  readonly #statements = new Map<string, Prepared>();
  readonly #portals = new Map<string, Portal>();
  readonly #cursors = new Cursors();
  /** Strings may change what they mean: until the server says that they are standard, nothing is sure. */
  readonly followed: boolean;
  #characters = 0;
  #portalsSize = 0;

  constructor(state: SqlSession['sessionState']) {
    this.followed = state === 'followed';
    this.escapes = this.followed;
    this.foreign = this.followed;
  }

  /** As SqlContext has it. */
  get plainOnly(): boolean {
    return this.escapes || this.foreign;
  }

  statement(name: string): Prepared | undefined {
    return this.#statements.get(name);
  }

  portal(name: string): Portal | undefined {
    return this.#portals.get(name);
  }

  /** Whether one more statement of this length fits into what the gateway keeps for a session. */
  hasRoomFor(text: string): boolean {
    return (
      this.#statements.size < STATEMENTS_MAX && this.#characters + text.length <= STATEMENT_CHARACTERS_MAX
    );
  }

  setStatement(name: string, statement: Prepared | null): Undo {
    const before = this.#statements.get(name) ?? null;
    this.#putStatement(name, statement);
    // The server drops the unnamed statement before it looks at the new one; a failed Parse leaves none.
    return () => this.#putStatement(name, before);
  }

  #putStatement(name: string, statement: Prepared | null): void {
    this.#characters += (statement?.text.length ?? 0) - (this.#statements.get(name)?.text.length ?? 0);
    if (statement === null) this.#statements.delete(name);
    else this.#statements.set(name, statement);
  }

  hasRoomForPortal({ size }: Portal): boolean {
    return this.#portals.size < PORTALS_MAX && this.#portalsSize + size <= PORTALS_SIZE_MAX;
  }

  /** Cursors and portals have their names together. */
  setPortal(name: string, portal: Portal | null): Undo {
    const before = this.#portals.get(name) ?? null;
    this.#cursors.close(name);
    this.#putPortal(name, portal);
    return () => this.#putPortal(name, before);
  }

  #putPortal(name: string, portal: Portal | null): void {
    this.#portalsSize += (portal?.size ?? 0) - (this.#portals.get(name)?.size ?? 0);
    if (portal === null) this.#portals.delete(name);
    else this.#portals.set(name, portal);
  }

  #dropPortals(): void {
    if (this.#portals.size > 0) this.#portals.clear();
    this.#portalsSize = 0;
  }

  /**
   * The statements that a text may name in EXECUTE. A name that the text writes in another way (`U&"…"`, a doubled quote)
   * is left out and thereby unknown, and so are all where code may have put others in their place. Protocol and SQL share
   * one namespace; the unnamed one cannot be said in SQL.
   */
  preparedFor(text: string): ReadonlyMap<string, string> {
    if (this.#statements.size === 0 || this.namesDoubtful || !/execute/i.test(text)) return NO_STATEMENTS;
    const named = new Map<string, string>();
    for (const name of namesIn(text)) {
      const statement = name === '' ? undefined : this.#statements.get(name);
      if (statement !== undefined && !statement.plainOnly) named.set(name, statement.text);
    }
    return named;
  }

  /** The cursors that a text may name, chosen as `preparedFor` does. */
  cursorsFor(text: string): ReadonlyMap<string, string> {
    return this.#cursors.textsFor(text, this.searchPath);
  }

  cursor(name: string): { readonly shown: Shown } | undefined {
    return this.#cursors.get(name);
  }

  /** A command goes out: what it may change is no longer known. Undone by the target where it fails. */
  forward(analysis: SqlAnalysis): Undo {
    const undos: Undo[] = [];
    if (analysis.error !== null) {
      // What it is cannot be read, yet the rules let it pass: it may have changed anything.
      this.#touch();
      this.schema.changeAnything();
      this.hidesRelations = true;
      this.snapshot = true;
      // Names may stand for other texts now.
      this.#cursors.close(null);
      for (const name of this.#named()) this.#forget(name, undos);
    }
    for (const statement of analysis.statements) this.#expect(statement, undos);
    return () => {
      for (const undo of undos.toReversed()) undo();
    };
  }

  /** As the server says, at the start and whenever it is asked. */
  encodingSaid(foreign: boolean): void {
    this.foreign = foreign;
    if (!this.#began) this.beganForeign = foreign;
    this.#began = true;
  }

  /** What settings make of a text must be asked for before the next one is judged. */
  forget(): void {
    this.pathStale = true;
    this.searchPath = null;
    if (!this.followed) return;
    this.escapes = true;
    this.foreign = true;
  }

  #touch(): void {
    this.forget();
    this.touched = true;
  }

  #expect(statement: AnalysedStatement, undos: Undo[]): void {
    this.between = false;
    // A SET that answers something is a SELECT of `set_config`.
    const selects = statement.verb === 'set' && statement.output.kind !== 'none';
    if (selects || !SNAPSHOTLESS.has(statement.verb)) this.snapshot = true;
    const opaque = mayChangeAnything(statement);
    if (statement.effects.has('session') || opaque) this.#touch();
    if (opaque) {
      this.schema.changeAnything();
      this.hidesRelations = true;
      this.namesDoubtful = true;
      this.#forgetOpen();
    }
    for (const change of statement.session) {
      switch (change.kind) {
        case 'set':
          this.#touch();
          break;
        case 'ddl':
          this.schema.change(change);
          // A cursor over a function goes on as it was planned: what the function is now tells nothing of it.
          if (change.functions !== undefined) this.#cursors.close(null);
          if (change.path === true) this.#touch();
          break;
        case 'prepare':
          this.#forget(change.name, undos);
          break;
        case 'deallocate':
          for (const name of change.name === null ? this.#named() : [change.name]) {
            this.#forget(name, undos);
          }
          break;
        case 'declare-cursor':
        case 'close-cursor':
          // What a cursor reads is known when the command has ended. Of a portal that is closed the server says so itself.
          this.#cursors.close(change.name);
          if (change.kind === 'declare-cursor') undos.push(this.setPortal(change.name, null));
          break;
        case 'transaction':
          this.#expectTransaction(change.verb);
          break;
        default:
          never(change);
      }
    }
  }

  /** Code may close what is open and open something else of the same name: what that returns must be described again. */
  #forgetOpen(): void {
    this.#cursors.close(null);
    for (const [name, portal] of this.#portals) if (name !== '') portal.fields = null;
  }

  /** Until it is known how the command ended, the name stands for nothing. */
  #forget(name: string, undos: Undo[]): void {
    if (this.#statements.has(name)) undos.push(this.setStatement(name, null));
  }

  #expectTransaction(verb: string): void {
    switch (verb) {
      case 'begin':
        this.expected = 'open';
        break;
      case 'rollback-to':
        this.#cursors.rolledBack();
        this.schema.rolledBack();
        if (this.touched) this.forget();
        this.expected = 'open';
        break;
      case 'commit':
      case 'rollback':
      case 'prepare':
        if (verb === 'rollback') this.#cursors.rolledBack();
        if (this.touched) this.forget();
        this.expected = 'idle';
        this.between = true;
    }
  }

  /**
   * One statement of a command has ended well: what it prepared is there now. SQL's EXECUTE and the protocol's Bind then
   * find it under its name.
   */
  completed(run: Run, index: number): void {
    for (const change of run.analysis.statements[index]?.session ?? []) {
      if (change.kind === 'deallocate' && change.name === null)
        for (const name of this.#named()) this.#putStatement(name, null);
      else if (change.kind === 'deallocate') this.#putStatement(change.name!, null);
      else if (change.kind === 'declare-cursor') this.#cursors.declare(change.name, this.#cursorOf(change));
      else if (change.kind === 'prepare' && this.hasRoomFor(change.text)) {
        const { text } = change;
        this.#putStatement(change.name, {
          text,
          plainOnly: false,
          parameterTypes: [],
          described: false,
          bySql: true,
        });
      }
    }
  }

  /**
   * What code may have put in the place of a statement by DEALLOCATE and PREPARE is not known any more. `made` are the names
   * that SQL has given; null where the server has not said.
   */
  settleNames(made: ReadonlySet<string> | null): void {
    if (!this.namesDoubtful) return;
    this.namesDoubtful = false;
    for (const [name, { bySql }] of this.#statements)
      if (name !== '' && (bySql || made?.has(name) !== false)) this.#putStatement(name, null);
  }

  #cursorOf({ text, hold }: { readonly text: string; readonly hold: boolean }): {
    readonly text: string;
    readonly hold: boolean;
    readonly searchPath: readonly string[] | null;
  } {
    return { text, hold, searchPath: this.searchPath };
  }

  /** An error: the transaction, or the part of it after a savepoint, will be rolled back. Portals of before live on then. */
  failed(): void {
    this.#cursors.rolledBack();
  }

  /** DEALLOCATE ALL leaves the unnamed statement where it is. */
  #named(): readonly string[] {
    return [...this.#statements.keys()].filter((name) => name !== '');
  }

  /** ReadyForQuery. What the transaction that has ended may have changed of the schema. */
  ready(status: TransactionStatus): SchemaChange {
    this.status = status;
    this.expected = status;
    // COMMIT AND CHAIN has begun one in which nothing was done yet.
    this.between &&= status === 'open';
    if (status !== 'idle') return noChange;
    this.#dropPortals();
    this.#cursors.transactionEnded();
    if (this.touched) this.forget();
    this.touched = false;
    this.snapshot = false;
    this.withhold = false;
    return this.schema.ended();
  }
}

/** It runs what nobody can look into. */
export function mayChangeAnything({ effects, opaque }: AnalysedStatement): boolean {
  return effects.has('code') || opaque === true;
}

/** Statements that PostgreSQL runs without a snapshot (PlannedStmtRequiresSnapshot): they may come before SET TRANSACTION. */
const SNAPSHOTLESS = new Set([
  'begin',
  'start',
  'commit',
  'rollback',
  'savepoint',
  'release',
  'set',
  'reset',
  'show',
]);
