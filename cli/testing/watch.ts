/** `policy test --watch`: run, wait for a change, run again. */
import { basename } from 'node:path';
import { watch } from 'chokidar';
import { GatewayError } from '../../src/errors.js';
import { UNUSABLE, UsageError, type ExitCode } from '../output/outcome.js';
import { paintTalk, say } from '../output/terminal.js';

/** Editors write a file in several steps, and version control many files at once. */
const settleMs = 100;

/** Ends on SIGINT or SIGTERM, with the outcome of the last run. */
export async function runWatching(paths: readonly string[], run: () => ExitCode): Promise<ExitCode> {
  const ended = new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  // What was named is watched, also below a hidden folder.
  const ignored = (path: string): boolean =>
    !paths.includes(path) && /^(\.[^.]|node_modules$)/.test(basename(path));
  const watcher = watch([...paths], { ignoreInitial: true, ignored });
  watcher.on('error', (error) => say(`${paintTalk.red('error')}: ${(error as Error).message}`));
  // A change during the first run is not missed.
  await new Promise<void>((ready) => watcher.once('ready', ready));
  let code = attempt(run, null);
  let timer: NodeJS.Timeout | undefined;
  watcher.on('all', (_, path) => {
    if (!/\.(rules|json|ya?ml)$/.test(path)) return;
    clearTimeout(timer);
    timer = setTimeout(() => (code = attempt(run, path)), settleMs);
  });
  await ended;
  clearTimeout(timer);
  await watcher.close();
  return code;
}

/** Problems of the files are reported, and the next change is awaited. */
function attempt(run: () => ExitCode, changed: string | null): ExitCode {
  if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[3J\u001b[H');
  if (changed !== null) say(paintTalk.dim(`${changed} changed`));
  let code: ExitCode = UNUSABLE;
  try {
    code = run();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof GatewayError)) throw error;
    say(`${paintTalk.red('error')}: ${error.message}`);
  }
  say(paintTalk.dim('watching rules, data and catalogues; press Ctrl-C to stop'));
  return code;
}
