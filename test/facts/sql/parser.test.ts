import { describe, expect, test } from '@jest/globals';
import { estimateNesting } from '../../../src/facts/sql/parse/nesting.js';
import { defaultParserLimits, loadSqlParser, parseSql } from '../../../src/facts/sql/parse/parser.js';
import { createParserInstance } from '../../../src/facts/sql/parse/wasm.js';

const many = (count: number, part: string, between = ''): string => Array(count).fill(part).join(between);
const unlimited = { bytesMax: 64 * 1024 * 1024, nestingMax: Infinity };

/** Texts that nest so deep that the parser, or whoever walks its tree, runs out of stack. */
const deep: readonly (readonly [string, (depth: number) => string])[] = [
  ['additions', (n) => `SELECT ${many(n, '1', '+')}`],
  ['unary minus', (n) => `SELECT ${many(n, '- ')}1`],
  ['NOT', (n) => `SELECT ${many(n, 'NOT ')}true`],
  ['calls', (n) => `SELECT ${many(n, 'f(')}1${many(n, ')')}`],
  ['subqueries', (n) => `SELECT ${many(n, '(SELECT ')}1${many(n, ')')}`],
  ['subqueries in FROM', (n) => `SELECT * FROM ${many(n, '(SELECT * FROM ')}t${many(n, ') x')}`],
  ['CASE', (n) => `SELECT ${many(n, 'CASE WHEN a THEN ')}1${many(n, ' END')}`],
  ['CASE with AND', (n) => `SELECT ${many(n, 'CASE WHEN a AND b THEN 1 + ')}1${many(n, ' END')}`],
  ['UNION', (n) => many(n, 'SELECT 1, 2', ' UNION ')],
  ['joins', (n) => `SELECT * FROM t ${many(n, 'JOIN t ON a AND b ')}`],
  ['casts', (n) => `SELECT 1${many(n, '::int')}`],
  ['arrays', (n) => `SELECT ${many(n, 'ARRAY[')}1${many(n, ']')}`],
  ['COLLATE', (n) => `SELECT 'a'${many(n, ' COLLATE "C"')}`],
  ['BETWEEN', (n) => `SELECT ${many(n, 'NOT NOT NOT 1 BETWEEN 1 AND (')}1${many(n, ')')}`],
  ['WITH', (n) => `${many(n, 'WITH a AS (')}SELECT 1${many(n, ') SELECT 1')}`],
  ['qualified operators', (n) => `SELECT ${many(n, '1', ' OPERATOR(pg_catalog.+) ')}`],
];

describe('text to tree', () => {
  test('a statement is a tree', () => {
    const parsed = parseSql('SELECT 1');
    expect(parsed.kind).toBe('parsed');
  });

  test('an error says where, in UTF-16 units', () => {
    const text = "SELECT 'é€😀' FROM FROM";
    expect(parseSql(text)).toEqual({
      kind: 'syntax-error',
      message: 'syntax error at or near "FROM"',
      offset: text.lastIndexOf('FROM'),
    });
  });

  test.each([
    ['a NUL character', "SELECT 'a\0b'; DROP TABLE t", 'the text contains a NUL character'],
    ['a lone surrogate', "SELECT '\ud800'", 'the text is not valid Unicode'],
    ['too many bytes', `SELECT '${'é'.repeat(600_000)}'`, 'the text is longer than 1048576 bytes'],
  ])('%s is refused', (_, text, reason) => {
    expect(parseSql(text)).toEqual({ kind: 'refused', reason });
  });

  test('the largest text that is allowed parses', () => {
    const text = `SELECT '${'a'.repeat(defaultParserLimits.bytesMax - 9)}'`;
    expect(parseSql(text).kind).toBe('parsed');
    expect(parseSql(`${text} `).kind).toBe('refused');
  });

  test('loading ahead changes nothing', async () => {
    await loadSqlParser();
    expect(parseSql('SELECT 1').kind).toBe('parsed');
  });
});

describe('depth', () => {
  test.each(deep)('%s: refused before the parser sees it, and what is shallow passes', (_, text) => {
    expect(parseSql(text(20_000), unlimited).kind).not.toBe('parsed');
    expect(parseSql(text(20_000))).toEqual({ kind: 'refused', reason: expect.any(String), excess: true });
    expect(parseSql(text(20)).kind).toBe('parsed');
  });

  test.each(deep)('%s: the estimate grows with the depth', (_, text) => {
    expect(estimateNesting(text(400))).toBeGreaterThanOrEqual(400);
  });

  test.each(deep)('%s: whatever the limits let through, the parser takes', (_, text) => {
    let depth = 1;
    while (estimateNesting(text(depth * 2)) <= defaultParserLimits.nestingMax) depth *= 2;
    expect(depth).toBeGreaterThan(16);
    expect(parseSql(text(depth)).kind).toBe('parsed');
  });

  test.each([
    ['a list of values', `SELECT * FROM t WHERE a IN (${many(50_000, '1', ', ')})`],
    ['many rows', `INSERT INTO t VALUES ${many(20_000, "(1, 'a', -2)", ', ')}`],
    ['many conditions', `SELECT * FROM t WHERE ${many(5_000, 'a = 1 AND b <> 2', ' OR ')}`],
    ['many ranges', `SELECT * FROM t WHERE ${many(400, 'a BETWEEN 1 AND 2 + 3', ' OR ')}`],
    ['many columns', `SELECT ${many(10_000, 'a + b * c', ', ')}`],
    ['many statements', many(5_000, 'SELECT a + 1', '; ')],
    ['operators in a literal', `SELECT '${many(5_000, '(+')}'`],
    ['operators in comments', `SELECT 1 /*${many(5_000, '(+')}*/ --${many(5_000, '(+')}`],
    ['operators between dollars', `SELECT $a$${many(5_000, '(+')}$a$`],
    ['operators in a name', `SELECT 1 AS "${many(30, '(+')}"`],
  ])('%s stands side by side', (_, text) => {
    expect(parseSql(text).kind).toBe('parsed');
  });

  test('quotes that are never closed end with the text', () => {
    for (const open of ["'", '"', '$$', '/*', "E'\\", '$tag$', '--']) {
      expect(estimateNesting(`SELECT ${open} ((((`)).toBeLessThan(20);
    }
  });
});

describe('after a parser has broken', () => {
  test('texts that exhaust the stack leave later ones alone', () => {
    for (const [, text] of deep) {
      expect(parseSql(text(20_000), unlimited).kind).not.toBe('parsed');
      expect(parseSql('SELECT a FROM t WHERE b = 1')).toMatchObject({ kind: 'parsed' });
    }
  });

  test('an instance is independent of another', () => {
    const first = createParserInstance();
    const second = createParserInstance();
    expect(first.parse('SELECT 1')).toEqual(second.parse('SELECT 1'));
    expect(first.parse('SELEC')).toMatchObject({ kind: 'error', offset: 0 });
    expect(first.parse('SELECT 2').kind).toBe('tree');
  });

  test('a stack that was nearly full when the parser was called', () => {
    const fill = (left: number): string => {
      if (left === 0) return parseSql(deep[0]![1](400)).kind;
      return fill(left - 1);
    };
    for (let depth = 1_000; depth < 12_000; depth += 500) {
      try {
        expect(['parsed', 'refused']).toContain(fill(depth));
      } catch (error) {
        // The test's own recursion may be what did not fit.
        expect(error).toBeInstanceOf(RangeError);
      }
      expect(parseSql('SELECT 1').kind).toBe('parsed');
    }
  });

  test('many errors of syntax cost no instance', () => {
    for (let i = 0; i < 500; i++) expect(parseSql(`SELECT ${i} FROM FROM`).kind).toBe('syntax-error');
    expect(parseSql('SELECT 1').kind).toBe('parsed');
  });
});
