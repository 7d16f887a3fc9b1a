/**
 * The number of workers for `workers: auto`: one for each core that this process may use. A container gets a share of a
 * machine's time, not its own cores: on a machine of 64 cores, `cpu.max` may grant two.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** A worker holds some 150 MB and asks every target for its catalogue: for more of them, set a number. */
export const AUTO_MAX = 8;

/** The text of a file, or null if it cannot be read. */
export type ReadText = (path: string) => string | null;

export function automaticWorkers(cores = availableParallelism(), read: ReadText = readText): number {
  const share = processorShare(read);
  return Math.max(1, Math.min(cores, Math.ceil(share), AUTO_MAX));
}

/** Processors that the control groups of this process grant it; Infinity if they do not limit it. Linux only. */
function processorShare(read: ReadText): number {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n');
  const unified = groups.find((line) => line.startsWith('0::'))?.slice('0::'.length);
  const limits = ancestors(unified ?? '/').map((path) =>
    shareOf(read(join('/sys/fs/cgroup', path, 'cpu.max'))),
  );
  // Version 1 has a hierarchy for each controller; inside a container its own group is the visible root.
  const [quota, period] = ['quota', 'period'].map((what) =>
    read(`/sys/fs/cgroup/cpu/cpu.cfs_${what}_us`)?.trim(),
  );
  return Math.min(...limits, shareOf(`${quota ?? 'max'} ${period ?? ''}`));
}

/** A limit of a group is one of all groups in it. */
function ancestors(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return ['/', ...names.map((_, at) => names.slice(0, at + 1).join('/'))];
}

/** `QUOTA PERIOD` in microseconds; `max` and -1 stand for none (cpu.max of Control Group v2, cpu.cfs_quota_us of v1). */
function shareOf(text: string | null): number {
  const [quota, period] = (text ?? '').trim().split(/\s+/).map(Number);
  const share = quota! / period!;
  return share > 0 ? share : Infinity;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
