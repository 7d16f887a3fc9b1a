/** `workers: auto` in containers of every kind. */
import { describe, expect, test } from '@jest/globals';
import { AUTO_MAX, automaticWorkers } from '../../cli/workers/worker-count.js';

const group = (path: string): Record<string, string> => ({ '/proc/self/cgroup': `0::${path}\n` });
const max = (path: string): string => `/sys/fs/cgroup${path}/cpu.max`;
const v1 = (quota: string, period: string): Record<string, string> => ({
  '/proc/self/cgroup': '4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': `${quota}\n`,
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us': `${period}\n`,
});

describe('as many workers as there are processors to run on', () => {
  test.each<[string, number, Record<string, string>, number]>([
    ['a machine without control groups', 4, {}, 4],
    ['no limit', 4, { ...group('/'), [max('')]: 'max 100000\n' }, 4],
    ['a container of two', 6, { ...group('/'), [max('')]: '200000 100000\n' }, 2],
    ['one and a half are two', 6, { ...group('/'), [max('')]: '150000 100000\n' }, 2],
    ['a tenth is one', 6, { ...group('/'), [max('')]: '10000 100000\n' }, 1],
    ['more than there are', 2, { ...group('/'), [max('')]: '400000 100000\n' }, 2],
    [
      'a service',
      6,
      { ...group('/system.slice/a.service'), [max('/system.slice/a.service')]: '300000 100000' },
      3,
    ],
    [
      'a limit further up',
      6,
      { ...group('/pods/one'), [max('/pods/one')]: 'max 100000', [max('/pods')]: '100000 100000' },
      1,
    ],
    ['a group outside of what is seen', 3, { ...group('/../other'), [max('/other')]: '100000 100000' }, 1],
    ['version 1', 6, v1('200000', '100000'), 2],
    ['version 1 without a limit', 3, v1('-1', '100000'), 3],
    ['files of something else', 3, { ...group('/'), [max('')]: 'what?' }, 3],
    ['a large machine', 64, {}, AUTO_MAX],
  ])('%s', (_, cores, files, workers) => {
    expect(automaticWorkers(cores, (path) => files[path] ?? null)).toBe(workers);
  });

  test('this machine has at least one', () => {
    expect(automaticWorkers()).toBeGreaterThanOrEqual(1);
  });
});
