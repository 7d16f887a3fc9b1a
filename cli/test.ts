/** `policy test`: test blocks and `test_` rules. */
import { loadBundle } from '../src/engine/bundle.js';
import type { TestRun } from '../src/engine/cases.js';
import { loadSqlParser } from '../src/facts/sql/parser.js';
import { testBundle } from './bundle-tests.js';
import { FINDING, UsageError, YES, type ExitCode } from './outcome.js';
import { orDefault } from './rule-files.js';
import { refuseErrors } from './rule-set.js';
import { print } from './terminal.js';
import { testReport, type TestFormat } from './test-report.js';

export interface TestOptions {
  readonly run?: string;
  readonly format: TestFormat;
}

export async function test(paths: readonly string[], options: TestOptions): Promise<ExitCode> {
  await loadSqlParser();
  const { tests } = runAll(orDefault(paths), options.run);
  if (tests.length === 0) {
    const named = options.run === undefined ? '' : ` whose name contains \`${options.run}\``;
    throw new UsageError(`there is no test${named}`, 'tests are `test "…" { … }` blocks and `test_` rules');
  }
  print(testReport(tests, options.format));
  return tests.every(({ passed }) => passed) ? YES : FINDING;
}

function runAll(paths: readonly string[], wanted: string | undefined): TestRun {
  const bundle = loadBundle(paths);
  refuseErrors(bundle.diagnostics);
  const run = testBundle(bundle, wanted);
  refuseErrors(run.diagnostics);
  return run;
}
