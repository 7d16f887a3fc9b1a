import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { runInherited } from './command.mjs';
import { root } from './root.mjs';

const folder = join(root, 'var');
const report = join(folder, 'jest.json');

/** Runs jest on the sources; resolves with its exit code and its own count of tests. */
export async function runJest(args) {
  mkdirSync(folder, { recursive: true });
  rmSync(report, { force: true });
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const code = await runInherited(
    process.execPath,
    [...options, 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...args],
    { NODE_OPTIONS: [process.env.NODE_OPTIONS ?? '', ...options].join(' ').trim() },
  );
  if (!existsSync(report)) return { code: code === 0 ? 1 : code, passed: 0, failed: 0, crashed: 1 };
  const result = JSON.parse(readFileSync(report, 'utf8'));
  return {
    code,
    passed: result.numPassedTests,
    failed: result.numFailedTests,
    // Files that could not even be loaded contain tests that were not counted.
    crashed: result.numRuntimeErrorTestSuites,
  };
}

/** Keeps the counts for `.ci/run`. */
export function writeOutcome({ passed, failed, crashed, failedChecks }) {
  const outcome = { passed, failed: failed + crashed + failedChecks.length };
  writeFileSync(join(folder, 'outcome.json'), `${JSON.stringify(outcome)}\n`);
}
