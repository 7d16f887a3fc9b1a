import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { detect, detectorNames, isDetectorName } from '../../src/masking/detectors.js';
import { merge } from '../../src/masking/detectors/finding.js';

interface Table {
  /** Texts with « and » around what is found. */
  readonly finds: readonly string[];
  readonly ignores: readonly string[];
  readonly hostile: readonly {
    readonly repeat: string;
    readonly times: number;
    readonly ignored?: boolean;
  }[];
}

const folder = new URL('./detectors/', import.meta.url);
const tables = readdirSync(folder).map((file) => ({
  name: file.replace('.yaml', ''),
  table: parse(readFileSync(new URL(file, folder), 'utf8')) as Table,
}));

/** The text with « and » around each finding. */
function marked(name: string, text: string): string {
  let result = '';
  let shown = 0;
  for (const { start, end } of merge(detect(name, text)!)) {
    result += `${text.slice(shown, start)}«${text.slice(start, end)}»`;
    shown = end;
  }
  return result + text.slice(shown);
}

test('every detector has a table and every table a detector', () => {
  expect(tables.map(({ name }) => name).sort()).toEqual([...detectorNames].sort());
});

test('a name that does not exist is told apart', () => {
  expect(isDetectorName('credit_card')).toBe(true);
  expect(isDetectorName('creditcard')).toBe(false);
  expect(detect('creditcard', '4111111111111111')).toBeNull();
});

describe.each(tables)('$name', ({ name, table }) => {
  test.each(table.finds)('finds %j', (text) => {
    expect(marked(name, text.replace(/[«»]/g, ''))).toBe(text);
  });

  test.each(table.ignores)('ignores %j', (text) => {
    expect(marked(name, text)).toBe(text);
  });

  // A detector that is not linear would not come back from these within the suite's time.
  test.each(table.hostile)('survives $times × $repeat', ({ repeat, times, ignored }) => {
    const text = repeat.repeat(times);
    const findings = merge(detect(name, text)!);
    expect(findings.every(({ start, end }) => start >= 0 && start < end && end <= text.length)).toBe(true);
    if (ignored === true) expect(findings).toEqual([]);
  });

  test.each(table.hostile)(
    'reads four times $times × $repeat in four times the steps',
    ({ repeat, times }) => {
      const few = Math.ceil(times / 100);
      expect(steps(name, repeat.repeat(4 * few))).toBeLessThan(5 * steps(name, repeat.repeat(few)) + 1000);
    },
  );

  test('finds the same beside other lines', () => {
    const words = fc.string({
      unit: fc.constantFrom('a', 'Z', '7', '-', '.', ' ', '@', ':', '/', '{', '"'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(words, words, fc.constantFrom(...table.finds), (before, after, found) => {
        const text = found.replace(/[«»]/g, '');
        const start = before.length + 2;
        const inside = (place: { start: number; end: number }): boolean =>
          place.start <= start + found.indexOf('«') && place.end > start + found.indexOf('«');
        expect(detect(name, `${before} \n${text}\n ${after}`)!.some(inside)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

/** Characters that a detector looks at, by charCodeAt and slice: wall clocks tell other things of a busy machine. */
function steps(name: string, text: string): number {
  const reading = jest.spyOn(String.prototype, 'charCodeAt');
  const cutting = jest.spyOn(String.prototype, 'slice');
  try {
    detect(name, text);
    return cutting.mock.results.reduce(
      (sum, { value }) => sum + (value as string).length,
      reading.mock.calls.length,
    );
  } finally {
    reading.mockRestore();
    cutting.mockRestore();
  }
}
