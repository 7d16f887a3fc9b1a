/** Source and binary packages of Debian, fetched beside what is installed: nothing of the machine's own is changed. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from './command.js';

const SOURCES = '/etc/apt/sources.list';
const SOURCE_PARTS = '/etc/apt/sources.list.d';

export interface Archive {
  /** Unpacks the source package that a binary package of this version was built from; gives its folder. */
  source(name: string, version: string | null): Promise<string>;
  /** Unpacks a binary package without installing it. */
  unpack(name: string, version: string, into: string): Promise<void>;
}

/** Throws with what to do where the machine is not one that this works on. */
export async function openArchive(folder: string): Promise<Archive> {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    throw new Error(
      'the suites are fetched and built with Debian’s packages: run this as root on Debian 12 (a container will do)',
    );
  }
  const env = { APT_CONFIG: await privateLists(folder) };
  await mustRun('apt-get', ['update'], { env });
  const wanted = (name: string, version: string | null): string =>
    version === null ? name : `${name}=${version}`;
  return {
    source: async (name, version) => {
      const place = join(folder, 'source', name);
      await mkdir(place, { recursive: true });
      const args = ['source', '--only-source', wanted(name, version)];
      await mustRun('apt-get', args, { env, cwd: place });
      const unpacked = await readdir(place, { withFileTypes: true });
      return join(place, unpacked.find((entry) => entry.isDirectory())!.name);
    },
    unpack: async (name, version, into) => {
      const place = join(folder, 'packages');
      await mkdir(place, { recursive: true });
      await mustRun('apt-get', ['download', wanted(name, version)], { env, cwd: place });
      const file = (await readdir(place)).find((one) => one.startsWith(`${name}_`))!;
      await mustRun('dpkg-deb', ['-x', join(place, file), into]);
    },
  };
}

/** The machine's own list of sources with source packages switched on, read into a place of our own. */
async function privateLists(folder: string): Promise<string> {
  const parts = join(folder, 'sources.list.d');
  for (const place of [parts, join(folder, 'lists', 'partial')]) await mkdir(place, { recursive: true });
  for (const file of await sourceLists()) {
    const text = await readFile(file, 'utf8');
    const name = file.slice(file.lastIndexOf('/') + 1);
    const both = name.endsWith('.sources')
      ? text.replaceAll(/^Types:.*$/gm, 'Types: deb deb-src')
      : text.replaceAll(/^deb\s(.*)$/gm, 'deb $1\ndeb-src $1');
    // A list of other software need not have sources: only what speaks of Debian is taken.
    if (/\bdebian/i.test(both)) await writeFile(join(parts, name), both);
  }
  const settings = join(folder, 'apt.conf');
  await writeFile(
    settings,
    `Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${parts}";
Dir::State::lists "${join(folder, 'lists')}";
APT::Sandbox::User "root";
`,
  );
  return settings;
}

async function sourceLists(): Promise<string[]> {
  const parts = existsSync(SOURCE_PARTS) ? await readdir(SOURCE_PARTS) : [];
  const files = parts
    .filter((name) => /\.(list|sources)$/.test(name))
    .map((name) => join(SOURCE_PARTS, name));
  return existsSync(SOURCES) ? [SOURCES, ...files] : files;
}

/** The installed version of a package, or null. */
export async function installedVersion(name: string): Promise<string | null> {
  const { code, printed } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Version}', name]);
  const [status, version] = printed.trim().split(' ');
  return code === 0 && status === 'installed' ? (version ?? null) : null;
}

/** Installs what is missing. RUNLEVEL=1 keeps packages from starting a server. */
export async function ensureInstalled(names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if ((await installedVersion(name)) === null) missing.push(name);
  if (missing.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const args = ['install', '-y', '--no-install-recommends', ...missing];
  if ((await run('apt-get', args, { env })).code === 0) return;
  await mustRun('apt-get', ['update'], { env });
  await mustRun('apt-get', args, { env });
}
