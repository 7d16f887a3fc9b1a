import { describe, expect, test } from '@jest/globals';
import type { AnalysedStatement, OutputColumn } from '../../src/facts/sql/scope/analysis.js';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import type { ResultField } from '../../src/masking/sql/plan.js';
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
  partial,
  redact,
  selecting,
  statement,
} from './planned.js';

describe('the two sources of a column origin', () => {
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
    expect(() => masked([emailMask], selecting({ ...own, sources: [] }), [field(29_999, 1)])).toThrow(
      changed,
    );
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
    columns: [{ schema: 'public', table: 'customers', column: 'email' }],
  });
});

test('a statement that was refused shows nothing, should it ever be answered', () => {
  const plan = planMasks([mask('header', 'x')], selecting(output(column('id'))), catalogue);
  expect(fieldMasks(plan, [field(20_001, 1)])).toMatchObject({ kind: 'untold', rule: 'shop.pii' });
});
