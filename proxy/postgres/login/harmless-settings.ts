/**
 * Settings that a client may send without a rule that allows them: how values look, how plans are made, how much memory they
 * use, how long the server waits. Other settings may matter more: settings for superusers only, settings that turn row security
 * or triggers off, load libraries or silence the server's log, and an application's own (row security may depend on
 * `app.tenant`). PostgreSQL documentation, chapter "Server Configuration".
 */

/**
 * Settings that drivers send with every connection, and that the gateway has checked. A rule that allows only SELECT must not
 * keep such clients out.
 */
export const OF_DRIVERS: ReadonlySet<string> = new Set([
  'application_name',
  'client_encoding',
  'datestyle',
  'extra_float_digits',
  'intervalstyle',
  'replication',
  'timezone',
]);

const HARMLESS: ReadonlySet<string> = new Set(
  `
  array_nulls bytea_output client_min_messages default_text_search_config escape_string_warning lc_messages lc_monetary
  lc_numeric lc_time quote_all_identifiers xmlbinary xmloption standard_conforming_strings
  search_path check_function_bodies default_transaction_deferrable default_transaction_isolation default_transaction_read_only
  synchronous_commit default_tablespace temp_tablespaces default_table_access_method default_toast_compression
  client_connection_check_interval idle_in_transaction_session_timeout idle_session_timeout lock_timeout statement_timeout
  transaction_timeout tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval tcp_user_timeout
  work_mem maintenance_work_mem hash_mem_multiplier temp_buffers logical_decoding_work_mem effective_cache_size
  effective_io_concurrency maintenance_io_concurrency io_combine_limit backend_flush_after gin_fuzzy_search_limit
  gin_pending_list_limit vacuum_buffer_usage_limit vacuum_cost_delay vacuum_cost_limit commit_siblings
  constraint_exclusion cursor_tuple_fraction default_statistics_target from_collapse_limit join_collapse_limit
  plan_cache_mode recursive_worktable_factor cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost random_page_cost
  seq_page_cost parallel_setup_cost parallel_tuple_cost parallel_leader_participation min_parallel_index_scan_size
  min_parallel_table_scan_size max_parallel_workers max_parallel_workers_per_gather max_parallel_maintenance_workers
  geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
  jit jit_above_cost jit_inline_above_cost jit_optimize_above_cost
  `
    .trim()
    .split(/\s+/),
);

/** `name` in any case. */
export function isHarmless(name: string): boolean {
  const lower = name.toLowerCase();
  return HARMLESS.has(lower) || /^enable_[a-z_]+$/.test(lower);
}
