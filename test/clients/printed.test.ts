/** What test runners print is read right: a test that fails is never lost. */
import { describe, expect, test } from '@jest/globals';
import { readChecks, readGoTest, readPytest } from '../../scripts/clients/suites/printed.js';

const event = (
  ...fields: readonly [action: string, folder: string, test?: string, output?: string]
): string => {
  const [Action, Package, Test, Output] = fields;
  return JSON.stringify({ Action, Package: `example.com/mod${Package}`, Test, Output });
};

describe('go test -json', () => {
  test('tests and subtests, with what failed ones said; skipped ones are none', () => {
    const printed = [
      event('run', '', 'TestA'),
      event('pass', '', 'TestA'),
      event('output', '/sub', 'TestB/one', '    b_test.go:7: denied\n'),
      event('fail', '/sub', 'TestB/one'),
      event('fail', '/sub', 'TestB'),
      event('skip', '/sub', 'TestC'),
      event('fail', '/sub'),
      'not json',
      '{"cut',
    ].join('\n');
    const report = readGoTest(printed, 'example.com/mod');
    expect([...report.outcome]).toEqual([
      ['. TestA', true],
      ['sub TestB/one', false],
      ['sub TestB', false],
    ]);
    expect(report.printed?.get('sub TestB/one')).toContain('denied');
  });

  test('a package that is not built, or that crashes, is a failure', () => {
    const report = readGoTest(
      [event('pass', '/a', 'TestA'), event('fail', '/b')].join('\n'),
      'example.com/mod',
    );
    expect([...report.outcome]).toEqual([
      ['a TestA', true],
      ['b (package)', false],
    ]);
  });
});

test('pytest -v', () => {
  const report = readPytest(
    [
      'tests/test_a.py::TestA::test_one PASSED                    [  1%]',
      'tests/test_a.py::test_two[a b-c::d] FAILED [  2%]',
      'tests/test_a.py::test_three SKIPPED (no server) [  3%]',
      'tests/test_a.py::test_four XFAIL (known) [  4%]',
      'tests/test_a.py::test_five PASSED [  5%]',
      'tests/test_a.py::test_five ERROR [  5%]',
      'FAILED tests/test_a.py::test_two[a b-c::d] - ValueError: denied by all - really',
      '== 1 failed, 2 passed in 0.1s ==',
    ].join('\n'),
  );
  expect([...report.outcome]).toEqual([
    ['tests/test_a.py::TestA::test_one', true],
    ['tests/test_a.py::test_two[a b-c::d]', false],
    ['tests/test_a.py::test_four', true],
    ['tests/test_a.py::test_five', false],
  ]);
  expect(report.printed?.get('tests/test_a.py::test_two[a b-c::d]')).toBe(
    'ValueError: denied by all - really',
  );
});

test('programs of ours', () => {
  const report = readChecks(
    'ok a statement\nnot ok COPY in and out: denied: by all\nsomething else\nok the end',
  );
  expect([...report.outcome]).toEqual([
    ['a statement', true],
    ['COPY in and out', false],
    ['the end', true],
  ]);
  expect(report.printed?.get('COPY in and out')).toBe('denied: by all');
});
