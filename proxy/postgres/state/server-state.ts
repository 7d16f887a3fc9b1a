/**
 * Mirrors the state of the target's session: named statements with their texts, portals with their values, the transaction, the
 * schema, and the settings that give a text its meaning. Each change is applied when its message is forwarded, because later
 * messages of the same pipeline depend on it. If the target skips or fails the message, changes are reverted in reverse order.
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
  /** The schema including the session's changes. */
  readonly schema = new SchemaView();

  constructor(state: SqlSession['sessionState']) {
    this.settings = new TextSettings(state);
  }

  /** A command is forwarded: what it may change is no longer known. Reverted if the target fails it. */
  forward(analysis: SqlAnalysis): Undo {
    const undos: Undo[] = [];
    if (analysis.error !== null) this.#expectAnything(undos);
    for (const statement of analysis.statements) this.#expect(statement, undos);
    return () => {
      for (const undo of undos.toReversed()) undo();
    };
  }

  /** The text cannot be read, yet the rules allow it: it may have changed anything. */
  #expectAnything(undos: Undo[]): void {
    this.#touch();
    this.schema.changeAnything();
    this.transaction.takeSnapshot();
    // Names may now refer to other texts.
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
    // A SET that returns something is a SELECT of `set_config`.
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
        // A cursor over a function keeps its plan: the function's current definition says nothing about it.
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
        // The server itself reports a closed portal.
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

  /** One statement of a command ended well: what it prepared or declared now exists. */
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

  /** An error: the transaction, or the part of it after a savepoint, will be rolled back. Earlier portals survive. */
  failed(): void {
    this.portals.cursors.rolledBack();
  }

  /** ReadyForQuery. Returns what the ended transaction may have changed of the schema. */
  ready(status: TransactionStatus): SchemaChange {
    if (status === 'idle') {
      this.portals.transactionEnded();
      if (this.transaction.touched) this.settings.forget();
    }
    this.transaction.ready(status);
    return status === 'idle' ? this.schema.ended() : noChange;
  }
}

/** It runs code that cannot be inspected. */
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
