/** Statements and calls that change the session, as changes that the gateway follows or refuses. */
import type { FuncCall, SelectStmt, TransactionStmt, VariableSetStmt } from 'libpg-query';
import type { SessionChange, SessionUser } from '../scope/analysis.js';
import { addCode, addEffect } from '../scope/entry.js';
import type { Entry, TableName } from '../scope/entry.js';
import type { Derivation } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as, constantText, isConstant, texts } from '../parse/tree.js';

/** Stands for every setting: RESET ALL, DISCARD ALL, and a name that is worked out at run time. */
const anySetting = '*';

export function recordSetting(
  entry: Entry,
  name: string,
  value: string | null,
  { local = false, computed = false, user }: SettingHow = {},
): void {
  const setting = name.toLowerCase();
  const unchanged = !computed && isUnchanged(user, setting, value);
  for (let at: Entry | null = entry; at !== null; at = at.parent)
    at.settings.push({ name: setting, value, unchanged });
  if (entry.inert) return;
  const change = { kind: 'set', name: setting, value, local } as const;
  entry.flow.session.push({
    ...change,
    ...(computed ? { computed } : {}),
    ...(unchanged ? { unchanged } : {}),
  });
}

interface SettingHow {
  readonly local?: boolean;
  readonly computed?: boolean;
  readonly user?: SessionUser | undefined;
}

/**
 * The role and the user of a session are what they are: tools set them once more before they begin. A role that is reset goes
 * back to what it was at the start, which it still is.
 */
function isUnchanged(user: SessionUser | undefined, setting: string, value: string | null): boolean {
  if (user === undefined || (value === null && user.other === true)) return false;
  const own = user.current === user.session;
  if (setting === 'role') return value === null || value === user.current || (value === 'none' && own);
  // The role goes with the user.
  return setting === 'session_authorization' && own && (value === null || value === user.session);
}

/** In a body, or behind a name, an earlier statement may have changed the user of the session. */
export function knownUser({ context, calling, following }: Derivation): SessionUser | undefined {
  return calling.length > 0 || following.length > 0 ? undefined : context.user;
}

/** Settings by way of a table: a rule on `pg_settings` makes an UPDATE of it a `set_config`. */
export function recordSettingsTable(entry: Entry, { schema, name }: TableName): void {
  if (schema !== 'pg_catalog' || name !== 'pg_settings') return;
  addEffect(entry, 'session');
  recordAnySetting(entry);
}

/** The system's own tables say what everything is: whoever writes them has made, renamed or replaced anything. */
export function recordCatalogue(entry: Entry, { schema, name }: TableName): void {
  if (schema !== 'information_schema' && (schema !== 'pg_catalog' || name === 'pg_settings')) return;
  addEffect(entry, 'admin');
  addCode(entry, `\`${name}\` is a table of the system itself`);
}

/** It is not known in advance which setting is changed, and to what value. */
export function recordAnySetting(entry: Entry): void {
  recordSetting(entry, anySetting, null, { computed: true });
}

/**
 * Changes made in a body. Control flow and rolled back blocks decide whether they take effect, so what they set or prepared is
 * not known afterwards.
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

export function recordSetConfig(entry: Entry, call: FuncCall, user?: SessionUser): void {
  const [name, value, local] = call.args ?? [];
  const setting = isConstant(name) ? constantText(name) : null;
  const isLocal = constantText(local)?.toLowerCase() ?? '';
  const onlyHere = ['t', 'true', 'y', 'yes', 'on', '1'].includes(isLocal);
  const computed = setting === null || !isConstant(value);
  const text = isConstant(value) ? constantText(value) : null;
  recordSetting(entry, setting ?? anySetting, text, { local: onlyHere, computed, user });
}

/** `SELECT set_config('TimeZone', 'UTC', false)`: a SET in the clothes of a query, as it reads nothing and always runs. */
export function isPlainSetConfig({ targetList = [], ...others }: SelectStmt): boolean {
  if (Object.keys(others).some((key) => key !== 'limitOption' && key !== 'op')) return false;
  return targetList.length > 0 && targetList.every((node) => setsOneSetting(as(node, 'ResTarget')?.val));
}

function setsOneSetting(node: Node | undefined): boolean {
  const { funcname, args = [], ...others } = as(node, 'FuncCall') ?? {};
  const [name, schema = 'pg_catalog', ...rest] = texts(funcname).reverse();
  if (name !== 'set_config' || schema !== 'pg_catalog' || rest.length > 0 || args.length !== 3) return false;
  const bare = Object.keys(others).every((key) => key === 'funcformat' || key === 'location');
  return bare && isConstant(args[0]) && args.every((arg) => isConstant(arg) || isParameter(arg));
}

function isParameter(node: Node | undefined): boolean {
  const cast = as(node, 'TypeCast');
  return as(cast === null ? node : cast.arg, 'ParamRef') !== null;
}

const byText = (changes: readonly SessionChange[]): Map<string, SessionChange> =>
  new Map(changes.map((change) => [JSON.stringify(change), change]));

/** SET, RESET and their relatives with names of their own (SET ROLE and SET NAMES come as settings). */
export function recordSet(entry: Entry, statement: VariableSetStmt, user?: SessionUser): void {
  const name = statement.name ?? anySetting;
  const local = statement.is_local === true;
  const values = (statement.args ?? []).map((value) => constantText(value));
  switch (statement.kind) {
    case 'VAR_SET_VALUE':
      recordSetting(entry, name, values.includes(null) ? null : listText(name, values as string[]), {
        local,
        user,
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
      recordSetting(entry, name, null, { local, user });
  }
}

/** Names in a list are quoted if necessary, so that the list can be read again. */
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

/** `a, "B c"` as the schemas it lists; null if it is not a plain list. */
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
