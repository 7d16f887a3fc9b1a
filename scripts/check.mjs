import { constants } from 'node:os';
import process from 'node:process';
import { runCaptured } from './command.mjs';

/** What prettier lays out. Prose and golden files are laid out by hand. */
export const code = ['{bench,cli,grammar,proxy,scripts,src,test}/**/*.{ts,mjs}', '*.{js,json}'];

const checks = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'lint', args: ['node_modules/eslint/bin/eslint.js', '.'] },
  {
    name: 'layout',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', ...code],
  },
  {
    name: 'unused',
    args: [
      'node_modules/knip/bin/knip.js',
      '--no-progress',
      '--include',
      'files,dependencies,unlisted,unresolved',
    ],
  },
];

/** Runs the checks two at a time, prints what they found, and resolves with the names of those that failed. */
export function check() {
  return runChecks(2, 0);
}

/** The same with what the tests leave of the machine, one at a time. */
export function checkBesideTests() {
  return runChecks(1, constants.priority.PRIORITY_BELOW_NORMAL);
}

async function runChecks(atOnce, priority) {
  const failed = [];
  const queue = [...checks];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (!(await runCheck(next, priority))) failed.push(next.name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return failed;
}

async function runCheck({ name, args }, priority) {
  const started = Date.now();
  const { code: status, output } = await runCaptured(process.execPath, args, {}, priority);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${name}: ${status === 0 ? 'ok' : 'failed'} (${seconds} s)\n`);
  if (status !== 0) process.stderr.write(`${output.trimEnd()}\n`);
  return status === 0;
}
