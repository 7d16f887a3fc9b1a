/** Rows of COPY that are masked on their way, cut wherever the network likes to. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import type { CopyClause } from '../../../src/facts/sql/scope/analysis.js';
import { Unsearched } from '../../../src/masking/methods.js';
import type { FieldMask } from '../../../src/masking/field-mask.js';
import { Replacements } from '../../../src/masking/sql/replacements.js';
import { CopyBinary } from '../../../proxy/postgres/copy/binary.js';
import { COPY_VALUE_BYTES_MAX } from '../../../proxy/postgres/copy/columns.js';
import type { CopyRows, MaskedColumn } from '../../../proxy/postgres/copy/columns.js';
import { CsvDialect, TextDialect } from '../../../proxy/postgres/copy/dialect.js';
import { CopyLines } from '../../../proxy/postgres/copy/lines.js';
import { MessageWriter } from '../../../proxy/postgres/wire/message-writer.js';
import { BACKEND } from '../../../proxy/postgres/wire/messages.js';
import { Outlet } from '../../../proxy/relay.js';

const key = Buffer.alloc(32, 7);
const text = 25;
const redact: FieldMask = { method: { kind: 'redact' }, detectors: [], rules: [] };
const last: FieldMask = { method: { kind: 'partial', keepLast: 2 }, detectors: [], rules: [] };
const cards: FieldMask = {
  method: null,
  detectors: [{ name: 'credit_card', method: { kind: 'redact' } }],
  rules: [],
};

const column = (mask: FieldMask, typeOid = text, name = 'c'): MaskedColumn => ({
  name,
  mask,
  typeOid,
  key,
  shown: new Replacements(),
});
const clause = (given: Partial<CopyClause> = {}): CopyClause => ({
  direction: 'out',
  with: 'client',
  format: 'text',
  delimiter: given.format === 'csv' ? ',' : '\t',
  header: false,
  ...given,
});

type Columns = readonly (MaskedColumn | null)[];
const asText = (columns: Columns, given: Partial<CopyClause> = {}): CopyRows =>
  new CopyLines(new TextDialect(clause(given)), columns, given.header === true);
const asCsv = (columns: Columns, given: Partial<CopyClause> = {}): CopyRows =>
  new CopyLines(
    new CsvDialect(clause({ format: 'csv', ...given }), columns.length),
    columns,
    given.header === true,
  );

/** What a client reads where the rows arrive in these stretches; the frames are checked on the way. */
function shown(rows: CopyRows, stretches: readonly Buffer[]): Buffer {
  const socket = new PassThrough({ highWaterMark: 2 ** 30 });
  const outlet = new Outlet(socket);
  const writer = new MessageWriter(outlet);
  for (const stretch of stretches) {
    writer.begin(BACKEND.CopyData);
    rows.push(stretch, 0, stretch.length, writer, stretches.length === 1);
    if (writer.bodyBytes > 0) writer.end();
    else writer.cancel();
  }
  outlet.flush();
  const wire = (socket.read() as Buffer | null) ?? Buffer.alloc(0);
  const bodies: Buffer[] = [];
  for (let at = 0; at < wire.length; at += 1 + wire.readInt32BE(at + 1)) {
    expect(wire[at]).toBe(BACKEND.CopyData);
    bodies.push(wire.subarray(at + 5, at + 1 + wire.readInt32BE(at + 1)));
  }
  return Buffer.concat(bodies);
}

const masked = (rows: CopyRows, sent: string): string => shown(rows, [Buffer.from(sent)]).toString('utf8');

describe('the text format', () => {
  test.each<[string, Partial<CopyClause>, FieldMask, string, string]>([
    ['a value', {}, redact, 'a\tb\tc\n', 'a\t[redacted]\tc\n'],
    ['NULL stays NULL', {}, redact, 'a\t\\N\tc\n', 'a\t\\N\tc\n'],
    ['a value that reads like NULL', {}, last, 'a\t\\\\N\tc\n', 'a\t**\tc\n'],
    ['an empty value', {}, redact, '\t\t\n', '\t[redacted]\t\n'],
    ['an escaped delimiter', { delimiter: '|' }, last, 'a|x\\|y\\|z|c\n', 'a|***\\|z|c\n'],
    ['an escaped backslash before a delimiter', {}, last, 'a\tabc\\\\\tc\n', 'a\t**c\\\\\tc\n'],
    ['an escaped line feed', {}, last, 'a\tab\\n\\t\tc\n', 'a\t**\\n\\t\tc\n'],
    ['a delimiter of the mask', { delimiter: '[' }, redact, 'a[b[c\n', 'a[\\[redacted][c\n'],
    ['NULL spelt in another way', { nullText: 'none' }, redact, 'a\tnone\tc\n', 'a\t[redacted]\tc\n'],
    ['NULL spelt as nothing', { nullText: '' }, redact, 'a\t\tc\n', 'a\t\tc\n'],
    ['a header', { header: true }, redact, 'x\ty\tz\na\tb\tc\n', 'x\ty\tz\na\t[redacted]\tc\n'],
  ])('%s', (_, given, mask, sent, wanted) => {
    expect(masked(asText([null, column(mask), null], given), sent)).toBe(wanted);
  });

  test('a row with other fields than announced ends the session', () => {
    expect(() => masked(asText([column(redact)]), 'a\tb\n')).toThrow(/other fields/);
    expect(() => masked(asText([null, column(redact)]), 'a\n')).toThrow(/other fields/);
  });

  test('detectors read what the escapes say', () => {
    expect(
      masked(asText([column(cards)], { delimiter: '1' }), '4\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\n'),
    ).toBe('[redacted]\n');
    expect(masked(asText([column(cards)]), 'card 4111 1111 1111 1111.\n')).toBe('card [redacted].\n');
    const bytea = Buffer.from('4111111111111111').toString('hex');
    expect(masked(asText([column(cards, 0)]), `\\\\x${bytea}\n`)).toBe('\\N\n');
  });
});

describe('the CSV format', () => {
  test.each<[string, Partial<CopyClause>, FieldMask, string, string]>([
    ['a value', {}, redact, 'a,b,c\n', 'a,[redacted],c\n'],
    ['NULL stays NULL, and no text is a value', {}, redact, 'a,,c\na,"",c\n', 'a,,c\na,[redacted],c\n'],
    [
      'delimiters, quotes and lines in quotes',
      {},
      redact,
      '"a,1","b\n""2","c"",\n"\n',
      '"a,1",[redacted],"c"",\n"\n',
    ],
    ['quotes where the shown part wants them', {}, last, 'a,"abc"",",c\n', 'a,"***"",",c\n'],
    [
      'another quote and escape',
      { quote: "'", escape: '\\' },
      last,
      "a,'b\\'\\\\c\\'',c\n",
      "a,'***c\\'',c\n",
    ],
    ['an escape before the end', { escape: '\\' }, redact, 'a,"b\\\\",c\n', 'a,[redacted],c\n'],
    ['FORCE_QUOTE', { forceQuote: 'all' }, redact, '"a","b",c\n', '"a","[redacted]",c\n'],
    ['FORCE_QUOTE of another column', { forceQuote: ['d'] }, redact, 'a,"b",c\n', 'a,[redacted],c\n'],
    ['a mask that reads like NULL', { nullText: '[redacted]' }, redact, 'a,b,c\n', 'a,"[redacted]",c\n'],
    [
      'a header with a line in a name',
      { header: true },
      redact,
      '"x\n",y,z\na,b,c\n',
      '"x\n",y,z\na,[redacted],c\n',
    ],
  ])('%s', (_, given, mask, sent, wanted) => {
    expect(masked(asCsv([null, column(mask), null], given), sent)).toBe(wanted);
  });

  test('detectors read what the quotes say', () => {
    const number = '4111,1111,1111,1111';
    expect(masked(asCsv([column(cards, 0)], { delimiter: ';' }), '"a ""4111 1111 1111 1111"""\n')).toBe(
      '"a ""[redacted]"""\n',
    );
    expect(masked(asCsv([column(redact), null]), `"${number}",x\n`)).toBe('[redacted],x\n');
  });
});

/** PGCOPY in its binary form. */
function binary(rows: readonly (readonly (Buffer | null)[])[]): Buffer {
  const number = (bytes: 2 | 4, value: number): Buffer => {
    const written = Buffer.alloc(bytes);
    written.writeIntBE(value, 0, bytes);
    return written;
  };
  const field = (value: Buffer | null): Buffer[] =>
    value === null ? [number(4, -1)] : [number(4, value.length), value];
  return Buffer.concat([
    Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1'),
    number(4, 0),
    number(4, 0),
    ...rows.flatMap((row) => [number(2, row.length), ...row.flatMap(field)]),
    number(2, -1),
  ]);
}

describe('the binary format', () => {
  const value = (written: string): Buffer => Buffer.from(written);

  test('masks by type, and NULL where a type is not known', () => {
    const columns = [null, column(redact), column(redact, 0), null];
    const rows = [
      [value('a'), value('b'), value('c'), value('d')],
      [null, null, value(''), null],
    ];
    expect(shown(new CopyBinary(columns), [binary(rows)])).toEqual(
      binary([
        [value('a'), value('[redacted]'), null, value('d')],
        [null, null, null, null],
      ]),
    );
  });

  test.each<[string, Buffer]>([
    ['another signature', Buffer.from('PGCOPX\n\u00ff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')],
    ['another number of fields', binary([[value('a')]])],
    ['bytes behind the end', Buffer.concat([binary([]), Buffer.from([0])])],
  ])('%s ends the session', (_, sent) => {
    expect(() => shown(new CopyBinary([column(redact), null]), [sent])).toThrow(/cannot be read/);
  });
});

describe('wherever the stretches are cut', () => {
  const cell = fc.option(
    fc.string({ unit: fc.constantFrom('a', '"', "'", ',', '\t', '\n', '\\', 'N', '.', 'ü', '|') }),
  );
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 6 });
  const cuts = fc.array(fc.nat(400), { maxLength: 8 });

  const pieces = (bytes: Buffer, at: readonly number[]): Buffer[] => {
    const places = [...new Set([0, ...at.filter((place) => place < bytes.length), bytes.length])].sort(
      (a, b) => a - b,
    );
    return places.slice(1).map((place, i) => bytes.subarray(places[i], place));
  };

  test('the text format shows the same', () => {
    const write = (value: string | null): string =>
      value === null
        ? '\\N'
        : value.replaceAll(/[\\\n\t]/g, (c) => ({ '\n': '\\n', '\t': '\\t' })[c] ?? `\\${c}`);
    fc.assert(
      fc.property(table, cuts, (rows, at) => {
        const sent = Buffer.from(rows.map((row) => `${row.map(write).join('\t')}\n`).join(''));
        const wanted = rows.map(
          (row) => `${write(row[0])}\t${row[1] === null ? '\\N' : '[redacted]'}\t${write(row[2])}\n`,
        );
        const reader = asText([null, column(redact), null]);
        expect(shown(reader, pieces(sent, at)).toString()).toBe(wanted.join(''));
        expect(reader.settled).toBe(true);
      }),
    );
  });

  test('the CSV format shows the same', () => {
    const write = (value: string | null): string =>
      value === null
        ? ''
        : value === '' || /[",\n\r]/.test(value)
          ? `"${value.replaceAll('"', '""')}"`
          : value;
    fc.assert(
      fc.property(table, cuts, (rows, at) => {
        const sent = Buffer.from(rows.map((row) => `${row.map(write).join(',')}\n`).join(''));
        const wanted = rows.map(
          (row) => `${write(row[0])},${row[1] === null ? '' : '[redacted]'},${write(row[2])}\n`,
        );
        expect(shown(asCsv([null, column(redact), null]), pieces(sent, at)).toString()).toBe(wanted.join(''));
      }),
    );
  });

  test('the binary format shows the same', () => {
    const bytes = (value: string | null): Buffer | null => (value === null ? null : Buffer.from(value));
    fc.assert(
      fc.property(table, cuts, (rows, at) => {
        const sent = binary(rows.map((row) => row.map(bytes)));
        const wanted = binary(
          rows.map(([a, b, c]) => [bytes(a), b === null ? null : Buffer.from('[redacted]'), bytes(c)]),
        );
        expect(shown(new CopyBinary([null, column(redact), null]), pieces(sent, at))).toEqual(wanted);
      }),
    );
  });

  test.each<[string, (columns: Columns) => CopyRows]>([
    ['text', (columns) => asText(columns)],
    ['csv', (columns) => asCsv(columns)],
  ])('a value too long to be kept shows nothing, or is not told: %s', (_, rowsOf) => {
    const part = Buffer.alloc(1024 * 1024, 'x');
    const parts = Array.from({ length: COPY_VALUE_BYTES_MAX / part.length + 1 }, () => part);
    const sent = [...parts, Buffer.from('\nab\n')];
    expect(shown(rowsOf([column(last)]), sent).toString()).toBe('[redacted]\n**\n');
    expect(() => shown(rowsOf([column(cards)]), sent)).toThrow(Unsearched);
  });
});
