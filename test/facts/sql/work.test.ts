/** What a text costs, in counted steps: twice as much of anything costs twice as much, or is refused. */
import { describe, expect, test } from '@jest/globals';
import type { SqlContext } from '../../../src/facts/sql/scope/analysis.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import { measure } from '../../../src/facts/sql/parse/nesting.js';
import { namesIn } from '../../../src/facts/sql/session/named-in.js';
import { parseSql } from '../../../src/facts/sql/parse/parser.js';
import { contextOf } from './read-case.js';

type Shape = (n: number) => string;
const many = (n: number, part: (i: number) => string, between = ', '): string =>
  Array.from({ length: n }, (_, i) => part(i)).join(between);

const shapes: Readonly<Record<string, Shape>> = {
  'statements': (n) => many(n, () => 'SELECT 1', ';'),
  'PREPAREs': (n) => many(n, (i) => `PREPARE p${i} AS SELECT 1`, ';'),
  'PREPAREs and EXECUTEs': (n) => many(n, (i) => `PREPARE p${i} AS SELECT 1; EXECUTE p${i}`, ';'),
  'DECLAREs': (n) => many(n, (i) => `DECLARE c${i} CURSOR FOR SELECT 1`, ';'),
  'DEALLOCATEs': (n) => many(n, () => 'DEALLOCATE ALL', ';'),
  'savepoints': (n) => many(n, (i) => `SAVEPOINT s${i}`, ';'),
  'settings': (n) => many(n, () => 'SET search_path TO a, b', ';'),
  'temporary tables': (n) => many(n, (i) => `CREATE TEMP TABLE t${i} (a int)`, ';'),
  'FROM items': (n) => `SELECT 1 FROM ${many(n, (i) => `customers c${i}`)}`,
  'FROM items that are named': (n) =>
    `SELECT ${many(n, (i) => `c${i}.id`)} FROM ${many(n, (i) => `customers c${i}`)}`,
  'functions in FROM': (n) => `SELECT 1 FROM ${many(n, (i) => `generate_series(1, 2) g${i}`)}`,
  'joins in FROM': (n) => `SELECT 1 FROM ${many(n, (i) => `customers a${i} JOIN customers b${i} USING (id)`)}`,
  'CTEs': (n) => `WITH ${many(n, (i) => `c${i} AS (SELECT 1)`)} SELECT 1`,
  'CTEs over CTEs': (n) => `WITH c0 AS (SELECT 1 AS a)${many(n, (i) => `, c${i + 1} AS (SELECT a FROM c${i})`, '')} SELECT 1`,
  'CTEs that double': (n) =>
    `WITH c0 AS (SELECT 1 AS a, 2 AS b)${many(n, (i) => `, c${i + 1} AS (SELECT a.*, b.* FROM c${i} a, c${i} b)`, '')} SELECT 1`,
  'recursive CTEs in each other': (n) =>
    `${many(n, (i) => `WITH RECURSIVE r${i} AS (SELECT 1 AS a UNION ALL (`, '')}SELECT 1${many(n, (i) => `)) SELECT a FROM r${n - 1 - i}`, '')}`,
  'writes in CTEs': (n) => `WITH ${many(n, (i) => `c${i} AS (DELETE FROM orders WHERE id = ${i})`)} SELECT 1`,
  'IN lists': (n) => `SELECT 1 FROM customers WHERE id IN (${many(n, (i) => `${i}`)})`,
  'ORs': (n) => `SELECT 1 FROM customers WHERE ${many(n, (i) => `id = ${i}`, ' OR ')}`,
  'rows': (n) => `INSERT INTO orders (id, note) VALUES ${many(n, (i) => `(${i}, 'x')`)}`,
  'parameters': (n) => `SELECT 1 WHERE 1 IN (${many(n, (i) => `$${i + 1}`)})`,
  'windows': (n) => `SELECT 1 WHERE 1 IN (${many(n, () => '(SELECT rank() OVER (ORDER BY id) FROM customers LIMIT 1)')})`,
  'columns by name': (n) => `SELECT ${many(n, () => 'email')} FROM customers`,
  'stars': (n) => `SELECT ${many(n, () => '*')} FROM customers`,
  'whole rows': (n) => `SELECT count(*) FROM customers c WHERE ROW(${many(n, () => 'c')}) IS NULL`,
  'whole rows of two tables': (n) =>
    `SELECT 1 FROM customers c, customers d WHERE ROW(${many(n, (i) => (i % 2 === 0 ? 'c' : 'd'))}) IS NULL`,
  'rows by stars': (n) => `SELECT 1 FROM customers c, customers d WHERE ROW(${many(n, (i) => (i % 2 === 0 ? 'c.*' : 'd.*'))}) IS NULL`,
  'fields of rows': (n) => `SELECT 1 FROM customers c WHERE ROW(${many(n, () => '(c).email')}) IS NULL`,
  'names of no column': (n) => `SELECT 1 FROM customers c WHERE ROW(${many(n, (i) => `c.x${i}`)}) IS NULL`,
  'names under subqueries': (n) =>
    `${'SELECT (SELECT 1 FROM orders WHERE (1) IN ('.repeat(20)}SELECT 1 WHERE 1 IN (${many(n, () => 'phone')})${'))'.repeat(20)} FROM customers`,
  'names that each of many tables has': (n) =>
    `SELECT ${many(Math.min(n, 1000), () => 'id')} FROM ${many(n, (i) => `customers c${i}`)}`,
  'COALESCE in a value of its own column': (n) =>
    `UPDATE customers SET email = COALESCE(${many(n, (i) => `COALESCE(email, '${i}')`)})`,
  'CASE in a value of its own column': (n) =>
    `UPDATE customers SET email = CASE ${many(n, (i) => `WHEN id = ${i} THEN email`, ' ')} END`,
  'ORDER BY names': (n) =>
    `SELECT ${many(n, (i) => `id AS x${i}`)} FROM customers ORDER BY ${many(n, (i) => `x${i}`)}`,
  'USING columns': (n) =>
    `SELECT 1 FROM (SELECT ${many(n, (i) => `1 AS a${i}`)}) x JOIN (SELECT ${many(n, (i) => `1 AS a${i}`)}) y USING (${many(n, (i) => `a${i}`)})`,
  'assignments of one value': (n) =>
    `UPDATE orders SET (${many(n, (i) => `a${i}`)}) = (SELECT ${many(n, (i) => `${i}`)})`,
  'casts': (n) => `SELECT 1 WHERE 1 IN (${many(n, (i) => `${i}::int`)})`,
  'comments in comments': (n) => `${'/*'.repeat(n)}${'*/'.repeat(n)} SELECT 1`,
  'comments side by side': (n) => `${'/**/'.repeat(n)}SELECT 1`,
  'comments in a comment': (n) => `/*${'/**/'.repeat(n)}*/SELECT 1`,
  'operators before comments': (n) => `SELECT 1 ${'+/**/'.repeat(n)}1`,
  'long operators': (n) => `SELECT 1 ${many(n, () => '+-+-+-+-+-1')}`,
  'quotes': (n) => `SELECT '${"''".repeat(n)}'`,
  'dollars': (n) => `SELECT $a$${'$b$'.repeat(n)}$a$`,
  'words': (n) => 'a '.repeat(n),
  'tables to drop': (n) => `DROP TABLE ${many(n, (i) => `t${i}`)}`,
  'tables to truncate': (n) => `TRUNCATE ${many(n, (i) => `t${i}`)}`,
}; // prettier-ignore

const context: SqlContext = contextOf();
const SIZE = 300;

/** Deeper, not wider. */
const deep: Readonly<Record<string, Shape>> = {
  'COALESCE in COALESCE': (n) => `UPDATE customers SET email = ${'COALESCE('.repeat(n)}email${", 'x')".repeat(n)}`,
  'CASE in CASE': (n) =>
    `UPDATE customers SET email = ${'CASE WHEN id = 1 THEN email ELSE '.repeat(n)}email${' END'.repeat(n)}`,
  'casts of casts': (n) => `UPDATE customers SET email = email${'::text'.repeat(n)}`,
}; // prettier-ignore

describe('twice as much', () => {
  test.each(Object.entries(shapes))('%s: costs twice as much, or is too much', (_, shape) => {
    const costs = [1, 2, 4].map((times) => {
      const { steps = 0, excess } = deriveSql(shape(SIZE * times), context);
      return { steps, excess: excess === true };
    });
    for (const [at, cost] of costs.entries()) {
      const half = costs[at - 1];
      if (half === undefined || cost.excess) continue;
      expect(half.excess).toBe(false);
      expect(cost.steps).toBeLessThan(2.6 * half.steps + 2000);
    }
  });

  test.each(Object.entries(shapes))(
    '%s: the parser is not sent what it would look at over and over',
    (_, shape) => {
      for (const times of [8]) {
        const { rescanned, copied } = measure(shape(SIZE * times));
        const parsed = parseSql(shape(SIZE * times));
        if (parsed.kind === 'refused') continue;
        expect(rescanned).toBeLessThanOrEqual(2_000_000);
        expect(copied).toBeLessThanOrEqual(300_000);
      }
    },
  );
});

describe('what nests', () => {
  test.each(Object.entries(deep))('%s: twice as deep costs twice as much', (_, shape) => {
    const costs = [1, 2, 4].map((times) => deriveSql(shape(25 * times), context));
    for (const [at, { error, steps = 0 }] of costs.entries()) {
      expect(error).toBeNull();
      if (at > 0) expect(steps).toBeLessThan(2.6 * costs[at - 1]!.steps! + 100);
    }
  });
});

describe('what is too much', () => {
  test.each([
    ['P22', '/*'.repeat(200_000) + '*/ SELECT 1'],
    ['P22, side by side', `${'/**/'.repeat(200_000)}SELECT 1`],
    ['P23', `SELECT 1 FROM ${many(40_000, (i) => `customers c${i}`)}`],
    ['P24, statements', many(100_000, () => 'SELECT 1', ';')],
    ['P25', shapes['CTEs that double']!(20)],
    ['a value for a thousand columns', shapes['assignments of one value']!(1000)],
  ])('%s is said to be', (_, text) => {
    const { error, excess } = deriveSql(text, context);
    expect(excess).toBe(true);
    expect(error).not.toBeNull();
  });

  test('what follows a name costs what the text behind it costs', () => {
    const prepared = new Map([['p', `SELECT 1 WHERE 1 IN (${many(20_000, (i) => `${i}`)})`]]);
    const once = deriveSql('EXECUTE p', { ...context, prepared });
    expect(once.error).toBeNull();
    const often = deriveSql(
      many(200, () => 'EXECUTE p', ';'),
      { ...context, prepared },
    );
    expect(often.excess).toBe(true);
  });
});

describe('ordinary texts of the largest size', () => {
  test.each([
    ['rows', `INSERT INTO orders (id, note) VALUES ${many(60_000, (i) => `(${i}, 'x')`)}`],
    ['an IN list', `SELECT 1 FROM customers WHERE id IN (${many(120_000, (i) => `${i}`)})`],
    ['statements', many(12_000, (i) => `INSERT INTO orders (id, note) VALUES (${i}, 'something ${i}')`, ';\n')],
    ['a schema', many(1_000, (i) => `CREATE TABLE t${i} (id bigint PRIMARY KEY, name text NOT NULL, note text)`, ';\n')],
    ['a banner', `/${'*'.repeat(3000)}\n ${'='.repeat(3000)}\n${'*'.repeat(3000)}/ SELECT 1`],
    ['a long text', `SELECT '${'='.repeat(900_000)}'`],
    ['many columns of a row', `UPDATE orders SET (${many(60, (i) => `a${i}`)}) = (SELECT ${many(60, (i) => `b${i}`)} FROM t)`],
  ])('%s: are worked out', (_, text) => {
    expect(deriveSql(text, context).error).toBeNull();
  }); // prettier-ignore
});

describe('names in a text', () => {
  test.each([
    ['EXECUTE P1', ['p1']],
    ['EXECUTE "P 1"(1)', ['P 1']],
    [`SELECT 'it''s "odd' ; EXECUTE "P 1"`, ['P 1']],
    ['EXECUTE é', ['é']],
    [`EXECUTE ${'x'.repeat(70)}`, ['x'.repeat(63)]],
    [`EXECUTE "${'é'.repeat(40)}"`, ['é'.repeat(31)]],
  ])('%s', (text, names) => {
    const found = namesIn(text);
    for (const name of names) expect(found).toContain(name);
  });
});
