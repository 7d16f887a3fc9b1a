import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalogue } from '../../src/facts/sql/catalogue/catalogue.js';
import { createCatalogueSource, type CatalogueSource } from '../../src/targets/postgres/catalogues.js';
import {
  anyChange,
  changedNames,
  changeOf,
  noChange,
  type SchemaChange,
} from '../../src/facts/sql/catalogue/schema-change.js';
import type { Extent } from '../../src/targets/postgres/read-catalogue.js';
import type { UpstreamLogin } from '../../src/targets/postgres/upstream-login.js';

const login: UpstreamLogin = {
  host: 'h',
  port: 1,
  database: 'd',
  user: 'u',
  password: null,
  tls: { kind: 'off' },
};

/** A source whose readings end when the test says so. */
function source(): {
  readonly catalogues: CatalogueSource;
  readonly reads: { end(outcome: string | Error): void }[];
  readonly extents: readonly string[];
  readonly failures: unknown[];
  readonly later: (ms: number) => void;
} {
  const reads: { end(outcome: string | Error): void }[] = [];
  const failures: unknown[] = [];
  let now = 0;
  const extents: string[] = [];
  const read = (_: UpstreamLogin, extent: Extent): Promise<Catalogue> =>
    new Promise((resolve, reject) => {
      extents.push(typeof extent === 'string' ? extent : changedNames(extent).join(' '));
      const end = (outcome: string | Error): void => {
        if (outcome instanceof Error) reject(outcome);
        else resolve({ relations: [], functions: [], searchPath: [outcome] });
      };
      reads.push({ end });
    });
  const catalogues = createCatalogueSource({
    login: () => Promise.resolve(login),
    failed: (error) => failures.push(error),
    clock: () => new Date(now),
    read,
  });
  return { catalogues, reads, extents, failures, later: (ms) => (now += ms) };
}

const change = async (catalogues: CatalogueSource, one: SchemaChange): Promise<void> => {
  catalogues.change(one);
  await catalogues.settled();
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one reading serves all who wait for the first', async () => {
  const { catalogues, reads } = source();
  expect(catalogues.current()).toBeNull();
  const waiting = [catalogues.ready(), catalogues.ready()];
  await turn();
  expect(reads).toHaveLength(1);
  reads[0]!.end('one');
  await Promise.all(waiting);
  expect(catalogues.current()?.searchPath).toEqual(['one']);
});

test('a refresh during a reading is a reading that begins after it, one for all', async () => {
  const { catalogues, reads } = source();
  void catalogues.ready();
  await turn();
  const refreshes = [change(catalogues, anyChange), change(catalogues, anyChange)];
  reads[0]!.end('before the change');
  await turn();
  expect(reads).toHaveLength(2);
  expect(catalogues.current()?.searchPath).toEqual(['before the change']);
  reads[1]!.end('after the change');
  await Promise.all(refreshes);
  expect(catalogues.current()?.searchPath).toEqual(['after the change']);
  expect(reads).toHaveLength(2);
});

test('a failure leaves the old one and says so; the next attempt waits its time', async () => {
  const { catalogues, reads, failures, later } = source();
  const ready = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await ready;
  later(61_000);
  const old = catalogues.current();
  await turn();
  expect(reads).toHaveLength(2);
  reads[1]!.end(new Error('the target is down'));
  await turn();
  expect(failures).toEqual([new Error('the target is down')]);
  expect(catalogues.current()).toBe(old);
  await turn();
  expect(reads).toHaveLength(2);
});

test('a catalogue that did not change stays the same object', async () => {
  const { catalogues, reads } = source();
  const ready = catalogues.ready();
  await turn();
  reads[0]!.end('same');
  await ready;
  const before = catalogues.current();
  const refreshed = change(catalogues, anyChange);
  await turn();
  reads[1]!.end('same');
  await refreshed;
  expect(catalogues.current()).toBe(before);
});

test('for a name that it does not have it is read again, once a second at most', async () => {
  const { catalogues, reads, extents, failures, later } = source();
  const ready = catalogues.ready();
  await turn();
  expect(catalogues.renew()).not.toBeNull();
  reads[0]!.end('one');
  await ready;
  expect(catalogues.renew()).toBeNull();
  later(1000);
  const renewed = catalogues.renew();
  expect(catalogues.renew()).toBe(renewed);
  await turn();
  expect(extents).toEqual(['whole', 'changes']);
  reads[1]!.end('two');
  await renewed;
  expect(catalogues.current()?.searchPath).toEqual(['two']);
  expect(catalogues.renew()).toBeNull();
  later(1000);
  const failing = catalogues.renew();
  await turn();
  reads[2]!.end(new Error('the target is down'));
  await failing;
  expect(failures).toHaveLength(1);
  expect(catalogues.current()?.searchPath).toEqual(['two']);
});

test('a first reading that fails lets those who wait go on without one', async () => {
  const { catalogues, reads } = source();
  const ready = catalogues.ready();
  await turn();
  reads[0]!.end(new Error('no'));
  await ready;
  expect(catalogues.current()).toBeNull();
});

test('after a change that could not be read there is none, until there is', async () => {
  const { catalogues, reads, later } = source();
  const ready = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await ready;
  const refreshed = change(catalogues, anyChange);
  await turn();
  reads[1]!.end(new Error('the target is down'));
  await refreshed;
  expect(catalogues.current()).toBeNull();
  await turn();
  expect(reads).toHaveLength(2);
  later(3000);
  expect(catalogues.current()).toBeNull();
  await turn();
  reads[2]!.end('one');
  await turn();
  expect(catalogues.current()?.searchPath).toEqual(['one']);
});

test('one that is outdated while nobody asks is read for the next who comes, and not before', async () => {
  const { catalogues, reads } = source();
  const first = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await first;
  catalogues.outdate(anyChange);
  await turn();
  expect(reads).toHaveLength(1);
  const next = Promise.all([catalogues.ready(), catalogues.ready()]);
  await turn();
  expect(reads).toHaveLength(2);
  reads[1]!.end('two');
  await next;
  expect(catalogues.current()?.searchPath).toEqual(['two']);
  await catalogues.ready();
  expect(reads).toHaveLength(2);
});

test('what changed past the gateway is asked for every few seconds while anybody works, all of it every minute', async () => {
  const { catalogues, reads, extents, later } = source();
  const first = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await first;
  for (const [at, outcome] of ['two', 'two', 'three'].entries()) {
    catalogues.current();
    await turn();
    expect(reads).toHaveLength(at + 1);
    later(6000);
    catalogues.current();
    await turn();
    reads[at + 1]!.end(outcome);
    await turn();
    expect(catalogues.current()?.searchPath).toEqual([outcome]);
  }
  later(61_000);
  catalogues.current();
  await turn();
  expect(extents).toEqual(['whole', 'changes', 'changes', 'changes', 'whole']);
});

test('a session that begins after a long silence waits for the catalogue of now', async () => {
  const { catalogues, reads, later } = source();
  const first = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await first;
  later(120_000);
  const second = catalogues.ready();
  await turn();
  reads[1]!.end('two');
  await second;
  expect(catalogues.current()?.searchPath).toEqual(['two']);
});

test('what DDL names is read alone, and counts as unread until then', async () => {
  const { catalogues, reads, extents } = source();
  const ready = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await ready;
  expect(catalogues.settled()).toBeNull();
  const customers = changeOf({ renamed: ['customers'] });
  catalogues.change(customers);
  expect(catalogues.changing()).toBe(customers);
  await sleep(400);
  expect(extents).toEqual(['whole', 'customers']);
  // A change during a reading may not be in it, even if it is of the same name.
  catalogues.change(changeOf({ altered: ['orders'] }));
  catalogues.change(customers);
  const settled = catalogues.settled();
  reads[1]!.end('two');
  await turn();
  expect(extents).toEqual(['whole', 'customers', 'customers orders']);
  catalogues.change(customers);
  reads[2]!.end('three');
  await settled;
  expect(changedNames(catalogues.changing())).toEqual(['customers', 'orders']);
  const again = catalogues.settled();
  await turn();
  reads[3]!.end('four');
  await again;
  expect(catalogues.changing()).toBe(noChange);
  expect(catalogues.current()?.searchPath).toEqual(['four']);
});

test('a named change that could not be read stays unread, and is tried again', async () => {
  const { catalogues, reads, failures, later } = source();
  const ready = catalogues.ready();
  await turn();
  reads[0]!.end('one');
  await ready;
  const changing = change(catalogues, changeOf({ altered: ['orders'] }));
  await turn();
  reads[1]!.end(new Error('the target is down'));
  await changing;
  expect(failures).toHaveLength(1);
  expect(catalogues.current()?.searchPath).toEqual(['one']);
  expect([...catalogues.changing().altered]).toEqual(['orders']);
  later(3000);
  catalogues.current();
  await turn();
  reads[2]!.end('two');
  await turn();
  expect(catalogues.changing()).toBe(noChange);
});
