import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MaskInstruction, MaskMethod, MaskSelector } from '../../src/engine/decision.js';
import type { AnalysedStatement, CopyClause, OutputColumn } from '../../src/facts/sql/analysis.js';
import type { Catalogue, ColumnName } from '../../src/facts/sql/catalogue.js';
import { fieldMasks, type FieldMasks } from '../../src/masking/fields.js';
import { planMasks, type FieldMask, type ResultField } from '../../src/masking/plan.js';

const columnsOf = (...names: readonly string[]): Catalogue['relations'][number]['columns'] =>
  names.map((name, i) => ({ name, number: i + 1, type: 'text' }));

const catalogue: Catalogue = {
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

const partial: MaskMethod = { kind: 'partial', keepLast: 4 };
const redact: MaskMethod = { kind: 'redact' };

function mask(
  by: MaskSelector['by'],
  value: string,
  method: MaskMethod = redact,
  rule = 'shop.pii',
): MaskInstruction {
  return { rule, selectors: [{ by, value }], method };
}
const emailMask = mask('column', 'customers.email', partial);

function column(name: string, table = 'customers', schema = 'public'): ColumnName {
  return { schema, table, column: name };
}
function output(source: ColumnName, derived = false): OutputColumn {
  return { name: source.column, sources: [source], derived };
}
function statement(given: Partial<AnalysedStatement>): AnalysedStatement {
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
function selecting(...columns: readonly OutputColumn[]): AnalysedStatement {
  return statement({ output: { kind: 'columns', columns } });
}
function field(tableOid: number, attributeNumber: number): ResultField {
  return { name: 'f', tableOid, attributeNumber, typeOid: 25 };
}
function masked(
  masks: readonly MaskInstruction[],
  selected: AnalysedStatement,
  fields: readonly ResultField[],
  from: Catalogue | null = catalogue,
): readonly (FieldMask | null)[] {
  return told(fieldMasks(planMasks(masks, selected, from), fields));
}
/** Throws the reason for which nothing may be shown. */
function told(found: FieldMasks): readonly (FieldMask | null)[] {
  if (found.kind === 'untold') throw new Error(found.reason);
  return found.masks;
}
const methods = (masks: readonly (FieldMask | null)[]): readonly (string | null)[] =>
  masks.map((one) => one?.method?.kind ?? null);

describe('a plan', () => {
  test('is clear without masks, and where nothing of the database takes part', () => {
    expect(planMasks([], selecting(output(column('email'))), catalogue)).toEqual({ kind: 'clear' });
    const clear = { kind: 'clear', silent: 'shop.pii' };
    expect(planMasks([emailMask], statement({ verb: 'insert' }), catalogue)).toEqual(clear);
    expect(planMasks([emailMask], statement({ verb: 'begin' }), catalogue)).toEqual(clear);
    const touched = [{ schema: 'public', name: 'orders' }];
    expect(planMasks([emailMask], statement({ verb: 'insert', touched }), catalogue)).toEqual(clear);
  });

  test('hides what comes back where nothing should: a rewrite rule may answer an INSERT', () => {
    expect(() => masked([emailMask], statement({ verb: 'insert' }), [field(0, 0)])).toThrow('does not tell of');
  });

  test.each<[string, Partial<AnalysedStatement>]>([
    ['an update, whose error may quote the row', { verb: 'update' }],
    ['a comparison, whose error may quote the value', { verb: 'insert', filtered: [column('email')] }],
    ['comparisons that are not known', { verb: 'insert', filtered: 'unknown' }],
    [
      'a row for a masked table: an exclusion constraint quotes another',
      { verb: 'insert', touched: [{ schema: 'public', name: 'customers' }] },
    ],
    ['a trigger that nobody can read', { verb: 'insert', opaque: true }],
    ['COMMIT, where deferred constraints speak', { verb: 'commit' }],
  ])('is not clear for %s', (_, given) => {
    expect(planMasks([emailMask], statement(given), catalogue).kind).toBe('mask');
  });

  test.each<[string, MaskInstruction, Partial<AnalysedStatement>, string]>([
    [
      'a masked value that is moved',
      emailMask,
      { moved: [column('email')] },
      'values of `public.customers.email` are masked and may not be stored elsewhere',
    ],
    [
      'moves that are not known',
      emailMask,
      { moved: 'unknown' },
      'which values the statement stores elsewhere is not known',
    ],
    [
      'statistics that are moved',
      emailMask,
      { moved: [column('most_common_vals', 'pg_stats', 'pg_catalog')] },
      'values of `pg_catalog.pg_stats.most_common_vals` are masked and may not be stored elsewhere',
    ],
    [
      'an answer that is not known',
      emailMask,
      { output: { kind: 'unknown', reason: 'x' } },
      'what it returns cannot be masked: x',
    ],
    [
      'an answer that is made of a masked column, of so many columns as nobody knows',
      emailMask,
      { output: { kind: 'unknown', reason: 'x', from: [column('email')] } },
      'what it returns cannot be masked: x',
    ],
    [
      'a source that is not known',
      emailMask,
      selecting({ name: 'f', sources: 'unknown', derived: true, reason: 'x', known: [column('id')] }),
      'where `f` comes from is not known: x',
    ],
    ['a header', mask('header', 'authorization'), {}, 'a `header` mask cannot be carried out on SQL'],
    ['a field of a body', mask('field', 'user.email'), {}, 'a `field` mask cannot be carried out on SQL'],
    [
      'a detector that does not exist',
      mask('pattern', 'creditcard'),
      {},
      'there is no detector `creditcard`',
    ],
    [
      'a selector of one part',
      mask('column', 'email'),
      {},
      '`email` is not `table.column` or `schema.table.column`',
    ],
    [
      'a selector with half a wildcard',
      mask('column', 'cust*.email'),
      {},
      '`cust*.email` is not `table.column` or `schema.table.column`',
    ],
    ['a tag that nothing carries', mask('tagged', 'pii'), {}, 'no column is tagged `pii`'],
  ])('refuses %s', (_, instruction, given, reason) => {
    expect(planMasks([instruction], statement(given), catalogue)).toEqual({
      kind: 'refuse',
      rule: 'shop.pii',
      reason,
    });
  });

  const out = { direction: 'out', with: 'client', format: 'text', delimiter: '\t', header: false } as const;

  const copying = (clause: Partial<CopyClause>): AnalysedStatement =>
    statement({
      verb: 'copy',
      copy: { ...out, ...clause },
      output: { kind: 'columns', columns: [output(column('email'))] },
    });

  test.each<[string, Partial<CopyClause>]>([
    ['an encoding that is not read', { encoding: 'SJIS' }],
    ['a format that is not known', { format: 'other' }],
    ['a line feed for the quote', { format: 'csv', quote: '\n' }],
    ['a carriage return for the escape', { format: 'csv', escape: '\r' }],
    ['a delimiter of more than a byte', { delimiter: '§' }],
  ])('refuses COPY with %s, whatever masks apply', (_, clause) => {
    for (const one of [emailMask, mask('pattern', 'email')])
      expect(planMasks([one], copying(clause), catalogue).kind).toBe('refuse');
  });

  test.each<Partial<CopyClause>>([
    {},
    { format: 'csv', quote: "'", escape: '\\', delimiter: ';' },
    { format: 'binary' },
    { encoding: 'utf-8' },
  ])('masks COPY with %j', (clause) => {
    expect(planMasks([emailMask], copying(clause), catalogue).kind).toBe('mask');
  });

  test('is never clear where lineage holds the masked column', () => {
    const sources = fc.subarray(['id', 'email', 'note'], { minLength: 1 });
    const outputs = fc.array(fc.record({ sources, derived: fc.boolean() }), { minLength: 1, maxLength: 4 });
    const verbs = fc.constantFrom('select', 'insert', 'update', 'copy', 'show', 'fetch');
    fc.assert(
      fc.property(verbs, outputs, (verb, columns) => {
        const lineage = columns.map((one) => ({
          name: 'x',
          derived: one.derived,
          sources: one.sources.map((name) => column(name)),
        }));
        const selected = statement({ verb, output: { kind: 'columns', columns: lineage } });
        expect(planMasks([emailMask], selected, catalogue).kind).toBe('mask');
        const fields = columns.map(() => field(0, 0));
        expect(masked([emailMask], selected, fields).map((one) => one !== null)).toEqual(
          columns.map((one) => one.sources.includes('email')),
        );
      }),
    );
  });
});

describe('selectors', () => {
  test.each([
    ['customers.email', true],
    ['public.customers.email', true],
    ['Customers.EMAIL', true],
    ['*.email', true],
    ['customers.*', true],
    ['public.*.email', true],
    ['other.customers.email', false],
    ['orders.email', false],
    ['customers.id', false],
  ])('column %j', (selector, matches) => {
    const [only] = masked([mask('column', selector)], selecting(output(column('email'))), [field(20_001, 2)]);
    expect(only !== null).toBe(matches);
  });

  test('tags are column selectors with names', () => {
    const tags = new Map([
      ['customers.email', ['pii', 'contact']],
      ['*.note', ['free-text']],
    ]);
    const selected = selecting(output(column('email')), output(column('id')), output(column('note')));
    const fields = [1, 2, 3].map(() => field(0, 0));
    const shown = (tag: string): readonly boolean[] =>
      told(fieldMasks(planMasks([mask('tagged', tag)], selected, catalogue, tags), fields)).map(
        (one) => one !== null,
      );
    expect(shown('pii')).toEqual([true, false, false]);
    expect(shown('free-text')).toEqual([false, false, true]);
  });

  test('partitions and parents are meant along', () => {
    const child = selecting(output(column('email', 'customers_eu')));
    expect(methods(masked([emailMask], child, [field(20_004, 2)]))).toEqual(['partial']);
    const parent = selecting(output(column('email')));
    const childMask = mask('column', 'customers_eu.email');
    expect(methods(masked([childMask], parent, [field(20_001, 2)]))).toEqual(['redact']);
  });
});

describe('the two witnesses', () => {
  const id = output(column('id'));
  const email = output(column('email'));

  test('where they agree the column decides', () => {
    expect(methods(masked([emailMask], selecting(id, email), [field(20_001, 1), field(20_001, 2)]))).toEqual([
      null,
      'partial',
    ]);
  });

  test('a derived value shows no part', () => {
    expect(methods(masked([emailMask], selecting(output(column('email'), true)), [field(0, 0)]))).toEqual([
      'redact',
    ]);
    // Beside the hash of a letter of it a client could ask for those of all letters.
    const hash = mask('column', 'customers.email', { kind: 'hash' });
    expect(methods(masked([hash], selecting(output(column('email'), true)), [field(0, 0)]))).toEqual([
      'redact',
    ]);
  });

  test.each<[string, AnalysedStatement, ResultField, Catalogue | null]>([
    ['lineage says id, the server says email', selecting(id), field(20_001, 2), catalogue],
    ['lineage says email, the server says id', selecting(email), field(20_001, 1), catalogue],
    [
      'a masked column among sources that are not all known',
      selecting({ name: 'x', sources: 'unknown', derived: true, known: [column('email')] }),
      field(0, 0),
      catalogue,
    ],
    [
      'planner statistics',
      selecting(output(column('histogram_bounds', 'pg_stats', 'pg_catalog'))),
      field(12_000, 1),
      catalogue,
    ],
  ])('mask as a whole: %s', (_, selected, only, from) => {
    expect(methods(masked([emailMask], selected, [only], from))).toEqual(['redact']);
  });

  test.each<[string, AnalysedStatement, ResultField, Catalogue | null]>([
    [
      'lineage says a constant, the server a column',
      selecting({ name: 'x', sources: [], derived: true }),
      field(20_002, 1),
      catalogue,
    ],
    ['an OID that is not known', selecting(id), field(29_999, 1), catalogue],
    ['a column number that is not known', selecting(id), field(20_001, 9), catalogue],
    ['no catalogue', selecting(id), field(20_001, 1), null],
    ['lineage says a table of a user, the server one of its own', selecting(id), field(1259, 1), catalogue],
    ['another number of columns', selecting(id, id), field(20_001, 1), catalogue],
  ])('show nothing where no mask is known to reach: %s', (_, selected, only, from) => {
    expect(() => masked([emailMask], selected, [only], from)).toThrow('the schema may have changed');
    // Detectors look at values, wherever they come from.
    const detector = mask('pattern', 'email');
    expect(masked([detector], selected, [only], from)).toMatchObject([{ method: null }]);
  });

  test('what a procedure answers passes where it reads no masked column', () => {
    const called = statement({ output: { kind: 'unknown', reason: 'x', from: [column('id')] } });
    expect(methods(masked([emailMask], called, [field(0, 0), field(0, 0)]))).toEqual([null, null]);
  });

  test('a view is its own column for the server, and one of its names for lineage', () => {
    const shown = (name: string, below: string): OutputColumn => ({
      name,
      sources: [column(name, 'contacts'), column(below)],
      derived: false,
    });
    const [address, number] = [shown('address', 'email'), shown('id', 'id')];
    expect(methods(masked([emailMask], selecting(address), [field(20_003, 1)]))).toEqual(['partial']);
    expect(methods(masked([emailMask], selecting(number), [field(20_003, 2)]))).toEqual([null]);
    const own = mask('column', 'contacts.id');
    expect(methods(masked([own], selecting(number), [field(20_003, 2)]))).toEqual(['redact']);
    // The view was replaced: its first column is another now, and what it shows is anybody's guess.
    const changed = 'the schema may have changed';
    expect(() => masked([emailMask], selecting(number), [field(20_003, 1)])).toThrow(changed);
    expect(() => masked([emailMask], selecting(output(column('id'))), [field(20_003, 1)])).toThrow(changed);
  });

  test('a table of the session itself is in no catalogue', () => {
    const own = output(column('email', 'scratch', 'pg_temp'));
    expect(methods(masked([emailMask], selecting(own), [field(29_999, 1)]))).toEqual([null]);
    expect(methods(masked([mask('column', 'scratch.email')], selecting(own), [field(29_999, 1)]))).toEqual([
      'redact',
    ]);
    // The server says that it is another table after all.
    const changed = 'the schema may have changed';
    expect(() => masked([emailMask], selecting(own), [field(20_002, 1)])).toThrow(changed);
    const both = { ...own, sources: [column('id'), column('email', 'scratch', 'pg_temp')], derived: true };
    expect(() => masked([emailMask], selecting(both), [field(29_999, 1)])).toThrow(changed);
    expect(() => masked([emailMask], selecting({ ...own, sources: [] }), [field(29_999, 1)])).toThrow(changed);
  });

  test("the server's own relations and columns pass", () => {
    const relname = output(column('relname', 'pg_class', 'pg_catalog'));
    expect(methods(masked([emailMask], selecting(relname), [field(1259, 2)]))).toEqual([null]);
    expect(methods(masked([emailMask], selecting(output(column('ctid'))), [field(20_001, -1)]))).toEqual([
      null,
    ]);
  });

  test('a mask that names no column of the result leaves it alone, traced or not', () => {
    const cards = mask('pattern', 'credit_card');
    const [only] = masked([cards], statement({ output: { kind: 'unknown', reason: 'x' } }), [
      field(29_999, 1),
    ]);
    expect(only).toEqual({
      method: null,
      detectors: [{ name: 'credit_card', method: redact }],
      rules: ['shop.pii'],
    });
  });
});

test('of several masks the strictest counts, and all their rules are named', () => {
  const masks = [
    mask('column', 'customers.email', partial, 'b.two'),
    mask('column', '*.email', { kind: 'hash' }, 'a.one'),
    mask('pattern', 'email', partial, 'c.three'),
    mask('pattern', 'email', redact, 'c.four'),
  ];
  const [only] = masked(masks, selecting(output(column('email'))), [field(20_001, 2)]);
  expect(only).toEqual({
    method: { kind: 'hash' },
    detectors: [{ name: 'email', method: redact }],
    rules: ['a.one', 'b.two', 'c.four', 'c.three'],
  });
});

test('a statement that was refused shows nothing, should it ever be answered', () => {
  const plan = planMasks([mask('header', 'x')], selecting(output(column('id'))), catalogue);
  expect(fieldMasks(plan, [field(20_001, 1)])).toMatchObject({ kind: 'untold', rule: 'shop.pii' });
});
