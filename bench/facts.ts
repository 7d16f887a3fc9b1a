/** What it costs to turn a statement into facts, parsing included and without any cache. */
import type { Catalogue, Column } from '../src/facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../src/facts/sql/derive.js';
import { parseSql } from '../src/facts/sql/parse/parser.js';
import { duration, median, timePerCall } from './statistics.js';

const short = 'SELECT abalance FROM pgbench_accounts WHERE aid = 1';

const join = `WITH recent AS (
  SELECT o.id, o.customer_id, o.total_cents FROM orders o
   WHERE o.created_at > now() - interval '7 days' AND o.status <> 'cancelled'
)
SELECT c.id, c.name, count(*) AS orders, sum(r.total_cents) AS cents
  FROM recent r
  JOIN customers c ON c.id = r.customer_id
  LEFT JOIN order_items i ON i.order_id = r.id
 GROUP BY c.id, c.name HAVING sum(r.total_cents) > 1000
 ORDER BY cents DESC LIMIT 50`;

const long = Array.from(
  { length: 40 },
  (_, n) => `SELECT c.id, upper(c.name) AS name, o.status, coalesce(o.note, 'none ${n}') AS note
  FROM customers c
  JOIN orders o ON o.customer_id = c.id
 WHERE o.total_cents > ${n} AND (o.status = 'paid' OR o.status IN ('new', 'shipped'))
   AND EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.quantity > ${n})`,
).join('\nUNION ALL\n');

const columns = (names: string): readonly Column[] =>
  names.split(' ').map((name, i) => ({ name, number: i + 1, type: 'text' }));

const catalogue: Catalogue = {
  searchPath: ['public'],
  functions: [],
  relations: [
    ['pgbench_accounts', 'aid bid abalance filler'],
    ['customers', 'id name email card_number phone created_at'],
    ['orders', 'id customer_id status total_cents note created_at'],
    ['order_items', 'order_id product_id quantity price_cents'],
  ].map(([name, names], i) => ({
    schema: 'public',
    name: name!,
    oid: 20_000 + i,
    kind: 'table' as const,
    columns: columns(names!),
  })),
};

export function measureFacts(
  rounds: number,
  milliseconds: number,
  progress: (what: string) => void,
): readonly string[] {
  const statements = [
    { name: 'short, as of pgbench', text: short },
    { name: 'join of ten lines', text: join },
    { name: `${long.split('\n').length} lines`, text: long },
  ].map((one) => ({ ...one, parsing: [] as number[], deriving: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, text, parsing, deriving } of statements) {
      progress(`facts of a statement, ${name}, round ${round} of ${rounds}`);
      const parse = timePerCall(() => void parseSql(text), milliseconds);
      const derive = timePerCall(() => void factsOf(text), milliseconds);
      if (round > 0) {
        parsing.push(parse);
        deriving.push(derive);
      }
    }
  }
  return [
    '| statement | parsing alone | parsing and facts |',
    '| --- | --- | --- |',
    ...statements.map(
      ({ name, parsing, deriving }) =>
        `| ${name} | ${duration(median(parsing))} | ${duration(median(deriving))} |`,
    ),
  ];
}

function factsOf(text: string): unknown {
  const analysis = deriveSql(text, {
    catalogue,
    searchPath: ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: [],
  });
  // A statement that is given up is fast; that must not pass for speed.
  if (analysis.error !== null) throw new Error(analysis.error);
  return analysis.sql;
}
