/** Programs that the suites run, with what they print. */
import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number;
  /** Both streams, in order. */
  readonly printed: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** As another user: PostgreSQL's tests do not run as root. */
  readonly account?: { readonly uid: number; readonly gid: number } | null;
  readonly timeoutMs?: number;
}

/** Resolves however it ends; 124 is the code for a timeout. Throws if it cannot be started. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      // A group of its own, so that what it started in turn ends with it.
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...options.account,
    });
    const chunks: Buffer[] = [];
    let late = false;
    const end = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    };
    process.once('exit', end);
    const timer = setTimeout(() => {
      late = true;
      end();
    }, options.timeoutMs ?? 900_000);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(timer);
      process.off('exit', end);
      done({ code: late ? 124 : (code ?? 1), printed: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

/** Throws with all output if it fails. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, printed } = await run(program, args, options);
  if (code !== 0)
    throw new Error(`\`${program} ${args.join(' ')}\` ended with ${code}:\n${printed.trimEnd()}`);
  return printed;
}
