/** Coverage for programs. */
import { percentOf, type CoverageReport } from '../../src/engine/testing/coverage.js';

export function coverageJson(report: CoverageReport): object {
  const { files, ...total } = report;
  return {
    percent: percentOf(report),
    ...total,
    files: files.map((file) => ({ percent: percentOf(file), ...file })),
  };
}
