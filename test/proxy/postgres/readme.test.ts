/** The way through the proxy as its README tells it. */
import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../../proxy/postgres/', import.meta.url);

test('leads along files that are there', () => {
  const text = readFileSync(fileURLToPath(new URL('README.md', folder)), 'utf8');
  const named = [...text.matchAll(/`((?:[a-z-]+\/)?[a-z-]+\.ts)`/g)].map(([, path]) => path!);
  // Beside `state/link.ts` files of its folder are named without it.
  const missing = named.filter(
    (path) => ![path, `state/${path}`].some((name) => existsSync(new URL(name, folder))),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(missing).toEqual([]);
});
