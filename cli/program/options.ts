/** What the commands share: options that several take, and how a result becomes the exit code. */
import { Option } from 'commander';

/** The code of a command that ran in the place of this one may be any. */
type Run<Arguments extends unknown[]> = (...args: Arguments) => Promise<number> | number;

/** The outcome of a command becomes the exit code; a process that keeps serving has none yet. */
export function exitWith<Arguments extends unknown[]>(
  run: Run<Arguments>,
): (...args: Arguments) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args);
  };
}

export const formats = (...names: string[]): Option =>
  new Option('--format <format>', 'output format').choices(names).default(names[0]);
export const rulesOption = (): Option =>
  new Option('--rules <path...>', 'rule files and folders (default: `rules`, or this folder)');

export const catalogueOption = (): Option =>
  new Option('--catalogue <file...>', 'catalogues of targets, in addition to those in the rules');
