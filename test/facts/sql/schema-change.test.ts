import { describe, expect, test } from '@jest/globals';
import type { Catalogue } from '../../../src/facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import {
  anyChange,
  changeOf,
  mayBeOther,
  mayDiffer,
  mergeChanges,
  noChange,
  withRead,
  type SchemaChange,
} from '../../../src/facts/sql/catalogue/schema-change.js';

const column = { name: 'id', number: 1, type: 'integer' };
const catalogue: Catalogue = {
  searchPath: ['public'],
  functions: [],
  relations: [
    { schema: 'public', name: 'orders', oid: 1, kind: 'table', columns: [column] },
    { schema: 'public', name: 'parts', oid: 2, kind: 'table', columns: [column] },
    {
      schema: 'public',
      name: 'parts_eu',
      oid: 3,
      kind: 'table',
      columns: [column],
      inherits: [{ schema: 'public', name: 'parts' }],
    },
    {
      schema: 'public',
      name: 'recent',
      oid: 4,
      kind: 'view',
      columns: [column],
      definition: 'SELECT orders.id FROM public.orders',
    },
    {
      schema: 'public',
      name: 'latest',
      oid: 5,
      kind: 'view',
      columns: [column],
      definition: 'SELECT recent.id FROM public.recent',
    },
  ],
};

function changeBy(sql: string): string {
  const { statements } = deriveSql(sql, {
    catalogue,
    searchPath: ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: [],
  });
  const changes = statements.flatMap(({ session }) =>
    session.flatMap((one) => (one.kind === 'ddl' ? [one.changes] : [])),
  );
  return shown(changes.reduce(mergeChanges, noChange));
}

function shown(change: SchemaChange): string {
  if (change.everything) return 'everything';
  const parts = [...[...change.renamed].sort(), ...[...change.altered].sort().map((name) => `~${name}`)];
  return parts.length === 0 ? 'nothing' : parts.join(' ');
}

/** `~` stands before what keeps its name. */
test.each([
  ["COMMENT ON TABLE orders IS 'x'", 'nothing'],
  ['GRANT SELECT ON orders TO PUBLIC', 'nothing'],
  ['CREATE INDEX ON orders (id)', 'nothing'],
  ['CREATE INDEX ON orders (abs(id))', '~orders'],
  ["CREATE TYPE mood AS ENUM ('good')", 'nothing'],
  ['CREATE TABLE fresh (id int)', 'fresh'],
  ['CREATE TABLE fresh (id int REFERENCES orders)', 'fresh'],
  ['CREATE TABLE fresh (id int REFERENCES orders ON DELETE CASCADE)', 'fresh ~orders'],
  ['CREATE TABLE fresh PARTITION OF parts FOR VALUES IN (1)', 'fresh ~parts'],
  ['CREATE TABLE fresh AS SELECT 1 AS a', 'fresh'],
  ['CREATE TYPE pair AS (a int)', 'pair'],
  ['CREATE VIEW fresh AS SELECT 1 AS a', 'fresh'],
  ["CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'fresh'],
  ['ALTER TABLE orders ADD COLUMN a int', '~orders'],
  ['ALTER TABLE parts ADD COLUMN a int', '~parts ~parts_eu'],
  ['ALTER TABLE orders DROP COLUMN id CASCADE', 'latest orders recent ~orders'],
  ['ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES parts ON UPDATE CASCADE', '~orders ~parts ~parts_eu'],
  ['ALTER TABLE parts DETACH PARTITION parts_eu', '~parts ~parts_eu'],
  ['ALTER TABLE orders RENAME TO bills', 'bills latest orders recent'],
  ['ALTER TABLE orders RENAME COLUMN id TO number', '~latest ~orders ~recent'],
  ['ALTER TABLE orders SET SCHEMA other', 'latest orders recent'],
  ['DROP TABLE orders', 'orders'],
  ['DROP TABLE orders CASCADE', 'latest orders recent'],
  ['DROP TABLE parts', 'parts parts_eu'],
  ['DROP FUNCTION one', 'one'],
  ['DROP FUNCTION one CASCADE', 'everything'],
  ['CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION f()', '~orders'],
  ['DROP TRIGGER t ON orders', '~orders'],
  ['ALTER TABLE orders ENABLE ROW LEVEL SECURITY', '~orders'],
  ['CREATE POLICY p ON orders USING (true)', '~orders'],
  ['CREATE SCHEMA s', 'nothing'],
  ['CREATE SCHEMA s CREATE TABLE inside (a int)', 'inside'],
  ['DROP SCHEMA s', 'nothing'],
  ['DROP SCHEMA s CASCADE', 'everything'],
  ['ALTER SCHEMA s RENAME TO t', 'everything'],
  ['CREATE DOMAIN d AS int', 'everything'],
  ['CREATE EXTENSION citext', 'everything'],
  ["COMMIT PREPARED 'x'", 'everything'],
  ['SELECT 1', 'nothing'],
])('%s changes %s', (sql, expected) => {
  expect(changeBy(sql)).toBe(expected);
});

describe('changes', () => {
  const orders = changeOf({ altered: ['orders'] });

  test('that add nothing leave the same object', () => {
    expect(mergeChanges(orders, noChange)).toBe(orders);
    expect(mergeChanges(noChange, orders)).toBe(orders);
    expect(mergeChanges(orders, changeOf({ altered: ['orders'] }))).toBe(orders);
    expect(changeOf({})).toBe(noChange);
  });

  test('keep the name of what they alter', () => {
    expect(mayBeOther(orders, 'orders')).toBe(false);
    expect(mayDiffer(orders, 'orders')).toBe(true);
    expect(mayDiffer(orders, 'parts')).toBe(false);
  });

  test('of a table may be of its sequences, whatever they are called', () => {
    const made = changeOf({ renamed: ['orders'], sequences: true });
    expect(mayBeOther(made, 'orders_id_seq')).toBe(true);
    expect(mayBeOther(made, 'orders_id_seq1')).toBe(true);
    expect(mayBeOther(made, 'sequences')).toBe(false);
  });

  test('of everything leave what was read since, until it is changed again', () => {
    const read = withRead(anyChange, new Set(['orders']));
    expect(mayDiffer(read, 'orders')).toBe(false);
    expect(mayDiffer(read, 'parts')).toBe(true);
    expect(mayDiffer(mergeChanges(read, orders), 'orders')).toBe(true);
    expect(mayDiffer(mergeChanges(read, anyChange), 'orders')).toBe(true);
  });

  test('that were read are none', () => {
    expect(withRead(orders, new Set(['orders']))).toBe(noChange);
    expect(shown(withRead(changeOf({ renamed: ['a', 'b'] }), new Set(['a'])))).toBe('b');
  });

  test('of more names than are worth telling apart are of everything', () => {
    const many = Array.from({ length: 2000 }, (_, i) => `t${i}`);
    expect(changeOf({ renamed: many }).everything).toBe(true);
  });
});
