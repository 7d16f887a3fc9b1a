/** Every code of a syntax error has a golden file that shows it, or a hostile text that earns it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const grammar = new URL('../../../grammar/', import.meta.url);
const errors = new URL('errors/', import.meta.url);

function readAll(folder: URL, extension: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith(extension));
  return names.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
}

test('every code is shown', () => {
  const codes = [...readAll(grammar, '.ts').matchAll(/problem\(\s*'([a-z0-9-]+)'/g)].map(
    (match) => match[1]!,
  );
  const goldens = readAll(errors, '.golden');
  const hostile = readFileSync(new URL('hostile.test.ts', import.meta.url), 'utf8');
  const unshown = codes.filter(
    (code) => !goldens.includes(`error[${code}]`) && !hostile.includes(`'${code}'`),
  );
  expect(codes.length).toBeGreaterThan(50);
  expect([...new Set(unshown)]).toEqual([]);
});
