/** Failures as annotations of a pull request. */
import type { TestResult } from '../../src/engine/testing/result.js';
import { annotation } from '../output/github.js';
import { count } from '../output/terminal.js';
import { failedRows, plainFailure } from './failure.js';

export function githubTests(tests: readonly TestResult[]): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  const annotations = tests.flatMap((test) =>
    failedRows(test).map((row) =>
      annotation({
        severity: 'error',
        file: test.file,
        line: row.line,
        title: `${test.package}: ${test.title}`,
        message: plainFailure(row).join('\n'),
      }),
    ),
  );
  return [...annotations, `${count(tests.length, 'test')}, ${failed} failed`].join('\n');
}
