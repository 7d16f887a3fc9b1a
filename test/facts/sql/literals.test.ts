/** Which values of the text a statement stores, and which columns of existing rows it sets to them. */
import { describe, expect, test } from '@jest/globals';
import type { AnalysedStatement, SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import type { Catalogue, Relation } from '../../../src/facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import { placesOf, type Literals } from '../../../src/facts/sql/scope/literals.js';

const table = (name: string, columns: readonly string[]): Relation => ({
  schema: 'public',
  name,
  oid: 0,
  kind: 'table',
  columns: columns.map((column, at) => ({ name: column, number: at + 1, type: 'text' })),
});
const catalogue: Catalogue = {
  relations: [
    table('c', ['id', 'email', 'phone']),
    table('d', ['id', 'note']),
    {
      ...table('v', ['key', 'mail']),
      kind: 'view',
      definition: 'SELECT c.id AS key, c.email AS mail FROM c',
    },
  ],
  functions: [],
  searchPath: ['public'],
};

const analyse = (text: string, prepared: Record<string, string> = {}): SqlAnalysis =>
  deriveSql(text, {
    catalogue,
    searchPath: ['public'],
    prepared: new Map(Object.entries(prepared)),
    cursors: new Map(),
    transaction: 'idle',
    parameters: null,
  });

/** `x` is the value itself, `~x` a part of it, `*x` an array whose members it is one of. */
function written(literals: Literals): string[] {
  const signs = { all: '', part: '~', elements: '*' };
  return [...placesOf(literals)]
    .map(
      ({ value, as }) => signs[as] + (value.kind === 'parameter' ? `$${value.number}` : String(value.text)),
    )
    .sort();
}

const storedBy = ({ stored }: AnalysedStatement): string[] =>
  stored === undefined ? [] : stored === 'unknown' ? ['unknown'] : written(stored);

const overwrittenBy = ({ overwritten = [] }: AnalysedStatement): string[] =>
  overwritten.flatMap(({ columns, literals }) =>
    written(literals).map(
      (value) => `${columns.map(({ table: of, column }) => `${of}.${column}`).join('=')} ${value}`,
    ),
  );

describe('stored', () => {
  test.each<[string, string[]]>([
    [`SELECT 'x' FROM c WHERE email = 'y'`, []],
    [`INSERT INTO c VALUES (1, 'x', NULL)`, ['1', 'null', 'x']],
    [`INSERT INTO c (email) VALUES ($1), ($2::text)`, ['$1', '$2']],
    [`INSERT INTO c (email) SELECT 'x' FROM d WHERE note = 'y' ORDER BY 'z' LIMIT 3`, ['x']],
    [`INSERT INTO c (email) VALUES ('a' || 'b' || $1)`, ['~$1', '~a', '~b']],
    [`INSERT INTO c (email) VALUES (replace(lower('a'), 'b', 'c'))`, ['~a', '~c']],
    [`INSERT INTO c (email) VALUES (CASE WHEN 'a' = 'b' THEN 'c' ELSE 'd' END)`, ['c', 'd']],
    [`INSERT INTO c (email) VALUES (CASE 'a' WHEN 'b' THEN 'c' END)`, ['c']],
    [`INSERT INTO c (email) VALUES (NULLIF('a', 'b'))`, ['~a']],
    [`INSERT INTO c (email) SELECT note FROM d WHERE id IN (SELECT 1 FROM c WHERE 'y' = email)`, []],
    [`INSERT INTO c (id) VALUES (1 + 2)`, []],
    [`INSERT INTO c (email) VALUES ((SELECT 'x'))`, ['~x']],
    [`INSERT INTO c (email) VALUES (ARRAY['a', 'b'])`, ['~a', '~b']],
    [`WITH w AS (SELECT 'x' AS e, 'y' AS f) INSERT INTO c (email) SELECT e FROM w`, ['x']],
    [`WITH w AS (INSERT INTO d (note) VALUES ('x') RETURNING id) SELECT 'y' FROM w`, ['x']],
    [`UPDATE c SET email = 'x' WHERE email = 'y'`, ['x']],
    [`UPDATE c SET email = v.e FROM (VALUES (1, 'x')) v (i, e) WHERE v.i = c.id`, ['x']],
    [`UPDATE c SET email = v.e FROM unnest($1::int[], $2::text[]) v (i, e)`, ['*$2']],
    [`DELETE FROM c WHERE email = 'x'`, []],
    [
      `INSERT INTO c (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET email = 'x' WHERE c.email = 'y'`,
      ['1', 'x'],
    ],
    [
      `MERGE INTO c USING d ON c.id = d.id AND 'z' = note WHEN MATCHED AND 'y' = note THEN UPDATE SET email = 'x'`,
      ['x'],
    ],
    [`CREATE TABLE n AS SELECT 'x' AS e`, ['x']],
    [`CREATE VIEW n AS SELECT 'x' AS e`, []],
    [`CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ INSERT INTO c (email) VALUES ('x') $$`, []],
    [`ALTER TABLE c ALTER email SET DEFAULT 'x'`, ['x']],
    [`SELECT unknown_function('x', $1)`, ['$1', 'x']],
    [`CALL unknown_procedure('x')`, ['x']],
    [`DO $$ BEGIN IF 'a' = 'b' THEN INSERT INTO c (email) VALUES ('x'); END IF; END $$`, ['x']],
    [`PREPARE p AS INSERT INTO c (email) VALUES ($1, 'x')`, ['$1', 'x']],
    [`INSERT INTO c (email, phone) SELECT n.*, 'x' FROM nobody n`, ['unknown']],
    [`COPY c FROM STDIN WHERE email = 'x'`, []],
  ])('%s', (text, values) => {
    expect(analyse(text).statements.flatMap(storedBy)).toEqual(values);
  });

  test('what EXECUTE gives, where the prepared statement stores it', () => {
    const prepared = { p: `UPDATE c SET email = $2 WHERE email = $1` };
    const [statement] = analyse(`EXECUTE p('a', 'b')`, prepared).statements;
    expect(storedBy(statement!)).toEqual(['b']);
    expect(overwrittenBy(statement!)).toEqual(['c.email b']);
    expect(storedBy(analyse(`EXECUTE q('a')`, prepared).statements[0]!)).toEqual(['a']);
  });

  test('a value that is merged many times over is one', () => {
    const rows = Array.from({ length: 2000 }, (_, at) => `(${at}, 'x${at}')`).join(', ');
    const [statement] = analyse(`INSERT INTO c (id, email) VALUES ${rows}`).statements;
    expect(storedBy(statement!)).toHaveLength(4000);
    const twice = Array.from(
      { length: 20 },
      (_, at) => `w${at + 1} AS (SELECT a || a AS a FROM w${at})`,
    ).join(', ');
    const [grown] = analyse(
      `WITH w0 AS (SELECT 'x' AS a), ${twice} INSERT INTO c (email) SELECT a FROM w20`,
    ).statements;
    expect(storedBy(grown!)).toEqual(['~x']);
  });
});

describe('overwritten', () => {
  test.each<[string, string[]]>([
    [`INSERT INTO c (email) VALUES (NULL)`, []],
    [`UPDATE c SET email = NULL, phone = $1`, ['c.email null', 'c.phone $1']],
    [`UPDATE c SET (email, phone) = ROW (NULL, 'x')`, ['c.email null', 'c.phone x']],
    [`UPDATE c SET (email, phone) = (NULL, 'x')`, ['c.email null', 'c.phone x']],
    [`UPDATE c SET email = coalesce(NULL, email)`, ['c.email ~null']],
    [`UPDATE v SET mail = NULL`, ['v.mail=c.email null']],
    [
      `INSERT INTO c (id, email) VALUES (1, NULL) ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email`,
      ['c.email null'],
    ],
    [
      `INSERT INTO c (id, email) VALUES (1, NULL) ON CONFLICT (id) DO UPDATE SET phone = EXCLUDED.id`,
      ['c.phone 1'],
    ],
    [
      `MERGE INTO c USING (VALUES (1, NULL)) s (i, e) ON c.id = s.i WHEN MATCHED THEN UPDATE SET email = s.e`,
      ['c.email null'],
    ],
  ])('%s', (text, columns) => {
    expect(analyse(text).statements.flatMap(overwrittenBy)).toEqual(columns);
  });
});
