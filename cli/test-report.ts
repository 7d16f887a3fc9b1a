/** Test results in each of their formats. */
import { never } from '../src/errors.js';
import type { RowResult, TestResult } from '../src/engine/cases.js';
import type { CoverageReport } from '../src/engine/coverage.js';
import { coverageJson } from './testing/coverage-json.js';
import { describeDecision, effectWord } from './decision.js';
import { renderBody, telling } from './explanation.js';
import { junit } from './junit.js';
import { count, paint } from './terminal.js';

export type TestFormat = 'pretty' | 'json' | 'junit' | 'tap';

/** `coverage` is part of `json` alone; null where nobody asked for it. */
export function testReport(
  tests: readonly TestResult[],
  coverage: CoverageReport | null,
  format: TestFormat,
): string {
  switch (format) {
    case 'pretty':
      return pretty(tests);
    case 'json':
      return JSON.stringify({ ...tally(tests), tests, ...covered(coverage) }, null, 2);
    case 'junit':
      return junit('policy test', tests.map(toJunit));
    case 'tap':
      return tap(tests);
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

function pretty(tests: readonly TestResult[]): string {
  const { passed, failed } = tally(tests);
  const rows = tests.reduce((sum, test) => sum + test.rows.length, 0);
  const last = `${passed} passed, ${failed} failed ${paint.dim(`(${count(rows, 'row')})`)}`;
  return [...tests.map(prettyTest), '', failed === 0 ? paint.green(last) : paint.red(last)].join('\n');
}

function prettyTest(test: TestResult): string {
  const name = `${paint.dim(`${test.package}:`)} ${test.title}`;
  if (test.passed) return `${paint.green('✓')} ${name}`;
  const failed = test.rows.filter((row) => !row.passed);
  return [
    `${paint.red('✗')} ${name} ${paint.dim(`${test.file}:${test.line}`)}`,
    ...failed.flatMap((row) => failedRow(row).map((line) => `    ${line}`)),
  ].join('\n');
}

/** What a row says, what came out, and everything that is known of why. */
function failedRow(row: RowResult): string[] {
  const head = `${paint.dim(`line ${row.line}:`)} ${row.text}`;
  if (row.kind === 'command') {
    const { decision, complaints } = row;
    const [first = '', ...more] = decision === null ? [] : describeDecision(decision);
    const whole = decision === null ? [] : [`${effectWord(decision.effect)} ${first}`, ...more];
    return [
      head,
      ...complaints.map((complaint) => `  ${paint.red(complaint)}`),
      ...whole.map((line) => `  ${line}`),
    ];
  }
  if (row.failure === null) return [head];
  const { outcome, parts, bodies } = row.failure;
  return [
    head,
    `  ${paint.red(outcome === 'false' ? 'it does not hold' : `it is ${outcome}`)}`,
    ...telling(parts, '').map(({ text, value }) => `  ${text} is ${value}`),
    ...bodies.flatMap((body) => renderBody(body, '  ')),
  ];
}

function toJunit(test: TestResult): Parameters<typeof junit>[1][number] {
  const failed = test.rows.filter((row) => !row.passed);
  const detail = failed.flatMap((row) => plain(failedRow(row))).join('\n');
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
    const failed = test.rows.filter((row) => !row.passed).flatMap((row) => plain(failedRow(row)));
    const at = `  at: ${JSON.stringify(`${test.file}:${test.line}`)}`;
    return [head, '  ---', at, `  message: ${JSON.stringify(failed.join('\n'))}`, '  ...'];
  });
  return ['TAP version 14', `1..${tests.length}`, ...lines].join('\n');
}

/** Colours are for the terminal's reader alone. */
function plain(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/\u001b\[\d+m/g, ''));
}
