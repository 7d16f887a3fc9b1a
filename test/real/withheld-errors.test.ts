/**
 * P31: errors that keep their text under masks. Each is provoked on real servers, by what quotes nothing but the client's own
 * text; and whatever could make one quote a value is tried: the server must say that it comes from elsewhere.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReportFields } from '../../proxy/postgres/wire/messages.js';
import { HARMLESS, withheld } from '../../proxy/postgres/responses/withheld.js';
import { errors, say, WireClient } from '../proxy/postgres/wire-client.js';
import { bootPostgres, hasPostgres15 } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

type Step = string | readonly Buffer[];

const failed = ['BEGIN', 'SELECT 1 / 0'];
const provoking: Readonly<Record<string, readonly Step[]>> = {
  '08P01 exec_bind_message': [[say.parse('SELECT $1::int'), say.bind([]), say.sync()]],
  '25001 PreventInTransactionBlock': ['BEGIN', 'VACUUM'],
  '25006 PreventCommandIfReadOnly': ['BEGIN READ ONLY', "INSERT INTO t VALUES (2)"],
  '25P02 exec_simple_query': [...failed, 'SELECT 1'],
  '25P02 exec_parse_message': [...failed, [say.parse('SELECT 1'), say.sync()]],
  '25P02 exec_bind_message': ['BEGIN', [say.parse('SELECT 1', 's'), say.sync()], 'SELECT 1 / 0', [say.bind([], 's'), say.sync()]],
  '25P02 exec_execute_message': ['BEGIN', [say.parse('SELECT 1', 's'), say.bind([], 's', 'p'), say.sync()], 'SELECT 1 / 0', [say.execute('p'), say.sync()]],
  '26000 FetchPreparedStatement': ['EXECUTE nope'],
  '26000 exec_bind_message': [[say.bind([]), say.sync()]],
  '26000 exec_describe_statement_message': [[say.describe('', 'statement'), say.sync()]],
  '34000 PerformPortalFetch': ['FETCH nope'],
  '34000 PerformPortalClose': ['CLOSE nope'],
  '34000 exec_execute_message': [[say.execute('nope'), say.sync()]],
  '34000 exec_describe_portal_message': [[say.describe('nope', 'portal'), say.sync()]],
  '42601 scanner_yyerror': ['SELEC 1'],
  '42601 transformInsertRow': ["INSERT INTO t VALUES ('a', 'b', 'c')"],
  '42601 transformInsertStmt': ['INSERT INTO t VALUES (2), (3, NULL)'],
  '42601 transformSetOperationTree': ['SELECT 1 UNION SELECT 1, 2'],
  '42702 colNameToVar': ['SELECT email FROM t, t u'],
  '42703 errorMissingColumn': ['SELECT nope FROM t'],
  '42703 checkInsertTargets': ["INSERT INTO t (nope) VALUES ('a')"],
  '42703 transformUpdateTargetList': ["UPDATE t SET nope = 'a'"],
  '42712 checkNameSpaceConflicts': ['SELECT 1 FROM t, t'],
  '42725 ParseFuncOrColumn': ["SELECT either('a')"],
  '42725 op_error': ["SELECT '1' + '2'"],
  '42803 check_ungrouped_columns_walker': ['SELECT email FROM t GROUP BY id'],
  '42803 substitute_grouped_columns_mutator': ['SELECT email FROM t GROUP BY id'],
  '42803 check_agglevels_and_constraints': ['SELECT 1 FROM t WHERE count(*) > 1'],
  '42804 select_common_type': ['SELECT CASE WHEN true THEN 1 ELSE now() END'],
  '42804 coerce_to_boolean': ['SELECT 1 FROM t WHERE id'],
  '42804 transformAssignedExpr': ['UPDATE t SET id = now()'],
  '42809 ParseFuncOrColumn': ['SELECT lower(DISTINCT email) FROM t', "SELECT count(email) WITHIN GROUP (ORDER BY id) FROM t"],
  '42846 coerce_to_common_type': ["SELECT '{}'::json UNION ALL SELECT gen_random_uuid()"],
  '42846 transformTypeCast': ['SELECT now()::int'],
  '42883 ParseFuncOrColumn': ['SELECT nope(1)'],
  '42883 op_error': ['SELECT email + 1 FROM t'],
  '42P01 parserOpenTable': ['SELECT 1 FROM nope'],
  '42P01 errorMissingRTE': ['SELECT nope.a FROM t'],
  '42P01 DropErrorMsgNonExistent': ['DROP TABLE nope'],
  '42P03 CreatePortal': ['BEGIN', 'DECLARE c CURSOR FOR SELECT 1', 'DECLARE c CURSOR FOR SELECT 1'],
  '42P05 StorePreparedStatement': ['PREPARE p AS SELECT 1', 'PREPARE p AS SELECT 1'],
  '42P10 findTargetlistEntrySQL92': ['SELECT 1 ORDER BY 5'],
  '55P03 ProcessInterrupts': ["SET lock_timeout = 50", 'SELECT 1 FROM locked'],
  '55P03 heap_lock_tuple': ['SELECT 1 FROM rows_locked FOR UPDATE NOWAIT'],
  '57014 ProcessInterrupts': ['SET statement_timeout = 20', 'SELECT pg_sleep(5)'],
}; // prettier-ignore

/** A routine that one version has, and another calls otherwise. */
const only: Readonly<Record<string, number>> = {
  '42803 check_ungrouped_columns_walker': 15,
  '42803 substitute_grouped_columns_mutator': 18,
};

/** A value of the table, and texts that hold it: whatever the server does with them, it may say it. */
const VALUE = 'zqxcanary';
const value = '(SELECT email FROM t)';
const inCode = (text: string): string => `DO $$ BEGIN EXECUTE ${text}; END $$`;
const quoting: readonly string[] = [
  ...['regclass', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator', 'regnamespace', 'regrole', 'regconfig', 'regdictionary', 'regcollation',
    'int', 'date', 'uuid', 'json', 'jsonpath', 'xml', 'point', 'inet', 'tsquery', 'interval', 'boolean', 'numrange', 'pg_lsn', 'int[]', 'mood', 't'].flatMap(
    (type) => [`SELECT ${value}::${type}`, `SELECT ('"' || ${value} || ' +')::${type}`, `SELECT ('s1.' || ${value})::${type}`, `SELECT (${value} || '(')::${type}`]),
  ...['to_regclass', 'to_regtype', 'to_regproc', 'to_regprocedure', 'to_regoper', 'to_regoperator', 'to_regnamespace', 'to_regrole', 'to_regcollation', 'nextval', 'currval', 'pg_relation_size',
    'pg_input_is_valid', 'pg_get_serial_sequence', 'parse_ident', 'to_tsquery', 'lo_import', 'pg_read_file', 'pg_ls_dir', 'pg_stat_file', 'pg_current_logfile', 'pg_get_viewdef', 'pg_column_size'].flatMap(
    (name) => [`SELECT ${name}(${value})`, `SELECT ${name}('x y ' || ${value})`, `SELECT ${name}('nope.' || ${value})`, `SELECT ${name}(${value} || '(')`]),
  ...['table', 'schema', 'database', 'function', 'language', 'sequence', 'type', 'tablespace', 'server', 'foreign_data_wrapper'].flatMap(
    (kind) => [`SELECT has_${kind}_privilege(${value}, 'usage')`, `SELECT has_${kind}_privilege('postgres', 't', ${value})`, `SELECT has_${kind}_privilege(${value}, 't', 'usage')`]),
  `SELECT has_column_privilege('t', ${value}, 'select')`, `SELECT pg_has_role(${value}, 'usage')`,
  `SELECT currtid2(${value}, '(0,1)')`, `SELECT pg_get_serial_sequence('t', ${value})`,
  ...[`'SELECT ' || `, `'SELECT 1 FROM ' || `, `'SELECT 1 ' || `, `'SELECT 1 AS a, 2 AS b FROM t WHERE ' || `, `'EXECUTE ' || `, `'FETCH ' || `, `'CLOSE ' || `, `'DROP TABLE ' || `, `'SELECT 1 ORDER BY t.' || `, `'SELECT nope.' || `].flatMap(
    (text) => [inCode(`${text}${value}`), inCode(`${text}${value} || '(1)'`), `SELECT query_to_xml(${text}${value}, true, true, '')`, `SELECT query_to_xml(${text}${value} || '(1)', true, true, '')`,
      `SELECT f_run(${text}${value})`, `SELECT f_cursor(${text}${value})`, `SELECT query_to_xmlschema(${text}${value}, true, true, '')`, `SELECT ts_stat(${text}${value})`, `SELECT ts_rewrite('a'::tsquery, ${text}${value})`]),
  `SELECT cursor_to_xml(${value}, 1, true, true, '')`, `SELECT f_fetch(${value})`, `SELECT table_to_xml(${value}, true, true, '')`, `SELECT schema_to_xml(${value}, true, true, '')`,
  `SELECT now() AT TIME ZONE ${value}`, `SELECT set_config('TimeZone', ${value}, false)`, `SELECT set_config(${value}, 'a', false)`, `SELECT current_setting(${value})`, `SELECT set_config('role', ${value}, false)`,
  `SELECT convert_to('a', ${value})`, `SELECT to_number(${value}, ${value})`, `SELECT to_date(${value}, 'YYYY')`, `SELECT date_trunc(${value}, now())`, `SELECT extract(year FROM ${value}::date)`, `SELECT encode('a', ${value})`,
  `SELECT xpath(${value}, '<a/>')`, `SELECT 'a' ~ (${value} || '(')`, `SELECT 'a' COLLATE "C" LIKE ${value} ESCAPE ${value}`, `SELECT jsonb_path_query('{}', ('$.' || ${value} || '(')::jsonpath)`, `SELECT format(${value} || '%k')`, `SELECT pg_notify(${value}, repeat('a', 9000))`,
  `SELECT ts_lexize(${value}, 'a')`, `SELECT ts_headline(${value}, 'a', 'a'::tsquery)`, `SELECT make_interval(secs => ${value}::float8)`, `SELECT enum_range(${value}::mood)`, `SELECT json_populate_record(null::t, ('{"id":"' || ${value} || '"}')::json)`,
]; // prettier-ignore

const OBJECTS = `
  CREATE TABLE t (id int UNIQUE, email text);
  INSERT INTO t VALUES (1, '${VALUE}');
  CREATE TABLE locked (id int);
  CREATE TABLE rows_locked (id int);
  INSERT INTO rows_locked VALUES (1);
  CREATE ROLE nobody;
  CREATE TYPE mood AS ENUM ('sad');
  CREATE SCHEMA s1;
  CREATE SCHEMA ${VALUE};
  CREATE SEQUENCE ${VALUE}.s;
  CREATE TABLE s1.${VALUE} (id int);
  CREATE FUNCTION either(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION either(a date) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION f_run(a text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE a; END';
  CREATE FUNCTION f_cursor(a text) RETURNS void LANGUAGE plpgsql AS 'DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE a; END';
  CREATE FUNCTION f_fetch(c refcursor) RETURNS int LANGUAGE plpgsql AS 'DECLARE n int; BEGIN FETCH c INTO n; RETURN n; END';
`;

const originOf = (fields: ReportFields): string => `${fields.get('C') ?? ''} ${fields.get('R') ?? ''}`;

describe.each([18, ...(hasPostgres15() ? [15 as const] : [])] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  let locks: Awaited<ReturnType<PostgresServer['connect']>>;
  beforeAll(async () => {
    server = await bootPostgres({ auth: 'trust', version });
    await server.query(OBJECTS);
    locks = await server.connect();
    await locks.query('BEGIN; LOCK TABLE locked; SELECT 1 FROM rows_locked FOR UPDATE');
  }, 60_000);
  afterAll(async () => {
    await locks.end();
    await server.stop();
  });

  async function said(steps: readonly Step[]): Promise<readonly ReportFields[]> {
    const client = await WireClient.start(server.port, 'postgres', 'postgres');
    try {
      const found: ReportFields[] = [];
      for (const step of steps)
        found.push(...errors(await client.ask(typeof step === 'string' ? [say.query(step)] : [...step])));
      return found;
    } finally {
      client.end();
    }
  }

  test('each that is listed is provoked here', () => {
    expect(Object.keys(provoking).sort()).toEqual([...HARMLESS].sort());
  });

  const here = Object.entries(provoking).filter(([origin]) => (only[origin] ?? version) === version);
  test.each(here)('%s is said, and shown', async (origin, steps) => {
    const found = await said(steps);
    expect(found.map(originOf)).toContain(origin);
    const report = found.find((fields) => originOf(fields) === origin)!;
    expect(withheld(report)).toBe(report);
  });

  test('no value is shown by any error that can quote one', async () => {
    const shown: string[] = [];
    let quoted = 0;
    for (const sql of quoting)
      for (const first of [[], ['SET ROLE nobody'], ['BEGIN']]) {
        const steps = first.includes('SET ROLE nobody')
          ? ["SELECT set_config('my.v', email, false) FROM t", ...first, sql.replaceAll(value, "current_setting('my.v')")]
          : [...first, sql]; // prettier-ignore
        for (const fields of await said(steps)) {
          if ([...fields.values()].some((text) => text.toLowerCase().includes(VALUE))) quoted++;
          if ([...withheld(fields).values()].some((text) => text.toLowerCase().includes(VALUE)))
            shown.push(`${originOf(fields)}: ${sql}: ${fields.get('M') ?? ''}`);
        }
      }
    expect(quoted).toBeGreaterThan(100);
    expect(shown).toEqual([]);
  }, 240_000);
});
