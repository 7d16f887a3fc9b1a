/** The tests of Python's drivers, as far as their source distributions have them. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../pgsuites/command.js';
import { DATABASE, libpqEnvironment, type Login } from '../place.js';
import { pythonPackages, pythonSource } from '../registries.js';
import { SUITE_RULES } from '../rule-sets.js';
import type { Report, Tool } from '../tool.js';
import * as versions from '../versions.js';
import { readPytest } from './printed.js';

const SUITE_MS = 900_000;

interface Pytest {
  readonly folder: string;
  readonly packages: string;
  readonly login: Login;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function pytest({ folder, packages, login, args, env }: Pytest): Promise<Report> {
  const flags = ['-v', '-rfE', '--tb=no', '-p', 'no:cacheprovider', '-p', 'no:randomly'];
  const { printed } = await run('python3', ['-m', 'pytest', ...flags, ...args], {
    cwd: folder,
    env: {
      ...libpqEnvironment(login),
      PYTHONPATH: packages,
      PYTHONDONTWRITEBYTECODE: '1',
      // Lines are cut to the width of a terminal.
      COLUMNS: '400',
      ...env,
    },
    timeoutMs: SUITE_MS,
  });
  await writeFile(join(folder, '..', 'printed.log'), printed);
  return readPytest(printed);
}

const asyncpg: Tool = {
  name: 'asyncpg',
  about: 'the tests of asyncpg, which speaks the protocol itself',
  databases: ['postgres'],
  created: ['asyncpg_intro_test'],
  rules: SUITE_RULES,
  usual: true,
  prepare: async ({ cache }) => {
    const packages = await pythonPackages(cache, 'asyncpg', [
      versions.ASYNCPG,
      versions.DISTRO,
      ...versions.PYTEST,
    ]);
    const source = await pythonSource(cache, versions.ASYNCPG);
    return async ({ login }, folder) => {
      const tests = join(folder, 'tests');
      await cp(join(source, 'tests'), join(tests, 'tests'), { recursive: true });
      return pytest({ folder: tests, packages, login, args: ['tests', ...LEFT_OUT_OF_ASYNCPG] });
    };
  },
};

/** They look at how the sources are laid out. */
const LEFT_OUT_OF_ASYNCPG = ['--ignore=tests/test__sourcecode.py', '--ignore=tests/test__environment.py'];

/** SQLAlchemy's tests of its dialect go through every type and catalogue query of psycopg 3, whose own are not packaged. */
const sqlalchemy: Tool = {
  name: 'sqlalchemy',
  about: 'the tests of SQLAlchemy’s dialect by psycopg 3: types, reflection, upserts',
  instead: 'psycopg’s own tests, which are in no package',
  rules: SUITE_RULES,
  usual: true,
  arrange: async (server) => {
    await server.query('CREATE EXTENSION hstore; CREATE EXTENSION citext', DATABASE);
    await server.query('CREATE SCHEMA test_schema; CREATE SCHEMA test_schema_2', DATABASE);
  },
  prepare: async ({ cache }) => {
    const packages = await pythonPackages(cache, 'sqlalchemy', [...versions.SQLALCHEMY, ...versions.PYTEST]);
    const source = await pythonSource(cache, versions.SQLALCHEMY[0]!);
    return async ({ login }, folder) => {
      const tests = join(folder, 'tests');
      await cp(source, tests, { recursive: true, filter: (path) => !path.endsWith('/doc') });
      const only = ['test/dialect/postgresql', 'test/dialect/test_suite.py'];
      const args = [...only, '--dburi', 'postgresql+psycopg://', '--maxfail=100000', '-p', 'no:warnings'];
      return pytest({ folder: tests, packages, login, args });
    };
  },
};

export const PYTHON_SUITES: readonly Tool[] = [asyncpg, sqlalchemy];
