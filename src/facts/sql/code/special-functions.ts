/** Functions that do more than compute, by name. Those of extensions are known by name in whatever schema they are. */

import { harmlessFunctions } from '../generated/builtin-functions.js';

export interface SpecialFunction {
  readonly effects: readonly string[];
  /** It counts only in `pg_catalog`. */
  readonly builtin: boolean;
  /** Its result comes from elsewhere than its arguments. */
  readonly opaque?: boolean;
  /** It runs a query, or reads a table, that it is given as text. */
  readonly code?: boolean;
  /** The index of that text among its arguments, and whether it is a query or the name of a table. */
  /** It stores what it reads. */
  readonly stores?: boolean;
  readonly text?: { readonly argument: number; readonly is: 'query' | 'table' };
  /** The planner may call it: even EXPLAIN without ANALYZE can run it. */
  readonly stable?: boolean;
}

/**
 * What a function of the server itself does: `pure` computes from its arguments, `reads` returns something that is not among
 * them, `keeps` leaves something of them where others find it, `shows` reveals it to others, `acts` changes the server or its
 * environment.
 */
export type FunctionClass = 'pure' | 'reads' | 'keeps' | 'shows' | 'acts';

interface Family extends SpecialFunction {
  readonly name: RegExp;
  /** Only the overloads with so many arguments. */
  readonly arguments?: readonly number[];
}

const families: readonly Family[] = [
  {
    name: /^(pg_read_file|pg_read_binary_file|pg_stat_file|pg_ls_.*|pg_hba_file_rules|pg_ident_file_mappings|pg_show_all_file_settings)$/,
    effects: ['file'],
    builtin: true,
    opaque: true,
  },
  {
    name: /^lo_import$/,
    effects: ['file', 'large_object', 'write'],
    builtin: true,
    opaque: true,
    stores: true,
  },
  { name: /^lo_export$/, effects: ['file', 'large_object', 'read'], builtin: true, opaque: true },
  {
    name: /^(lo_(creat|create|from_bytea|put|truncate|truncate64|unlink)|lowrite)$/,
    effects: ['large_object', 'write'],
    builtin: true,
  },
  { name: /^(lo_.*|loread)$/, effects: ['large_object', 'read'], builtin: true, opaque: true },
  {
    name: /^(query_to_xml.*|ts_stat)$/,
    effects: [],
    builtin: true,
    opaque: true,
    code: true,
    text: { argument: 0, is: 'query' },
  },
  { name: /^cursor_to_xml.*$/, effects: [], builtin: true, opaque: true, code: true },
  {
    name: /^ts_rewrite$/,
    effects: [],
    builtin: true,
    opaque: true,
    code: true,
    arguments: [0, 2],
    text: { argument: 1, is: 'query' },
  },
  { name: /^ts_rewrite$/, effects: ['read'], builtin: true },
  {
    name: /^table_to_xml.*$/,
    effects: ['read'],
    builtin: true,
    opaque: true,
    code: true,
    text: { argument: 0, is: 'table' },
    stable: true,
  },
  {
    name: /^(schema|database)_to_xml.*$/,
    effects: ['read'],
    builtin: true,
    opaque: true,
    code: true,
    stable: true,
  },
  { name: /^(nextval|setval)$/, effects: ['write'], builtin: true },
  // They answer inside an event trigger alone: what the statement that set it off has done.
  { name: /^pg_event_trigger_.*$/, effects: ['read'], builtin: true },
  { name: /^set_config$/, effects: ['session'], builtin: true },
  // `random` tells what it was.
  { name: /^setseed$/, effects: ['read'], builtin: true },
  { name: /^pg_(try_)?advisory_.*$/, effects: ['lock'], builtin: true },
  { name: /^pg_notify$/, effects: ['notify'], builtin: true },
  {
    name: /^(brin_(de)?summarize_.*|gin_clean_pending_list|pg_stat_force_next_flush)$/,
    effects: ['maintenance'],
    builtin: true,
  },
  {
    name: /^pg_logical_slot_(get|peek)_.*$/,
    effects: ['admin', 'read'],
    builtin: true,
    opaque: true,
    code: true,
  },
  { name: /^pg_logical_emit_message$/, effects: ['write', 'admin'], builtin: true },
  {
    name: /^(pg_(cancel|terminate)_backend|pg_reload_conf|pg_rotate_logfile|pg_promote|pg_switch_wal|pg_backup_.*|pg_create_.*|pg_drop_.*|pg_copy_.*_slot|pg_replication_.*|pg_sync_.*|pg_export_snapshot|pg_stat_reset.*|pg_log_.*|pg_wal_replay_.*|pg_wal_summary_contents|pg_available_wal_summaries|pg_import_system_collations|pg_nextoid|pg_clear_.*_stats|pg_restore_.*_stats|pg_extension_config_dump|pg_stop_making_pinned_objects|binary_upgrade_.*)$/,
    effects: ['admin'],
    builtin: true,
  },
  // adminpack: files of the server.
  {
    name: /^(pg_file_(write|sync|rename|unlink|read|length)|pg_logdir_ls)$/,
    effects: ['file'],
    builtin: false,
    opaque: true,
    code: true,
  },
  // dblink and postgres_fdw: another server, and whatever it is told to do.
  { name: /^(dblink.*|postgres_fdw_.*)$/, effects: ['network'], builtin: false, opaque: true, code: true },
];

/** `argumentCount` 0 asks for the name in general. */
export function specialFunction(name: string, argumentCount: number): SpecialFunction | null {
  return families.find((f) => f.name.test(name) && (f.arguments?.includes(argumentCount) ?? true)) ?? null;
}

/** Harmless, and not only a matter of their arguments: the state of the server, the session, the catalogues. */
const TELLS =
  /^(pg_stat|pg_get_|pg_show_|pg_control_|pg_current_|pg_last_|pg_lock_status|pg_cursor|pg_prepared_|pg_listening|pg_sequence_|pg_relation_|pg_.*_size|pg_timezone|pg_available|pg_config|pg_blocking|pg_safe_snapshot|pg_is_|pg_my_|pg_wal|current_|session_user|currval|lastval|inet_(client|server)_|has_|row_security_active|obj_description|col_description|shobj_description|to_reg|version|txid_)/;

const acting: ReadonlySet<string> = new Set(['admin', 'maintenance', 'network', 'program']);
const keeping: ReadonlySet<string> = new Set(['write', 'session', 'lock']);

/** Null for one that has no class, which is code that only the server knows. */
export function functionClass(name: string): FunctionClass | null {
  if (harmlessFunctions.has(name)) return TELLS.test(name) ? 'reads' : 'pure';
  const special = specialFunction(name, 0);
  if (special?.builtin !== true) return null;
  const { effects, opaque, code } = special;
  if (effects.some((effect) => acting.has(effect)) || name === 'lo_export') return 'acts';
  if (effects.includes('notify')) return 'shows';
  if (effects.some((effect) => keeping.has(effect)) || name === 'setseed') return 'keeps';
  return opaque === true || code === true || name.startsWith('pg_event_trigger_') ? 'reads' : 'pure';
}
