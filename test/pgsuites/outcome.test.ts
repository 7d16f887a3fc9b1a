/** What suites print is read right, and no difference between two runs of one is lost. */
import { describe, expect, test } from '@jest/globals';
import { versionsOf } from '../../scripts/pgsuites/debian.js';
import { compareOutcomes, isEqual, readRegress, readUnittest } from '../../scripts/pgsuites/outcome.js';

describe('what pg_regress prints', () => {
  test('alone and in groups, with and without times', () => {
    const outcome = readRegress(
      [
        'test tablespace                   ... ok          186 ms',
        'parallel group (2 tests):  int2 name',
        '     name                         ... ok           31 ms',
        '     int2                         ... FAILED       29 ms',
        'test random                       ... failed (ignored)       10 ms',
        'test read-only-anomaly            ... FAILED (test process exited with exit code 2)      10 ms',
        ' 2 of 5 tests failed.',
      ].join('\n'),
    );
    expect([...outcome]).toEqual([
      ['tablespace', true],
      ['name', true],
      ['int2', false],
      ['random', false],
      ['read-only-anomaly', false],
    ]);
  });

  test('nothing, where it did not start', () => {
    expect(readRegress('pg_regress: could not connect').size).toBe(0);
  });
});

test('what unittest prints, where notices stand before a verdict', () => {
  const outcome = readUnittest(
    [
      'test_close (tests.test_cursor.CursorTests.test_close) ... ok',
      'test_notices (tests.test_connection.ConnectionTests) ... ',
      'a notice',
      'ok',
      'test_late (tests.test_async.AsyncTests)',
      'What it is about. ... FAIL',
      'test_new (tests.test_types.TypesTests) ... skipped "not there"',
      'test_odd (tests.test_types.TypesTests) ... expected failure',
      'test_bad (tests.test_types.TypesTests) ... ERROR',
    ].join('\n'),
  );
  expect([...outcome]).toEqual([
    ['tests.test_cursor.CursorTests.test_close', true],
    ['tests.test_connection.ConnectionTests.test_notices', true],
    ['tests.test_async.AsyncTests.test_late', false],
    ['tests.test_types.TypesTests.test_odd', true],
    ['tests.test_types.TypesTests.test_bad', false],
  ]);
});

describe('two runs', () => {
  const run = (...passed: readonly string[]): Map<string, boolean> =>
    new Map(passed.map((name) => [name.replace('!', ''), !name.startsWith('!')]));

  test('are equal where every test ends the same', () => {
    const comparison = compareOutcomes(run('a', '!b'), run('a', '!b'));
    expect(comparison).toEqual({ direct: 1, through: 1, differing: [] });
    expect(isEqual(comparison)).toBe(true);
  });

  test('are not where other tests pass, though as many', () => {
    const comparison = compareOutcomes(run('a', '!b', 'c'), run('!a', 'b', 'c'));
    expect(comparison).toEqual({ direct: 2, through: 2, differing: ['a', 'b'] });
    expect(isEqual(comparison)).toBe(false);
  });

  test('are not where a test did not run, or none did', () => {
    expect(isEqual(compareOutcomes(run('a', '!b'), run('a')))).toBe(false);
    expect(isEqual(compareOutcomes(run(), run()))).toBe(false);
    expect(isEqual(compareOutcomes(run('!a'), run('!a')))).toBe(false);
  });
});

test('versions of sources, the newest first, each once', () => {
  const listed = ['15.9-0+deb12u1', '15.20-0+deb12u1', '15.18-0+deb12u1', '15.20-0+deb12u1'];
  const printed = listed.map((version) => `Package: postgresql-15\nVersion: ${version}\n`).join('\n');
  expect(versionsOf(printed)).toEqual(['15.20-0+deb12u1', '15.18-0+deb12u1', '15.9-0+deb12u1']);
  expect(versionsOf('')).toEqual([]);
});
