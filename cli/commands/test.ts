/** `policy test`: test blocks and `test_` rules. */
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { loadBundle, type Bundle } from '../../src/engine/bundle/bundle.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { loadProtocols } from '../../src/protocols/list.js';
import { openBundleTests, testBundle } from '../testing/bundle-tests.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { startProgress } from '../output/progress.js';
import { projectOf, sayUnread, type Project } from '../input/project.js';
import { orDefault } from '../input/rule-files.js';
import { host, refuseErrors as refuse } from '../input/rule-set.js';
import { print, printJson } from '../output/terminal.js';
import { brokenReport, testReport, type TestFormat } from '../testing/report.js';
import { benchTable, measure, rowsPerSecond } from '../testing/bench.js';
import {
  namesCoverage,
  readThreshold,
  reportCoverage,
  wantsCoverage,
  type CoverageOptions,
} from '../testing/coverage.js';
import type { MutateOptions } from '../mutation/mutate.js';
import { readJobs, readShare, testInJobs } from '../testing/jobs.js';
import { runWatching } from '../testing/watch.js';

export interface TestOptions extends CoverageOptions, MutateOptions {
  readonly mutate?: boolean;
  readonly run?: string;
  readonly watch?: boolean;
  readonly bench?: boolean;
  readonly jobs?: string;
  readonly share?: string;
  readonly format: TestFormat;
}

export async function test(given: readonly string[], options: TestOptions): Promise<ExitCode> {
  const paths = orDefault(given);
  const project = projectOf(paths);
  const threshold = readThreshold(options);
  if (options.bench === true && options.format !== 'pretty' && options.format !== 'json')
    throw new UsageError(`\`--bench\` has no format \`${options.format}\``, 'it prints `pretty` and `json`');
  refuseMix(options);
  sayUnread(paths);
  const jobs = readJobs(options.jobs);
  await loadProtocols();
  if (options.mutate === true) return runMutants(project, threshold, options);
  if (jobs > 1) return runInJobs(paths, jobs, options);
  const run = (): ExitCode => {
    const bundle = loadBundle(project.roots);
    refuseErrors(bundle.diagnostics, options);
    return options.bench === true
      ? bench(bundle, project, options)
      : runOnce(bundle, project, threshold, options);
  };
  return options.watch === true ? runWatching(project.roots, run) : run();
}

/** Mutants are tried against the tests as they are. */
function refuseMix(options: TestOptions): void {
  const { mutate: mutated, bench: measured, watch, share, jobs, run, every, equivalent } = options;
  if (mutated !== true && (every !== undefined || equivalent !== undefined))
    throw new UsageError('`--every` and `--equivalent` need `--mutate`', 'add `--mutate`');
  const others = [share, jobs, run].some((one) => one !== undefined) || measured === true || watch === true;
  if (mutated === true && (others || namesCoverage(options)))
    throw new UsageError(
      '`--mutate` cannot be combined with coverage, `--run`, `--bench`, `--watch`, `--jobs` or `--share`',
      'drop one of them; a path selects the rules to mutate',
    );
}

/** Mistakes are made in rules that compile with their tests. */
async function runMutants(
  project: Project,
  threshold: number | null,
  options: TestOptions,
): Promise<ExitCode> {
  const bundle = loadBundle(project.roots);
  refuseErrors(bundle.diagnostics, options);
  const modules = [...bundle.modules, ...bundle.tests];
  refuseErrors(compilePolicy({ ...bundle, modules }, host).diagnostics, options);
  const { mutate } = await import('../mutation/mutate.js');
  return mutate(bundle, project, threshold, options);
}

/** Coverage and benchmarks need a single process. */
async function runInJobs(paths: readonly string[], jobs: number, options: TestOptions): Promise<ExitCode> {
  const { bench: measured, watch, share } = options;
  if (wantsCoverage(options) || measured === true || watch === true || share !== undefined)
    throw new UsageError(
      '`--jobs` cannot be combined with coverage, `--bench`, `--watch` or `--share`',
      'drop one of them',
    );
  refuseErrors(loadBundle(projectOf(paths).roots).diagnostics, options);
  const tests = await testInJobs(paths, options.run, jobs);
  refuseNothing(tests.length, options);
  print(testReport(tests, null, options.format));
  return tests.every((one) => one.passed) ? YES : FINDING;
}

function runOnce(
  bundle: Bundle,
  { selects }: Project,
  threshold: number | null,
  options: TestOptions,
): ExitCode {
  const progress = startProgress('testing', 'test');
  const { tests, coverage, diagnostics } = testBundle(bundle, {
    selects,
    wanted: options.run ?? '',
    share: readShare(options.share),
    coverage: wantsCoverage(options),
    progress: (done, total) => progress.step(done, total),
  });
  progress.end();
  refuseErrors(diagnostics, options);
  // A share may be empty even if the whole is not.
  if (options.share === undefined) refuseNothing(tests.length, options);
  print(testReport(tests, coverage, options.format));
  const passed = tests.every((one) => one.passed);
  const enough = coverage === null || reportCoverage(coverage, threshold, options);
  return passed && enough ? YES : FINDING;
}

function refuseErrors(diagnostics: readonly Diagnostic[], { format }: TestOptions): void {
  refuse(diagnostics, (errors) => brokenReport(errors, format));
}

function refuseNothing(tests: number, { run }: TestOptions): void {
  if (tests > 0) return;
  const named = run === undefined ? '' : ` whose name contains \`${run}\``;
  throw new UsageError(`there is no test${named}`, 'tests are `test "…" { … }` blocks and `test_` rules');
}

/** A benchmark has no wrong result, so this fails only if a test does. */
function bench(bundle: Bundle, { selects }: Project, options: TestOptions): ExitCode {
  const { tests, diagnostics } = openBundleTests(bundle, { selects, wanted: options.run ?? '' });
  refuseErrors(diagnostics, options);
  refuseNothing(tests.length, options);
  const progress = startProgress('measuring', 'test');
  const figures = tests.map((one, index) => {
    progress.step(index, tests.length);
    return measure(one);
  });
  progress.end();
  if (options.format === 'json') printJson({ rowsPerSecond: rowsPerSecond(figures), tests: figures });
  else print(benchTable(figures));
  return tests.every((one) => one.run().passed) ? YES : FINDING;
}
