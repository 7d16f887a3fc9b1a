import { describe, expect, test } from '@jest/globals';
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
});
