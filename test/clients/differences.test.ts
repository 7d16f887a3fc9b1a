/** No difference between two runs is lost, and none is excused that the list does not name. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { compare, isEqual, readExpected } from '../../scripts/clients/differences.js';
import { normalise } from '../../scripts/clients/dump.js';
import type { Report } from '../../scripts/clients/tool.js';
import { TOOLS } from '../../scripts/clients/tools.js';

const report = (
  tests: Readonly<Record<string, boolean>>,
  states: Readonly<Record<string, string>> = {},
): Report => ({
  outcome: new Map(Object.entries(tests)),
  states: new Map(Object.entries(states)),
  printed: new Map([['up', 'starting\nERROR: denied by all.emails\n']]),
});

const expected = readExpected(`
- tool: goose
  rules: [masked]
  tests: [encoding]
  reason: encodings are not followed
`);

describe('a run through the gateway', () => {
  test('is equal where every step ends the same and leaves the same', () => {
    const run = report({ up: true, down: true }, { up: 'a', down: 'b' });
    const comparison = compare('goose', 'masked', run, run, []);
    expect(comparison).toEqual({ direct: 4, through: 4, all: 4, differing: [], stale: [] });
    expect(isEqual(comparison)).toBe(true);
  });

  test('is not where a step fails, and the reason is told', () => {
    const through = report({ up: false }, { up: 'a' });
    const comparison = compare('goose', 'fixed', report({ up: true }, { up: 'a' }), through, []);
    expect(comparison.differing).toEqual([{ test: 'up', said: 'ERROR: denied by all.emails', reason: null }]);
    expect(isEqual(comparison)).toBe(false);
  });

  test('T1: is not where every step ends well and other rows are left', () => {
    const direct = report({ up: true }, { up: 'COPY a\n1\tada.one@example.com' });
    const comparison = compare(
      'goose',
      'masked',
      direct,
      report({ up: true }, { up: 'COPY a\n1\t[redacted]' }),
      [],
    );
    expect(comparison.differing).toEqual([
      {
        test: 'up: schema and rows',
        said: 'direct: 1\tada.one@example.com\nthrough: 1\t[redacted]',
        reason: null,
      },
    ]);
    expect(isEqual(comparison)).toBe(false);
  });

  test('may differ where the list says so, for that tool under those rules alone', () => {
    const runs = [report({ encoding: true }), report({ encoding: false })] as const;
    expect(isEqual(compare('goose', 'masked', ...runs, expected))).toBe(true);
    expect(isEqual(compare('goose', 'fixed', ...runs, expected))).toBe(false);
    expect(isEqual(compare('pgx', 'masked', ...runs, expected))).toBe(false);
  });

  test('must differ where the list says so', () => {
    const run = report({ encoding: true });
    const comparison = compare('goose', 'masked', run, run, expected);
    expect(comparison.stale).toEqual(['encoding']);
    expect(isEqual(comparison)).toBe(false);
  });

  test('shows nothing where nothing ran', () => {
    expect(isEqual(compare('goose', 'fixed', report({}), report({}), []))).toBe(false);
  });
});

test('the list names tools that there are, each with a reason', () => {
  const list = readExpected(readFileSync('scripts/clients/expected-differences.yaml', 'utf8'));
  const known = TOOLS.map(({ name }) => name);
  expect(list.filter(({ tool }) => !known.includes(tool))).toEqual([]);
});

describe('dumps', () => {
  const dump = (rows: readonly string[], head = ''): string =>
    `--\n-- PostgreSQL database dump\n--\n\\restrict x1\n${head}COPY public.a (id, at) FROM stdin;\n${rows.join('\n')}\n\\.\n`;

  test('are equal whatever the order of rows, the times and the comments', () => {
    const left = dump(['1\t2026-01-02 03:04:05.1+00', '2\t2026-01-02 03:04:05+00'], '-- Dumped by 18\n');
    const right = dump(['2\t2026-02-02 03:04:05+00', '1\t2026-02-03 03:04:05.12+00']);
    expect(normalise(left, [])).toBe(normalise(right, []));
  });

  test('are equal in rows that differ in what varies alone', () => {
    const ids = ['8f14e45f-ceea-467f-a0e6-d0f3a6bf1a2b', '0f14e45f-ceea-467f-a0e6-d0f3a6bf1a2b'] as const;
    const left = dump([`${ids[0]}\tada`, `${ids[1]}\tbo`]);
    const right = dump([`${ids[0]}\tbo`, `${ids[1]}\tada`]);
    expect(normalise(left, [])).toBe(normalise(right, []));
  });

  test('differ in a value', () => {
    expect(normalise(dump(['1\tada']), [])).not.toBe(normalise(dump(['1\t[redacted]']), []));
  });
});
