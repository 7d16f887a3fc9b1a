/** Test results in each of their formats. */
import { renderDiagnostic, type Diagnostic } from '../../grammar/diagnostic.js';
import { never } from '../../src/errors.js';
import type { TestResult } from '../../src/engine/testing/result.js';
import type { CoverageReport } from '../../src/engine/testing/coverage.js';
import { diagnosticReport } from '../output/diagnostic-report.js';
import { diagnosticJson } from '../output/diagnostics.js';
import { junit } from '../output/junit.js';
import { count } from '../output/terminal.js';
import { coverageJson } from './coverage-json.js';
import { failedRows, plainFailure } from './failure.js';
import { githubTests } from './github.js';
import { prettyTests } from './pretty.js';

export type TestFormat = 'pretty' | 'json' | 'junit' | 'tap' | 'github';

/** `coverage` is in `json` only; null if it was not requested. */
export function testReport(
  tests: readonly TestResult[],
  coverage: CoverageReport | null,
  format: TestFormat,
): string {
  switch (format) {
    case 'pretty':
      return prettyTests(tests);
    case 'json':
      return JSON.stringify({ ...tally(tests), tests, ...covered(coverage) }, null, 2);
    case 'junit':
      return junit('policy test', tests.map(toJunit));
    case 'tap':
      return tap(tests);
    case 'github':
      return githubTests(tests);
    default:
      return never(format);
  }
}

/** Output in place of results if the rules do not compile; null for people, who read it on stderr. */
export function brokenReport(errors: readonly Diagnostic[], format: TestFormat): string | null {
  switch (format) {
    case 'pretty':
      return null;
    case 'json':
      return JSON.stringify(
        { passed: 0, failed: 0, tests: [], diagnostics: errors.map(diagnosticJson) },
        null,
        2,
      );
    case 'junit':
    case 'github':
      return diagnosticReport('policy test', errors, format);
    case 'tap': {
      const lines = errors.flatMap((error) => renderDiagnostic(error).split('\n'));
      const bail = `Bail out! the rules do not compile: ${count(errors.length, 'error')}`;
      return ['TAP version 14', ...lines.map((line) => `# ${line}`), bail].join('\n');
    }
    default:
      return never(format);
  }
}

function covered(coverage: CoverageReport | null): object {
  return coverage === null ? {} : { coverage: coverageJson(coverage) };
}

function tally(tests: readonly TestResult[]): { passed: number; failed: number } {
  const passed = tests.filter((test) => test.passed).length;
  return { passed, failed: tests.length - passed };
}

function toJunit(test: TestResult): Parameters<typeof junit>[1][number] {
  const failed = failedRows(test);
  const detail = failed.flatMap(plainFailure).join('\n');
  const message = `${count(failed.length, 'row')} of ${test.rows.length} failed`;
  const failure = test.passed ? null : { message, detail: `${test.file}:${test.line}\n${detail}` };
  return { suite: test.package, name: test.title, seconds: 0, failure };
}

/** https://testanything.org/tap-version-14-specification.html */
function tap(tests: readonly TestResult[]): string {
  const lines = tests.flatMap((test, index) => {
    // `#` would begin a directive such as SKIP.
    const name = `${test.package}: ${test.title}`.replace(/[\\#]/g, '\\$&');
    const head = `${test.passed ? 'ok' : 'not ok'} ${index + 1} - ${name}`;
    if (test.passed) return [head];
    const failed = failedRows(test).flatMap(plainFailure);
    const at = `  at: ${JSON.stringify(`${test.file}:${test.line}`)}`;
    return [head, '  ---', at, `  message: ${JSON.stringify(failed.join('\n'))}`, '  ...'];
  });
  return ['TAP version 14', `1..${tests.length}`, ...lines].join('\n');
}
