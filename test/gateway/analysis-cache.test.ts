import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyChange } from '../../src/facts/sql/catalogue/schema-change.js';
import { toJson, type Value } from '../../src/values/value.js';
import type { SqlAnalysis, SqlContext } from '../../src/facts/sql/scope/analysis.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { skeletonOf } from '../../src/facts/sql/query/inert.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { AnalysisCache } from '../../src/facts/sql/cache/analysis-cache.js';
import { contextOf, readCases } from '../facts/sql/read-case.js';
import { catalogue } from './sessions.js';

beforeAll(() => loadSqlParser());

const plain: SqlContext = {
  catalogue,
  searchPath: ['public'],
  prepared: new Map(),
  transaction: 'idle',
  parameters: [],
};

interface Counting {
  readonly cache: { readonly analyse: (text: string, context: SqlContext) => SqlAnalysis };
  readonly derived: string[];
}

function counting(roomMax?: number): Counting {
  const derived: string[] = [];
  const cache = new AnalysisCache((text, context) => {
    derived.push(text);
    return deriveSql(text, context);
  }, roomMax);
  const analyse = (text: string, { catalogue: from, ...context }: SqlContext): SqlAnalysis =>
    cache.analyse(text, context, from);
  return { cache: { analyse }, derived };
}

describe('facts of a text seen before', () => {
  test('are derived once under the same settings', () => {
    const { cache, derived } = counting();
    expect(cache.analyse('SELECT 1', plain)).toEqual(cache.analyse('SELECT 1', { ...plain }));
    expect(derived).toHaveLength(1);
  });

  const differing: readonly (readonly [string, Partial<SqlContext>])[] = [
    ['another catalogue', { catalogue: { ...catalogue } }],
    ['no catalogue', { catalogue: null }],
    ['another path', { searchPath: ['shop'] }],
    ['a path that looks the same when it is joined', { searchPath: ['public,shop'] }],
    ['no path', { searchPath: null }],
    ['a transaction', { transaction: 'open' }],
    ['a changed schema', { changed: anyChange }],
    ['cursors that are followed', { cursors: new Map() }],
    ['open cursors', { cursors: new Map([['c', 'SELECT 1']]) }],
  ];
  test.each(differing)('are derived again under %s', (_, change) => {
    const { cache, derived } = counting();
    cache.analyse('SELECT * FROM orders', { ...plain, searchPath: ['public', 'shop'] });
    cache.analyse('SELECT * FROM orders', { ...plain, searchPath: ['public', 'shop'], ...change });
    expect(derived).toHaveLength(2);
  });

  test('of EXECUTE depend on what was prepared, those of other texts do not', () => {
    const { cache, derived } = counting();
    const prepared = new Map([['a', 'SELECT 1']]);
    for (let i = 0; i < 2; i++) cache.analyse('EXECUTE a', { ...plain, prepared });
    for (let i = 0; i < 2; i++) cache.analyse('SELECT 1', { ...plain, prepared });
    expect(derived).toEqual(['EXECUTE a', 'EXECUTE a', 'SELECT 1']);
  });

  const texts = [
    'SELECT email FROM customers WHERE id = $1 LIMIT $2',
    'INSERT INTO orders VALUES ($1)',
    'SELECT set_config($1, $2, false)',
    'EXECUTE a($1)',
    'nonsense $1',
    '',
  ];
  test.each(texts)('hold bound values as if they were derived with them: %s', (text) => {
    const { cache } = counting();
    for (const parameters of [null, [], ['role', 'root'], [1, null]] as (readonly Value[] | null)[]) {
      const context = { ...plain, parameters };
      const [cached, derived] = [cache.analyse(text, context), deriveSql(text, context)];
      expect(toJson(cached.sql)).toEqual(toJson(derived.sql));
      // What was worked out before took no steps.
      expect({ ...cached, sql: null, steps: 0 }).toEqual({ ...derived, sql: null, steps: 0 });
    }
  });

  test('are forgotten, the longest unused first, before they fill the memory', () => {
    const { cache, derived } = counting(4 * 1024 * 1024);
    const text = (n: number): string => `SELECT ${n} -- ${'x'.repeat(15_000)}`;
    for (let n = 0; n < 400; n++) {
      cache.analyse(text(n), plain);
      cache.analyse(text(0), plain);
    }
    expect(derived).toHaveLength(400);
    cache.analyse(text(1), plain);
    expect(derived).toHaveLength(401);
    cache.analyse(text(399), plain);
    expect(derived).toHaveLength(401);
  });
});

describe('the skeleton of a text', () => {
  /** As the lexer sees it: no letter, digit, point or dollar beside it. */
  const whole = /(?<![\w$.])(?:0|[1-9]\d{0,8})(?![\w$.])/g;
  const pieces = fc.constantFrom('0', '7', '12', '007', '123456789', '1234567890', 'a', '_', '$', '.', ' ');
  const others = fc.constantFrom('=', "'", '-', 'é', '\0', 'Z', '(', '\n', '@', '[', '`', '{');

  test('has no integer and misses none', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: pieces }, others)), (parts) => {
        const text = parts.join('');
        const integers = text.match(whole);
        const plain = /^[\x01-\x7f]*$/.test(text);
        const expected = plain && integers !== null ? { text: text.replace(whole, '\0'), integers } : null;
        expect(skeletonOf(text)).toEqual(
          expected === null ? null : { ...expected, integers: [...integers!] },
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a text that differs from another in integers', () => {
  const files = [
    'lineage',
    'names',
    'views',
    'statements',
    'definitions',
    'writes',
    'functions',
    'session',
    'hostile',
  ];
  const written = files.flatMap((file) => readCases(`${file}.yaml`).map((one) => one.sql));
  const made = [
    'SELECT abalance FROM pgbench_accounts WHERE aid = 12345;',
    '  SELECT id FROM orders WHERE id = 1 AND total > 20 -- 30',
    'SELECT id, note FROM orders WHERE id + 1 = 2 ORDER BY 2, id + 3 LIMIT 4',
    'SELECT note AS a FROM orders WHERE id=-5 OR id = - 6 OR id=7',
    "SELECT '1 = 1', $a$1 = 1$a$, U&'\\0061 1' FROM orders WHERE 1 = 1",
    'UPDATE orders SET total = total + 1 WHERE id = 2 RETURNING 3',
    'WITH w AS (DELETE FROM orders WHERE id = 1 RETURNING *) SELECT note FROM w WHERE id = 2',
    'SELECT id::numeric(10, 2) FROM orders WHERE id = 3::numeric(4, 1)',
    'PREPARE p AS SELECT note FROM orders WHERE id = 1',
    'DECLARE c CURSOR FOR SELECT note FROM orders WHERE id = 1',
    'SELECT 1 FROM orders GROUP BY 1 HAVING 1 = 1',
    'INSERT INTO orders (id) VALUES (1), (1 + 1)',
    'EXPLAIN ANALYZE SELECT 1 WHERE 2 = 2',
    'SELECT a[1], b FROM (SELECT 1, 2 = 3) x (a, b)',
    'SELECT id FROM orders WHERE id = 1.5 OR id = 1e5 OR id = 0x10 OR id = 1_000 OR id = 2',
  ];
  const numbered = [...made, ...written].filter((text) => /\d/.test(text));
  const context: SqlContext = contextOf();

  test('has the facts that it has on its own', () => {
    let shared = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...numbered),
        fc.array(fc.nat(999_999_999), { minLength: 1 }),
        (text, numbers) => {
          let at = 0;
          const other = text.replaceAll(/(?<!\w)\d+/g, (digits) => {
            const value = numbers[at++ % numbers.length]!;
            return value % 3 === 0 ? digits : String(value);
          });
          const { cache, derived } = counting();
          cache.analyse(text, context);
          const { sql, statements, missing, absent, names, unread, error, errorAt } = cache.analyse(
            other,
            context,
          );
          const inert = new Set();
          const found = { sql, statements, missing, absent, names, unread, error, errorAt, inert };
          expect({ ...found, steps: 0 }).toEqual({ ...deriveSql(other, context), inert, steps: 0 });
          if (other !== text && derived.length === 1) shared++;
        },
      ),
      { numRuns: 3000 },
    );
    expect(shared).toBeGreaterThan(100);
  });

  test('is not derived again where they are operands', () => {
    const { cache, derived } = counting();
    for (const id of [1, 22, 333, 0])
      expect(cache.analyse(`SELECT id FROM orders WHERE id = ${id}`, context).sql).toMatchObject({
        statements: [{ text: `SELECT id FROM orders WHERE id = ${id}` }],
      });
    expect(derived).toHaveLength(1);
  });

  test('is derived again where one is a position, an option, too large, or part of another token', () => {
    const pairs = [
      ['SELECT id, note FROM orders ORDER BY 1', 'SELECT id, note FROM orders ORDER BY 2'],
      ['SELECT id FROM orders LIMIT 1', 'SELECT id FROM orders LIMIT 2'],
      ['SELECT id FROM orders WHERE id = 1', 'SELECT id FROM orders WHERE id = 9999999999'],
      ['SELECT id FROM orders WHERE id = 1', 'SELECT id FROM orders WHERE id = 1.5'],
      ['SELECT id FROM orders WHERE note = $1', 'SELECT id FROM orders WHERE note = $2'],
      ["SELECT id FROM orders WHERE note = '1'", "SELECT id FROM orders WHERE note = '2'"],
      ['PREPARE p AS SELECT id FROM orders WHERE id = 1', 'PREPARE p AS SELECT id FROM orders WHERE id = 2'],
    ];
    for (const [one, other] of pairs) {
      const { cache, derived } = counting();
      cache.analyse(one!, context);
      cache.analyse(other!, context);
      expect(derived).toEqual([one, other]);
    }
  });
});
