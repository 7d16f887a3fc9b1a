/** Statements and calls that change the session, as changes that the gateway follows or refuses. */
import type { FuncCall, TransactionStmt, VariableSetStmt } from 'libpg-query';
import type { SessionChange } from './analysis.js';
import { addEffect } from './entry.js';
import type { Entry, TableName } from './entry.js';
import { as, constantText, isConstant } from './tree.js';

/** Stands for every setting: RESET ALL, DISCARD ALL, and a name that is worked out at run time. */
const anySetting = '*';

export function recordSetting(
  entry: Entry,
  name: string,
  value: string | null,
  { local = false, computed = false }: { readonly local?: boolean; readonly computed?: boolean } = {},
): void {
  const setting = name.toLowerCase();
  for (let at: Entry | null = entry; at !== null; at = at.parent) at.settings.push({ name: setting, value });
  if (entry.inert) return;
  const change = { kind: 'set', name: setting, value, local } as const;
  entry.flow.session.push(computed ? { ...change, computed } : change);
}

/** Settings by way of a table: a rule on `pg_settings` makes an UPDATE of it a `set_config`. */
export function recordSettingsTable(entry: Entry, { schema, name }: TableName): void {
  if (schema !== 'pg_catalog' || name !== 'pg_settings') return;
  addEffect(entry, 'session');
  recordSetting(entry, anySetting, null, { computed: true });
}

/**
 * Changes that were made in a body, where control flow and rolled back blocks decide whether they were: what they set or
 * prepared is not known afterwards.
 */
export function withoutCertainty(changes: readonly SessionChange[]): SessionChange[] {
  const doubts = changes.flatMap((change): SessionChange[] => {
    switch (change.kind) {
      case 'set':
        return [{ ...change, value: null }];
      case 'prepare':
        return [{ kind: 'deallocate', name: change.name }];
      case 'declare-cursor':
        return [{ kind: 'close-cursor', name: change.name }];
      case 'deallocate':
      case 'close-cursor':
      case 'ddl':
      case 'transaction':
        return [];
    }
  });
  const certain = changes.filter(({ kind }) => kind !== 'prepare' && kind !== 'declare-cursor');
  const last = byText(doubts);
  // Once each: a function that calls a function that sets something would double them at every level.
  return [...[...byText(certain)].filter(([text]) => !last.has(text)), ...last].map(([, change]) => change);
}

export function recordSetConfig(entry: Entry, call: FuncCall): void {
  const [name, value, local] = call.args ?? [];
  const setting = isConstant(name) ? constantText(name) : null;
  const isLocal = constantText(local)?.toLowerCase() ?? '';
  const onlyHere = ['t', 'true', 'y', 'yes', 'on', '1'].includes(isLocal);
  const computed = setting === null || !isConstant(value);
  const text = isConstant(value) ? constantText(value) : null;
  recordSetting(entry, setting ?? anySetting, text, { local: onlyHere, computed });
}

const byText = (changes: readonly SessionChange[]): Map<string, SessionChange> =>
  new Map(changes.map((change) => [JSON.stringify(change), change]));

/** SET, RESET and their relatives with names of their own (SET ROLE and SET NAMES come as settings). */
export function recordSet(entry: Entry, statement: VariableSetStmt): void {
  const name = statement.name ?? anySetting;
  const local = statement.is_local === true;
  const values = (statement.args ?? []).map((value) => constantText(value));
  switch (statement.kind) {
    case 'VAR_SET_VALUE':
      recordSetting(entry, name, values.includes(null) ? null : listText(name, values as string[]), {
        local,
      });
      break;
    case 'VAR_SET_MULTI':
      recordMulti(entry, statement);
      break;
    case 'VAR_RESET_ALL':
      recordSetting(entry, anySetting, null);
      break;
    case 'VAR_SET_DEFAULT':
    case 'VAR_SET_CURRENT':
    case 'VAR_RESET':
    case undefined:
      recordSetting(entry, name, null, { local });
  }
}

/** Names in a list are quoted where they need it, so that the list can be read again. */
export function listText(name: string, values: readonly string[]): string {
  if (name.toLowerCase() !== 'search_path') return values.join(', ');
  return values
    .map((value) => (/^[a-z_][a-z0-9_$]*$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`))
    .join(', ');
}

/** SET TRANSACTION … and SET SESSION CHARACTERISTICS AS TRANSACTION …: one setting for each mode. */
function recordMulti(entry: Entry, statement: VariableSetStmt): void {
  const session = statement.name === 'SESSION CHARACTERISTICS';
  for (const node of statement.args ?? []) {
    const option = as(node, 'DefElem');
    if (option === null) continue;
    const name = session ? `default_${option.defname ?? ''}` : (option.defname ?? '');
    recordSetting(entry, name, constantText(option.arg), { local: !session });
  }
}

/** `a, "B c"` as the schemas it lists; null where it is not a plain list. */
export function parseSearchPath(value: string): string[] | null {
  const schemas: string[] = [];
  const part = /\s*(?:"((?:[^"]|"")*)"|([^\s,"]+))\s*(,|$)/y;
  if (value.trim() === '') return schemas;
  for (;;) {
    const match = part.exec(value);
    if (match === null) return null;
    schemas.push(match[1] === undefined ? match[2]!.toLowerCase() : match[1].replaceAll('""', '"'));
    if (match[3] === '') return schemas;
  }
}

const transactionVerbs = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback-to',
  TRANS_STMT_PREPARE: 'prepare',
} as const;

export function transactionChange(statement: TransactionStmt): SessionChange | null {
  const { kind } = statement;
  if (
    kind === undefined ||
    kind === 'TRANS_STMT_COMMIT_PREPARED' ||
    kind === 'TRANS_STMT_ROLLBACK_PREPARED'
  ) {
    return null;
  }
  return { kind: 'transaction', verb: transactionVerbs[kind] };
}
