import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { MaskInstruction } from '../../src/engine/decision.js';
import type { AnalysedStatement } from '../../src/facts/sql/scope/analysis.js';
import type { Catalogue, Column } from '../../src/facts/sql/catalogue/catalogue.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { fieldMasks } from '../../src/masking/sql/fields.js';
import { planMasks } from '../../src/masking/sql/plan.js';

interface Case {
  readonly sql: string;
  /** `-` or the method of each field; `refuse`, `clear`. */
  readonly fields: string;
}

const columns = (...names: readonly string[]): readonly Column[] =>
  names.map((name, i) => ({ name, number: i + 1, type: 'text' }));
const customers = columns('id', 'name', 'email', 'card_number', 'phone', 'created_at');

const catalogue: Catalogue = {
  searchPath: ['public'],
  functions: [],
  relations: [
    { schema: 'public', name: 'customers', oid: 20_001, kind: 'table', columns: customers },
    {
      schema: 'public',
      name: 'orders',
      oid: 20_002,
      kind: 'table',
      columns: columns('id', 'customer_id', 'status', 'total_cents', 'note', 'created_at'),
    },
    {
      schema: 'public',
      name: 'cards',
      oid: 20_005,
      kind: 'table',
      columns: [
        ...columns('id', 'card_number'),
        { name: 'digits', number: 3, type: 'text', generated: '"right"(card_number, 4)' },
        { name: 'twice', number: 4, type: 'integer', generated: '(id * 2)' },
        { name: 'odd', number: 5, type: 'integer', generated: 'SELECT' },
      ],
    },
    {
      schema: 'public',
      name: 'elsewhere',
      oid: 20_006,
      kind: 'foreign-table',
      columns: columns('id', 'mail', 'name'),
      foreign: { wrapper: 'postgres_fdw', schema: 'public', name: 'customers', columns: { mail: 'email' } },
    },
    {
      schema: 'public',
      name: 'by_view',
      oid: 20_007,
      kind: 'foreign-table',
      columns: columns('id', 'address'),
      foreign: { wrapper: 'postgres_fdw', schema: 'public', name: 'contacts' },
    },
    {
      schema: 'public',
      name: 'of_file',
      oid: 20_008,
      kind: 'foreign-table',
      columns: columns('line'),
      foreign: { wrapper: 'file_fdw', schema: 'public', name: 'of_file' },
    },
    {
      schema: 'public',
      name: 'contacts',
      oid: 20_003,
      kind: 'view',
      columns: columns('id', 'address'),
      definition: ' SELECT id,\n    email AS address\n   FROM public.customers;',
    },
    {
      schema: 'public',
      name: 'customers_eu',
      oid: 20_004,
      kind: 'table',
      columns: customers,
      inherits: [{ schema: 'public', name: 'customers' }],
    },
  ],
};

const masks: readonly MaskInstruction[] = [
  {
    rule: 'shop.pii',
    selectors: [
      { by: 'column', value: 'customers.email' },
      { by: 'column', value: 'customers.card_number' },
      { by: 'column', value: 'cards.card_number' },
    ],
    method: { kind: 'partial', keepLast: 4 },
  },
];

function outcome(statement: AnalysedStatement): string {
  const plan = planMasks(masks, statement, catalogue);
  if (plan.kind !== 'mask') return plan.kind;
  const { output } = statement;
  const count = output.kind === 'columns' ? output.columns.length : output.kind === 'none' ? 0 : 1;
  const fields = Array.from({ length: count }, () => ({
    name: 'f',
    tableOid: 0,
    attributeNumber: 0,
    typeOid: 25,
  }));
  const found = fieldMasks(plan, fields);
  return found.kind === 'untold'
    ? found.kind
    : found.masks.map((mask) => mask?.method?.kind ?? '-').join(' ');
}

const cases = parse(readFileSync(new URL('./statements.yaml', import.meta.url), 'utf8')) as readonly Case[];

test.each(cases)('$sql', ({ sql, fields }) => {
  const analysis = deriveSql(sql, {
    catalogue,
    searchPath: ['public'],
    prepared: new Map(),
    transaction: 'idle',
    parameters: [],
  });
  expect(analysis.error).toBeNull();
  expect(analysis.statements.map(outcome)).toEqual([fields]);
});
