/**
 * What the target's session holds, mirrored: named statements with their texts, portals with their values, the transaction, the
 * schema, and the settings that give a text its meaning. Each change is made when its message is forwarded, because messages that
 * follow it in the same pipeline depend on it, and undone in reverse order where the target skips or fails it.
 */
import { never } from '../../../src/errors.js';
import type { AnalysedStatement, SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import { noChange, type SchemaChange } from '../../../src/facts/sql/catalogue/schema-change.js';
import type { SqlSession } from './sql-session.js';
import type { TransactionStatus } from '../wire/messages.js';
import { OpenPortals } from './open-portals.js';
import { PreparedStatements } from './prepared-statements.js';
import type { Undo } from './prepared-statements.js';
import type { Run } from './run.js';
import { SchemaView } from './schema-view.js';
import { TextSettings } from './text-settings.js';
import { Transaction } from './transaction.js';

export class ServerState {
  readonly transaction = new Transaction();
  readonly settings: TextSettings;
  readonly statements = new PreparedStatements();
  readonly portals = new OpenPortals();
  /** The schema with what the session has changed. */
  readonly schema = new SchemaView();

  constructor(state: SqlSession['sessionState']) {
    this.settings = new TextSettings(state);
  }

  /** A command goes out: what it may change is no longer known. Undone by the target where it fails. */
  forward(analysis: SqlAnalysis): Undo {
    const undos: Undo[] = [];
    if (analysis.error !== null) this.#expectAnything(undos);
    for (const statement of analysis.statements) this.#expect(statement, undos);
    return () => {
      for (const undo of undos.toReversed()) undo();
    };
  }

  /** What it is cannot be read, yet the rules let it pass: it may have changed anything. */
  #expectAnything(undos: Undo[]): void {
    this.#touch();
    this.schema.changeAnything();
    this.transaction.takeSnapshot();
    // Names may stand for other texts now.
    this.portals.cursors.close(null);
    this.statements.forget(null, undos);
  }

  #touch(): void {
    this.settings.forget();
    this.transaction.touch();
  }

  #expect(statement: AnalysedStatement, undos: Undo[]): void {
    const { transaction } = this;
    transaction.goesOn();
    // A SET that answers something is a SELECT of `set_config`.
    const selects = statement.verb === 'set' && statement.output.kind !== 'none';
    if (selects || !SNAPSHOTLESS.has(statement.verb)) transaction.takeSnapshot();
    const opaque = mayChangeAnything(statement);
    if (statement.effects.has('session') || opaque) this.#touch();
    if (opaque) {
      this.schema.changeAnything();
      this.statements.doubt();
      this.portals.doubt();
    }
    for (const change of statement.session) this.#expectChange(change, undos);
  }

  #expectChange(change: AnalysedStatement['session'][number], undos: Undo[]): void {
    const { cursors } = this.portals;
    switch (change.kind) {
      case 'set':
        this.#touch();
        break;
      case 'ddl':
        this.schema.change(change);
        // A cursor over a function goes on as it was planned: what the function is now tells nothing of it.
        if (change.functions !== undefined) cursors.close(null);
        if (change.path === true) this.#touch();
        break;
      case 'prepare':
      case 'deallocate':
        this.statements.forget(change.name, undos);
        break;
      case 'declare-cursor':
        // What a cursor reads is known when the command has ended.
        undos.push(this.portals.set(change.name, null));
        break;
      case 'close-cursor':
        // Of a portal that is closed the server says so itself.
        cursors.close(change.name);
        break;
      case 'transaction':
        this.#expectTransaction(change.verb);
        break;
      default:
        never(change);
    }
  }

  #expectTransaction(verb: string): void {
    const { portals, schema, settings, transaction } = this;
    switch (verb) {
      case 'begin':
        transaction.opens();
        break;
      case 'rollback-to':
        portals.cursors.rolledBack();
        schema.rolledBack();
        if (transaction.touched) settings.forget();
        transaction.opens();
        break;
      case 'commit':
      case 'rollback':
      case 'prepare':
        if (verb === 'rollback') portals.cursors.rolledBack();
        if (transaction.touched) settings.forget();
        transaction.ends();
    }
  }

  /** One statement of a command has ended well: what it prepared or declared is there now. */
  completed({ analysis }: Pick<Run, 'analysis'>, index: number): void {
    for (const change of analysis.statements[index]?.session ?? []) {
      if (change.kind === 'deallocate') this.statements.deallocated(change.name);
      else if (change.kind === 'prepare') this.statements.prepared(change.name, change.text);
      else if (change.kind === 'declare-cursor') {
        const { name, text, hold } = change;
        this.portals.cursors.declare(name, { text, hold, searchPath: this.settings.searchPath });
      }
    }
  }

  /** An error: the transaction, or the part of it after a savepoint, will be rolled back. Portals of before live on then. */
  failed(): void {
    this.portals.cursors.rolledBack();
  }

  /** ReadyForQuery. What the transaction that has ended may have changed of the schema. */
  ready(status: TransactionStatus): SchemaChange {
    if (status === 'idle') {
      this.portals.transactionEnded();
      if (this.transaction.touched) this.settings.forget();
    }
    this.transaction.ready(status);
    return status === 'idle' ? this.schema.ended() : noChange;
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
