/** Programs that the tools are installed and run with. None is skipped: what is missing is installed, or named. */
import { existsSync } from 'node:fs';
import { run } from '../pgsuites/command.js';
import { ensureInstalled } from '../pgsuites/debian.js';

interface Program {
  readonly command: readonly [string, ...string[]];
  /** The Debian package. */
  readonly packages: readonly string[];
}

const PROGRAMS = {
  pip: { command: ['python3', '-m', 'pip', '--version'], packages: ['python3', 'python3-pip'] },
  npm: { command: ['npm', '--version'], packages: ['npm'] },
  go: { command: ['go', 'version'], packages: ['golang-go'] },
  mvn: { command: ['mvn', '--version'], packages: ['maven'] },
  javac: { command: ['javac', '-version'], packages: ['default-jdk-headless'] },
  cargo: { command: ['cargo', '--version'], packages: ['cargo'] },
  activerecord: {
    command: ['/usr/bin/ruby', '-e', 'require "active_record"; require "pg"'],
    packages: ['ruby', 'ruby-activerecord', 'ruby-pg'],
  },
} satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

const checked = new Map<ProgramName, Promise<void>>();

/** Installs the programs as root on Debian and its derivatives; elsewhere throws with what to install. */
export function need(name: ProgramName): Promise<void> {
  const known = checked.get(name) ?? check(name);
  checked.set(name, known);
  return known;
}

async function check(name: ProgramName): Promise<void> {
  const { command, packages }: Program = PROGRAMS[name];
  if (await works(command)) return;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) await ensureInstalled(packages);
  if (await works(command)) return;
  throw new Error(
    `\`${command.join(' ')}\` does not work here: install it (on Debian, as root, \`apt-get install ${packages.join(' ')}\`)`,
  );
}

async function works([program, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const ran = await run(program, args).catch(() => null);
  return ran?.code === 0;
}
