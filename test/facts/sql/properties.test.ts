/** What holds for every text, however it was cut, spliced or wrapped. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Unknown, isArray } from '../../../src/values/value.js';
import type { Value, ValueObject } from '../../../src/values/value.js';
import type { SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import { factSchema } from '../../../src/facts/schema/index.js';
import type { Type } from '../../../src/values/schema.js';
import { contextOf, readCases } from './read-case.js';

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
const corpus = files.flatMap((file) => readCases(`${file}.yaml`).map((one) => one.sql));
const context = contextOf();
const derive = (text: string): SqlAnalysis => deriveSql(text, context);
const anyStatement = fc.constantFrom(...corpus);

const statementsOf = (analysis: SqlAnalysis): readonly ValueObject[] =>
  analysis.sql['statements'] as unknown as readonly ValueObject[];

/** Either everything is unknown, or there is an analysis of every statement. */
function expectWhole(analysis: SqlAnalysis): void {
  if (analysis.error === null) {
    expect(misfit(analysis.sql, factSchema.roots['sql']!.type, 'sql')).toBeNull();
    return;
  }
  expect(analysis.statements).toEqual([]);
  for (const fact of ['statements', 'read_only', 'effects', 'count']) {
    expect(analysis.sql[fact]).toBeInstanceOf(Unknown);
  }
}

/** Where a value does not fit its type in the schema; null where it does. Unknown fits everywhere. */
function misfit(value: Value, type: Type, path: string): string | null {
  if (value instanceof Unknown || type.kind === 'json') return null;
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' && (type.values?.includes(value) ?? true)
        ? null
        : `${path} = ${JSON.stringify(value)}`;
    case 'number':
    case 'boolean':
      return typeof value === type.kind ? null : path;
    case 'array':
      if (!isArray(value)) return path;
      return first(value.map((member, i) => misfit(member, type.element, `${path}[${i}]`)));
    case 'set':
      if (typeof value !== 'object' || value === null || !('items' in value)) return path;
      return first((value.items as readonly Value[]).map((member) => misfit(member, type.element, path)));
    case 'object': {
      const object = value as ValueObject;
      const extra = Object.keys(object).find((key) => !Object.hasOwn(type.fields, key));
      if (extra !== undefined) return `${path}.${extra} is not in the schema`;
      return first(
        Object.entries(type.fields).map(([key, field]) => {
          if (Object.hasOwn(object, key)) return misfit(object[key]!, field.type, `${path}.${key}`);
          return field.optional === true ? null : `${path}.${key} is missing`;
        }),
      );
    }
    case 'map':
    case 'union':
    case 'null':
      return `${path}: no fact has the type ${type.kind}`;
  }
}

const first = (problems: readonly (string | null)[]): string | null =>
  problems.find((p) => p !== null) ?? null;

describe('every text', () => {
  test('of the tables fits the schema, every verb, effect and object included', () => {
    for (const text of corpus) expectWhole(derive(text));
  });

  test('cut anywhere is analysed or unknown', () => {
    fc.assert(
      fc.property(anyStatement, fc.nat(400), (text, at) => {
        expectWhole(derive(text.slice(0, at)));
        expectWhole(derive(text.slice(at)));
      }),
      { numRuns: 600 },
    );
  });

  test('spliced from two is analysed or unknown', () => {
    fc.assert(
      fc.property(anyStatement, anyStatement, fc.nat(200), fc.nat(200), (left, right, from, to) => {
        expectWhole(derive(left.slice(0, from) + right.slice(to)));
        expectWhole(derive(left.slice(0, from) + right + left.slice(from)));
      }),
      { numRuns: 600 },
    );
  });

  test('with any character changed is analysed or unknown', () => {
    const character = fc.oneof(
      fc.constantFrom(...Array.from(`'"\\$;()*,.:-/ \n\u0000é😀\ud800`)),
      fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }),
    );
    fc.assert(
      fc.property(anyStatement, fc.nat(200), character, (text, at, put) => {
        expectWhole(derive(text.slice(0, at) + put + text.slice(at + 1)));
      }),
      { numRuns: 800 },
    );
  });

  test('made of words of SQL is analysed or unknown', () => {
    const words = fc.constantFrom(...new Set(corpus.flatMap((text) => text.split(/\b/))));
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        expectWhole(derive(parts.join(' ')));
        expectWhole(derive(`SELECT ${parts.join('')}`));
      }),
      { numRuns: 500 },
    );
  });

  test('of any characters is analysed or unknown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => expectWhole(derive(text))),
      { numRuns: 300 },
    );
  });

  test('gives the same analysis twice', () => {
    for (const text of corpus) expect(derive(text)).toEqual(derive(text));
  });
});

describe('a text that does not parse', () => {
  test('is unknown in everything', () => {
    fc.assert(
      fc.property(
        anyStatement,
        fc.constantFrom('SELECT 1 FROM FROM', ')', 'SELEC', 'DROP'),
        (text, wrong) => {
          const analysis = derive(`${wrong}; ${text}`);
          expect(analysis.error).not.toBeNull();
          expectWhole(analysis);
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Each puts a statement inside another in which it runs. */
const wrappers: readonly ((inner: string) => string)[] = [
  (inner) => `EXPLAIN ANALYZE ${inner}`,
  (inner) => `EXPLAIN (VERBOSE, ANALYZE true) ${inner}`,
  (inner) => `COPY (${inner}) TO STDOUT`,
  (inner) => `PREPARE p AS ${inner}`,
  (inner) => `WITH x AS (${inner}) SELECT 1`,
  (inner) => `WITH x AS (${inner}) INSERT INTO items SELECT 1`,
  (inner) => `WITH x AS (SELECT 1), y AS (${inner}) TABLE x`,
  (inner) => `SELECT 1; ${inner}; SELECT 2`,
  (inner) => `PREPARE p AS ${inner}; EXECUTE p`,
  (inner) => `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $body$ ${inner} $body$`,
];
const inQueries: readonly ((inner: string) => string)[] = [
  (inner) => `SELECT * FROM (${inner}) x`,
  (inner) => `SELECT (${inner})`,
  (inner) => `SELECT 1 WHERE EXISTS (${inner})`,
  (inner) => `SELECT 1 ORDER BY (${inner})`,
  (inner) => `SELECT 1 UNION (${inner})`,
  (inner) => `SELECT * FROM orders o LEFT JOIN LATERAL (${inner}) l ON true`,
  (inner) => `WITH RECURSIVE x AS (${inner}) SELECT * FROM x`,
  (inner) => `SELECT CASE WHEN 1 IN (${inner}) THEN 2 END`,
  (inner) => `VALUES ((${inner}))`,
  (inner) => `SELECT count(*) FILTER (WHERE (${inner}) IS NULL) FROM orders`,
  (inner) => `SELECT 1 LIMIT (${inner})`,
  (inner) => `SELECT f.* FROM generate_series(1, (${inner})) f`,
  (inner) => `EXPLAIN ANALYZE ${inner}`,
  (inner) => `DECLARE c CURSOR FOR ${inner}`,
  (inner) => `COPY (${inner}) TO STDOUT`,
];
const writes = [
  'DELETE FROM orders RETURNING id',
  'UPDATE orders SET note = 1 RETURNING id',
  'INSERT INTO orders (id) VALUES (1) RETURNING id',
  'MERGE INTO orders USING items ON true WHEN MATCHED THEN DELETE RETURNING 1',
];

describe('a write', () => {
  test.each(writes)('%s: is seen inside every statement, and its own entry says what it lacks', (write) => {
    const inner = fc.constantFrom(...wrappers);
    fc.assert(
      fc.property(inner, (wrap) => {
        const analysis = derive(wrap(write));
        expect(analysis.error).toBeNull();
        expect(analysis.sql['read_only']).toBe(false);
        const verb = write.split(' ')[0]!.toLowerCase();
        expect(statementsOf(analysis).some((s) => s['verb'] === verb && s['has_where'] === false)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('in a query at any depth is never read-only', () => {
    const query = fc.array(fc.constantFrom(...inQueries.slice(0, -3)), { minLength: 0, maxLength: 5 });
    fc.assert(
      fc.property(query, fc.constantFrom(...inQueries), fc.constantFrom(...writes), (layers, last, write) => {
        const core = `WITH w AS (${write}) SELECT 1 FROM w`;
        const analysis = derive(last(layers.reduce((text, layer) => layer(text), core)));
        expect(analysis.error).toBeNull();
        expect(analysis.sql['read_only']).toBe(false);
        expect(analysis.statements[0]!.effects.has('write')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('by a function that only the server knows is never read-only, wherever it is called', () => {
    const query = fc.array(fc.constantFrom(...inQueries.slice(0, -3)), { minLength: 0, maxLength: 5 });
    fc.assert(
      fc.property(query, fc.constantFrom(...inQueries), (layers, last) => {
        const analysis = derive(last(layers.reduce((text, layer) => layer(text), 'SELECT audit(1)')));
        expect(analysis.sql['read_only']).toBe(false);
        expect(analysis.statements[0]!.effects.has('code')).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a masked column', () => {
  test('is in the lineage of whatever it is wrapped in', () => {
    const layers: readonly ((inner: string) => string)[] = [
      (q) => `SELECT x.e FROM (${q}) x`,
      (q) => `SELECT lower(x.e) AS e FROM (${q}) x`,
      (q) => `WITH x AS (${q}) SELECT * FROM x`,
      (q) => `WITH x(e) AS (${q}) SELECT e FROM x`,
      (q) => `SELECT (${q} LIMIT 1) AS e`,
      (q) => `SELECT y.e FROM orders, LATERAL (${q}) y`,
      (q) => `(${q}) UNION ALL SELECT 'x'`,
      (q) => `SELECT x.e FROM items JOIN (${q}) x ON true`,
      (q) => `SELECT row_to_json(x)::text AS e FROM (${q}) x`,
      (q) => `SELECT max(e) AS e FROM (${q}) x GROUP BY e`,
      (q) => `SELECT CASE WHEN true THEN e END AS e FROM (${q}) x`,
      (q) => `SELECT * FROM (SELECT ARRAY(${q})::text AS e) z`,
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...layers), { maxLength: 6 }), (wraps) => {
        const text = wraps.reduce((inner, wrap) => wrap(inner), 'SELECT email AS e FROM customers');
        const output = derive(text).statements[0]!.output;
        expect(output.kind).toBe('columns');
        if (output.kind !== 'columns') return;
        const [column] = output.columns;
        expect(output.columns).toHaveLength(1);
        expect(column!.sources).toContainEqual({ schema: 'public', table: 'customers', column: 'email' });
      }),
      { numRuns: 300 },
    );
  });
});

describe('a text as deep as the limits allow', () => {
  const many = (count: number, part: string, between = ''): string => Array(count).fill(part).join(between);
  test.each([
    ['additions', `SELECT ${many(900, 'id', '+')} FROM orders`],
    ['subqueries', `SELECT ${many(200, '(SELECT ')}1${many(200, ')')}`],
    ['subqueries in FROM', `SELECT * FROM ${many(180, '(SELECT * FROM ')}orders${many(180, ') x')}`],
    ['calls', `SELECT ${many(200, 'audit(')}1${many(200, ')')}`],
    ['UNION', many(900, 'SELECT id, note FROM orders', ' UNION ')],
    ['joins', `SELECT 1 FROM orders ${many(900, 'JOIN items ON true ')}`],
    ['natural joins', `SELECT 1 FROM orders ${many(100, 'NATURAL JOIN orders ')}`],
    ['WITH', `${many(120, 'WITH a AS (')}SELECT 1 AS x${many(120, ') SELECT * FROM a')}`],
    [
      'a long chain of WITH',
      `WITH a0 AS (SELECT 1 AS x)${Array.from({ length: 400 }, (_, i) => `, a${i + 1} AS (SELECT * FROM a${i})`).join('')} SELECT * FROM a400`,
    ],
    ['casts', `SELECT id${many(400, '::text')} FROM orders`],
  ])('%s is worked out', (_, text) => {
    expect(derive(text).error).toBeNull();
  });

  test('what would take too long is given up, and unknown', () => {
    const wide = Array.from({ length: 24 }, (_, i) => `w${i + 1} AS (SELECT a.*, b.* FROM w${i} a, w${i} b)`);
    const analysis = derive(`WITH w0 AS (SELECT * FROM customers), ${wide.join(', ')} SELECT * FROM w24`);
    expect(analysis.excess).toBe(true);
    expectWhole(analysis);
  });
});
