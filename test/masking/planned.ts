/** Catalogue, statements and masks that tests of planning are made of. */
import type { MaskInstruction, MaskMethod, MaskSelector } from '../../src/engine/decision.js';
import type { AnalysedStatement, OutputColumn } from '../../src/facts/sql/scope/analysis.js';
import type { Catalogue, ColumnName } from '../../src/facts/sql/catalogue/catalogue.js';
import { fieldMasks, type FieldMasks } from '../../src/masking/sql/fields.js';
import type { FieldMask } from '../../src/masking/field-mask.js';
import { planMasks, type ResultField } from '../../src/masking/sql/plan.js';

const columnsOf = (...names: readonly string[]): Catalogue['relations'][number]['columns'] =>
  names.map((name, i) => ({ name, number: i + 1, type: 'text' }));

export const catalogue: Catalogue = {
  searchPath: ['public'],
  functions: [],
  relations: [
    {
      schema: 'public',
      name: 'customers',
      oid: 20_001,
      kind: 'table',
      columns: columnsOf('id', 'email', 'note'),
    },
    { schema: 'public', name: 'orders', oid: 20_002, kind: 'table', columns: columnsOf('id', 'customer_id') },
    { schema: 'public', name: 'contacts', oid: 20_003, kind: 'view', columns: columnsOf('address', 'id') },
    {
      schema: 'public',
      name: 'customers_eu',
      oid: 20_004,
      kind: 'table',
      columns: columnsOf('id', 'email', 'note'),
      inherits: [{ schema: 'public', name: 'customers' }],
    },
  ],
};

export const partial: MaskMethod = { kind: 'partial', keepLast: 4 };
export const redact: MaskMethod = { kind: 'redact' };

export function mask(
  by: MaskSelector['by'],
  value: string,
  method: MaskMethod = redact,
  rule = 'shop.pii',
): MaskInstruction {
  return { rule, selectors: [{ by, value }], method };
}
export const emailMask = mask('column', 'customers.email', partial);

export function column(name: string, table = 'customers', schema = 'public'): ColumnName {
  return { schema, table, column: name };
}
export function output(source: ColumnName, derived = false): OutputColumn {
  return { name: source.column, sources: [source], derived };
}
export function statement(given: Partial<AnalysedStatement>): AnalysedStatement {
  return {
    verb: 'select',
    output: { kind: 'none' },
    moved: [],
    filtered: [],
    copy: null,
    effects: new Set(['read']),
    session: [],
    ...given,
  };
}
export function selecting(...columns: readonly OutputColumn[]): AnalysedStatement {
  return statement({ output: { kind: 'columns', columns } });
}
export function field(tableOid: number, attributeNumber: number): ResultField {
  return { name: 'f', tableOid, attributeNumber, typeOid: 25 };
}
export function masked(
  masks: readonly MaskInstruction[],
  selected: AnalysedStatement,
  fields: readonly ResultField[],
  from: Catalogue | null = catalogue,
): readonly (FieldMask | null)[] {
  return told(fieldMasks(planMasks(masks, selected, from), fields));
}
/** Throws the reason for which nothing may be shown. */
export function told(found: FieldMasks): readonly (FieldMask | null)[] {
  if (found.kind === 'untold') throw new Error(found.reason);
  return found.masks;
}
export const methods = (masks: readonly (FieldMask | null)[]): readonly (string | null)[] =>
  masks.map((one) => one?.method?.kind ?? null);
