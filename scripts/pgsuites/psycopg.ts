/** The tests of psycopg2, Python's driver, by the version that Debian has. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from './command.js';
import { ensureInstalled, installedVersion } from './debian.js';
import { readUnittest } from './outcome.js';
import type { Suite } from './suites.js';

/** It sends statements of up to 50 MB; `limits.command_bytes` is 8 MiB at most. It runs, and is not counted. */
const LEFT_OUT = /\.test_flush_on_write$/;

const DATABASE = 'psycopg2_test';
/** Debian's own: other interpreters of the machine do not see its packages. */
const PYTHON = '/usr/bin/python3';

export async function psycopgSuite(cache: string): Promise<Suite> {
  const tests = await prepareTests(cache);
  return {
    name: 'psycopg2',
    databases: [DATABASE, 'postgres'],
    run: async ({ login, server }, folder) => {
      await cp(tests, join(folder, 'tests'), { recursive: true });
      await server.query('CREATE EXTENSION IF NOT EXISTS hstore', DATABASE);
      // It is put into a connection string as it is.
      const password = `'${login['PGPASSWORD'] ?? ''}'`;
      const env = {
        ...login,
        PSYCOPG2_TESTDB_PASSWORD: password,
        PSYCOPG2_TESTDB: DATABASE,
        PYTHONDONTWRITEBYTECODE: '1',
      };
      const { printed } = await run(PYTHON, ['-m', 'unittest', '-v', 'tests.test_suite'], {
        cwd: folder,
        env,
      });
      await writeFile(join(folder, 'printed.log'), printed);
      return new Map([...readUnittest(printed)].filter(([name]) => !LEFT_OUT.test(name)));
    },
  };
}

/** The binary package has no tests; the sources of the same version on the Python package index have. */
async function prepareTests(cache: string): Promise<string> {
  await ensureInstalled(['python3-psycopg2', 'python3-pip', 'python3-dev', 'libpq-dev', 'gcc']);
  const version = /^[\d.]+/.exec((await installedVersion('python3-psycopg2'))!)![0];
  const folder = join(cache, `psycopg2-${version}`);
  if (existsSync(folder)) return folder;
  console.error(`Fetching the tests of psycopg2 ${version} …`);
  const work = `${folder}.${process.pid}`;
  try {
    await mkdir(work, { recursive: true });
    const wanted = ['--no-deps', '--no-binary', 'psycopg2', `psycopg2==${version}`];
    await mustRun(PYTHON, ['-m', 'pip', 'download', ...wanted], { cwd: work });
    const archive = (await readdir(work)).find((name) => name.endsWith('.tar.gz'))!;
    await mustRun('tar', ['-xzf', archive], { cwd: work });
    await rename(join(work, archive.replace(/\.tar\.gz$/, ''), 'tests'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
