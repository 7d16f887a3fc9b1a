/** Test results for the terminal: failures in full, and an end that always fits a screen. */
import type { TestResult } from '../../src/engine/testing/result.js';
import { count, paint } from '../output/terminal.js';
import { describeFailure, failedRows } from './failure.js';

/** With more tests than this, one line per file. */
const listedMax = 60;
/** Failures shown in full; the others are counted. */
const failuresMax = 10;
const rowsMax = 5;

export function prettyTests(tests: readonly TestResult[]): string {
  const failed = tests.filter((test) => !test.passed);
  const told = new Set(failed.slice(0, failuresMax));
  const list =
    tests.length <= listedMax
      ? tests.filter((test) => test.passed || told.has(test)).map(prettyTest)
      : [...byFile(tests).map(fileLine), ...(failed.length > 0 ? [''] : []), ...[...told].map(prettyTest)];
  return [...list, ...restLines(failed.slice(failuresMax)), '', tallyLine(tests, failed.length)].join('\n');
}

function prettyTest(test: TestResult): string {
  const name = `${paint.dim(`${test.package}:`)} ${test.title}`;
  if (test.passed) return `${paint.green('✓')} ${name}`;
  const failed = failedRows(test);
  const more = failed.length - rowsMax;
  return [
    `${paint.red('✗')} ${name} ${paint.dim(`${test.file}:${test.line}`)}`,
    ...failed.slice(0, rowsMax).flatMap((row) => describeFailure(row).map((line) => `    ${line}`)),
    ...(more > 0 ? [paint.dim(`    and ${count(more, 'more row')}`)] : []),
  ].join('\n');
}

function fileLine({ file, tests }: FileTests): string {
  const failed = tests.filter((test) => !test.passed).length;
  const mark = failed === 0 ? paint.green('✓') : paint.red('✗');
  const failures = failed === 0 ? '' : paint.red(` ${failed} failed`);
  return `${mark} ${file} ${paint.dim(`(${count(tests.length, 'test')})`)}${failures}`;
}

function restLines(rest: readonly TestResult[]): string[] {
  if (rest.length === 0) return [];
  const files = byFile(rest).map(({ file, tests }) => `    ${paint.dim(`${file}:`)} ${tests.length}`);
  return [`${paint.red('✗')} and ${count(rest.length, 'more test')} failed`, ...files];
}

interface FileTests {
  readonly file: string;
  readonly tests: readonly TestResult[];
}

function byFile(tests: readonly TestResult[]): FileTests[] {
  const files = new Map<string, TestResult[]>();
  for (const test of tests) files.set(test.file, [...(files.get(test.file) ?? []), test]);
  return [...files].map(([file, own]) => ({ file, tests: own }));
}

function tallyLine(tests: readonly TestResult[], failed: number): string {
  const rows = tests.reduce((sum, test) => sum + test.rows.length, 0);
  const text = `${tests.length - failed} passed, ${failed} failed ${paint.dim(`(${count(rows, 'row')})`)}`;
  return failed === 0 ? paint.green(text) : paint.red(text);
}
