/** Source and binary packages of Debian, fetched beside what is installed: nothing of the machine's own is changed. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from './command.js';

const SOURCES = '/etc/apt/sources.list';
const SOURCE_PARTS = '/etc/apt/sources.list.d';

export interface Archive {
  /**
   * Unpacks the first of these versions of a source package that is served: an archive lists versions that it no longer has,
   * and may no longer have the installed one. Throws if there is none.
   */
  source(name: string, versions: readonly string[]): Promise<Source>;
  /** The versions of a source package that are listed, the newest first. */
  sourceVersions(name: string): Promise<readonly string[]>;
  /** Unpacks the first of these versions of a binary package that is served, without installing it. */
  unpack(name: string, versions: readonly string[], into: string): Promise<void>;
}

export interface Source {
  readonly version: string;
  readonly folder: string;
}

/** Throws with what to do if this machine is not supported. */
export async function openArchive(folder: string): Promise<Archive> {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    throw new Error(
      'the suites are fetched and built with Debian’s packages: run this as root on Debian 12 (a container will do)',
    );
  }
  const env = { APT_CONFIG: await privateLists(folder) };
  await mustRun('apt-get', ['update'], { env });
  return {
    sourceVersions: async (name) => {
      const { printed } = await run('apt-cache', ['showsrc', '--only-source', name], { env });
      return versionsOf(printed);
    },
    source: async (name, versions) => {
      const failures: string[] = [];
      for (const version of versions) {
        const place = join(folder, 'source', `${name}-${version.replaceAll(/[^\w.+-]/g, '_')}`);
        await mkdir(place, { recursive: true });
        const args = ['source', '--only-source', `${name}=${version}`];
        const { code, printed } = await run('apt-get', args, { env, cwd: place });
        const unpacked = (await readdir(place, { withFileTypes: true })).find((entry) => entry.isDirectory());
        if (code === 0 && unpacked !== undefined) return { version, folder: join(place, unpacked.name) };
        failures.push(`${version}: ${reasonIn(printed)}`);
        await rm(place, { recursive: true, force: true });
      }
      throw new Error(`no sources of ${name} are served:\n${failures.join('\n') || 'none are listed'}`);
    },
    unpack: async (name, versions, into) => {
      const place = join(folder, 'packages');
      await mkdir(place, { recursive: true });
      const failures: string[] = [];
      for (const version of versions) {
        const { code, printed } = await run('apt-get', ['download', `${name}=${version}`], {
          env,
          cwd: place,
        });
        const file = (await readdir(place)).find((one) => one.startsWith(`${name}_`));
        if (code === 0 && file !== undefined) {
          await mustRun('dpkg-deb', ['-x', join(place, file), into]);
          return;
        }
        failures.push(`${version}: ${reasonIn(printed)}`);
      }
      throw new Error(`no package ${name} is served:\n${failures.join('\n')}`);
    },
  };
}

/** What `apt-cache showsrc` lists, the newest first. Pure. */
export function versionsOf(listed: string): readonly string[] {
  const versions = [...listed.matchAll(/^Version: (\S+)$/gm)].map(([, version]) => version!);
  return [...new Set(versions)].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

function reasonIn(printed: string): string {
  const lines = printed.split('\n').filter((line) => /^(?:E|Err):/.test(line.trim()));
  return lines.at(0)?.trim() ?? printed.trim().slice(-200);
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
