/** Programs that run beside the benchmark. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from './cleanup.js';

/** Starts a program and waits until its port answers; gives its pid, by which it is ended at the cleanup. */
export async function startServer(
  program: string,
  args: readonly string[],
  port: number,
  cleanup: Cleanup,
): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4096)));
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4096)));
  child.on('error', (error) => (output += error.message));
  cleanup.add(() => end(child));
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    if (await answers(port)) return child.pid!;
    await sleep(50);
  }
  throw new Error(`\`${program}\` does not answer:\n${output}`);
}

/** Linux counts in hundredths of a second, whatever the machine: sysconf(_SC_CLK_TCK). */
const tickMicroseconds = 10_000;

/**
 * Microseconds of processor that a process and its children have used, in user and kernel mode; NaN where the system does
 * not tell.
 */
export function processorTime(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold anything; utime and stime are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const own = (Number(fields[11]) + Number(fields[12])) * tickMicroseconds;
    return childrenOf(pid).reduce((sum, child) => sum + processorTime(child), own);
  } catch {
    return Number.NaN;
  }
}

/** Bytes of memory that a process and its children hold, shared ones counted for each; NaN where it is not told. */
export function residentMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const own = Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
    return childrenOf(pid).reduce((sum, child) => sum + residentMemory(child), own);
  } catch {
    return Number.NaN;
  }
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(5000)]);
  if (hasEnded(child)) return;
  child.kill('SIGKILL');
  await ended;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
