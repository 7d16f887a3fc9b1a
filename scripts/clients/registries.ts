/** Packages of the registries, by their own clients, in versions that are pinned, below the cache. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../pgsuites/command.js';
import type { Cache } from './cache.js';
import { need } from './programs.js';

/** Python packages, for PYTHONPATH; what has a compiled part is for the interpreter that installed it. */
export async function pythonPackages(
  cache: Cache,
  name: string,
  packages: readonly string[],
): Promise<string> {
  await need('pip');
  const version = (await mustRun('python3', ['--version'])).trim();
  return cache.keep(`python-${name}`, [version, ...packages], async (folder) => {
    await mustRun('python3', [
      ...PIP,
      'install',
      '--root-user-action=ignore',
      '--target',
      folder,
      ...packages,
    ]);
  });
}

const PIP = ['-m', 'pip', '--quiet', '--disable-pip-version-check', '--no-input'];

/** The source distribution of one Python package, unpacked: tests are seldom in what is installed. */
export async function pythonSource(cache: Cache, pinned: string): Promise<string> {
  await need('pip');
  const folder = await cache.keep(`source-${pinned.split('==', 1)[0]!}`, [pinned], async (work) => {
    const name = pinned.split('==', 1)[0]!;
    const args = ['download', '--no-deps', '--no-binary', name, '--dest', work, pinned];
    await mustRun('python3', [...PIP, ...args]);
    const archive = (await readdir(work)).find((file) => file.endsWith('.tar.gz'))!;
    await mustRun('tar', ['-xzf', join(work, archive), '-C', work]);
  });
  return onlyFolderOf(folder);
}

async function onlyFolderOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  return join(folder, entries.find((entry) => entry.isDirectory())!.name);
}

/** A folder with `node_modules`. */
export async function nodePackages(
  cache: Cache,
  name: string,
  packages: Readonly<Record<string, string>>,
): Promise<string> {
  await need('npm');
  const manifest = JSON.stringify({ private: true, dependencies: packages }, null, 2);
  return cache.keep(`node-${name}`, [manifest], async (folder) => {
    await writeFile(join(folder, 'package.json'), manifest);
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    await mustRun('npm', args, { cwd: folder });
  });
}

/** A program of a Go module; gives its path. */
export async function goProgram(cache: Cache, pinned: string, tags: readonly string[] = []): Promise<string> {
  await need('go');
  const name = pinned.slice(pinned.lastIndexOf('/') + 1).split('@', 1)[0]!;
  const folder = await cache.keep(`go-${name}`, [pinned, ...tags], async (work) => {
    const env = { GOBIN: work, GOFLAGS: '-buildvcs=false', GOTOOLCHAIN: 'auto' };
    await mustRun('go', ['install', '-tags', tags.join(' '), pinned], { env });
  });
  return join(folder, name);
}

/** A program of a crate, by the lock file that it comes with; gives its path. */
export async function cargoProgram(cache: Cache, pinned: string, features: string): Promise<string> {
  await need('cargo');
  const name = pinned.split('@', 1)[0]!;
  const folder = await cache.keep(`cargo-${name}`, [pinned, features], async (work) => {
    const args = [
      'install',
      '--locked',
      '--no-default-features',
      '--features',
      features,
      '--root',
      work,
      pinned,
    ];
    await mustRun('cargo', args, { env: { CARGO_TARGET_DIR: join(work, 'target') }, timeoutMs: 3_600_000 });
    await rm(join(work, 'target'), { recursive: true, force: true });
  });
  return join(folder, 'bin', name === 'sqlx-cli' ? 'sqlx' : name);
}

/** Java packages and a program of ours in front of them; gives the class path. */
export async function javaProgram(
  cache: Cache,
  name: string,
  packages: readonly string[],
  sources: readonly string[],
  texts: readonly string[],
): Promise<string> {
  await need('mvn');
  await need('javac');
  const folder = await cache.keep(`java-${name}`, [...packages, ...texts], async (work) => {
    await writeFile(join(work, 'pom.xml'), pomOf(packages));
    const copy = ['dependency:copy-dependencies', '-DoutputDirectory=lib'];
    await mustRun('mvn', ['--batch-mode', '--quiet', ...copy], { cwd: work });
    await mkdir(join(work, 'classes'));
    const args = ['-cp', join(work, 'lib', '*'), '-d', join(work, 'classes'), ...sources];
    await mustRun('javac', args);
  });
  return `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`;
}

/** `group:artifact:version`, one a package. */
function pomOf(packages: readonly string[]): string {
  const dependencies = packages.map((pinned) => {
    const [group, artifact, version] = pinned.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sallyport</groupId>
  <artifactId>clients</artifactId>
  <version>1</version>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
