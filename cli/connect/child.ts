/** A command that runs in place of this program: its signals, its exit code, its terminal. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** As in shells. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;
const ENDED_BY_SIGNAL = 128;

const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR2'];
/** A terminal gives these to every program in its foreground, the command among them. */
const OF_TERMINALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

export type Outcome =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  /** It never ran. */
  | { readonly kind: 'failed'; readonly code: number; readonly problem: string };

export async function runChild(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const wait = (): void => undefined;
  const heard = process.stdin.isTTY ? PASSED_ON : [...PASSED_ON, ...OF_TERMINALS];
  // Before the command begins: it may run, and may be stopped, before `spawn` returns.
  for (const signal of heard) process.on(signal, pass);
  for (const signal of OF_TERMINALS) process.on(signal, wait);
  const child = spawn(program, args, { env, stdio: 'inherit' });
  try {
    return await new Promise<Outcome>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => resolve(failure(program, error)));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? { kind: 'exited', code: code! } : { kind: 'killed', signal }),
      );
    });
  } finally {
    for (const signal of heard) process.off(signal, pass);
    for (const signal of OF_TERMINALS) process.off(signal, wait);
  }
}

function failure(program: string, { code, message }: NodeJS.ErrnoException): Outcome {
  if (code === 'ENOENT')
    return { kind: 'failed', code: NOT_FOUND, problem: `no such command: \`${program}\`` };
  return { kind: 'failed', code: NOT_RUNNABLE, problem: `\`${program}\` cannot be run: ${message}` };
}

/** Ends this process as its command ended, so that the parent process can tell. */
export function endLike(signal: NodeJS.Signals): number {
  process.kill(process.pid, signal);
  return ENDED_BY_SIGNAL + constants.signals[signal];
}
