/** Output of `policy test --coverage`: files, a table, a threshold. */
import { readFileSync, writeFileSync } from 'node:fs';
import { percentOf, type CoverageReport } from '../../src/engine/testing/coverage.js';
import { UsageError } from '../output/outcome.js';
import { paint, paintTalk, print, say } from '../output/terminal.js';
import { coverageHtml } from './coverage-html.js';
import { coverageJson } from './coverage-json.js';
import { lcov } from './coverage-lcov.js';
import { coverageTable } from './coverage-table.js';

export interface CoverageOptions {
  readonly coverage?: boolean;
  readonly coverageHtml?: string;
  readonly coverageLcov?: string;
  readonly coverageJson?: string;
  readonly threshold?: string;
  /** Only `pretty` leaves room for the table on stdout. */
  readonly format: string;
}

/** Each of the other options asks for it too. */
export function wantsCoverage(options: CoverageOptions): boolean {
  return namesCoverage(options) || options.threshold !== undefined;
}

/** A threshold alone may be one of mutants. */
export function namesCoverage(options: CoverageOptions): boolean {
  const { coverage, coverageHtml, coverageLcov, coverageJson: json } = options;
  return coverage === true || [coverageHtml, coverageLcov, json].some((one) => one !== undefined);
}

/** Percent; null if none was given. */
export function readThreshold({ threshold }: CoverageOptions): number | null {
  if (threshold === undefined) return null;
  const percent = Number(threshold);
  if (threshold.trim() !== '' && percent >= 0 && percent <= 100) return percent;
  throw new UsageError(`\`${threshold}\` is not a threshold`, 'write a percentage, as in `--threshold 90`');
}

/** False if the threshold was missed. */
export function reportCoverage(
  report: CoverageReport,
  threshold: number | null,
  options: CoverageOptions,
): boolean {
  write(options.coverageHtml, () => coverageHtml(report, readSource));
  write(options.coverageLcov, () => lcov(report));
  write(options.coverageJson, () => `${JSON.stringify(coverageJson(report), null, 2)}\n`);
  if (options.format === 'pretty') print(`\n${coverageTable(report, paint)}`);
  else if (options.format !== 'json') say(coverageTable(report, paintTalk));
  const percent = percentOf(report);
  if (threshold === null || percent >= threshold) return true;
  say(`${paintTalk.red('error')}: ${percent} % is covered; the threshold is ${threshold} %`);
  return false;
}

function readSource(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function write(path: string | undefined, text: () => string): void {
  if (path === undefined) return;
  try {
    writeFileSync(path, text());
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UsageError(`\`${path}\` cannot be written: ${code}`);
  }
}
