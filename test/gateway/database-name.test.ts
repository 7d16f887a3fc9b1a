/** T6, T14: which database of which target a name means. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nameReader, type Openings } from '../../src/targets/postgres/database-name.js';

const TARGETS: Readonly<Record<string, Openings>> = {
  orders: { database: 'shop', databases: ['test_*', 'reporting', 'a.b', 'x/y'] },
  billing: { database: 'money', databases: ['test_billing*', 'shadow_?'] },
  'eu.west': { database: 'shop', databases: ['*_eu'] },
};

/** The same, written in another way. */
const OPENS: Readonly<Record<string, (database: string) => boolean>> = {
  orders: (name) => ['shop', 'reporting', 'a.b', 'x/y'].includes(name) || name.startsWith('test_'),
  billing: (name) => name === 'money' || name.startsWith('test_billing') || /^shadow_.$/su.test(name),
  'eu.west': (name) => name === 'shop' || name.endsWith('_eu'),
};

const read = nameReader(new Map(Object.entries(TARGETS)));

const opened = (target: string, database: string): object => ({ kind: 'database', target, database });
const closed = (target: string, database: string): object => ({ kind: 'closed', target, database });

describe('T6, T14: a name', () => {
  test.each([
    ['orders', opened('orders', 'shop')],
    ['eu.west', opened('eu.west', 'shop')],
    // Behind the target's name, by a dot or a slash.
    ['orders.reporting', opened('orders', 'reporting')],
    ['orders/reporting', opened('orders', 'reporting')],
    ['orders/shop', opened('orders', 'shop')],
    ['orders.shop', opened('orders', 'shop')],
    ['orders.a.b', opened('orders', 'a.b')],
    ['orders/x/y', opened('orders', 'x/y')],
    ['eu.west.north_eu', opened('eu.west', 'north_eu')],
    ['eu.west/north_eu', opened('eu.west', 'north_eu')],
    // By itself.
    ['test_zz', opened('orders', 'test_zz')],
    ['test_', opened('orders', 'test_')],
    ['reporting', opened('orders', 'reporting')],
    ['money', opened('billing', 'money')],
    ['shadow_1', opened('billing', 'shadow_1')],
    ['a.b', opened('orders', 'a.b')],
    ['x/y', opened('orders', 'x/y')],
    // Not open.
    ['orders.x.y', closed('orders', 'x.y')],
    ['orders/postgres', closed('orders', 'postgres')],
    ['orders.postgres', closed('orders', 'postgres')],
    ['billing.shadow_12', closed('billing', 'shadow_12')],
    ['billing/reporting', closed('billing', 'reporting')],
    ['orders/TEST_1', closed('orders', 'TEST_1')],
    ['orders/*', closed('orders', '*')],
    [`orders/test_${'x'.repeat(59)}`, closed('orders', `test_${'x'.repeat(59)}`)],
    // Nobody's.
    ...[
      '',
      'nowhere',
      'nowhere/shop',
      '/orders',
      'orders/',
      'orders.',
      '.orders',
      'ORDERS',
      'eu',
      'eu.north',
    ].map((name) => [name, { kind: 'unknown' }] as const),
    ...['__proto__', 'constructor', 'constructor/x', `test_${'x'.repeat(59)}`].map(
      (name) => [name, { kind: 'unknown' }] as const,
    ),
    // Of several.
    ['shop', { kind: 'ambiguous' }],
    ['test_billing_1', { kind: 'ambiguous' }],
    ['test_eu', { kind: 'ambiguous' }],
    // With the target before it, it is of that one.
    ['billing.test_billing_1', opened('billing', 'test_billing_1')],
    ['orders/test_billing_1', opened('orders', 'test_billing_1')],
  ] as const)('%s', (name, meaning) => expect(read(name)).toEqual(meaning));

  test('of 63 bytes is the longest that a pattern opens, in bytes', () => {
    expect(read(`test_${'x'.repeat(58)}`)).toMatchObject({ kind: 'database' });
    expect(read(`test_${'é'.repeat(29)}`)).toMatchObject({ kind: 'database' });
    expect(read(`test_${'é'.repeat(30)}`)).toEqual({ kind: 'unknown' });
  });

  test('without patterns opens one database of each target', () => {
    const strict = nameReader(new Map([['orders', { database: 'shop', databases: [] }]]));
    for (const name of ['orders', 'shop', 'orders.shop', 'orders/shop'])
      expect(strict(name)).toEqual(opened('orders', 'shop'));
    for (const name of ['postgres', 'template1', 'test_shop']) {
      expect(strict(name)).toEqual({ kind: 'unknown' });
      expect(strict(`orders.${name}`)).toEqual(closed('orders', name));
    }
  });

  test('leads to a database that its target opens, or nowhere', () => {
    const word = fc.constantFrom(
      'orders',
      'billing',
      'eu',
      'west',
      'shop',
      'test_1',
      'money',
      '.',
      '/',
      '*',
      '?',
      '\n',
    );
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(''));
    fc.assert(
      fc.property(text, (name) => {
        const meaning = read(name);
        if (meaning.kind !== 'database') return;
        expect(OPENS[meaning.target]!(meaning.database)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('is looked for in time that grows with its length, whatever the pattern', () => {
    const hostile = nameReader(new Map([['t', { database: 'd', databases: ['*a'.repeat(31)] }]]));
    const begun = Date.now();
    for (let i = 0; i < 1000; i++) hostile(`${'a'.repeat(62)}b`);
    expect(Date.now() - begun).toBeLessThan(2000);
  });
});
