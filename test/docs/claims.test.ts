/** Every sentence of the pages in claims.yaml is shown by a test that there is, or says why none shows it. */
import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Claim {
  readonly claim: string;
  /** `file: name` each. */
  readonly tests?: readonly string[];
  readonly because?: string;
}

const pages = parse(readFileSync('test/docs/claims.yaml', 'utf8')) as Readonly<
  Record<string, readonly Claim[]>
>;

/** Paragraphs, list items and rows of tables, each on one line; code blocks and headings are left out. */
function unitsOf(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '\n');
  return text
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !block.startsWith('#'))
    .flatMap((block) =>
      block.startsWith('|') ? rowsOf(block) : /^- /.test(block) ? block.split(/\n(?=- )/) : [block],
    )
    .map((unit) => unit.replaceAll(/\s+/g, ' '));
}

/** Without the heading, which promises nothing. */
function rowsOf(table: string): readonly string[] {
  const rows = table.split('\n').slice(2);
  return rows.map((row) => row.replaceAll(/\s+/g, ' ').replaceAll(/^\| | \|$/g, ''));
}

/** Where a claim stands in a unit; null if it does not. */
function placeOf({ claim }: Claim, unit: string): readonly [start: number, end: number] | null {
  const [first = '', ...parts] = claim.split(' … ');
  const start = unit.indexOf(first);
  if (start < 0) return null;
  let end = start + first.length;
  for (const part of parts) {
    const at = unit.indexOf(part, end);
    if (at < 0) return null;
    end = at + part.length;
  }
  return [start, end];
}

/** A row of a table is one; otherwise it ends before a capital letter, a backtick, an asterisk or a bracket. */
function sentencesOf(unit: string): readonly (readonly [start: number, end: number])[] {
  if (unit.includes(' | ')) return [[0, unit.length]];
  const starts = [
    0,
    ...[...unit.matchAll(/[.!?]\*{0,2} (?=[A-Z`*[(])/g)].map(({ index, 0: end }) => index + end.length),
  ];
  return starts.map((start, at) => [start, starts[at + 1] ?? unit.length]);
}

describe.each(Object.entries(pages))('the claims of %s', (page, claims) => {
  const units = unitsOf(page);

  test('stand there, each once', () => {
    const found = claims.map((claim) => [
      claim.claim,
      units.filter((unit) => placeOf(claim, unit) !== null).length,
    ]);
    expect(found.filter(([, times]) => times !== 1)).toEqual([]);
  });

  test('leave no sentence out', () => {
    const open = units.flatMap((unit) => {
      const places = claims.flatMap((claim) =>
        [placeOf(claim, unit) ?? []].filter((place) => place.length === 2),
      );
      return sentencesOf(unit)
        .filter(([start, end]) => !places.some((place) => place[0] < end && place[1] > start))
        .map(([start, end]) => unit.slice(start, end));
    });
    expect(open).toEqual([]);
  });

  test('have a test or a reason', () => {
    const without = claims.filter(
      ({ tests = [], because = '' }) => tests.length === 0 && because.length < 20,
    );
    expect(without).toEqual([]);
  });

  test('have tests that there are', () => {
    const missing = claims.flatMap(({ tests = [] }) => tests).filter((shown) => !exists(shown));
    expect(missing).toEqual([]);
  });
});

function exists(shown: string): boolean {
  const [, file = '', name = ''] = /^(\S+): (.+)$/.exec(shown) ?? [];
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  if (!file.endsWith('.ts')) return text.includes(name);
  return ["'", '`', '"'].some((quote) =>
    text.includes(`${quote}${name.replaceAll(quote, `\\${quote}`)}${quote}`),
  );
}
