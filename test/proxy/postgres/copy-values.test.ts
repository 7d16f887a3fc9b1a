/**
 * Values in the rows of COPY from a client, cut wherever the network likes to. The oracle writes them as PostgreSQL does: what
 * is read must be what was written.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CopyClause } from '../../../src/facts/sql/scope/analysis.js';
import { Replacements } from '../../../src/masking/sql/replacements.js';
import { CsvDialect, TextDialect } from '../../../proxy/postgres/copy/dialect.js';
import { COPY_VALUE_BYTES_MAX } from '../../../proxy/postgres/copy/columns.js';
import { CopyReader } from '../../../proxy/postgres/copy/reader.js';
import { copyValues } from '../../../proxy/postgres/copy/values.js';

const clause = (given: Partial<CopyClause> = {}): CopyClause => ({
  direction: 'in',
  with: 'client',
  format: 'text',
  delimiter: given.format === 'csv' ? ',' : '\t',
  header: false,
  ...given,
});

/** Pieces of a stream, cut after each of these numbers of bytes in turn. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function read(copy: CopyClause, bytes: Buffer, sizes: readonly number[]): string[] {
  const values: string[] = [];
  const reader = copyValues(copy, (value) => values.push(value.toString('utf8')));
  for (const piece of cut(bytes, sizes))
    reader.push(Buffer.concat([Buffer.from('x'), piece]), 1, 1 + piece.length);
  reader.finish();
  return values;
}

const anyValue = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('\\', '"', "'", ',', '\t', '|', 'N', '.', 'é', '[', 'a'), maxLength: 8 }),
);
/** A value with a carriage return is written behind a backslash, or in quotes. */
const anyRows = (columns: number): fc.Arbitrary<string[][]> =>
  fc.array(fc.array(anyValue, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 });
const anySizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });

describe('values are read as they were written, cut anywhere', () => {
  test.each([{}, { delimiter: '|' }, { delimiter: '[' }])('as text, %j', (given) => {
    const copy = clause(given);
    const dialect = new TextDialect(copy);
    fc.assert(
      fc.property(anyRows(2), anySizes, (rows, sizes) => {
        const lines = rows.map((row) =>
          row.map((value) => dialect.encode(value).toString('utf8')).join(copy.delimiter),
        );
        const values = read(copy, Buffer.from(`${lines.join('\n')}\n`), sizes);
        // What stands behind the last line feed is a value of no length.
        expect(values).toEqual([...rows.flat(), '']);
      }),
      { numRuns: 400 },
    );
  });

  test.each([{}, { quote: "'" }, { quote: '"', escape: '\\' }, { delimiter: '|', escape: "'" }])(
    'as CSV, %j',
    (given) => {
      const copy = clause({ format: 'csv', ...given });
      const dialect = new CsvDialect({ ...copy, forceQuote: 'all' }, 2);
      fc.assert(
        fc.property(anyRows(2), anySizes, (rows, sizes) => {
          const lines = rows.map((row) =>
            row.map((value) => dialect.encode(value, 'c').toString('utf8')).join(copy.delimiter),
          );
          expect(read(copy, Buffer.from(`${lines.join('\n')}\n`), sizes)).toEqual([...rows.flat(), '']);
        }),
        { numRuns: 400 },
      );
    },
  );

  test('in binary', () => {
    fc.assert(
      fc.property(anyRows(3), anySizes, fc.boolean(), (rows, sizes, trailer) => {
        const values = read(clause({ format: 'binary' }), binary(rows, trailer), sizes);
        expect(values).toEqual(rows.flat());
      }),
      { numRuns: 400 },
    );
  });
});

const header = Buffer.concat([Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1'), Buffer.alloc(8)]);

function binary(rows: readonly (readonly string[])[], trailer: boolean): Buffer {
  const parts: Buffer[] = [header];
  for (const row of rows) {
    parts.push(int16(row.length));
    for (const value of row) {
      const bytes = Buffer.from(value, 'utf8');
      parts.push(int32(bytes.length), bytes);
    }
  }
  if (trailer) parts.push(int16(-1));
  return Buffer.concat(parts);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

describe('spellings that only the server reads', () => {
  test.each([
    ['\\133redacted\\135', '[redacted]'],
    ['\\x5bredacted\\x5D', '[redacted]'],
    ['\\[redacted\\]', '[redacted]'],
    ['a\\\tb', 'a\tb'],
    ['a\\nb', 'a\nb'],
  ])('text %j', (written, meant) => {
    expect(read(clause(), Buffer.from(`${written}\tx\r\n`), [3])).toEqual([meant, 'x', '', '']);
  });

  test('CSV: quotes in the middle of a value, and line ends inside them', () => {
    const rows = Buffer.from('a"b,"c,"d\ne"\n');
    expect(read(clause({ format: 'csv' }), rows, [2])).toEqual(['ab,c', 'd\ne', '']);
  });
});

describe('a reader finds what was shown', () => {
  const shown = new Replacements();
  const mask = { method: { kind: 'redact' } as const, detectors: [], rules: [] };
  shown.note(mask, Buffer.from('[redacted]'), 25, 0);
  const finds = (copy: CopyClause, bytes: Buffer, sizes = [5]): boolean => {
    const reader = new CopyReader(copy, shown);
    for (const piece of cut(bytes, sizes)) reader.push(piece, 0, piece.length);
    return reader.finish();
  };

  test.each([1, 2, 3, 5, 8, 1000])('cut into pieces of %i bytes', (size) => {
    expect(finds(clause(), Buffer.from('a\tb\nc\t[redacted]\n'), [size])).toBe(true);
    expect(finds(clause(), Buffer.from('a\tb\nc\t[redacted]'), [size])).toBe(true);
    expect(finds(clause({ format: 'csv' }), Buffer.from('a,"[redacted]"\n'), [size])).toBe(true);
    expect(finds(clause({ format: 'binary' }), binary([['a', '[redacted]']], true), [size])).toBe(true);
    expect(finds(clause(), Buffer.from('a\tb\nc\t[redact\ned]\n'), [size])).toBe(false);
  });

  test('in a value that is too long to be kept, across the border of what is', () => {
    const piece = Buffer.alloc(COPY_VALUE_BYTES_MAX - 5, 'x');
    const long = Buffer.concat([piece, Buffer.from('[redacted]'), piece]);
    expect(finds(clause(), long, [1024 * 1024])).toBe(true);
    expect(finds(clause(), Buffer.concat([piece, piece]), [1024 * 1024])).toBe(false);
  });

  test('rows in binary that are broken find nothing, and do no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), anySizes, (bytes, sizes) => {
        finds(clause({ format: 'binary' }), Buffer.from(bytes), sizes);
        finds(clause({ format: 'binary' }), Buffer.concat([header, Buffer.from(bytes)]), sizes);
      }),
    );
  });
});
