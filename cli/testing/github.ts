/**
 * Failures as annotations of a pull request: GitHub's workflow commands, which take their data percent-encoded
 * (docs.github.com, "Workflow commands for GitHub Actions").
 */
import type { TestResult } from '../../src/engine/cases.js';
import { count } from '../terminal.js';
import { failedRows, plainFailure } from './failure.js';

export function githubTests(tests: readonly TestResult[]): string {
  const failed = tests.filter(({ passed }) => !passed).length;
  const annotations = tests.flatMap((test) =>
    failedRows(test).map((row) => {
      const title = property(`${test.package}: ${test.title}`);
      const message = data(plainFailure(row).join('\n'));
      return `::error file=${property(test.file)},line=${row.line},title=${title}::${message}`;
    }),
  );
  return [...annotations, `${count(tests.length, 'test')}, ${failed} failed`].join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
