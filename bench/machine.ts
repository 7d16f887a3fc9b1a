/** What the figures were measured on, without the name of the machine. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, totalmem } from 'node:os';

export function describeMachine(server: string): readonly string[] {
  const [cpu] = cpus();
  return [
    `${cpu?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${arch()}`,
    `${operatingSystem()}, Node ${process.version}, ${server}`,
    'Server, contenders and pgbench share the machine, over loopback without TLS.',
  ];
}

function operatingSystem(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

/** The first line of `program --version`; null if the program does not exist. */
export function versionOf(program: string): string | null {
  try {
    return execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n')[0]!;
  } catch {
    return null;
  }
}
