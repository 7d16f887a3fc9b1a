/** Which addresses count as one, and what locks one out. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FailedLogins, networkOf } from '../../src/gateway/failed-logins.js';

describe('addresses', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
    ['nonsense', 'nonsense'],
  ])('%j is of the network %j', (address, network) => expect(networkOf(address)).toBe(network));

  test('of one /64 are one, and of two are two', () => {
    const half = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
    const text = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');
    fc.assert(
      fc.property(half, half, half, half, (one, other, a, b) => {
        const same = networkOf(`${text(one)}:${text(a)}`) === networkOf(`${text(other)}:${text(b)}`);
        expect(same).toBe(text(one) === text(other));
      }),
    );
  });
});

describe('an address', () => {
  const limits = { failedLoginsPerMinute: 3, lockoutSeconds: 60 };
  const count = (failures: FailedLogins, now: number, address = '192.0.2.7'): string =>
    failures.count(address, limits, now);

  test('is locked out by as many failures as are allowed in a minute, and no other is', () => {
    const failures = new FailedLogins();
    expect([0, 1, 2].map((now) => count(failures, now))).toEqual(['counted', 'counted', 'locked']);
    expect(count(failures, 3)).toBe('unrecorded');
    expect(failures.isLockedOut('192.0.2.7', 3)).toBe(true);
    expect(failures.isLockedOut('192.0.2.8', 3)).toBe(false);
    expect(count(failures, 3, '192.0.2.8')).toBe('counted');
    expect(failures.takeUnrecorded(60_000)).toEqual([]);
    expect(failures.takeUnrecorded(60_002)).toEqual([{ address: '192.0.2.7', count: 1 }]);
    expect(failures.takeUnrecorded(60_003)).toEqual([]);
    expect(count(failures, 60_003)).toBe('counted');
  });

  test('is not by the same number over a longer time, nor if nobody is to be', () => {
    const failures = new FailedLogins();
    for (let now = 0; now < 1_000_000; now += 40_000) expect(count(failures, now)).toBe('counted');
    const never = { ...limits, lockoutSeconds: 0 };
    for (let times = 0; times < 100; times++) expect(failures.count('a', never, 0)).toBe('counted');
  });

  test('hears of 40 failures a second while it is locked out', () => {
    const failures = new FailedLogins();
    expect(failures.delay('192.0.2.7', 0)).toBe(0);
    for (let times = 0; times < 3; times++) count(failures, 0);
    expect([0, 0, 0, 100].map((now) => failures.delay('192.0.2.7', now))).toEqual([25, 50, 75, 25]);
    expect(failures.delay('192.0.2.7', 60_000)).toBe(0);
  });

  test('is forgotten when too many others have come since', () => {
    const failures = new FailedLogins();
    count(failures, 0, 'first');
    for (let at = 0; at < 10_000; at++) count(failures, 0, `192.0.${at >> 8}.${at & 255}`);
    expect(['first', 'first', 'first'].map((one) => count(failures, 0, one))).toEqual([
      'counted',
      'counted',
      'locked',
    ]);
  });
});
