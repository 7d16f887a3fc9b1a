/** Programs that run beside the benchmark. */
import { readFileSync } from 'node:fs';
import { endProcess, startProcess } from '../test/support/process.js';
import type { Cleanup } from './cleanup.js';

/** Starts a program, waits until its port answers, and ends it at the cleanup; gives its pid. */
export async function startServer(
  program: string,
  args: readonly string[],
  port: number,
  cleanup: Cleanup,
): Promise<number> {
  const child = await startProcess(program, args, port);
  cleanup.add(() => endProcess(child));
  return child.pid!;
}

/** Linux counts in hundredths of a second, whatever the machine: sysconf(_SC_CLK_TCK). */
const tickMicroseconds = 10_000;

/** CPU time of a process and its children in microseconds, user and kernel mode; NaN if the system does not report it. */
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

/** CPU time in microseconds of this process's children that have ended; NaN if the system does not report it. */
export function endedChildrenTime(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * tickMicroseconds;
  } catch {
    return Number.NaN;
  }
}

/** Bytes of memory of a process and its children, shared ones counted for each; NaN if it is not reported. */
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
