/** The gateway's own certificate, as it is renewed. */
import { expect, test } from '@jest/globals';
import { contextSource } from '../../proxy/certificate.js';
import type { CertificatePair } from '../../proxy/certificate.js';
import { makeCertificates } from '../support/certificate.js';

const [old, renewed] = [makeCertificates(), makeCertificates()];

test('a pair is taken when both halves are there, and the last that was good serves until then', async () => {
  let pair: CertificatePair | null = old;
  const failures: unknown[] = [];
  const source = contextSource(
    () => (pair === null ? Promise.reject(new Error('no such file')) : Promise.resolve({ ...pair })),
    (error) => void failures.push(error),
  );
  const first = await source();
  expect(await source()).toBe(first);
  pair = { cert: renewed.cert, key: old.key };
  expect(await source()).toBe(first);
  expect(await source()).toBe(first);
  expect(failures).toHaveLength(1);
  pair = null;
  expect(await source()).toBe(first);
  expect(failures).toHaveLength(2);
  pair = renewed;
  const second = await source();
  expect(second).not.toBe(first);
  expect(await source()).toBe(second);
  expect(failures).toHaveLength(2);
});

test.each([
  ['a key of another certificate', { cert: old.cert, key: renewed.key }],
  ['no certificate', { cert: 'none', key: old.key }],
])('%s is none to begin with', async (_name, pair) => {
  const source = contextSource(
    () => Promise.resolve(pair),
    () => undefined,
  );
  await expect(source()).rejects.toThrow();
});
