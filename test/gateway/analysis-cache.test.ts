import { beforeAll, describe, expect, test } from '@jest/globals';
import { toJson, type Value } from '../../src/engine/value.js';
import type { SqlContext } from '../../src/facts/sql/analysis.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { loadSqlParser } from '../../src/facts/sql/parser.js';
import { AnalysisCache } from '../../src/gateway/analysis-cache.js';
import { catalogue } from './sessions.js';

beforeAll(() => loadSqlParser());

const plain: SqlContext = {
  catalogue,
  searchPath: ['public'],
  prepared: new Map(),
  transaction: 'idle',
  parameters: [],
};

function counting(): { readonly cache: AnalysisCache; readonly derived: string[] } {
  const derived: string[] = [];
  const cache = new AnalysisCache((text, context) => {
    derived.push(text);
    return deriveSql(text, context);
  });
  return { cache, derived };
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
    ['a changed schema', { stale: true }],
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
      expect({ ...cached, sql: null }).toEqual({ ...derived, sql: null });
    }
  });

  test('are forgotten, the longest unused first, before they fill the memory', () => {
    const { cache, derived } = counting();
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
