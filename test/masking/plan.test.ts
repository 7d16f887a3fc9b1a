import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MaskInstruction } from '../../src/engine/decision.js';
import type { AnalysedStatement, CopyClause } from '../../src/facts/sql/scope/analysis.js';
import { fieldMasks } from '../../src/masking/sql/fields.js';
import { planMasks } from '../../src/masking/sql/plan.js';
import {
  catalogue,
  column,
  emailMask,
  field,
  mask,
  masked,
  methods,
  output,
  selecting,
  statement,
  told,
} from './planned.js';

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
    expect(() => masked([emailMask], statement({ verb: 'insert' }), [field(0, 0)])).toThrow(
      'does not tell of',
    );
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
