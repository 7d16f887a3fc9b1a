/** Converts between the session state that an SQL text was read with and its recorded form. */
import {
  anyOf,
  count,
  either,
  listOf,
  mapOf,
  nullable,
  object,
  optional,
  text as textual,
  truth,
} from '../../audit/checks.js';
import { anyChange } from '../../facts/sql/catalogue/schema-change.js';
import type { SqlContext } from '../../facts/sql/scope/analysis.js';
import { namesIn } from '../../facts/sql/session/named-in.js';
import type { MaskedWrite } from '../../masking/sql/masked-write.js';
import { fromJson, isObject, property, Unknown, type Value } from '../../values/value.js';

export interface RecordedContext {
  readonly transaction: 'idle' | 'open' | 'failed';
  /** Null if it was not known. */
  readonly searchPath: readonly string[] | null;
  /** The SQL-level `PREPARE` texts that this command refers to, by name. */
  readonly prepared?: Readonly<Record<string, string>>;
  /** The queries of open SQL-level cursors that this command names; omitted if cursors were not tracked. */
  readonly cursors?: Readonly<Record<string, string>>;
  /** It depends on objects that changed after the catalogue was read and could not be read again. */
  readonly stale?: true;
  /** Strings were possibly non-standard or the encoding non-UTF-8; non-ASCII bytes are stored as U+0080 to U+00FF. */
  readonly plainOnly?: true;
  /** The session's user on the server, if the command may change it. */
  readonly user?: { readonly current: string; readonly session: string; readonly schema: boolean };
  /** Relations that the session had created and the catalogue did not contain. */
  readonly own?: readonly RecordedRelation[];
  /** Non-built-in types of bound values, by OID. */
  readonly parameterTypes?: readonly number[];
  /**
   * Why it would store replacements of masked values that the session was shown; `unbound`: its values were not bound
   * yet.
   */
  readonly maskedWrite?: { readonly reason: string } | 'unbound';
}

export interface RecordedRelation {
  /** `pg_temp` for a temporary one. */
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'other';
  /** Null if they were not known. */
  readonly columns: readonly string[] | null;
}

const relation = object({
  schema: textual,
  name: textual,
  kind: either('table', 'other'),
  columns: nullable(listOf(textual)),
});
const shape = object({
  transaction: either('idle', 'open', 'failed'),
  searchPath: nullable(listOf(textual)),
  prepared: optional(mapOf(textual)),
  cursors: optional(mapOf(textual)),
  stale: optional(either(true)),
  plainOnly: optional(either(true)),
  user: optional(object({ current: textual, session: textual, schema: truth })),
  own: optional(listOf(relation)),
  parameterTypes: optional(listOf(count)),
  maskedWrite: optional(anyOf(either('unbound'), object({ reason: textual }))),
});

export function isRecordedContext(value: unknown): value is RecordedContext {
  return shape(value);
}

type Settings = Omit<SqlContext, 'catalogue'>;

/** Only such a text can set the role, the user or a path with `$user`; Unicode escapes may hide the names. */
const NAMES_USER = /role|authorization|\$user|u&['"]/i;

/**
 * Keeps the prepared statements and cursors that the text may name, because replay derives its facts from them.
 * `stale`: the text depends on objects that changed after the catalogue was read.
 */
export function recordedContext(
  text: string,
  settings: Settings,
  stale: boolean,
  write: MaskedWrite | undefined,
): RecordedContext {
  const context = contextOf(text, settings, stale);
  if (write === undefined || write.kind === 'rows') return context;
  // Values that the session was shown are not recorded; the outcome of the check is, for rules that read it.
  return { ...context, maskedWrite: write.kind === 'found' ? { reason: write.reason } : 'unbound' };
}

function contextOf(text: string, settings: Settings, stale: boolean): RecordedContext {
  const { transaction, searchPath, prepared, cursors, own, plainOnly, parameterTypes } = settings;
  const user = NAMES_USER.test(text) ? settings.user : undefined;
  const plain =
    prepared.size === 0 && !stale && plainOnly !== true && user === undefined && parameterTypes === undefined;
  if (plain && cursors?.size === 0 && (own?.length ?? 0) === 0) return plainContext(transaction, searchPath);
  const said = namesIn(text);
  // Inside quotes a name may be written with doubled quotes or Unicode escapes (U&"\\0061").
  const escapes = /u&"/i.test(text);
  const names = (name: string): boolean => name !== '' && (said.has(name) || name.includes('"') || escapes);
  const named = (texts: ReadonlyMap<string, string>): Record<string, string> =>
    Object.fromEntries([...texts].filter(([name]) => names(name)));
  const statements = named(prepared);
  return {
    transaction,
    searchPath,
    ...(Object.keys(statements).length === 0 ? {} : { prepared: statements }),
    ...(cursors === undefined ? {} : { cursors: named(cursors) }),
    ...(stale ? { stale } : {}),
    ...(plainOnly === true ? { plainOnly } : {}),
    ...(user === undefined ? {} : { user }),
    ...(own === undefined || own.length === 0 ? {} : { own }),
    ...(parameterTypes === undefined ? {} : { parameterTypes }),
  };
}

type PlainContexts = Partial<Record<RecordedContext['transaction'], RecordedContext>>;
const plainContexts = new WeakMap<readonly string[], PlainContexts>();

/** Most contexts stay the same throughout a session, so the same object is reused and serialized once. */
function plainContext(
  transaction: RecordedContext['transaction'],
  searchPath: readonly string[] | null,
): RecordedContext {
  if (searchPath === null) return { transaction, searchPath, cursors: {} };
  let known = plainContexts.get(searchPath);
  if (known === undefined) plainContexts.set(searchPath, (known = {}));
  return (known[transaction] ??= { transaction, searchPath, cursors: {} });
}

/** The settings that the text was read with. */
export function settingsOf(context: RecordedContext, parameters: readonly unknown[] | undefined): Settings {
  return {
    searchPath: context.searchPath,
    prepared: new Map(Object.entries(context.prepared ?? {})),
    ...(context.cursors === undefined ? {} : { cursors: new Map(Object.entries(context.cursors)) }),
    ...(context.stale === true ? { changed: anyChange } : {}),
    plainOnly: context.plainOnly === true,
    ...(context.user === undefined ? {} : { user: context.user }),
    ...(context.own === undefined ? {} : { own: context.own }),
    ...(context.parameterTypes === undefined ? {} : { parameterTypes: context.parameterTypes }),
    transaction: context.transaction,
    parameters: parameters?.map(parameterValue) ?? null,
  };
}

/** A recorded value; one that was not decoded is unknown. */
function parameterValue(recorded: unknown): Value {
  const value = fromJson(recorded);
  const unknown = isObject(value) ? property(value, '$unknown') : undefined;
  return typeof unknown === 'string' ? new Unknown(unknown, 'sql.parameters') : value;
}

export function maskedWriteOf({ maskedWrite }: RecordedContext): MaskedWrite | undefined {
  if (maskedWrite === undefined) return undefined;
  return maskedWrite === 'unbound' ? { kind: 'unbound' } : { kind: 'found', ...maskedWrite };
}
