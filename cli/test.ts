/** `policy test`: test blocks and `test_` rules. */
import { loadBundle } from '../src/engine/bundle.js';
import type { TestRun } from '../src/engine/cases.js';
import { loadSqlParser } from '../src/facts/sql/parser.js';
import { testBundle } from './bundle-tests.js';
import { readThreshold, reportCoverage, wantsCoverage, type CoverageOptions } from './testing/coverage.js';
import { FINDING, UsageError, YES, type ExitCode } from './outcome.js';
import { orDefault } from './rule-files.js';
import { refuseErrors } from './rule-set.js';
import { print } from './terminal.js';
import { testReport, type TestFormat } from './test-report.js';

export interface TestOptions extends CoverageOptions {
  readonly run?: string;
  readonly format: TestFormat;
}

export async function test(paths: readonly string[], options: TestOptions): Promise<ExitCode> {
  const threshold = readThreshold(options);
  await loadSqlParser();
  const { tests, coverage } = runAll(orDefault(paths), options);
  if (tests.length === 0) {
    const named = options.run === undefined ? '' : ` whose name contains \`${options.run}\``;
    throw new UsageError(`there is no test${named}`, 'tests are `test "…" { … }` blocks and `test_` rules');
  }
  print(testReport(tests, coverage, options.format));
  const passed = tests.every((one) => one.passed);
  const enough = coverage === null || reportCoverage(coverage, threshold, options);
  return passed && enough ? YES : FINDING;
}

function runAll(paths: readonly string[], options: TestOptions): TestRun {
  const bundle = loadBundle(paths);
  refuseErrors(bundle.diagnostics);
  const run = testBundle(bundle, { wanted: options.run ?? '', coverage: wantsCoverage(options) });
  refuseErrors(run.diagnostics);
  return run;
}
