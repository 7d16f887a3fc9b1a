/** docs/masking.md lists what there is, no more and no less. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { detectors } from '../../src/facts/schema/detectors.js';
import { applyMethod } from '../../src/masking/methods.js';

const page = readFileSync('docs/masking.md', 'utf8');

function table(after: string): string[][] {
  const [, rest = ''] = page.split(after);
  const lines = rest
    .split('\n')
    .filter(
      (line, i, all) =>
        line.startsWith('|') && all.slice(0, i).every((before) => before === '' || before.startsWith('|')),
    );
  return lines.slice(2).map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

test('every detector with its line', () => {
  const listed = Object.fromEntries(table('## Detectors\n').map(([name, doc]) => [name!.slice(1, -1), doc]));
  expect(listed).toEqual(detectors);
});

test('every method, strictest first', () => {
  const listed = table('the strictest counts.\n').map(([name]) => /^`(\w+)/.exec(name!)![1]);
  expect(listed).toEqual(['null', 'redact', 'replace', 'hash', 'email', 'partial']);
});

test('what the methods show is what the page says', () => {
  const key = Buffer.alloc(32);
  expect(applyMethod({ kind: 'redact' }, 'x', key)).toBe('[redacted]');
  expect(applyMethod({ kind: 'email' }, 'ann@example.com', key)).toBe('***@example.com');
  expect(page).toContain('`[redacted]`');
  expect(page).toContain('`***@example.com`');
});
