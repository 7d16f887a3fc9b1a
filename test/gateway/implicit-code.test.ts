/**
 * Code that runs without being called by name, from the server's own list: every column of its catalogues that holds a function or a
 * stored expression is accounted for. PostgreSQL 15, 16, 17 and 18 have the same ones; a version that adds one fails here.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { functionClass } from '../../src/facts/sql/code/special-functions.js';
import { readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import { bootPostgres, hasPostgres15, type PostgresServer } from '../support/postgres.js';

const PLACES = `
  SELECT DISTINCT place FROM (
    SELECT fktable || '.' || fkcols[1] AS place FROM pg_get_catalog_foreign_keys() WHERE pktable = 'pg_proc'::regclass
    UNION SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r'
       AND a.atttypid IN ('regproc'::regtype, 'regprocedure'::regtype, 'pg_node_tree'::regtype)) AS places`;

/** Functions that are given or answer `internal`, `cstring` or a handler's type can be written in C alone, which takes the server's own master. */
const inC = 'written in C alone';

/** What becomes of each: where the catalogue has it, or why no client can put code there. */
const accounted: Readonly<Record<string, string>> = {
  'pg_attrdef.adbin': 'behaviours: defaults and generated columns',
  'pg_constraint.conbin': 'behaviours: checks; domains',
  'pg_index.indexprs': 'behaviours: indexes, and exclusion constraints by theirs',
  'pg_index.indpred': 'behaviours: indexes',
  'pg_partitioned_table.partexprs': 'behaviours: where a row belongs',
  'pg_statistic_ext.stxexprs': 'behaviours: statistics',
  'pg_policy.polqual': 'behaviours: row security',
  'pg_policy.polwithcheck': 'behaviours: row security',
  'pg_trigger.tgfoid': 'behaviours: triggers',
  'pg_trigger.tgqual': 'behaviours: triggers',
  'pg_rewrite.ev_action': 'behaviours: rules; definitions of views',
  'pg_rewrite.ev_qual': 'behaviours: rules',
  'pg_type.typdefaultbin': 'domains: their defaults',
  'pg_cast.castfunc': 'casts',
  'pg_operator.oprcode': 'operators; compared',
  'pg_amproc.amproc': 'compared: support functions of operator classes',
  'pg_range.rngsubdiff': 'compared',
  'pg_range.rngcanonical': 'compared',
  'pg_aggregate.aggfnoid': 'the aggregate itself',
  'pg_aggregate.aggtransfn': 'functions: parts of an aggregate',
  'pg_aggregate.aggfinalfn': 'functions: parts of an aggregate',
  'pg_aggregate.aggcombinefn': 'functions: parts of an aggregate',
  'pg_aggregate.aggserialfn': 'functions: parts of an aggregate',
  'pg_aggregate.aggdeserialfn': 'functions: parts of an aggregate',
  'pg_aggregate.aggmtransfn': 'functions: parts of an aggregate',
  'pg_aggregate.aggminvtransfn': 'functions: parts of an aggregate',
  'pg_aggregate.aggmfinalfn': 'functions: parts of an aggregate',
  'pg_proc.proargdefaults': 'functions: in their definition',
  'pg_proc.prosqlbody': 'functions: in their definition',
  'pg_event_trigger.evtfoid': 'event triggers',
  'pg_foreign_data_wrapper.fdwvalidator': 'event triggers: when what they validate is made',
  'pg_class.relpartbound': 'constants: what a bound calls is worked out when it is made',
  'pg_publication_rel.prqual': 'built-in immutable functions alone (check_simple_rowfilter_expr)',
  'pg_proc.prosupport': inC,
  'pg_am.amhandler': inC,
  'pg_conversion.conproc': inC,
  'pg_foreign_data_wrapper.fdwhandler': inC,
  'pg_language.lanplcallfoid': inC,
  'pg_language.laninline': inC,
  'pg_language.lanvalidator': 'it comes with a language, which is C',
  'pg_operator.oprrest': inC,
  'pg_operator.oprjoin': inC,
  'pg_transform.trffromsql': inC,
  'pg_transform.trftosql': inC,
  'pg_ts_parser.prsstart': inC,
  'pg_ts_parser.prstoken': inC,
  'pg_ts_parser.prsend': inC,
  'pg_ts_parser.prsheadline': inC,
  'pg_ts_parser.prslextype': inC,
  'pg_ts_template.tmplinit': inC,
  'pg_ts_template.tmpllexize': inC,
  'pg_type.typinput': inC,
  'pg_type.typoutput': inC,
  'pg_type.typreceive': inC,
  'pg_type.typsend': inC,
  'pg_type.typmodin': inC,
  'pg_type.typmodout': inC,
  'pg_type.typanalyze': inC,
  'pg_type.typsubscript': inC,
};

/** Functions of which some overload can be called with values, and answers one. */
const BUILTINS = `
  SELECT proname AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND oid < 16384
     AND NOT (ARRAY[prorettype] || proargtypes::oid[]) && ARRAY['internal', 'cstring', 'trigger', 'event_trigger', 'language_handler',
       'fdw_handler', 'index_am_handler', 'table_am_handler', 'tsm_handler']::regtype[]::oid[]
   GROUP BY proname`;

/** Of versions before the one that the list was made from, and validators of languages: they have no class, and are code. */
const obsolete: ReadonlySet<string> = new Set(
  [
    'amvalidate fmgr_c_validator fmgr_internal_validator fmgr_sql_validator plpgsql_validator',
    'interval_accum interval_accum_inv interval_avg interval_combine pg_read_file_old pg_rotate_logfile_old',
    'pg_stat_get_bgwriter_buf_written_checkpoints pg_stat_get_bgwriter_requested_checkpoints',
    'pg_stat_get_bgwriter_timed_checkpoints pg_stat_get_buf_fsync_backend pg_stat_get_buf_written_backend',
    'pg_stat_get_checkpoint_sync_time pg_stat_get_checkpoint_write_time pg_timezone_abbrevs',
  ].flatMap((names) => names.split(' ')),
);

const versions = hasPostgres15() ? ([15, 18] as const) : ([18] as const);

/** One function of the target's, in each of those places; `f` is its name in the catalogue. */
const OBJECTS = `
  CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
  CREATE FUNCTION ft() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TABLE t_default (id int DEFAULT f(1));
  CREATE TABLE t_generated (id int, g int GENERATED ALWAYS AS (f(id)) STORED);
  CREATE TABLE t_check (id int CHECK (f(id) > 0));
  CREATE TABLE t_index (id int); CREATE INDEX ON t_index (f(id));
  CREATE TABLE t_partial (id int); CREATE INDEX ON t_partial (id) WHERE f(id) > 0;
  CREATE TABLE t_exclude (id int, EXCLUDE USING btree ((f(id)) WITH =));
  CREATE TABLE t_statistics (id int, n int); CREATE STATISTICS s ON (f(id)), n FROM t_statistics;
  CREATE TABLE t_partitioned (id int) PARTITION BY LIST (f(id));
  CREATE TABLE t_when (id int); CREATE TRIGGER w BEFORE INSERT ON t_when FOR EACH ROW WHEN (f(NEW.id) > 0) EXECUTE FUNCTION ft();
  CREATE TABLE t_policy (id int); CREATE POLICY p ON t_policy WITH CHECK (f(id) > 0); ALTER TABLE t_policy ENABLE ROW LEVEL SECURITY;
  CREATE TABLE t_builtin (id text DEFAULT set_config('a.b', 'c', false));
  CREATE TABLE t_builtin_check (id text CHECK (set_config('a.b', 'c', false) <> ''));
  CREATE TABLE t_builtin_policy (id text); CREATE POLICY p ON t_builtin_policy USING (pg_notify('a', 'b') IS NULL); ALTER TABLE t_builtin_policy ENABLE ROW LEVEL SECURITY;
  CREATE TABLE t_plain (id serial, made timestamptz DEFAULT now(), n int CHECK (n > 0));
  CREATE VIEW v_default AS SELECT id FROM t_plain; ALTER VIEW v_default ALTER id SET DEFAULT f(1);
  CREATE DOMAIN d_default AS int DEFAULT f(1);
  CREATE DOMAIN d_check AS int CHECK (f(VALUE) > 0);
  CREATE DOMAIN d_builtin AS text CHECK (set_config('a.b', VALUE, false) <> '');
  CREATE DOMAIN d_over AS d_check;
  CREATE TYPE c_over AS (d d_over);
  CREATE TYPE c AS (n int);
  CREATE DOMAIN c_domain AS c;
  CREATE FUNCTION to_c(int) RETURNS c LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1)::c';
  CREATE CAST (int AS c) WITH FUNCTION to_c(int);
  CREATE FUNCTION cmp(c, c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
  CREATE FUNCTION lt(c, c) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
  CREATE OPERATOR <<< (LEFTARG = c, RIGHTARG = c, FUNCTION = lt);
  CREATE OPERATOR CLASS c_ops FOR TYPE c USING btree AS OPERATOR 1 <<<, FUNCTION 1 cmp(c, c);
  CREATE FUNCTION diff(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1.0::float8';
  CREATE TYPE r AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = diff);
  CREATE OPERATOR ??? (RIGHTARG = int, FUNCTION = pg_catalog.pg_stat_get_backend_activity);
  CREATE FUNCTION validates(text[], oid) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
  CREATE FOREIGN DATA WRAPPER w VALIDATOR validates;`;

describe.each(versions)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  let catalogue: Catalogue;
  beforeAll(async () => {
    server = await bootPostgres({ version, auth: 'trust' });
    await server.query('CREATE DATABASE shop');
    await server.query(OBJECTS, 'shop');
    const { host, port, user, password } = server;
    const login = { host, port, user, password, database: 'shop', tls: { kind: 'off' as const } };
    catalogue = await readCatalogue(login, targetStream);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
  }, 60_000);

  test('every place of a function in the catalogues is accounted for', async () => {
    const rows = await server.query(PLACES);
    expect(rows.map(({ place }) => place).sort()).toEqual(Object.keys(accounted).sort());
  });

  test('every function of the server has a class, but what no text can call', async () => {
    const rows = await server.query(BUILTINS);
    const without = rows.map(({ name }) => String(name)).filter((name) => functionClass(name) === null);
    expect(rows.length).toBeGreaterThan(1500);
    expect(without.filter((name) => !obsolete.has(name))).toEqual([]);
  });

  const calls = (name: string): string[] => {
    const of = catalogue.behaviours?.find((one) => one.name === name);
    const found = [of?.writeCalls, of?.policyCalls, ...(of?.triggers ?? []).map((trigger) => trigger.calls)];
    return found.flatMap((list) => (list ?? []).map((called) => `${called.schema}.${called.name}`)).sort();
  };
  test.each([
    ['t_default', ['public.f']],
    ['t_generated', ['public.f']],
    ['t_check', ['public.f']],
    ['t_index', ['public.f']],
    ['t_partial', ['public.f']],
    ['t_exclude', ['public.f']],
    ['t_statistics', ['public.f']],
    ['t_partitioned', ['public.f']],
    ['t_when', ['public.f', 'public.ft']],
    ['t_policy', ['public.f']],
    ['t_builtin', ['pg_catalog.set_config']],
    ['t_builtin_check', ['pg_catalog.set_config']],
    ['t_builtin_policy', ['pg_catalog.pg_notify']],
    ['v_default', ['public.f']],
    ['t_plain', []],
  ])('%s calls %j', (name, functions) => {
    expect(calls(name)).toEqual(functions);
  });

  test('types', () => {
    const domains = (catalogue.domains ?? []).map(({ name, calls: of }) => [name, of.map((one) => one.name)]);
    expect(Object.fromEntries(domains)).toEqual({
      d_default: ['f'],
      _d_default: ['f'],
      d_check: ['f'],
      _d_check: ['f'],
      d_over: ['f'],
      _d_over: ['f'],
      d_builtin: ['set_config'],
      _d_builtin: ['set_config'],
      c_over: ['f'],
      _c_over: ['f'],
    });
    expect(
      catalogue.casts?.map(({ calls: of, targetIn }) => [of.name, targetIn?.map(({ name }) => name).sort()]),
    ).toEqual([
      // The server's own, written in SQL.
      ['polygon', undefined],
      ['to_c', ['_c', '_c_domain', 'c_domain']],
    ]);
    expect(catalogue.compared?.map(({ name, calls: of }) => [name, of.map((one) => one.name)])).toEqual([
      ['c', ['cmp', 'lt']],
      ['r', ['diff']],
    ]);
    expect([...(catalogue.operators ?? [])].sort()).toEqual(['<<<', '???']);
    expect(catalogue.eventTriggers?.map(({ name }) => name)).toEqual(['validates']);
  });
});
