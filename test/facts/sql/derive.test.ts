import { describe, expect, test } from '@jest/globals';
import { toJson } from '../../../src/values/value.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import { contextOf, observe, readCases } from './read-case.js';
import type { Case } from './read-case.js';

const files = [
  'lineage.yaml',
  'names.yaml',
  'own-relations.yaml',
  'views.yaml',
  'statements.yaml',
  'definitions.yaml',
  'writes.yaml',
  'functions.yaml',
  'bodies.yaml',
  'session.yaml',
  'without-catalogue.yaml',
  'hostile.yaml',
  'tools.yaml',
];

describe.each(files)('%s', (file) => {
  test.each(readCases(file).map((one) => [titleOf(one), one] as const))('%s', (_, one) => {
    expect(Object.keys(one.expect)).not.toHaveLength(0);
    expect(observe(one)).toEqual(one.expect);
  });
});

function titleOf({ id, sql }: Case): string {
  return id === undefined ? sql.trim() : `${id}: ${sql.trim()}`;
}

/** Of every statement of a text, as the cases write them. */
function tablesOf(sql: string): unknown {
  const { statements } = deriveSql(sql, contextOf()).sql;
  return (toJson(statements!) as { nested: boolean; tables: { schema?: string; name?: string }[] }[])
    .filter(({ nested }) => !nested)
    .map(({ tables }) => tables.map(({ schema, name }) => (name === undefined ? '?' : `${schema!}.${name}`)));
}

describe('functions that all call each other', () => {
  const names = Array.from({ length: 14 }, (_, index) => `f${index}`);
  const calls = names.map((name) => `PERFORM ${name}();`).join(' ');
  const functions = names.map((name) => ({
    schema: 'public',
    name,
    kind: 'function' as const,
    volatility: 'volatile' as const,
    language: 'plpgsql',
    definition: `CREATE FUNCTION public.${name}() RETURNS int LANGUAGE plpgsql AS 'BEGIN ${calls} UPDATE orders SET note = ''${name}''; RETURN (SELECT max(id) FROM customers); END'`,
  }));
  const context = { ...contextOf(), catalogue: { ...contextOf().catalogue!, functions } };

  test.each(['SELECT f0()', 'SELECT f7() + f3()'])('%s lists what each does once', (sql) => {
    const { sql: facts, statements } = deriveSql(sql, context);
    const listed = toJson(facts['statements']!) as { verb: string }[];
    expect(listed.filter(({ verb }) => verb === 'update')).toHaveLength(names.length);
    expect(statements[0]!.opaque).toBeUndefined();
    const touched = new Set(statements[0]!.touched!.map(({ name }) => name));
    expect([...touched].sort()).toEqual(['customers', 'orders']);
  });
});

describe('whether a text names what the catalogue does not have', () => {
  test.each([
    ['SELECT id FROM orders', false],
    ['SELECT 1', false],
    ['SELECT * FROM nowhere', true],
    ['SELECT * FROM hr.nowhere', true],
    ['WITH x AS (DELETE FROM nowhere RETURNING *) SELECT id FROM orders', true],
    ['SELECT nothing FROM orders', true],
    ['SELECT o.nothing FROM orders o', true],
    ['UPDATE orders SET id = nothing', true],
    ['SELECT nobody(id) FROM orders', true],
    ['WITH x AS (SELECT 1 AS a) SELECT a FROM x', false],
    ['CREATE TEMP TABLE t (a int); SELECT a FROM t', false],
    ['DROP TABLE nowhere', false],
    ['SELECT 1; nonsense', false],
  ])('%s: %s', (sql, missing) => {
    expect(deriveSql(sql, contextOf()).missing).toBe(missing);
  });

  test('without a catalogue nobody can say', () => {
    expect(deriveSql('SELECT a FROM b', { ...contextOf(), catalogue: null }).missing).toBe(false);
  });
});

describe('what a text makes is known to the rest of it', () => {
  test.each([
    [
      'CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1); SELECT a FROM t',
      ['pg_temp.t'],
      ['pg_temp.t'],
      ['pg_temp.t'],
    ],
    ['BEGIN; CREATE TABLE t AS SELECT 1 AS a; SELECT a FROM t', [], ['public.t'], ['public.t']],
    [
      'CREATE TEMP VIEW t AS SELECT id FROM orders; SELECT * FROM t',
      ['pg_temp.t', 'public.orders'],
      ['pg_temp.t', '?'],
    ],
    ['CREATE TABLE hr.t (a int); SELECT a FROM t', ['hr.t'], ['public.t', '?']],
    ['SELECT a FROM t; CREATE TABLE t (a int)', ['public.t', '?'], ['public.t']],
    [
      'CREATE TABLE t (a int); ALTER TABLE t RENAME TO u; SELECT a FROM u',
      ['public.t'],
      ['public.t'],
      ['public.u', '?'],
    ],
  ])('%s', (sql, ...expected) => {
    expect(tablesOf(sql)).toEqual(expected);
  });
});
