import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { prefilterOf, PrefilterScanner, nextRun } from '../../src/masking/prefilter.js';
import { detect, detectorNames } from '../../src/masking/detectors.js';

const folder = new URL('./detectors/', import.meta.url);
const tables = readdirSync(folder).map((file) => ({
  name: file.replace('.yaml', ''),
  ...(parse(readFileSync(new URL(file, folder), 'utf8')) as {
    readonly finds: readonly string[];
    readonly ignores: readonly string[];
  }),
}));
const cheap = detectorNames.filter((name) => prefilterOf([name]) !== null);
const texts = tables
  .flatMap(({ finds, ignores }) => [...finds, ...ignores])
  .map((text) => text.replace(/[«»]/g, ''));

/** Messages one behind the other, each a letter and a value. */
function messages(values: readonly string[]): { readonly bytes: Buffer; readonly ends: readonly number[] } {
  const each = values.map((value) => Buffer.from(`D${value}`));
  let end = 0;
  return { bytes: Buffer.concat(each), ends: each.map(({ length }) => (end += length)) };
}

function cleanOnes(names: readonly string[], values: readonly string[]): readonly boolean[] {
  const prefilter = prefilterOf(names)!;
  const { bytes, ends } = messages(values);
  const scanner = new PrefilterScanner();
  return ends.map((end, at) => scanner.isClean(prefilter, bytes, ends[at - 1] ?? 0, end));
}

const finds = (name: string, value: string): boolean => detect(name, value)!.length > 0;

describe('a message without a requirement', () => {
  test('most detectors have one', () => {
    expect(cheap.length).toBeGreaterThan(10);
    expect(prefilterOf(['credit_card', 'iban'])).toBeNull();
    expect(prefilterOf(['no such detector'])).toBeNull();
  });

  test('holds nothing that a detector finds, wherever it stands', () => {
    const digits = fc.array(
      fc.constantFrom('4', '1', '0', '11', '1111', ' ', '-', '\u00a0', '\u2013', 'x', '…'),
      {
        minLength: 8,
        maxLength: 40,
      },
    );
    const value = fc.oneof(
      fc.constantFrom(...texts),
      digits.map((parts) => parts.join('')),
      fc.tuple(fc.string(), fc.constantFrom(...texts), fc.string()).map((parts) => parts.join('')),
    );
    let clean = 0;
    fc.assert(
      fc.property(fc.subarray(cheap, { minLength: 1 }), fc.array(value), (names, values) => {
        cleanOnes(names, values).forEach((isClean, at) => {
          if (!isClean) return;
          clean++;
          expect(names.filter((name) => finds(name, values[at]!))).toEqual([]);
        });
      }),
      { numRuns: 2000 },
    );
    expect(clean).toBeGreaterThan(1000);
  });

  test('is told from its neighbours', () => {
    const card = '4111 1111 1111 1111';
    expect(cleanOnes(['credit_card'], ['a', card, 'b', '411111', '1111111111', card])).toEqual(
      [true, false, true, true, true, false], // prettier-ignore
    );
    expect(cleanOnes(['jwt', 'email'], ['x', 'a@b.de', 'ey', 'J', 'eyJ'])).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('says nothing of what stands behind a backslash, but for the NULL of COPY', () => {
    expect(cleanOnes(['jwt'], ['\\u0065yJ', '1\t\\N\t2'])).toEqual([false, true]);
  });
});

describe('a run of digits', () => {
  test('is found where every run is looked at from every place', () => {
    const part = fc.constantFrom('1', '22', '333333', ' ', '-', '\u00a0', '\u2014', 'a', '.');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), fc.nat(20), (parts, from) => {
        const bytes = Buffer.from(parts.join(''));
        const rest = bytes.subarray(from).toString('latin1');
        const found = /[0-9](?:[ \-\xc2\xa0\xe2\x80\x90-\x94]*[0-9]){12}/.exec(rest);
        const end = found === null ? bytes.length : from + found.index + found[0].length - 1;
        expect(nextRun(bytes, from)).toBe(from > bytes.length ? bytes.length : end);
      }),
      { numRuns: 3000 },
    );
  });

  test('costs what the length of the text does', () => {
    for (const piece of [' ', '1 ', '111111111111a', ' -', '\u2013'])
      expect(nextRun(Buffer.from(piece.repeat(500_000)), 0)).toBeGreaterThan(0);
  });
});
