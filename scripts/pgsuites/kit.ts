/**
 * PostgreSQL's own test suites, fetched and compiled once: the sources of the very version that is installed, the
 * libraries that its regression tests load, and the program of its libpq pipeline tests.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './command.js';
import { ensureInstalled, installedVersion, openArchive } from './debian.js';

const PACKAGES = ['postgresql-15', 'postgresql-client-15', 'libpq5', 'gcc', 'libc6-dev', 'dpkg-dev'];
const LIBRARIES = ['src/test/regress/regress.c', 'contrib/spi/refint.c', 'contrib/spi/autoinc.c'];
const PIPELINE = 'src/test/modules/libpq_pipeline';

export interface Kit {
  /** `src/test/regress` and `src/test/isolation` of the sources: schedules, inputs, expected outputs. */
  readonly regress: string;
  readonly isolation: string;
  /** Holds regress.so, refint.so and autoinc.so. */
  readonly libraries: string;
  readonly pipeline: string;
  /** What the pipeline tests are to say to the server, by test. */
  readonly traces: string;
}

export async function prepareKit(cache: string): Promise<Kit> {
  await ensureInstalled(PACKAGES);
  const version = (await installedVersion('postgresql-15'))!;
  const wanted = join(cache, `postgresql-${version}`);
  const folder = existsSync(wanted) ? wanted : await makeOrReuse(cache, wanted, version);
  return {
    regress: join(folder, 'regress'),
    isolation: join(folder, 'isolation'),
    libraries: join(folder, 'lib'),
    pipeline: join(folder, 'libpq_pipeline'),
    traces: join(folder, 'traces'),
  };
}

/** Without sources, files compiled by another run are used: they are of the same major version. */
async function makeOrReuse(cache: string, wanted: string, version: string): Promise<string> {
  console.error(`Fetching and compiling the suites of PostgreSQL ${version} …`);
  try {
    await make(wanted, version);
    return wanted;
  } catch (error) {
    const entries = existsSync(cache) ? await readdir(cache) : [];
    const kept = entries.filter(
      (name) => /^postgresql-15\.[\d.]+-[^/]*$/.test(name) && !/\.\d{3,}$/.test(name),
    );
    const [newest] = kept.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    if (newest === undefined) throw error;
    console.error(
      `${error instanceof Error ? error.message : String(error)}\nTaking ${newest}, compiled before.`,
    );
    return join(cache, newest);
  }
}

/** Made beside and renamed, so that a run that was interrupted leaves nothing that looks whole. */
async function make(folder: string, version: string): Promise<void> {
  const work = `${folder}.${process.pid}`;
  try {
    const archive = await openArchive(join(work, 'apt'));
    // For one major version: the suites of another minor version differ only in what it fixed.
    const others = await archive.sourceVersions('postgresql-15');
    const { folder: source, version: served } = await archive.source('postgresql-15', [
      version,
      ...others.filter((other) => other !== version),
    ]);
    if (served !== version)
      console.error(`The sources of ${version} are not served: taking those of ${served}.`);
    const headers = join(work, 'headers');
    for (const name of ['postgresql-server-dev-15', 'libpq-dev'])
      await archive.unpack(name, [version, served, ...others], headers);
    const kit = join(work, 'kit');
    await compile(source, headers, kit);
    for (const name of ['regress', 'isolation']) {
      await cp(join(source, 'src/test', name), join(kit, name), { recursive: true });
    }
    await cp(join(source, PIPELINE, 'traces'), join(kit, 'traces'), { recursive: true });
    await rename(kit, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function compile(source: string, headers: string, kit: string): Promise<void> {
  const include = join(headers, 'usr/include/postgresql');
  // refint reports its actions only if it is built so, as contrib/spi is for these tests.
  const flags = ['-O1', '-w', '-DREFINT_VERBOSE', '-fno-strict-aliasing', '-fwrapv'];
  const includes = [join(include, '15/server'), include, join(include, 'internal'), join(source, 'src/port')];
  const common = [...flags, ...includes.map((path) => `-I${path}`)];
  await mkdir(join(kit, 'lib'), { recursive: true });
  for (const file of LIBRARIES) {
    const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.c$/, '.so');
    await mustRun('gcc', [...common, '-fPIC', '-shared', '-o', join(kit, 'lib', name), join(source, file)]);
  }
  const program = join(source, PIPELINE, 'libpq_pipeline.c');
  const libraries = [`-L${join(headers, 'usr/lib/postgresql/15/lib')}`, '-lpgport', '-lpgcommon', '-lm'];
  const libpq = await mustRun('gcc', ['-print-file-name=libpq.so.5']);
  await mustRun('gcc', [...common, '-o', join(kit, 'libpq_pipeline'), program, libpq.trim(), ...libraries]);
}
